import type { GreyImage, Pixels } from "./pixels.js";

/** What is shown of an image's values: black up to `low`, white from `high` on. Equal where the image has one value. */
export interface Contrast {
  readonly low: number;
  readonly high: number;
}

const SAMPLES = 200_000;
const ROWS_PER_BLOCK_PX = 2 ** 20;
const LOW_FRACTION = 0.005;
const HIGH_FRACTION = 0.995;
/** A value that is the least and as frequent as this is no measurement but what an atlas is filled up with. */
const FILL_FRACTION = 0.01;
const CONSTANT_LEVEL = 128;
const LEVELS = 255;

/** The 0.5 and 99.5 % quantiles of the finite values. */
export function contrastOf(values: Float64Array): Contrast {
  const sorted = values.filter(Number.isFinite).sort();
  const least = sorted[0];
  if (least === undefined) return { low: 0, high: 0 };
  let measured = sorted.findIndex((value) => value !== least);
  if (measured < FILL_FRACTION * sorted.length) measured = 0;
  const from = (fraction: number): number =>
    sorted[measured + Math.round(fraction * (sorted.length - 1 - measured))] ?? least;
  const contrast = { low: from(LOW_FRACTION), high: from(HIGH_FRACTION) };
  return contrast.low < contrast.high ? contrast : { low: from(0), high: from(1) };
}

/** An image in grey, with the contrast of its own values. NaN is black; an image of one value is mid-grey. */
export async function greyImage(pixels: Pixels): Promise<GreyImage> {
  const { widthPx, heightPx } = pixels;
  const { low, high } = contrastOf(await sample(pixels));
  const scale = high > low ? LEVELS / (high - low) : 0;
  const levels = new Uint8Array(widthPx * heightPx);
  const rowsPerBlock = Math.max(1, Math.floor(ROWS_PER_BLOCK_PX / widthPx));
  for (let first = 0; first < heightPx; first += rowsPerBlock) {
    const values = await pixels.rows(first, Math.min(rowsPerBlock, heightPx - first));
    const offset = first * widthPx;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      // Written so that NaN, for which every comparison is false, stays black.
      if (value >= high) levels[offset + i] = value === low ? CONSTANT_LEVEL : LEVELS;
      else if (value > low) levels[offset + i] = (value - low) * scale + 0.5;
    }
  }
  return { widthPx, heightPx, levels };
}

/** Values from all over the image; always the same of the same image. */
async function sample({ widthPx, heightPx, rows }: Pixels): Promise<Float64Array> {
  const step = Math.max(1, Math.sqrt((widthPx * heightPx) / SAMPLES));
  const taken: number[] = [];
  for (let y = 0; y < heightPx; y += step) {
    const row = await rows(Math.floor(y), 1);
    for (let x = 0; x < widthPx; x += step) taken.push(row[Math.floor(x)] as number);
  }
  return Float64Array.from(taken);
}
