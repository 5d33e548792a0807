import type { DecisionSettings, Grid, Result } from "../api/additions.js";
import { wilson } from "../models/calibration.js";
import { countGood, judge, METRICS, type Metric, type MetricSummary, summarise } from "./metrics.js";

/** What was measured on one grid, in numbers that can be held against those of another. */
export interface GridQualities {
  readonly uuid: string;
  readonly name: string;
  readonly micrographs: number;
  readonly judged: number;
  /** Of those that are judged; null where none is. */
  readonly goodShare: number | null;
  /** 95 % interval of the share (Wilson). */
  readonly interval: readonly [number, number] | null;
  readonly metrics: readonly { readonly metric: Metric; readonly summary: MetricSummary }[];
}

/** Sums up each grid by itself, in the order in which they are given. */
export function compareGrids(
  grids: readonly { readonly grid: Pick<Grid, "uuid" | "name">; readonly results: readonly Result[] }[],
  limits: DecisionSettings["limits"],
): GridQualities[] {
  return grids.map(({ grid: { uuid, name }, results }) => {
    const { good, judged, share } = countGood(results, (result) => judge(result, limits));
    return {
      uuid,
      name,
      micrographs: results.length,
      judged,
      goodShare: share,
      interval: judged === 0 ? null : wilson(good, judged),
      metrics: METRICS.map((metric) => ({ metric, summary: summarise(results, metric, limits[metric.name]) })),
    };
  });
}
