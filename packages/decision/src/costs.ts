import { median } from "./robust.js";
import type { CostsMin } from "./types.js";

/** One micrograph, in the order in which they were taken. Ids are compared, not interpreted. */
export interface AcquiredAt {
  /** When it was taken, ms since the epoch, by the microscope's clock; NaN = not known. */
  readonly timeMs: number;
  readonly grid: string;
  readonly square: string;
  readonly cluster: string;
  readonly hole: string;
}

export interface CostEstimate {
  readonly costsMin: CostsMin;
  /** How many intervals each figure rests on, besides its default. */
  readonly intervals: {
    readonly hole: number;
    readonly cluster: number;
    readonly square: number;
    readonly grid: number;
  };
  /** Intervals that were no work: the clock went backwards or stood, or somebody paused. */
  readonly ignored: number;
}

/** Round figures for a modern microscope with beam-shift clusters: minutes from hole to hole. */
export const DEFAULT_COSTS_MIN: CostsMin = { hole: 0.5, cluster: 1.2, square: 5, grid: 12 };

const MS_PER_MIN = 60_000;
/** How many intervals the default of a level is worth. */
const DEFAULT_WORTH = 4;
/** The last so many intervals of a level count: a session's pace changes. */
const RECENT_INTERVALS = 200;
/** An interval so many times the default of its level is a pause. */
const PAUSE_FACTOR = 8;
/** Nothing takes less than this, so that no rate is infinite. */
const SHORTEST_MIN = 0.01;

const LEVELS = ["hole", "cluster", "square", "grid"] as const;
type Level = (typeof LEVELS)[number];

/**
 * What a hole, cluster, square and grid cost in the running session, in minutes: the median of the intervals between
 * consecutive holes, sorted by how far the stage went, drawn towards the configured default while there are few. Several
 * micrographs of one hole count as one. Pauses and clocks that stand or run backwards are left out.
 */
export function estimateCosts(acquired: Iterable<AcquiredAt>, defaults: CostsMin = DEFAULT_COSTS_MIN): CostEstimate {
  const intervals: Record<Level, number[]> = { hole: [], cluster: [], square: [], grid: [] };
  let ignored = 0;
  let previous: AcquiredAt | null = null;
  let last: AcquiredAt | null = null;
  const close = (): void => {
    // From the last micrograph of one hole to the last of the next.
    if (previous === null || last === null) return;
    const level = levelBetween(previous, last);
    const minutes = (last.timeMs - previous.timeMs) / MS_PER_MIN;
    if (minutes > 0 && minutes <= PAUSE_FACTOR * defaults[level]) intervals[level].push(minutes);
    else ignored++;
  };
  for (const micrograph of acquired) {
    if (
      last !== null &&
      (micrograph.hole !== last.hole || micrograph.square !== last.square || micrograph.grid !== last.grid)
    ) {
      close();
      previous = last;
    }
    last = micrograph;
  }
  close();

  let atLeast = SHORTEST_MIN;
  const costs = { hole: 0, cluster: 0, square: 0, grid: 0 };
  for (const level of LEVELS) {
    const recent = intervals[level].slice(-RECENT_INTERVALS);
    const count = recent.length;
    const logDefault = Math.log(Math.max(SHORTEST_MIN, defaults[level]));
    const logMedian = count === 0 ? 0 : Math.log(median(recent));
    atLeast = Math.max(atLeast, Math.exp((DEFAULT_WORTH * logDefault + count * logMedian) / (DEFAULT_WORTH + count)));
    costs[level] = atLeast;
  }
  return {
    costsMin: costs,
    intervals: {
      hole: intervals.hole.length,
      cluster: intervals.cluster.length,
      square: intervals.square.length,
      grid: intervals.grid.length,
    },
    ignored,
  };
}

function levelBetween(a: AcquiredAt, b: AcquiredAt): Level {
  if (a.grid !== b.grid) return "grid";
  if (a.square !== b.square) return "square";
  return a.cluster !== b.cluster ? "cluster" : "hole";
}
