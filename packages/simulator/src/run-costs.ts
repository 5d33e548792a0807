import type { HoleTruth } from "./grid-truth.js";

/** Minutes from one hole to the end of the next, by how far the next one is. */
export interface CostsMin {
  /** Next hole of the same cluster. */
  readonly hole: number;
  /** First hole of another cluster of the same square. */
  readonly cluster: number;
  /** First hole of another square. */
  readonly square: number;
  /** First hole of a grid. */
  readonly grid: number;
}

export const DEFAULT_COSTS_MIN: CostsMin = { hole: 1, cluster: 2, square: 6, grid: 8 };

/** Where the stage stands: at the hole imaged last, null before the first. */
export type StagePlace = Pick<HoleTruth, "square" | "cluster"> | null;

export function stepCostMin(costs: CostsMin, from: StagePlace, to: Pick<HoleTruth, "square" | "cluster">): number {
  if (from === null) return costs.grid;
  if (from.square !== to.square) return costs.square;
  return from.cluster === to.cluster ? costs.hole : costs.cluster;
}
