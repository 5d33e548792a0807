import type uPlot from "uplot";
import type { ChartSeries } from "./specification.js";

type Sign = "dots" | "crosses";

/** Draws a series as signs, far faster than as many outlines. Of many in the same place, one is drawn. */
export function drawSigns(
  chart: uPlot,
  series: number,
  { stroke = "#000", beyond = false }: ChartSeries,
  sign: Sign,
): false {
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
  ctx.globalAlpha = sign === "dots" ? 0.75 : 1;
  const stamp = stampOf(sign, stroke, size);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value == null) continue;
    const right = ((times[index] ?? 0) - (from ?? 0)) * xPerSecond;
    const down = bbox.height - (value - (low ?? 0)) * yPerUnit;
    if (right < 0 || right > bbox.width || down < 0 || down > bbox.height) continue;
    const place = Math.floor(down / size) * columns + Math.floor(right / size);
    if (drawn[place] === 1) continue;
    drawn[place] = 1;
    const below = beyond ? size * 2 : 0;
    ctx.drawImage(
      stamp,
      Math.round(bbox.left + right - stamp.width / 2),
      Math.round(bbox.top + down + below - stamp.height / 2),
    );
  }
  ctx.restore();
  return false;
}

/** One sign, to be put down as often as it is needed. */
function stampOf(sign: Sign, colour: string, size: number): HTMLCanvasElement {
  const stamp = document.createElement("canvas");
  stamp.width = Math.ceil(size * 2 + 2);
  stamp.height = stamp.width;
  const centre = stamp.width / 2;
  const ctx = stamp.getContext("2d");
  if (ctx === null) return stamp;
  ctx.beginPath();
  if (sign === "dots") {
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
