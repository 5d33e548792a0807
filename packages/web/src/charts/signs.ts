import type uPlot from "uplot";
import type { ChartSeries } from "./specification.js";

type Sign = "dots" | "crosses";

const OPAQUE = 255;
const OPACITY: Readonly<Record<Sign, number>> = { dots: 0.75, crosses: 1 };

/**
 * Draws a series as signs. They are put together outside of the chart and come into it as one picture: as tens of thousands,
 * each drawn on its own, they would take longer than a page may be without an answer. Of many in the same place, one is drawn.
 */
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
  const stamp = stampOf(sign, size);
  // Signs on the edges reach beyond them.
  const margin = Math.ceil(stamp.width / 2);
  const picture = emptyPicture(Math.ceil(bbox.width) + 2 * margin, Math.ceil(bbox.height) + 2 * margin);
  const below = beyond ? size * 2 : 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value == null) continue;
    const right = ((times[index] ?? 0) - (from ?? 0)) * xPerSecond;
    // What lies above the axis stands on its upper end: its value is in the data, not in its place.
    const down = beyond ? 0 : Math.max(0, bbox.height - (value - (low ?? 0)) * yPerUnit);
    if (right < 0 || right > bbox.width || down < 0 || down > bbox.height) continue;
    const place = Math.floor(down / size) * columns + Math.floor(right / size);
    if (drawn[place] === 1) continue;
    drawn[place] = 1;
    const [left, top] = [right - stamp.width / 2, down + below - stamp.height / 2];
    press(stamp, picture, Math.round(left) + margin, Math.round(top) + margin);
  }
  ctx.drawImage(coloured(picture, stroke), bbox.left - margin, bbox.top - margin);
  return false;
}

/** How much of each pixel is covered, 0–255, row by row. */
interface Coverage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray;
}

function emptyPicture(width: number, height: number): Coverage {
  return { width, height, pixels: new Uint8ClampedArray(width * height) };
}

/** Puts a stamp down with its corner at a place; what lies beyond the picture's edges is left out. */
function press(stamp: Coverage, picture: Coverage, left: number, top: number): void {
  const firstColumn = Math.max(0, -left);
  const lastColumn = Math.min(stamp.width, picture.width - left);
  const lastRow = Math.min(stamp.height, picture.height - top);
  for (let row = Math.max(0, -top); row < lastRow; row++) {
    const from = row * stamp.width;
    const to = (top + row) * picture.width + left;
    for (let column = firstColumn; column < lastColumn; column++) {
      const own = stamp.pixels[from + column] ?? 0;
      const before = picture.pixels[to + column] ?? 0;
      picture.pixels[to + column] = before + (own * (OPAQUE - before)) / OPAQUE;
    }
  }
}

function coloured({ width, height, pixels }: Coverage, colour: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, width);
  canvas.height = Math.max(1, height);
  const ctx = canvas.getContext("2d");
  if (ctx === null || pixels.length === 0) return canvas;
  const image = new ImageData(width, height);
  for (let index = 0; index < pixels.length; index++) image.data[index * 4 + 3] = pixels[index] ?? 0;
  ctx.putImageData(image, 0, 0);
  ctx.globalCompositeOperation = "source-in";
  ctx.fillStyle = colour;
  ctx.fillRect(0, 0, width, height);
  return canvas;
}

const stamps = new Map<string, Coverage>();

/** One sign, to be put down as often as it is needed. */
function stampOf(sign: Sign, size: number): Coverage {
  const name = `${sign} ${size}`;
  const stamp = stamps.get(name) ?? newStamp(sign, size);
  stamps.set(name, stamp);
  return stamp;
}

function newStamp(sign: Sign, size: number): Coverage {
  const side = Math.ceil(size * 2 + 2);
  const stamp = emptyPicture(side, side);
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const centre = side / 2;
  const ctx = canvas.getContext("2d");
  if (ctx === null) return stamp;
  ctx.globalAlpha = OPACITY[sign];
  ctx.beginPath();
  if (sign === "dots") {
    ctx.arc(centre, centre, size, 0, 2 * Math.PI);
    ctx.fill();
  } else {
    ctx.moveTo(centre - size, centre - size);
    ctx.lineTo(centre + size, centre + size);
    ctx.moveTo(centre + size, centre - size);
    ctx.lineTo(centre - size, centre + size);
    ctx.lineWidth = 1.2 * window.devicePixelRatio;
    ctx.stroke();
  }
  const { data } = ctx.getImageData(0, 0, side, side);
  for (let index = 0; index < stamp.pixels.length; index++) stamp.pixels[index] = data[index * 4 + 3] ?? 0;
  return stamp;
}
