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
function timesTaken(results: readonly Result[]): readonly [first: number, last: number] | null {
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
 * When a decision was made in the microscope's time; null where that was not kept. One that was made before the first micrograph was
 * known goes by the server's clock as long as that is before the first, and is else a moment before it.
 */
function decidedAt({ created_at, summary }: Decision, firstTaken: number): number | null {
  const { imaged_until, results } = summary;
  if (imaged_until == null)
    return imaged_until === null || results === 0
      ? Math.min(parseTime(created_at) ?? firstTaken, firstTaken - LEAST_TIME_MS)
      : null;
  return parseTime(imaged_until) ?? Number.NEGATIVE_INFINITY;
}

/**
 * The time that there is something to look back at, from the first decision, or micrograph, to the last micrograph, in milliseconds
 * since 1970; null where none was taken at a known time.
 */
export function timeSpan(
  results: readonly Result[],
  decisions: readonly Decision[],
): readonly [from: number, to: number] | null {
  const taken = timesTaken(results);
  if (taken === null) return null;
  const [first, last] = taken;
  const decided = decisions.map((decision) => decidedAt(decision, first) ?? first);
  return [decided.reduce((from, time) => (Number.isFinite(time) ? Math.min(from, time) : from), first), last];
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
  const firstTaken = timesTaken(all)?.[0] ?? Number.POSITIVE_INFINITY;
  const elapsed = Math.max(0, time - firstTaken);
  const holes = new Set(until.flatMap((result) => (result.good === null ? [] : [result.foilhole_uuid])));
  const decision =
    decisions.find((decision) => {
      const decided = decidedAt(decision, firstTaken);
      return decided === null ? decision.summary.results <= holes.size : decided <= time;
    }) ?? null;
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
