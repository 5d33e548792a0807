import { isOver } from "@smartem/common/states";
import type { Acquisition } from "../api/additions.js";
import { evenIntervalMs } from "../shared/even-intervals.js";

/** Micrographs per hour over time. */
export interface Throughput {
  /** Starts of the intervals, in seconds since 1970. */
  readonly times: readonly number[];
  /** Micrographs per hour. */
  readonly taken: readonly number[];
  /** Those of them that are good, as far as is known. */
  readonly good: readonly number[];
  readonly intervalMs: number;
}

/** Whether nothing more will be taken. */
export function hasEnded({ status, end_time }: Pick<Acquisition, "status" | "end_time">): boolean {
  return end_time !== null || isOver(status);
}

/**
 * Counts micrographs in even intervals, as short as at most 60 of them allow. Hours without any are there with a zero: a
 * pause shows as one. The last interval, as long as it is not over, is left out unless it is the only one.
 *
 * @param ended whether the session is over, and with it its last interval
 */
export function throughput(
  micrographs: readonly { readonly takenAt: number; readonly good: boolean | null }[],
  ended: boolean,
): Throughput {
  if (micrographs.length === 0) return { times: [], taken: [], good: [], intervalMs: 0 };
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { takenAt } of micrographs) {
    first = Math.min(first, takenAt);
    last = Math.max(last, takenAt);
  }
  const intervalMs = evenIntervalMs([first, last]);
  const start = Math.floor(first / intervalMs) * intervalMs;
  const count = Math.floor((last - start) / intervalMs) + 1;
  const taken = new Array<number>(count).fill(0);
  const good = new Array<number>(count).fill(0);
  const perHour = 3_600_000 / intervalMs;
  for (const micrograph of micrographs) {
    const interval = Math.floor((micrograph.takenAt - start) / intervalMs);
    taken[interval] = (taken[interval] ?? 0) + perHour;
    if (micrograph.good === true) good[interval] = (good[interval] ?? 0) + perHour;
  }
  const complete = ended || count === 1 ? count : count - 1;
  return {
    times: Array.from({ length: complete }, (_, interval) => (start + interval * intervalMs) / 1000),
    taken: taken.slice(0, complete),
    good: good.slice(0, complete),
    intervalMs,
  };
}
