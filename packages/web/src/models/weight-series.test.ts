import { expect, test } from "vitest";
import type { ModelWeight } from "../api/additions.js";
import { weightSeries } from "./weight-series.js";

const row = (n: number, metric: string | null = null): ModelWeight => ({
  id: n,
  timestamp: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
  grid_uuid: "g",
  prediction_model_name: "m",
  metric_name: metric,
  micrograph_uuid: null,
  micrograph_quality: null,
  quality_score: null,
  prediction_value: null,
  weight: n,
  weight_sd: null,
});

test("one line per model and metric, in the models' order", () => {
  const series = weightSeries({ b: [row(1)], a: [row(1), row(2, "ctfmaxresolution")] }, ["b", "a", "c"]);
  expect(series.map(({ label }) => label)).toEqual(["b", "a", "a · ctfmaxresolution"]);
});

test("a long history is thinned out evenly, and ends with the newest weight", () => {
  const [series] = weightSeries({ m: Array.from({ length: 10_001 }, (_, n) => row(n)) }, ["m"]);
  expect(series?.weights.length).toBeLessThan(1_600);
  expect(series?.weights[0]).toBe(0);
  expect(series?.weights.at(-1)).toBe(10_000);
  expect(series?.times).toEqual(series?.times.toSorted((a, b) => a - b));
});
