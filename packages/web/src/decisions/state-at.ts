import type { Decision, DecisionSettings, Result } from "../api/additions.js";
import { countGood, judge } from "../quality/metrics.js";

/** How a grid stood at a moment of the microscope's time. */
export interface StateAt {
  /** Micrographs taken until then. */
  readonly results: readonly Result[];
  readonly judged: number;
  readonly good: number;
  /** Good micrographs per hour since the first one; null before there is an hour's fraction to speak of. */
  readonly goodPerHour: number | null;
  /** The plan that held: the newest one that rested on no more results than were there. */
  readonly decision: Decision | null;
}

const HOUR_MS = 3_600_000;
const LEAST_TIME_MS = 60_000;

/** First and last time at which a micrograph was taken, in milliseconds since 1970; null where none has a time. */
export function timeSpan(results: readonly Result[]): readonly [from: number, to: number] | null {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { taken_at_ms } of results) {
    if (taken_at_ms === null) continue;
    from = Math.min(from, taken_at_ms);
    to = Math.max(to, taken_at_ms);
  }
  return from > to ? null : [from, to];
}

/**
 * Looks back at a session. Results count by when their micrograph was taken; decisions by what they rested on, since the clocks of the
 * microscope and of the server are not the same.
 *
 * @param decisions newest first
 */
export function stateAt(
  results: readonly Result[],
  decisions: readonly Decision[],
  limits: DecisionSettings["limits"],
  time: number,
): StateAt {
  const until = results.filter(({ taken_at_ms }) => taken_at_ms !== null && taken_at_ms <= time);
  const { good, judged } = countGood(until, (result) => judge(result, limits));
  const first = timeSpan(until)?.[0] ?? time;
  const elapsed = time - first;
  const holes = new Set(until.flatMap((result) => (judge(result, limits) === null ? [] : [result.foilhole_uuid])));
  return {
    results: until,
    judged,
    good,
    goodPerHour: elapsed < LEAST_TIME_MS ? null : (good * HOUR_MS) / elapsed,
    decision: decisions.find(({ summary }) => summary.results <= holes.size) ?? null,
  };
}
