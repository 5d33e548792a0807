import type uPlot from "uplot";
import type { Result } from "../api/additions.js";
import { evenIntervalMs } from "../shared/even-intervals.js";
import { groupBy } from "../shared/group-by.js";
import { isFailedFit, type Metric, passes, quantile } from "./metrics.js";

type Column = (number | null)[];

/**
 * The times of the micrographs with the values as they were measured: those within the limit, those beyond it where there
 * is one, and those of failed fits where there are any.
 *
 * @param results in the order in which they were taken
 */
export function metricSeries(metric: Metric, results: readonly Result[], limit: number | null): uPlot.AlignedData {
  const times: number[] = [];
  const within: Column = [];
  const beyond: Column = [];
  const failed: Column = [];
  for (const result of results) {
    const value = metric.of(result);
    if (result.taken_at_ms === null || value === null) continue;
    const fails = isFailedFit(metric.name, value);
    const good = !fails && passes(metric, value, limit) !== false;
    times.push(result.taken_at_ms / 1000);
    within.push(good ? value : null);
    beyond.push(!good && !fails ? value : null);
    failed.push(fails ? value : null);
  }
  return [
    times,
    within,
    ...(limit === null ? [] : [beyond]),
    ...(failed.some((value) => value !== null) ? [failed] : []),
  ];
}

/** What a metric was in one interval of time. */
export interface IntervalMedian {
  /** Where the interval begins, in seconds since 1970. */
  readonly time: number;
  readonly median: number;
  /** First and third quartile. */
  readonly quartiles: readonly [number, number];
}

/** A metric over time in even intervals; those without a micrograph that has it, and failed fits, are left out. */
export function metricMedians(results: readonly Result[], metric: Metric): IntervalMedian[] {
  const known = results.flatMap((result) => {
    const value = metric.of(result);
    return result.taken_at_ms === null || value === null || isFailedFit(metric.name, value)
      ? []
      : [{ time: result.taken_at_ms, value }];
  });
  const intervalMs = evenIntervalMs(known.map(({ time }) => time));
  return [...groupBy(known, ({ time }) => String(Math.floor(time / intervalMs)))]
    .map(([interval, own]): IntervalMedian => {
      const sorted = own.map(({ value }) => value).sort((a, b) => a - b);
      const [first = 0, median = 0, third = 0] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share) ?? 0);
      return { time: (Number(interval) * intervalMs) / 1000, median, quartiles: [first, third] };
    })
    .sort((a, b) => a.time - b.time);
}
