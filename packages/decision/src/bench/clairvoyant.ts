import { rowsOf } from "../structure.js";
import type { CostsMin } from "../types.js";
import type { MeasuredGrid } from "./measured-grid.js";
import { NOWHERE, positionOf } from "./microscope.js";

/**
 * The most good micrographs that anyone could collect who knew every result beforehand: a knapsack on the tree grid →
 * square → cluster → hole, solved exactly by max-plus dynamic programming over whole units of time. Entries are paid
 * once each; the grid, square and cluster where the stage stands are entered already (and are then best visited first);
 * with `startHole` null it stands nowhere.
 *
 * @param costsMin must be whole multiples of `unitMin`
 * @returns the optimum for every budget: entry `t` is for `t` units
 */
export function clairvoyant(
  grid: MeasuredGrid,
  startHole: number | null,
  durationMin: number,
  costsMin: CostsMin,
  unitMin = 1,
): Float64Array {
  const units = Math.floor(durationMin / unitMin + 1e-9);
  const cost = {
    hole: wholeUnits(costsMin.hole, unitMin),
    cluster: wholeUnits(costsMin.cluster, unitMin),
    square: wholeUnits(costsMin.square, unitMin),
    grid: wholeUnits(costsMin.grid, unitMin),
  };
  const start = startHole === null ? NOWHERE : positionOf(grid, startHole);
  const goodOfCluster = new Int32Array(grid.clusterIds.length);
  for (let h = 0; h < grid.good.length; h++) goodOfCluster[grid.clusterOfHole[h]] += grid.good[h];
  const [squareStart, clustersOfSquare] = rowsOf(grid.squareOfCluster, grid.squareIds.length);
  const [gridStart, squaresOfGrid] = rowsOf(grid.gridOfSquare, grid.gridIds.length);

  let best = new Float64Array(units + 1);
  for (let g = 0; g < grid.gridIds.length; g++) {
    let inGrid = new Float64Array(units + 1);
    for (let i = gridStart[g]; i < gridStart[g + 1]; i++) {
      const s = squaresOfGrid[i];
      let inSquare = new Float64Array(units + 1);
      for (let j = squareStart[s]; j < squareStart[s + 1]; j++) {
        const c = clustersOfSquare[j];
        const entry = c === start.cluster ? 0 : cost.cluster - cost.hole;
        inSquare = combine(inSquare, entered(holesOnly(goodOfCluster[c], cost.hole, units), entry));
      }
      inGrid = combine(inGrid, entered(inSquare, s === start.square ? 0 : cost.square - cost.cluster));
    }
    best = combine(best, entered(inGrid, g === start.grid ? 0 : cost.grid - cost.square));
  }
  return best;
}

function wholeUnits(minutes: number, unitMin: number): number {
  const units = Math.round(minutes / unitMin);
  if (Math.abs(units * unitMin - minutes) > 1e-9)
    throw new Error(`${minutes} min is not a whole number of ${unitMin} min.`);
  return units;
}

/** Profile of a cluster once entered: one good hole after another. */
function holesOnly(good: number, holeUnits: number, units: number): Float64Array {
  return Float64Array.from({ length: units + 1 }, (_, t) => Math.min(good, Math.floor(t / holeUnits)));
}

/** The same, some units later. */
function entered(profile: Float64Array, entryUnits: number): Float64Array<ArrayBuffer> {
  const shifted = new Float64Array(profile.length);
  for (let t = entryUnits; t < profile.length; t++) shifted[t] = profile[t - entryUnits];
  return shifted;
}

/** Max-plus convolution of two non-decreasing profiles. */
function combine(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const result = new Float64Array(a.length);
  const steps: number[] = [0];
  for (let t = 1; t < b.length; t++) if (b[t] > b[t - 1]) steps.push(t);
  for (let t = 0; t < a.length; t++) {
    let best = 0;
    for (const step of steps) {
      if (step > t) break;
      const value = a[t - step] + b[step];
      if (value > best) best = value;
    }
    result[t] = best;
  }
  return result;
}
