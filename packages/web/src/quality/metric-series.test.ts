import { expect, test } from "vitest";
import type { Result } from "../api/additions.js";
import { metricMedians, metricSeries } from "./metric-series.js";
import { METRICS, type Metric } from "./metrics.js";

const ctf = METRICS.find(({ name }) => name === "ctfmaxresolution") as Metric;
const results = [4, 22.57, 100_000, null, 6.1].map(
  (value, index): Result => ({ taken_at_ms: index * 1000, ctf_max_resolution_estimate: value }) as Result,
);

test("a metric over time is what was measured, far beyond the axis and failed as well", () => {
  expect(metricSeries(ctf, results, 6)).toEqual([
    [0, 1, 2, 4],
    [4, null, null, null],
    [null, 22.57, null, 6.1],
    [null, null, 100_000, null],
  ]);
});

test("without a limit nothing is beyond one, and where no fit failed there is no series of those", () => {
  expect(metricSeries(ctf, results.slice(0, 2), null)).toEqual([
    [0, 1],
    [4, 22.57],
  ]);
});

test("medians over time leave out failed fits, and intervals in which nothing was measured", () => {
  const at = (minute: number, value: number): Result =>
    ({ taken_at_ms: minute * 60_000, ctf_max_resolution_estimate: value }) as Result;
  const medians = metricMedians([at(0, 3), at(1, 5), at(2, 100_000), at(3, 4), at(12, 9)], ctf);
  expect(medians).toEqual([
    { time: 0, median: 4, quartiles: [3.5, 4.5] },
    { time: 600, median: 9, quartiles: [9, 9] },
  ]);
  expect(metricMedians([], ctf)).toEqual([]);
});
