import { hasFailed, judgeByLimits, judgeMetric, METRIC_RULES, type MetricRule } from "@smartem/decision/quality";
import type { DecisionSettings, Result } from "../api/additions.js";

export type MetricName = keyof DecisionSettings["limits"];

export interface Metric {
  readonly name: MetricName;
  readonly label: string;
  readonly unit: string;
  readonly digits: number;
  readonly better: "lower" | "higher";
  readonly of: (result: Result) => number | null;
}

/** As long as the limits are not known, nothing is held against any. */
export const NO_LIMITS: DecisionSettings["limits"] = {
  ctfmaxresolution: null,
  motioncorrection: null,
  numparticles: null,
};

/** The quality metrics, in the order in which they are shown. */
export const METRICS: readonly Metric[] = [
  {
    name: "ctfmaxresolution",
    label: "CTF max resolution",
    unit: "Å",
    digits: 1,
    better: "lower",
    of: (result) => result.ctf_max_resolution_estimate,
  },
  {
    name: "motioncorrection",
    label: "Total motion",
    unit: "Å",
    digits: 1,
    better: "lower",
    of: (result) => result.total_motion,
  },
  {
    name: "numparticles",
    label: "Particles",
    unit: "",
    digits: 0,
    better: "higher",
    of: (result) => result.particles,
  },
];

/** The limits in words, as people write them: to the last digit, by which micrographs are judged. */
export function limitWords(limits: DecisionSettings["limits"]): string {
  const words = METRICS.flatMap(({ name, label, unit, better }) => {
    const limit = limits[name];
    if (limit === null) return [];
    return `${label} ${better === "lower" ? "≤" : "≥"} ${limit}${unit === "" ? "" : ` ${unit}`}`;
  });
  return words.length === 0 ? "by comparison with the others of the grid" : words.join(", ");
}

/** By what a metric is judged. */
function ruleOf(metric: MetricName): MetricRule {
  const rule = METRIC_RULES.find((one) => one.metric === metric);
  if (rule === undefined) throw new Error(`No rule says what is good in ${metric}.`);
  return rule;
}

/** A fit that failed is a result, and a bad one; it has no place among the numbers. */
export function isFailedFit(metric: MetricName, value: number): boolean {
  return hasFailed(ruleOf(metric), value);
}

/** Whether a value is within a limit; null where there is no value or no limit to hold it against. */
export function passes(metric: Metric, value: number | null, limit: number | null | undefined): boolean | null {
  if (value === null || limit == null) return null;
  return judgeMetric({ ...ruleOf(metric.name), limit }, value) === "good";
}

/**
 * What the server would say of the micrographs of a grid, were these the limits.
 *
 * @param results all of the grid, in the order in which they were taken
 * @returns the same with whether each is good
 */
export function judgedBy(limits: DecisionSettings["limits"], results: readonly Result[]): Result[] {
  const { verdicts } = judgeByLimits(results, measured, limits);
  return results.map((result, index) => {
    const verdict = verdicts[index] ?? "unknown";
    return { ...result, good: verdict === "unknown" ? null : verdict === "good" };
  });
}

function measured(result: Result, name: MetricName): number | undefined {
  return METRICS.find((metric) => metric.name === name)?.of(result) ?? undefined;
}

/** How many micrographs are good, of how many that are judged. */
export interface GoodCount {
  readonly good: number;
  readonly judged: number;
  /** null where none is judged. */
  readonly share: number | null;
}

/** Counts the micrographs that are judged, and those of them that are good. */
export function countGood(results: readonly Pick<Result, "good">[]): GoodCount {
  let good = 0;
  let judged = 0;
  for (const result of results) {
    if (result.good === null) continue;
    judged += 1;
    if (result.good) good += 1;
  }
  return { good, judged, share: judged === 0 ? null : good / judged };
}

/** What a histogram's axis up to `high` shows, whose last bar holds all that is above. @param highest of the values */
export function histogramAxis({ label, unit }: Metric, high: number, highest: number | undefined): string {
  const name = unit === "" ? label : `${label} (${unit})`;
  return (highest ?? 0) > high ? `${name}; in the last bar, all above` : name;
}

export interface MetricSummary {
  /** Micrographs that have the metric, failed fits included. */
  readonly count: number;
  readonly failed: number;
  readonly median: number | null;
  /** First and third quartile. */
  readonly quartiles: readonly [number, number] | null;
  /** Share of `count` within the limit; null without a limit. */
  readonly passShare: number | null;
}

/** The values of one metric. */
export interface Distribution {
  /** Those that can be believed, ascending. */
  readonly sorted: Float64Array;
  readonly failed: number;
}

export function distribution(results: readonly Result[], metric: Metric): Distribution {
  const sorted = new Float64Array(results.length);
  let count = 0;
  let failed = 0;
  for (const result of results) {
    const value = metric.of(result);
    if (value === null) continue;
    if (isFailedFit(metric.name, value)) failed += 1;
    else sorted[count++] = value;
  }
  return { sorted: sorted.slice(0, count).sort(), failed };
}

/** What the values of one metric look like; robust, since some fits always fail. */
export function summarise(results: readonly Result[], metric: Metric, limit: number | null): MetricSummary {
  return summaryOf(distribution(results, metric), metric, limit);
}

/** {@link summarise} for values that are in order already. */
export function summaryOf({ sorted, failed }: Distribution, metric: Metric, limit: number | null): MetricSummary {
  const count = sorted.length + failed;
  const [first, median, third] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share));
  let passed = 0;
  for (const value of sorted) if (passes(metric, value, limit) === true) passed += 1;
  return {
    count,
    failed,
    median: median ?? null,
    quartiles: first == null || third == null ? null : [first, third],
    passShare: limit === null || count === 0 ? null : passed / count,
  };
}

/** The quantile of sorted values, interpolated between neighbours; null where there are none. */
export function quantile(sorted: ArrayLike<number>, share: number): number | null {
  if (sorted.length === 0) return null;
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
