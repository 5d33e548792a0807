import type { Decision, Result } from "../api/additions.js";
import { wilson } from "../quality/share-interval.js";
import { parseTime } from "../shared/format.js";

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

const HOUR_MS = 3_600_000;
/** Further away from a decision, other things than it make the difference. */
const LONGEST_SPAN_MS = HOUR_MS;
/** In less time, too few micrographs are taken to speak of. */
const SHORTEST_SPAN_MS = 10 * 60_000;

/** What was taken on a grid in the course of time, counted once so that any span of it is looked up and not counted again. */
export interface Course {
  /** When each micrograph was taken, in milliseconds since 1970, ascending. */
  readonly times: Float64Array;
  /** Of as many micrographs from the start, how many are judged, and how many are good. */
  readonly judged: Uint32Array;
  readonly good: Uint32Array;
  /** When the last of so many holes was taken of which there is a result that is judged; none for no hole. */
  readonly holes: readonly (number | undefined)[];
}

export function courseOf(results: readonly Result[]): Course {
  const taken = results
    .flatMap((result) => (result.taken_at_ms === null ? [] : [{ result, time: result.taken_at_ms }]))
    .sort((a, b) => a.time - b.time);
  const times = new Float64Array(taken.length);
  const judged = new Uint32Array(taken.length + 1);
  const good = new Uint32Array(taken.length + 1);
  const seen = new Set<string>();
  const holes: (number | undefined)[] = [undefined];
  for (const [index, { result, time }] of taken.entries()) {
    const verdict = result.good;
    times[index] = time;
    judged[index + 1] = (judged[index] ?? 0) + (verdict === null ? 0 : 1);
    good[index + 1] = (good[index] ?? 0) + (verdict === true ? 1 : 0);
    if (verdict === null || seen.has(result.foilhole_uuid)) continue;
    seen.add(result.foilhole_uuid);
    holes.push(time);
  }
  return { times, judged, good, holes };
}

/** How many micrographs were taken before a moment. */
function countBefore(times: Float64Array, moment: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function rateBetween(course: Course, from: number, to: number): Rate {
  const start = countBefore(course.times, from);
  const end = countBefore(course.times, to);
  const taken = end - start;
  const judged = (course.judged[end] ?? 0) - (course.judged[start] ?? 0);
  const good = (course.good[end] ?? 0) - (course.good[start] ?? 0);
  const takenPerHour = (taken * HOUR_MS) / (to - from);
  const [low, high] = wilson(good, Math.max(1, judged));
  return {
    from,
    to,
    taken,
    judged,
    good,
    perHour: judged === 0 ? null : (takenPerHour * good) / judged,
    interval: judged === 0 ? null : [takenPerHour * low, takenPerHour * high],
  };
}

/**
 * When a decision was made, by the microscope's clock, which is not the server's: when the newest micrograph of then was taken. null: there
 * was none. Decisions of before that was kept: when the last of as many holes was taken as they had results of, by the limits of today.
 */
export function momentOf({ summary: { imaged_until, results } }: Decision, { holes }: Course): number | null {
  return imaged_until === undefined ? (holes[results] ?? null) : parseTime(imaged_until);
}

/**
 * Compares equal spans before and after a moment: an hour, or less where there is less on one side.
 *
 * @returns null where there is too little on one side
 */
export function beforeAndAfter(course: Course, moment: number): BeforeAfter | null {
  const first = course.times[0] ?? moment;
  const last = course.times.at(-1) ?? moment;
  const span = Math.min(LONGEST_SPAN_MS, moment - first, last - moment);
  if (span < SHORTEST_SPAN_MS) return null;
  // The micrograph of the moment itself is the last one of before.
  const before = rateBetween(course, moment - span + 1, moment + 1);
  const after = rateBetween(course, moment + 1, moment + span + 1);
  return { before, after, ...changeBetween(before, after) };
}

/** A decision that the microscope was told, and what was around it. */
export interface DecisionWithEffect {
  readonly decision: Decision;
  readonly moment: number;
  readonly effect: BeforeAfter;
}

/** {@link beforeAndAfter} for all decisions that the microscope was told, where there is enough on both sides. */
export function aroundDecisions(course: Course, decisions: readonly Decision[]): DecisionWithEffect[] {
  return decisions.filter(wasTold).flatMap((decision) => {
    const moment = momentOf(decision, course);
    const effect = moment === null ? null : beforeAndAfter(course, moment);
    return moment === null || effect === null ? [] : [{ decision, moment, effect }];
  });
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
export function baselineOf(course: Course, decisions: readonly Decision[]): Rate | null {
  const firstTold = decisions.findLast(wasTold);
  const first = course.times[0];
  if (firstTold === undefined || first === undefined) return null;
  const until = momentOf(firstTold, course);
  return until === null || until - first < SHORTEST_SPAN_MS ? null : rateBetween(course, first, until + 1);
}

/**
 * Whether the microscope took something of a decision. What was withdrawn, expired, failed or was declined, as a dry run declines all of it, has
 * changed nothing, and of what is under way that is not known yet.
 */
export function wasTold({ instructions }: Decision): boolean {
  return instructions.some(({ ack_status, verification }) => ack_status === "processed" || verification !== null);
}
