import type { CostsMin, StagePosition } from "../types.js";
import type { MeasuredGrid } from "./measured-grid.js";

/** What a policy may know when it chooses the next hole. */
export interface View {
  readonly stage: StagePosition;
  readonly timeLeftMin: number;
  readonly imaged: Uint8Array;
  /** Results that have arrived: 0 bad, 1 good, NaN not yet. */
  readonly results: Float64Array;
  readonly resultCount: number;
}

/** Chooses the next hole that is not imaged yet; -1 = stop. */
export type Policy = (view: View) => number;

export interface Replay {
  readonly good: number;
  readonly imaged: number;
  readonly minutes: number;
  readonly order: readonly number[];
}

/**
 * A microscope that images the holes of a measured grid one after another under a clock. It begins with the stage at the
 * cluster of `startHole`, or outside of all grids where that is null, and nothing imaged. A hole's result is known once
 * `delayHoles` more have been imaged.
 */
export function replay(
  grid: MeasuredGrid,
  policy: Policy,
  options: {
    readonly startHole: number | null;
    readonly durationMin: number;
    readonly costsMin: CostsMin;
    readonly delayHoles: number;
  },
): Replay {
  const { costsMin, delayHoles, durationMin } = options;
  const count = grid.holeIds.length;
  const imaged = new Uint8Array(count);
  const results = new Float64Array(count).fill(Number.NaN);
  let stage = options.startHole === null ? NOWHERE : positionOf(grid, options.startHole);
  let minutes = 0;
  let good = 0;
  let resultCount = 0;
  const order: number[] = [];
  for (;;) {
    const due = order.length - 1 - delayHoles;
    if (due >= 0) {
      results[order[due]] = grid.good[order[due]];
      resultCount++;
    }
    const hole = policy({ stage, timeLeftMin: durationMin - minutes, imaged, results, resultCount });
    if (hole < 0) break;
    if (imaged[hole] === 1) throw new Error(`The policy chose hole ${hole} twice.`);
    const target = positionOf(grid, hole);
    const cost = moveMin(costsMin, stage, target);
    if (minutes + cost > durationMin + 1e-9) break;
    minutes += cost;
    stage = target;
    imaged[hole] = 1;
    good += grid.good[hole];
    order.push(hole);
    if (order.length === count) break;
  }
  return { good, imaged: order.length, minutes, order };
}

/** Outside of all grids: whatever comes first is entered anew. */
export const NOWHERE: StagePosition = { grid: -1, square: -1, cluster: -1 };

export function positionOf(grid: MeasuredGrid, hole: number): StagePosition {
  const cluster = grid.clusterOfHole[hole];
  const square = grid.squareOfCluster[cluster];
  return { cluster, square, grid: grid.gridOfSquare[square] };
}

export function moveMin(costs: CostsMin, from: StagePosition, to: StagePosition): number {
  if (from.cluster === to.cluster) return costs.hole;
  if (from.square === to.square) return costs.cluster;
  return from.grid === to.grid ? costs.square : costs.grid;
}
