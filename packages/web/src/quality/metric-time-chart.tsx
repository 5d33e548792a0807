import { type ReactNode, useCallback, useMemo, useRef } from "react";
import type uPlot from "uplot";
import type { DecisionSettings, Result } from "../api/additions.js";
import { axes, Chart, type ChartColours, TIME_SERIES } from "../charts/chart.js";
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
  const limitNow = useRef(limit);
  limitNow.current = limit;
  const limited = limit !== null;
  const options = useCallback(
    (colours: ChartColours) => ({
      scales: { x: { time: true }, y: { range: (): [number, number] => [low, high] } },
      axes: axes(colours, metric.unit === "" ? "count" : metric.unit),
      cursor: { y: false, drag: { x: true, y: false } },
      legend: { show: true },
      series: [
        TIME_SERIES,
        points(limited ? "Within the limit" : "Measured", colours.good, "dot", metric),
        points("Beyond it", colours.bad, "cross", metric),
        { ...points("Failed fit", colours.bad, "failed", metric), value: () => "" },
      ],
      hooks: {
        draw: [
          (chart: uPlot) => {
            if (limitNow.current === null) return;
            const y = chart.valToPos(limitNow.current, "y", true);
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
    [low, high, metric, limited],
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

/** Draws a series as signs; told apart by shape as well as by colour. Of many in the same place, one is drawn. */
function drawSigns(chart: uPlot, series: number, colour: string, sign: "dot" | "cross" | "failed"): false {
  const { ctx, bbox } = chart;
  const times = chart.data[0];
  const values = chart.data[series] ?? [];
  const size = 2 * window.devicePixelRatio;
  const { min: from = 0, max: to = 1 } = chart.scales.x ?? {};
  const { min: low = 0, max: high = 1 } = chart.scales.y ?? {};
  const xPerSecond = bbox.width / ((to ?? 1) - (from ?? 0) || 1);
  const yPerUnit = bbox.height / ((high ?? 1) - (low ?? 0) || 1);
  const columns = Math.ceil(bbox.width / size) + 1;
  const drawn = new Uint8Array(columns * (Math.ceil(bbox.height / size) + 1));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.globalAlpha = sign === "dot" ? 0.75 : 1;
  const stamp = stampOf(sign, colour, size);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value == null) continue;
    const right = ((times[index] ?? 0) - (from ?? 0)) * xPerSecond;
    const down = bbox.height - (value - (low ?? 0)) * yPerUnit;
    if (right < 0 || right > bbox.width || down < 0 || down > bbox.height) continue;
    const place = Math.floor(down / size) * columns + Math.floor(right / size);
    if (drawn[place] === 1) continue;
    drawn[place] = 1;
    const below = sign === "failed" ? size * 2 : 0;
    ctx.drawImage(
      stamp,
      Math.round(bbox.left + right - stamp.width / 2),
      Math.round(bbox.top + down + below - stamp.height / 2),
    );
  }
  ctx.restore();
  return false;
}

/** One sign, to be put down as often as it is needed: far cheaper than as many outlines. */
function stampOf(sign: "dot" | "cross" | "failed", colour: string, size: number): HTMLCanvasElement {
  const stamp = document.createElement("canvas");
  stamp.width = Math.ceil(size * 2 + 2);
  stamp.height = stamp.width;
  const centre = stamp.width / 2;
  const ctx = stamp.getContext("2d");
  if (ctx === null) return stamp;
  ctx.beginPath();
  if (sign === "dot") {
    ctx.arc(centre, centre, size, 0, 2 * Math.PI);
    ctx.fillStyle = colour;
    ctx.fill();
  } else {
    ctx.moveTo(centre - size, centre - size);
    ctx.lineTo(centre + size, centre + size);
    ctx.moveTo(centre + size, centre - size);
    ctx.lineTo(centre - size, centre + size);
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.2 * window.devicePixelRatio;
    ctx.stroke();
  }
  return stamp;
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
