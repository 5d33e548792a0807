import type { QualityMetric } from "@smartem/common/metrics";
import { type RobustSpread, robustSpread } from "./robust.js";
import type { RunningDistribution } from "./running-distribution.js";
import { standardDeviation } from "./running-distribution.js";

/** What good looks like in one metric. */
export interface MetricRule {
  readonly metric: QualityMetric;
  readonly better: "lower" | "higher";
  /** The value up to which (`lower`) or from which (`higher`) a micrograph is good; null = judged against its grid. */
  readonly limit: number | null;
  /** Values at or above this mean that the fit failed, whatever the direction; null = there is no such sentinel. */
  readonly failedFrom: number | null;
}

/** Fits that found nothing are reported as this many Å by common pipelines. */
export const FAILED_FIT_A = 100_000;

/** The metrics of the wire contract, without limits: those are the operator's. */
export const METRIC_RULES: readonly MetricRule[] = [
  { metric: "motioncorrection", better: "lower", limit: null, failedFrom: null },
  { metric: "ctfmaxresolution", better: "lower", limit: null, failedFrom: FAILED_FIT_A },
  { metric: "numparticles", better: "higher", limit: null, failedFrom: null },
];

/** `unknown`: not decided yet. */
export type Verdict = "good" | "bad" | "unknown";

/** Where a grid's own values lie; from `robustSpread` or {@link spreadOfRunning}. */
export interface Spread {
  readonly centre: number;
  readonly sd: number;
  readonly count: number;
}

/** A grid must have shown so many values before one is judged against the others. */
export const MIN_VALUES_FOR_RELATIVE = 5;
/** A micrograph is good by comparison when it is at most so many standard deviations on the worse side of the centre. */
export const RELATIVE_TOLERANCE_SD = 1;

export function spreadOfRobust({ median, sd, count }: RobustSpread): Spread {
  return { centre: median, sd, count };
}

export function spreadOfRunning(distribution: RunningDistribution): Spread {
  return { centre: distribution.mean, sd: standardDeviation(distribution), count: distribution.count };
}

/**
 * Judges one metric of one micrograph.
 *
 * @param value undefined = no result yet; null, NaN, negative or at the rule's sentinel = the fit failed, which is bad
 * @param spread of the same metric on the same grid, used where the rule has no limit; null = nothing to compare with
 */
export function judgeMetric(rule: MetricRule, value: number | null | undefined, spread: Spread | null = null): Verdict {
  if (value === undefined) return "unknown";
  if (value === null || hasFailed(rule, value)) return "bad";
  if (rule.limit !== null) return isWithin(rule, value, rule.limit) ? "good" : "bad";
  if (spread === null || spread.count < MIN_VALUES_FOR_RELATIVE || !Number.isFinite(spread.centre)) return "unknown";
  // Where nothing varies, the common value itself is good: no division, no NaN.
  const tolerance = Number.isFinite(spread.sd) ? RELATIVE_TOLERANCE_SD * spread.sd : 0;
  const limit = rule.better === "lower" ? spread.centre + tolerance : spread.centre - tolerance;
  return isWithin(rule, value, limit) ? "good" : "bad";
}

/** A result that says that there is no result: belongs in no distribution. */
export function hasFailed({ failedFrom }: MetricRule, value: number): boolean {
  return !(value >= 0 && value < (failedFrom ?? Number.POSITIVE_INFINITY));
}

function isWithin(rule: MetricRule, value: number, limit: number): boolean {
  return rule.better === "lower" ? value <= limit : value >= limit;
}

/**
 * What all metrics of one micrograph say: bad as soon as one metric is bad, which no later metric can mend; good once all are good;
 * unknown until then.
 */
export function combineVerdicts(verdicts: readonly Verdict[]): Verdict {
  let combined: Verdict = verdicts.length > 0 ? "good" : "unknown";
  for (const verdict of verdicts) {
    if (verdict === "bad") return "bad";
    if (verdict === "unknown") combined = "unknown";
  }
  return combined;
}

/** A bad micrograph that lacks metrics is held against those taken before it: so many of them at most… */
export const JUDGED_AFTER = 20;
/** …and of these the nearest that are not known to be bad. */
const NEIGHBOURS = 5;
/** The share of the neighbours that may lack metrics: some results are lost. */
const OPEN_NEIGHBOURS = 0.2;

/**
 * One outcome per micrograph, where bad ones wait as long as good ones have to: were a bad one counted as soon as its first metric is
 * known, and a good one only with its last, all that is told of the newest micrographs would be that they are bad. So a bad one that
 * lacks metrics is unknown while its neighbours lack them, too. It counts where they have theirs (its own were lost, or no pipeline goes
 * on with what is bad), and where all that were taken before it are bad.
 *
 * @param byMetric what each metric says of each of them, in the order in which they were taken
 */
export function judgeInOrder(byMetric: readonly (readonly Verdict[])[]): Verdict[] {
  const ofOne: Verdict[] = [];
  const combined = (byMetric[0] ?? []).map((_, place) => {
    for (const [n, verdicts] of byMetric.entries()) ofOne[n] = verdicts[place];
    return combineVerdicts(ofOne);
  });
  const waits = (place: number): boolean => {
    let neighbours = 0;
    let open = 0;
    for (let before = place - 1; before >= Math.max(0, place - JUDGED_AFTER) && neighbours < NEIGHBOURS; before--) {
      if (combined[before] === "bad") continue;
      neighbours++;
      if (combined[before] === "unknown") open++;
    }
    return open > OPEN_NEIGHBOURS * neighbours;
  };
  return combined.map((verdict, place) =>
    verdict === "bad" && byMetric.some((verdicts) => verdicts[place] === "unknown") && waits(place)
      ? "unknown"
      : verdict,
  );
}

/** What the results of a grid say. */
export interface Judgement {
  /** What was judged by. */
  readonly rules: readonly MetricRule[];
  /** Per rule, what it says of each micrograph. */
  readonly byRule: readonly (readonly Verdict[])[];
  /** Per micrograph, what that comes to. */
  readonly verdicts: readonly Verdict[];
}

/**
 * Judges the micrographs of a grid. Where at least one metric has a limit, the metrics that have one make the rule; where none has, each
 * metric that the grid has results of is judged against the grid's own results.
 *
 * @param micrographs of the grid, taken one after the other
 * @param measured undefined = no result yet
 * @param limits null = the metric has none
 * @param grid all of the grid: what they are compared with where there are no limits
 */
export function judgeByLimits<Micrograph>(
  micrographs: readonly Micrograph[],
  measured: (micrograph: Micrograph, metric: QualityMetric) => number | undefined,
  limits: Readonly<Record<QualityMetric, number | null>>,
  grid: readonly Micrograph[] = micrographs,
): Judgement {
  const all = METRIC_RULES.map((rule): MetricRule => ({ ...rule, limit: limits[rule.metric] }));
  const limited = all.filter(({ limit }) => limit !== null);
  const rules =
    limited.length > 0
      ? limited
      : all.filter(({ metric }) => grid.some((micrograph) => measured(micrograph, metric) !== undefined));
  const spreads = rules.map((rule) =>
    rule.limit === null ? spreadOfRobust(robustSpread(believable(grid, measured, rule))) : null,
  );
  const byRule = rules.map((rule, n) =>
    micrographs.map((micrograph) => judgeMetric(rule, measured(micrograph, rule.metric), spreads[n])),
  );
  // Nothing is known of those that no rule is about.
  const verdicts = rules.length > 0 ? judgeInOrder(byRule) : micrographs.map((): Verdict => "unknown");
  return { rules, byRule, verdicts };
}

/** The values of a metric, without failed fits. */
function believable<Micrograph>(
  micrographs: readonly Micrograph[],
  measured: (micrograph: Micrograph, metric: QualityMetric) => number | undefined,
  rule: MetricRule,
): number[] {
  const values: number[] = [];
  for (const micrograph of micrographs) {
    const value = measured(micrograph, rule.metric);
    if (value !== undefined && !hasFailed(rule, value)) values.push(value);
  }
  return values;
}

/**
 * A hole's outcome: the share of its judged micrographs that are good and how many those are; NaN and 0 where none is
 * judged yet. As `OutcomeColumns` take it.
 */
export function holeOutcome(micrographs: Iterable<Verdict>): { readonly good: number; readonly weight: number } {
  let good = 0;
  let judged = 0;
  for (const verdict of micrographs) {
    if (verdict === "unknown") continue;
    judged++;
    if (verdict === "good") good++;
  }
  return { good: judged === 0 ? Number.NaN : good / judged, weight: judged };
}
