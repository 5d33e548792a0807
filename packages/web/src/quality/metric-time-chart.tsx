import { type ReactNode, useCallback, useMemo } from "react";
import type { DecisionSettings, Result } from "../api/additions.js";
import { axes, Chart, TIME_SERIES } from "../charts/chart.js";
import type { ChartLook } from "../charts/chart-look.js";
import type { ChartColours } from "../charts/colours.js";
import type { ChartSeries } from "../charts/specification.js";
import { metricSeries } from "./metric-series.js";
import type { Metric } from "./metrics.js";

interface MetricTimeChartProps {
  readonly metric: Metric;
  readonly results: readonly Result[];
  readonly limit: DecisionSettings["limits"][Metric["name"]];
  /** The values between which the vertical axis lies. */
  readonly domain: readonly [number, number];
  readonly look: ChartLook;
}

const [MEASURED, WITHIN, BEYOND, FAILED] = ["Measured", "Within the limit", "Beyond it", "Failed fit"];
/** The labels of its series. */
export const METRIC_SERIES = [MEASURED, WITHIN, BEYOND, FAILED];

/** One metric of every micrograph over time; failed fits, and values above the axis, lie along the upper edge. */
export function MetricTimeChart({ metric, results, limit, domain, look }: MetricTimeChartProps): ReactNode {
  const [low, high] = domain;
  const data = useMemo(() => metricSeries(metric, results, limit), [metric, results, limit]);
  const limited = limit !== null;
  // The times, the values within, and those beyond where there is a limit.
  const withFailed = data.length > (limited ? 3 : 2);
  const options = useCallback(
    (colours: ChartColours) => ({
      scales: { x: { time: true }, y: { range: (): [number, number] => [low, high] } },
      axes: axes(colours, metric.unit === "" ? "count" : metric.unit),
      cursor: { y: false, drag: { x: true, y: false } },
      legend: { show: true },
      series: [
        TIME_SERIES,
        signs(limited ? WITHIN : MEASURED, colours.good, "dots", metric),
        ...(limited ? [signs(BEYOND, colours.bad, "crosses", metric)] : []),
        ...(withFailed ? [{ ...signs(FAILED, colours.bad, "crosses", metric), beyond: true }] : []),
      ],
    }),
    [low, high, metric, limited, withFailed],
  );
  return (
    <Chart
      description={`${metric.label} of ${results.length} micrographs over time${limit === null ? "" : `, limit ${limit} ${metric.unit}`}`}
      height={170}
      data={data}
      options={options}
      look={look}
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
