import type { Decision, DecisionSettings, Result } from "../api/additions.js";
import { wilson } from "../models/calibration.js";
import { countGood, judge } from "../quality/metrics.js";
import { timeSpan } from "./state-at.js";

/** Good micrographs per hour in a span of the microscope's time. */
export interface Rate {
  /** Milliseconds since 1970 */
  readonly from: number;
  readonly to: number;
  readonly taken: number;
  readonly judged: number;
  readonly good: number;
  /** As many as were taken in an hour, times the share of good among those judged; null where none is judged. */
  readonly perHour: number | null;
  /** 95 % interval of it, from the share's (Wilson). */
  readonly interval: readonly [number, number] | null;
}

/** What followed a decision, against what went before it. */
export interface BeforeAfter {
  readonly before: Rate;
  readonly after: Rate;
  /** Good micrographs per hour more than before, with its 95 % interval (Newcombe). */
  readonly change: number | null;
  readonly interval: readonly [number, number] | null;
}

type Limits = DecisionSettings["limits"];

const HOUR_MS = 3_600_000;
/** Further away from a decision, other things than it make the difference. */
const LONGEST_SPAN_MS = HOUR_MS;
/** In less time, too few micrographs are taken to speak of. */
const SHORTEST_SPAN_MS = 10 * 60_000;

export function rateBetween(results: readonly Result[], limits: Limits, from: number, to: number): Rate {
  const within = results.filter(({ taken_at_ms }) => taken_at_ms !== null && taken_at_ms >= from && taken_at_ms < to);
  const { good, judged } = countGood(within, (result) => judge(result, limits));
  const takenPerHour = (within.length * HOUR_MS) / (to - from);
  const [low, high] = wilson(good, Math.max(1, judged));
  return {
    from,
    to,
    taken: within.length,
    judged,
    good,
    perHour: judged === 0 ? null : (takenPerHour * good) / judged,
    interval: judged === 0 ? null : [takenPerHour * low, takenPerHour * high],
  };
}

/**
 * When a decision was made, by the microscope's clock, which is not the server's: when the last micrograph was taken whose result it
 * rested on. null: it rested on none, or those results are not there.
 */
export function momentOf({ summary }: Decision, results: readonly Result[], limits: Limits): number | null {
  const holes = new Set<string>();
  for (const result of results) {
    if (result.taken_at_ms === null || judge(result, limits) === null) continue;
    holes.add(result.foilhole_uuid);
    if (holes.size === summary.results) return result.taken_at_ms;
  }
  return null;
}

/**
 * Compares equal spans before and after a moment: an hour, or less where there is less on one side.
 *
 * @returns null where there is too little on one side
 */
export function beforeAndAfter(results: readonly Result[], limits: Limits, moment: number): BeforeAfter | null {
  const [first, last] = timeSpan(results) ?? [moment, moment];
  const span = Math.min(LONGEST_SPAN_MS, moment - first, last - moment);
  if (span < SHORTEST_SPAN_MS) return null;
  // The micrograph of the moment itself is the last one of before.
  const before = rateBetween(results, limits, moment - span + 1, moment + 1);
  const after = rateBetween(results, limits, moment + 1, moment + span + 1);
  return { before, after, ...changeBetween(before, after) };
}

function changeBetween(before: Rate, after: Rate): Pick<BeforeAfter, "change" | "interval"> {
  if (before.perHour === null || before.interval === null || after.perHour === null || after.interval === null)
    return { change: null, interval: null };
  const change = after.perHour - before.perHour;
  return {
    change,
    interval: [
      change - Math.hypot(after.perHour - after.interval[0], before.interval[1] - before.perHour),
      change + Math.hypot(after.interval[1] - after.perHour, before.perHour - before.interval[0]),
    ],
  };
}

/** Whether the difference can be told from chance, in words. */
export function changeWords({ interval }: Pick<BeforeAfter, "interval">): string {
  if (interval === null) return "not known";
  if (interval[0] > 0) return "more";
  return interval[1] < 0 ? "fewer" : "can't be told from chance";
}

/** What was collected before the microscope was told anything; null where it was told from the start on, or never. */
export function baselineOf(results: readonly Result[], decisions: readonly Decision[], limits: Limits): Rate | null {
  const firstTold = decisions.findLast(wasTold);
  const first = timeSpan(results)?.[0];
  if (firstTold === undefined || first === undefined) return null;
  const until = momentOf(firstTold, results, limits);
  return until === null || until - first < SHORTEST_SPAN_MS ? null : rateBetween(results, limits, first, until + 1);
}

export function wasTold({ instructions }: Decision): boolean {
  return instructions.length > 0;
}
