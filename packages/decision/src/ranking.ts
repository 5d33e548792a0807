import type { Structure } from "./structure.js";
import type { CostsMin, StagePosition } from "./types.js";

/** What the planner works on: the worth of every hole, and how long everything takes. */
export interface PlanProblem {
  readonly structure: Structure;
  /** What each hole counts for; >= 0. */
  readonly value: Float64Array;
  /** 1 = may be planned. */
  readonly candidate: Uint8Array;
  readonly costsMin: CostsMin;
  readonly stage: StagePosition;
  readonly timeLeftMin: number;
  /** The cluster that an earlier plan was heading for: so much (0–1) of its entry counts as paid. */
  readonly favoured?: { readonly cluster: number; readonly share: number };
}

/** The candidates of every cluster, best first, with running sums of their worth. */
export interface Ranking {
  /** Cluster c's candidates are `holes[start[c] .. start[c + 1]]`, best first; equals in input order. */
  readonly start: Int32Array;
  readonly holes: Int32Array;
  /** Sum of the values up to and including that hole, within its cluster. */
  readonly sum: Float64Array;
}

/** How many of each cluster's best candidates to image. */
export interface Selection {
  readonly take: Int32Array;
  readonly minutes: number;
  readonly value: number;
}

export function rankHoles({ structure, value, candidate }: PlanProblem): Ranking {
  const { clusterCount, clusterStart, holesOfCluster } = structure;
  const start = new Int32Array(clusterCount + 1);
  const holes = new Int32Array(structure.holeCount);
  let count = 0;
  for (let c = 0; c < clusterCount; c++) {
    start[c] = count;
    for (let i = clusterStart[c]; i < clusterStart[c + 1]; i++) {
      if (candidate[holesOfCluster[i]] === 1) holes[count++] = holesOfCluster[i];
    }
    sortByValue(holes, start[c], count, value);
  }
  start[clusterCount] = count;
  const sum = new Float64Array(count);
  for (let c = 0; c < clusterCount; c++) {
    let running = 0;
    for (let i = start[c]; i < start[c + 1]; i++) {
      running += value[holes[i]];
      sum[i] = running;
    }
  }
  return { start, holes: holes.subarray(0, count), sum };
}

/** Below this many holes insertion beats a general sort; both are stable. */
const INSERTION_SORT_LIMIT = 64;

function sortByValue(holes: Int32Array, from: number, to: number, value: Float64Array): void {
  if (to - from > INSERTION_SORT_LIMIT) {
    holes.subarray(from, to).sort((a, b) => value[b] - value[a] || a - b);
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const hole = holes[i];
    const worth = value[hole];
    let j = i - 1;
    for (; j >= from && value[holes[j]] < worth; j--) holes[j + 1] = holes[j];
    holes[j + 1] = hole;
  }
}

const NOT_FAVOURED = { cluster: -1, share: 0 };

/** Extra minutes of the first hole in a cluster, square, grid over the level below; 0 where the stage stands. */
export class Entries {
  private readonly clusterMin: number;
  private readonly squareMin: number;
  private readonly gridMin: number;

  private readonly stage: StagePosition;
  private readonly favoured: NonNullable<PlanProblem["favoured"]>;

  constructor({ costsMin: costs, stage, favoured }: PlanProblem) {
    this.stage = stage;
    this.favoured = favoured ?? NOT_FAVOURED;
    this.clusterMin = Math.max(0, costs.cluster - costs.hole);
    this.squareMin = Math.max(0, costs.square - costs.cluster);
    this.gridMin = Math.max(0, costs.grid - costs.square);
  }

  cluster(c: number): number {
    if (c === this.stage.cluster) return 0;
    return c === this.favoured.cluster ? (1 - this.favoured.share) * this.clusterMin : this.clusterMin;
  }

  square(s: number): number {
    return s === this.stage.square ? 0 : this.squareMin;
  }

  grid(g: number): number {
    return g === this.stage.grid || this.stage.grid < 0 ? 0 : this.gridMin;
  }
}

/** Minutes and value of a selection. */
export function weigh(problem: PlanProblem, ranking: Ranking, take: Int32Array): Selection {
  const { structure, costsMin } = problem;
  const entries = new Entries(problem);
  let minutes = 0;
  let value = 0;
  for (let g = 0; g < structure.gridCount; g++) {
    let gridUsed = false;
    for (let i = structure.gridStart[g]; i < structure.gridStart[g + 1]; i++) {
      const s = structure.squaresOfGrid[i];
      let squareUsed = false;
      for (let j = structure.squareStart[s]; j < structure.squareStart[s + 1]; j++) {
        const c = structure.clustersOfSquare[j];
        if (take[c] === 0) continue;
        squareUsed = true;
        minutes += take[c] * costsMin.hole + entries.cluster(c);
        value += ranking.sum[ranking.start[c] + take[c] - 1];
      }
      if (squareUsed) minutes += entries.square(s);
      gridUsed ||= squareUsed;
    }
    if (gridUsed) minutes += entries.grid(g);
  }
  return { take, minutes, value };
}
