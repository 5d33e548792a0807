import { type ReactNode, useCallback, useMemo } from "react";
import type uPlot from "uplot";
import type { DecisionSettings, Result } from "../api/additions.js";
import { axes, Chart, type ChartColours, TIME_SERIES } from "../charts/chart.js";
import { parseTime } from "../shared/format.js";
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
  const options = useCallback(
    (colours: ChartColours) => ({
      scales: { x: { time: true }, y: { range: (): [number, number] => [low, high] } },
      axes: axes(colours, metric.unit === "" ? "count" : metric.unit),
      cursor: { y: false, drag: { x: true, y: false } },
      legend: { show: true },
      series: [
        TIME_SERIES,
        points(limit === null ? "Measured" : "Within the limit", colours.good, "dot", metric),
        points("Beyond it", colours.bad, "cross", metric),
        { ...points("Failed fit", colours.bad, "failed", metric), value: () => "" },
      ],
      hooks: {
        draw: [
          (chart: uPlot) => {
            if (limit === null) return;
            const y = chart.valToPos(limit, "y", true);
            const { left, width } = chart.bbox;
            chart.ctx.save();
            chart.ctx.strokeStyle = colours.ink;
            chart.ctx.setLineDash([6, 4]);
            chart.ctx.lineWidth = 1;
            chart.ctx.beginPath();
            chart.ctx.moveTo(left, y);
            chart.ctx.lineTo(left + width, y);
            chart.ctx.stroke();
            chart.ctx.restore();
          },
        ],
      },
    }),
    [low, high, metric, limit],
  );
  return (
    <Chart
      description={`${metric.label} of ${results.length} micrographs over time${limit === null ? "" : `, limit ${limit} ${metric.unit}`}`}
      height={170}
      data={data}
      options={options}
    />
  );
}

function points(label: string, colour: string, sign: "dot" | "cross" | "failed", metric: Metric): uPlot.Series {
  return {
    label,
    stroke: colour,
    width: 1,
    paths: () => null,
    points: { show: (chart, series) => drawSigns(chart, series, colour, sign) },
    value: (_chart, value) => (value === null ? "–" : `${value.toFixed(metric.digits)} ${metric.unit}`),
  };
}

/** Draws a series as signs; told apart by shape as well as by colour. */
function drawSigns(chart: uPlot, series: number, colour: string, sign: "dot" | "cross" | "failed"): false {
  const { ctx } = chart;
  const times = chart.data[0];
  const values = chart.data[series] ?? [];
  const size = 2 * window.devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height);
  ctx.clip();
  ctx.beginPath();
  for (const [index, value] of values.entries()) {
    if (value == null) continue;
    const x = chart.valToPos(times[index] ?? 0, "x", true);
    const y = chart.valToPos(value, "y", true);
    if (sign === "dot") {
      ctx.moveTo(x + size, y);
      ctx.arc(x, y, size, 0, 2 * Math.PI);
    } else {
      const top = sign === "failed" ? y + size * 2 : y;
      ctx.moveTo(x - size, top - size);
      ctx.lineTo(x + size, top + size);
      ctx.moveTo(x + size, top - size);
      ctx.lineTo(x - size, top + size);
    }
  }
  if (sign === "dot") {
    ctx.fillStyle = colour;
    ctx.globalAlpha = 0.75;
    ctx.fill();
  } else {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.2 * window.devicePixelRatio;
    ctx.stroke();
  }
  ctx.restore();
  return false;
}

type Column = (number | null)[];

function seriesOf(metric: Metric, results: readonly Result[], limit: number | null, high: number): uPlot.AlignedData {
  const taken = results
    .flatMap((result) => {
      const time = parseTime(result.acquisition_datetime);
      const value = metric.of(result);
      return time === null || value === null ? [] : [{ time: time / 1000, value }];
    })
    .sort((a, b) => a.time - b.time);
  const within: Column = [];
  const beyond: Column = [];
  const failed: Column = [];
  for (const { value } of taken) {
    const fails = isFailedFit(metric.name, value);
    const good = !fails && passes(metric, value, limit) !== false;
    const shown = Math.min(value, high);
    within.push(good ? shown : null);
    beyond.push(!good && !fails ? shown : null);
    failed.push(fails ? high : null);
  }
  return [taken.map(({ time }) => time), within, beyond, failed];
}
