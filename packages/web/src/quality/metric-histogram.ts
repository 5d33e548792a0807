import type uPlot from "uplot";
import { axes } from "../charts/chart.js";
import type { ChartColours } from "../charts/colours.js";
import { histogram } from "../charts/histogram.js";
import type { ChartOptions } from "../charts/specification.js";
import { type Distribution, histogramAxis, type Metric, quantile } from "./metrics.js";

const BINS = 40;

/** The values that are shown of a metric: nearly all lie in it, a few far away don't squeeze the rest; its limit does as well. */
export function shownRange({ sorted }: Distribution, limit: number | null): [low: number, high: number] {
  return [0, Math.max((quantile(sorted, 0.98) ?? 1) * 1.1, (limit ?? 0) * 1.15, 1)];
}

export function histogramData(values: Float64Array, range: readonly [number, number]): uPlot.AlignedData {
  const { edges, counts } = histogram(values, range, BINS);
  return [edges.slice(0, -1), [...counts]];
}

/** The axis of counts for the highest of them. */
export function countRange(highest: number): [number, number] {
  return [0, Math.max(1, highest * 1.08)];
}

/** How often the values of a metric occur. @param highest of them, which may lie beyond the range */
export function histogramOptions(
  metric: Metric,
  [low, high]: readonly [number, number],
  colours: ChartColours,
  highest: number | undefined,
): ChartOptions {
  return {
    scales: {
      x: { time: false, range: (): [number, number] => [low, high] },
      y: { range: (_chart, _min, max) => countRange(max) },
    },
    axes: axes(colours, "micrographs", histogramAxis(metric, high, highest)),
    cursor: { show: false },
    legend: { show: false },
    series: [{}, { label: "Micrographs", mark: "bars", stroke: colours.accent, fill: `${colours.accent}80`, width: 1 }],
  };
}
