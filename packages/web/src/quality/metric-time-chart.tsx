import { type ReactNode, useCallback, useMemo } from "react";
import type uPlot from "uplot";
import type { DecisionSettings, Result } from "../api/additions.js";
import { axes, Chart, TIME_SERIES } from "../charts/chart.js";
import type { ChartColours } from "../charts/colours.js";
import type { ChartSeries } from "../charts/specification.js";
import { isFailedFit, type Metric, passes } from "./metrics.js";

interface MetricTimeChartProps {
  readonly metric: Metric;
  readonly results: readonly Result[];
  readonly limit: DecisionSettings["limits"][Metric["name"]];
  /** The values between which the vertical axis lies. */
  readonly domain: readonly [number, number];
}

/** One metric of every micrograph over time; failed fits lie along the upper edge. */
export function MetricTimeChart({ metric, results, limit, domain }: MetricTimeChartProps): ReactNode {
  const [low, high] = domain;
  const data = useMemo(() => seriesOf(metric, results, limit, high), [metric, results, limit, high]);
  const limited = limit !== null;
  const options = useCallback(
    (colours: ChartColours) => ({
      scales: { x: { time: true }, y: { range: (): [number, number] => [low, high] } },
      axes: axes(colours, metric.unit === "" ? "count" : metric.unit),
      cursor: { y: false, drag: { x: true, y: false } },
      legend: { show: true },
      series: [
        TIME_SERIES,
        signs(limited ? "Within the limit" : "Measured", colours.good, "dots", metric),
        signs("Beyond it", colours.bad, "crosses", metric),
        { ...signs("Failed fit", colours.bad, "crosses", metric), beyond: true, value: () => "" },
      ],
    }),
    [low, high, metric, limited],
  );
  return (
    <Chart
      description={`${metric.label} of ${results.length} micrographs over time${limit === null ? "" : `, limit ${limit} ${metric.unit}`}`}
      height={170}
      data={data}
      options={options}
      rulers={limit === null ? [] : [{ axis: "y", at: limit, dashed: true }]}
    />
  );
}

function signs(label: string, stroke: string, mark: "dots" | "crosses", metric: Metric): ChartSeries {
  return {
    label,
    mark,
    stroke,
    width: 1,
    value: (_chart, value) => (value === null ? "–" : `${value.toFixed(metric.digits)} ${metric.unit}`),
  };
}

type Column = (number | null)[];

/** @param results in the order in which they were taken */
function seriesOf(metric: Metric, results: readonly Result[], limit: number | null, high: number): uPlot.AlignedData {
  const times: number[] = [];
  const within: Column = [];
  const beyond: Column = [];
  const failed: Column = [];
  for (const result of results) {
    const value = metric.of(result);
    if (result.taken_at_ms === null || value === null) continue;
    const fails = isFailedFit(metric.name, value);
    const good = !fails && passes(metric, value, limit) !== false;
    const shown = Math.min(value, high);
    times.push(result.taken_at_ms / 1000);
    within.push(good ? shown : null);
    beyond.push(!good && !fails ? shown : null);
    failed.push(fails ? high : null);
  }
  return [times, within, beyond, failed];
}
