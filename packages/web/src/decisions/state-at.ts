import type { Decision, DecisionSettings, Result } from "../api/additions.js";
import { countGood, judgedBy } from "../quality/metrics.js";
import { parseTime } from "../shared/format.js";

/** How a grid stood at a moment of the microscope's time. */
export interface StateAt {
  /** Micrographs taken until then, judged by the limits of then. */
  readonly results: readonly Result[];
  readonly limits: Limits;
  readonly judged: number;
  readonly good: number;
  /** Good micrographs per hour since the first one; null before there is an hour's fraction to speak of. */
  readonly goodPerHour: number | null;
  /** The plan that held: the newest one that was made of no more than was there. */
  readonly decision: Decision | null;
}

type Limits = DecisionSettings["limits"];

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
 * Looks back at a session. Results count by when their micrograph was taken; decisions by when the newest one of then was, since the
 * clocks of the microscope and of the server are not the same. Those of before that was kept count by how many results they rested on.
 *
 * @param decisions newest first
 * @param limits those of today, which the results' own verdicts go by
 */
export function stateAt(all: readonly Result[], decisions: readonly Decision[], limits: Limits, time: number): StateAt {
  const until = all.filter(({ taken_at_ms }) => taken_at_ms !== null && taken_at_ms <= time);
  const first = timeSpan(until)?.[0] ?? time;
  const elapsed = time - first;
  const holes = new Set(until.flatMap((result) => (result.good === null ? [] : [result.foilhole_uuid])));
  const decision =
    decisions.find(({ summary: { imaged_until, results } }) =>
      imaged_until === undefined
        ? results <= holes.size
        : (parseTime(imaged_until) ?? Number.NEGATIVE_INFINITY) <= time,
    ) ?? null;
  const limitsThen = decision?.summary.limits ?? limits;
  const results = sameLimits(limitsThen, limits) ? until : judgedBy(limitsThen, until);
  const { good, judged } = countGood(results);
  return {
    results,
    limits: limitsThen,
    judged,
    good,
    goodPerHour: elapsed < LEAST_TIME_MS ? null : (good * HOUR_MS) / elapsed,
    decision,
  };
}

/** Whether micrographs are good by the one if they are by the other. */
export function sameLimits(a: Limits, b: Limits): boolean {
  return (Object.keys(a) as (keyof Limits)[]).every((name) => a[name] === b[name]);
}
