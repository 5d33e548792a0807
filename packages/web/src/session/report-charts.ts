import type uPlot from "uplot";
import type { Result } from "../api/additions.js";
import { axes, TIME_SERIES } from "../charts/chart.js";
import { chartSvg } from "../charts/chart-svg.js";
import { chartColours } from "../charts/colours.js";
import type { ChartOptions, Ruler } from "../charts/specification.js";
import { countRange, histogramData, histogramOptions, shownRange } from "../quality/metric-histogram.js";
import type { IntervalMedian } from "../quality/metric-series.js";
import { distribution, type Metric } from "../quality/metrics.js";
import type { Throughput } from "./throughput.js";
import { rateRange, throughputData, throughputOptions, throughputTimes } from "./throughput-chart.js";

/** So that a single moment is somewhere on the axis. */
const LEAST_SPAN_S = 60;

const SIZE = { width: 920, height: 230 };

/** Micrographs per hour, as on the session's page. */
export function throughputDrawing(rate: Throughput): string {
  return drawing("Micrographs per hour", throughputOptions, throughputData(rate), [], {
    x: throughputTimes(rate.times),
    y: rateRange(Math.max(...rate.taken)),
  });
}

/** How often the values of a metric occur, with its limit; empty where nothing was measured. */
export function histogramDrawing(metric: Metric, results: readonly Result[], limit: number | null): string {
  const values = distribution(results, metric);
  if (values.sorted.length === 0) return "";
  const range = shownRange(values, limit);
  const data = histogramData(values.sorted, range);
  return drawing(
    `Distribution of ${metric.label}`,
    (colours) => histogramOptions(metric, range, colours, values.sorted.at(-1)),
    data,
    limit === null ? [] : [{ axis: "x", at: limit, dashed: true }],
    { x: range, y: countRange(Math.max(...(data[1] ?? []).map((count) => count ?? 0))) },
  );
}

/** A metric over time: medians with the middle half, and its limit; empty where nothing was measured. */
export function medianDrawing(metric: Metric, medians: readonly IntervalMedian[], limit: number | null): string {
  if (medians.length === 0) return "";
  const times = medians.map(({ time }) => time);
  const highest = Math.max(...medians.map(({ quartiles }) => quartiles[1]), limit ?? 0);
  const unit = metric.unit === "" ? metric.label : `${metric.label} (${metric.unit})`;
  return drawing(
    `${metric.label} over time: medians with the middle half`,
    (colours) => ({
      scales: { x: { time: true } },
      axes: axes(colours, unit),
      legend: { show: true },
      series: [
        TIME_SERIES,
        { label: "Median", stroke: colours.accent, width: 2, points: { show: true } },
        { stroke: "transparent" },
        { stroke: "transparent" },
      ],
      bands: [{ series: [3, 2], fill: `${colours.accent}26` }],
    }),
    [
      times,
      medians.map(({ median }) => median),
      medians.map(({ quartiles }) => quartiles[0]),
      medians.map(({ quartiles }) => quartiles[1]),
    ],
    limit === null ? [] : [{ axis: "y", at: limit, dashed: true }],
    { x: [times[0] ?? 0, (times.at(-1) ?? 0) + LEAST_SPAN_S], y: [0, highest * 1.08 || 1] },
  );
}

function drawing(
  title: string,
  options: (colours: ReturnType<typeof chartColours>) => ChartOptions,
  data: uPlot.AlignedData,
  rulers: readonly Ruler[],
  domains: Readonly<Record<"x" | "y", readonly [number, number]>>,
): string {
  const colours = chartColours("light");
  return chartSvg({ title, options: options(colours), data, rulers, colours, domains, hidden: new Set(), ...SIZE });
}
