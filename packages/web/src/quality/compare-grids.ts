import type { DecisionSettings, Grid, Result } from "../api/additions.js";
import { METRICS, type Metric, type MetricSummary, summarise } from "./metrics.js";
import { countToSquare, intervalBySquares, type SquareCount } from "./share-interval.js";

/** What was measured on one grid, in numbers that can be held against those of another. */
export interface GridQualities {
  readonly uuid: string;
  readonly name: string;
  readonly micrographs: number;
  readonly judged: number;
  /** Of those that are judged; null where none is, and without limits: each grid is then judged by its own median, and all come out alike. */
  readonly goodShare: number | null;
  /** 95 % interval of the share, by how much squares differ; null where there are too few to say. */
  readonly interval: readonly [number, number] | null;
  readonly metrics: readonly { readonly metric: Metric; readonly summary: MetricSummary }[];
}

/** Sums up each grid by itself, in the order in which they are given. */
export function compareGrids(
  grids: readonly { readonly grid: Pick<Grid, "uuid" | "name">; readonly results: readonly Result[] }[],
  limits: DecisionSettings["limits"],
): GridQualities[] {
  const comparable = hasLimits(limits);
  return grids.map(({ grid: { uuid, name }, results }) => {
    const squares = new Map<string, SquareCount>();
    let judged = 0;
    let good = 0;
    for (const result of results) {
      if (result.good === null) continue;
      judged += 1;
      good += Number(result.good);
      countToSquare(squares, result.gridsquare_uuid, result.good);
    }
    return {
      uuid,
      name,
      micrographs: results.length,
      judged,
      goodShare: !comparable || judged === 0 ? null : good / judged,
      interval: comparable ? intervalBySquares(squares.values()) : null,
      metrics: METRICS.map((metric) => ({ metric, summary: summarise(results, metric, limits[metric.name]) })),
    };
  });
}

/** Whether what is good on one grid is good on every other. */
export function hasLimits(limits: DecisionSettings["limits"]): boolean {
  return Object.values(limits).some((limit) => limit !== null);
}
