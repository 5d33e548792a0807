import type uPlot from "uplot";
import type { Result } from "../api/additions.js";
import { chartSvg } from "../charts/chart-svg.js";
import { chartColours } from "../charts/colours.js";
import type { ChartOptions, Ruler } from "../charts/specification.js";
import { countRange, histogramData, histogramOptions, shownRange } from "../quality/metric-histogram.js";
import { distribution, type Metric } from "../quality/metrics.js";
import type { Throughput } from "./throughput.js";
import { rateRange, throughputData, throughputOptions, throughputTimes } from "./throughput-chart.js";

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
    (colours) => histogramOptions(metric, range, colours),
    data,
    limit === null ? [] : [{ axis: "x", at: limit, dashed: true }],
    { x: range, y: countRange(Math.max(...(data[1] ?? []).map((count) => count ?? 0))) },
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
