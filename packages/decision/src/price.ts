import { Entries, type PlanProblem, type Ranking, type Selection, weigh } from "./ranking.js";

export interface PricedSelection extends Selection {
  /** λ, good micrographs per minute: the lowest price of a minute at which what is worth it fits the time left. */
  readonly price: number;
  /** A price a hair lower, at which it no longer fits; 0 where everything fits. */
  readonly lowerPrice: number;
}

/** Halvings of the interval in which the price lies: 1e-7 of the best rate. */
const BISECTIONS = 24;

/**
 * The marginal value theorem over the whole tree: image what beats the price of its minutes, enter what earns its entry,
 * at the price at which that takes the time that is left. Time that remains, since a price cannot split a square, is
 * given to the best of what would come next.
 */
export function selectByPrice(problem: PlanProblem, ranking: Ranking): PricedSelection {
  const { clusterCount } = problem.structure;
  const everything = new Int32Array(clusterCount);
  const all = selectAtPrice(problem, ranking, 0, everything);
  if (all <= problem.timeLeftMin) return { ...weigh(problem, ranking, everything), price: 0, lowerPrice: 0 };
  let low = 0;
  let high = 0;
  for (const hole of ranking.holes) high = Math.max(high, problem.value[hole]);
  high /= problem.costsMin.hole;
  const trial = new Int32Array(clusterCount);
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (selectAtPrice(problem, ranking, middle, trial) <= problem.timeLeftMin) high = middle;
    else low = middle;
  }
  const take = new Int32Array(clusterCount);
  const minutes = selectAtPrice(problem, ranking, high, take);
  selectAtPrice(problem, ranking, low, trial);
  fill(problem, ranking, take, trial, problem.timeLeftMin - minutes);
  return { ...weigh(problem, ranking, take), price: high, lowerPrice: low };
}

/**
 * What is worth imaging where every minute costs `price`.
 *
 * @param take is overwritten with the number of holes per cluster
 * @returns minutes that takes
 */
export function selectAtPrice(problem: PlanProblem, ranking: Ranking, price: number, take: Int32Array): number {
  const { structure, costsMin, value } = problem;
  const entries = new Entries(problem);
  const threshold = price * costsMin.hole;
  take.fill(0);
  let minutes = 0;
  for (let g = 0; g < structure.gridCount; g++) {
    let gridSurplus = -price * entries.grid(g);
    let gridMinutes = 0;
    const firstSquare = structure.gridStart[g];
    const endSquare = structure.gridStart[g + 1];
    for (let i = firstSquare; i < endSquare; i++) {
      const s = structure.squaresOfGrid[i];
      let surplus = -price * entries.square(s);
      let squareMinutes = 0;
      const firstCluster = structure.squareStart[s];
      const endCluster = structure.squareStart[s + 1];
      for (let j = firstCluster; j < endCluster; j++) {
        const c = structure.clustersOfSquare[j];
        const from = ranking.start[c];
        const count = countAbove(value, ranking.holes, from, ranking.start[c + 1], threshold);
        if (count === 0) continue;
        const time = count * costsMin.hole + entries.cluster(c);
        const clusterSurplus = ranking.sum[from + count - 1] - price * time;
        if (clusterSurplus <= 0) continue;
        take[c] = count;
        surplus += clusterSurplus;
        squareMinutes += time;
      }
      if (squareMinutes === 0) continue;
      if (surplus > 0) {
        gridSurplus += surplus;
        gridMinutes += squareMinutes + entries.square(s);
      } else {
        for (let j = firstCluster; j < endCluster; j++) take[structure.clustersOfSquare[j]] = 0;
      }
    }
    if (gridMinutes === 0) continue;
    if (gridSurplus > 0) {
      minutes += gridMinutes + entries.grid(g);
    } else {
      for (let i = firstSquare; i < endSquare; i++) {
        const s = structure.squaresOfGrid[i];
        for (let j = structure.squareStart[s]; j < structure.squareStart[s + 1]; j++)
          take[structure.clustersOfSquare[j]] = 0;
      }
    }
  }
  return minutes;
}

/** How many of the ranked holes are worth more than `threshold`. */
function countAbove(value: Float64Array, holes: Int32Array, from: number, to: number, threshold: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value[holes[middle]] > threshold) low = middle + 1;
    else high = middle;
  }
  return low - from;
}

/** Adds from `more` to `take`, best square and best cluster first, as much as fits into `minutes`. */
function fill(problem: PlanProblem, ranking: Ranking, take: Int32Array, more: Int32Array, minutes: number): void {
  const { structure, costsMin } = problem;
  const entries = new Entries(problem);
  interface Offer {
    readonly rate: number;
    readonly cluster: number;
  }
  const squares: { rate: number; square: number; grid: number; clusters: Offer[]; entered: boolean }[] = [];
  const gridEntered = new Uint8Array(structure.gridCount);
  for (let g = 0; g < structure.gridCount; g++) {
    for (let i = structure.gridStart[g]; i < structure.gridStart[g + 1]; i++) {
      const s = structure.squaresOfGrid[i];
      const clusters: Offer[] = [];
      let worth = 0;
      let time = entries.square(s);
      let entered = false;
      for (let j = structure.squareStart[s]; j < structure.squareStart[s + 1]; j++) {
        const c = structure.clustersOfSquare[j];
        if (take[c] > 0) entered = true;
        if (more[c] <= take[c]) continue;
        const from = ranking.start[c];
        const sum = ranking.sum[from + more[c] - 1] - (take[c] > 0 ? ranking.sum[from + take[c] - 1] : 0);
        const clusterTime = (more[c] - take[c]) * costsMin.hole + (take[c] > 0 ? 0 : entries.cluster(c));
        worth += sum;
        time += clusterTime;
        clusters.push({ rate: sum / clusterTime, cluster: c });
      }
      if (entered) gridEntered[g] = 1;
      if (clusters.length > 0) squares.push({ rate: worth / time, square: s, grid: g, clusters, entered });
    }
  }
  let left = minutes;
  squares.sort((a, b) => b.rate - a.rate || a.square - b.square);
  for (const { square, grid, clusters, entered } of squares) {
    let entry = (entered ? 0 : entries.square(square)) + (gridEntered[grid] === 1 ? 0 : entries.grid(grid));
    clusters.sort((a, b) => b.rate - a.rate || a.cluster - b.cluster);
    for (const { cluster } of clusters) {
      const ownEntry = take[cluster] > 0 ? 0 : entries.cluster(cluster);
      const fits = Math.floor((left - entry - ownEntry) / costsMin.hole + 1e-9);
      const count = Math.min(more[cluster] - take[cluster], fits);
      if (count <= 0) continue;
      take[cluster] += count;
      left -= entry + ownEntry + count * costsMin.hole;
      entry = 0;
      gridEntered[grid] = 1;
    }
  }
}
