import { BELIEF_PRIORS, type BeliefPriors } from "../belief.js";
import { decide } from "../decide.js";
import { Random } from "../random.js";
import { DEFAULT_SETTINGS } from "../settings.js";
import { type CostsMin, type DecisionInput, HoleState, type StagePosition } from "../types.js";
import type { MeasuredGrid } from "./measured-grid.js";
import { moveMin, type Policy, positionOf } from "./microscope.js";
import { originalOrder } from "./original-order.js";

export interface PolicyCase {
  readonly name: string;
  readonly about: string;
  readonly start: (setup: PolicySetup) => Policy;
}

export interface PolicySetup {
  readonly grid: MeasuredGrid;
  readonly scores: Float64Array | null;
  readonly costsMin: CostsMin;
  readonly startHole: number;
  readonly seed: number;
}

export const OURS_LEARNING = "ours, learning";
export const OURS_STATIC = "ours, static";

export const POLICY_CASES: readonly PolicyCase[] = [
  {
    name: "random",
    about: "holes in random order",
    start: ({ grid, seed }) => follow(new Random(seed).shuffled(grid.holeIds.length)),
  },
  {
    name: "raster",
    about: "square after square and cluster after cluster by name, from where the stage stands",
    start: ({ grid, startHole }) => follow(rasterOrder(grid, squaresFrom(grid, startHole), startHole)),
  },
  {
    name: "best squares first",
    about: "the same, squares by their mean score",
    start: ({ grid, scores, startHole }) => follow(rasterOrder(grid, squaresByScore(grid, scores), startHole)),
  },
  {
    name: "greedy",
    about: "always the highest score per minute of the way there",
    start: ({ grid, scores, costsMin }) => greedy(grid, scores, costsMin),
  },
  {
    name: "predict-rank",
    about: "holes by score, wherever they are",
    start: ({ grid, scores }) => follow(byScore(grid, scores)),
  },
  {
    name: "original ordering",
    about: "holes by score within a square, squares in turns: the two best are compared with a penalty of ten holes",
    start: ({ grid, scores }) => follow(originalOrder(grid, scores)),
  },
  {
    name: OURS_STATIC,
    about: "belief before the first result and price planner; results are ignored",
    start: (setup) => ours(setup, false),
  },
  {
    name: OURS_LEARNING,
    about: "belief refitted and plan renewed as results arrive",
    start: (setup) => ours(setup, true),
  },
];

/** Images an order from front to back. */
function follow(order: Int32Array): Policy {
  let at = 0;
  return ({ imaged }) => {
    while (at < order.length && imaged[order[at]] === 1) at++;
    return at < order.length ? order[at] : -1;
  };
}

function squaresFrom(grid: MeasuredGrid, startHole: number): Int32Array {
  const byName = sortedBy(grid.squareIds.length, (a, b) => compare(grid.squareIds[a], grid.squareIds[b]));
  const first = byName.indexOf(positionOf(grid, startHole).square);
  return Int32Array.from([...byName.slice(first), ...byName.slice(0, first)]);
}

function squaresByScore(grid: MeasuredGrid, scores: Float64Array | null): Int32Array {
  const sum = new Float64Array(grid.squareIds.length);
  const count = new Float64Array(grid.squareIds.length);
  for (let h = 0; h < grid.holeIds.length; h++) {
    const square = positionOf(grid, h).square;
    sum[square] += scores?.[h] || 0;
    count[square]++;
  }
  return sortedBy(
    sum.length,
    (a, b) => sum[b] / count[b] - sum[a] / count[a] || compare(grid.squareIds[a], grid.squareIds[b]),
  );
}

/** Square after square; in the first hole's square its cluster first, otherwise clusters and holes by name. */
function rasterOrder(grid: MeasuredGrid, squares: Int32Array, startHole: number): Int32Array {
  const turn = new Int32Array(squares.length);
  squares.forEach((square, i) => {
    turn[square] = i;
  });
  const startCluster = grid.clusterOfHole[startHole];
  return sortedBy(grid.holeIds.length, (a, b) => {
    const p = positionOf(grid, a);
    const q = positionOf(grid, b);
    if (p.square !== q.square) return turn[p.square] - turn[q.square];
    if (p.cluster !== q.cluster) {
      const started = Number(q.cluster === startCluster) - Number(p.cluster === startCluster);
      return started || compare(grid.clusterIds[p.cluster], grid.clusterIds[q.cluster]);
    }
    return compare(grid.holeIds[a], grid.holeIds[b]);
  });
}

function byScore(grid: MeasuredGrid, scores: Float64Array | null): Int32Array {
  return sortedBy(grid.holeIds.length, (a, b) => (scores?.[b] || 0) - (scores?.[a] || 0));
}

function greedy(grid: MeasuredGrid, scores: Float64Array | null, costsMin: CostsMin): Policy {
  return ({ imaged, stage }) => {
    let best = -1;
    let bestRate = -1;
    for (let h = 0; h < grid.holeIds.length; h++) {
      if (imaged[h] === 1) continue;
      const score = scores === null ? 0.5 : scores[h] || 0;
      const rate = score / moveMin(costsMin, stage, positionOf(grid, h));
      if (rate > bestRate) {
        best = h;
        bestRate = rate;
      }
    }
    return best;
  };
}

/** The first results each change what is believed; of the later ones, only some together do. */
const EARLY_RESULTS = 60;
const LATER_RESULTS_PER_PLAN = 3;
/** Without results a plan only ages by the clock. */
const HOLES_PER_STATIC_PLAN = 25;

/** The engine; with `learning`, planning anew as results arrive. */
export function ours(
  { grid, scores, costsMin }: PolicySetup,
  learning: boolean,
  priors: BeliefPriors = BELIEF_PRIORS,
): Policy {
  const base = inputOf(grid, scores, costsMin, learning);
  let order = new Int32Array(0);
  let at = 0;
  let plannedAtResults = -1;
  let sincePlan = 0;
  return ({ imaged, results, resultCount, stage, timeLeftMin }) => {
    const resultsPerPlan = resultCount <= EARLY_RESULTS ? 1 : LATER_RESULTS_PER_PLAN;
    const due = learning ? resultCount - plannedAtResults >= resultsPerPlan : sincePlan >= HOLES_PER_STATIC_PLAN;
    if (plannedAtResults < 0 || due || at >= order.length) {
      const output = decide(inputNow(base, { imaged, results, stage, timeLeftMin }), priors);
      order = Int32Array.from(output.order);
      at = 0;
      plannedAtResults = resultCount;
      sincePlan = 0;
    }
    while (at < order.length && imaged[order[at]] === 1) at++;
    sincePlan++;
    return at < order.length ? order[at++] : -1;
  };
}

/** A measured grid as the engine is shown it: predictions only. */
export function inputOf(
  grid: MeasuredGrid,
  scores: Float64Array | null,
  costsMin: CostsMin,
  learning = true,
): DecisionInput {
  const squares = grid.squareIds.length;
  const holes = grid.holeIds.length;
  const unknown = (count: number): Float64Array => new Float64Array(count).fill(Number.NaN);
  const none = (count: number): Int32Array => new Int32Array(count).fill(-1);
  return {
    grids: { ids: grid.gridIds },
    squares: {
      ids: grid.squareIds,
      gridOfSquare: grid.gridOfSquare,
      state: new Uint8Array(squares),
      area: unknown(squares),
      atlasQuality: unknown(squares),
      atlasCategory: none(squares),
      latentCluster: none(squares),
    },
    clusters: { ids: grid.clusterIds, squareOfCluster: grid.squareOfCluster },
    holes: {
      ids: grid.holeIds,
      clusterOfHole: grid.clusterOfHole,
      state: new Uint8Array(holes),
      operatorSelected: new Uint8Array(holes),
      intensityMean: unknown(holes),
      intensityDeviation: unknown(holes),
      centringQuality: unknown(holes),
      nearGridBar: unknown(holes),
      latentCluster: none(holes),
    },
    models: scores === null ? [] : [{ name: "predictor", metric: null, level: "hole", prior: null, scores }],
    outcomes: { good: unknown(holes), weight: new Float64Array(holes) },
    stage: { grid: -1, square: -1, cluster: -1 },
    costsMin,
    timeLeftMin: 0,
    settings: { ...DEFAULT_SETTINGS, learning },
    previousPlan: null,
    carriedOver: null,
    versions: {},
  };
}

function inputNow(
  base: DecisionInput,
  now: { imaged: Uint8Array; results: Float64Array; stage: StagePosition; timeLeftMin: number },
): DecisionInput {
  const state = now.imaged.map((done) => (done === 1 ? HoleState.imaged : HoleState.candidate));
  const weight = now.results.map((result) => (Number.isNaN(result) ? 0 : 1));
  return {
    ...base,
    holes: { ...base.holes, state },
    outcomes: { good: now.results, weight },
    stage: now.stage,
    timeLeftMin: now.timeLeftMin,
  };
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

function sortedBy(count: number, order: (a: number, b: number) => number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => order(a, b) || a - b);
}
