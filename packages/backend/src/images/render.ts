import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { extname } from "node:path";
import sharp from "sharp";
import { greyImage } from "./contrast.js";
import { readMrc } from "./mrc/read.js";
import { readPicture } from "./picture.js";
import type { GreyImage } from "./pixels.js";
import { UnreadableImage } from "./unreadable-image.js";

export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A part of an image, in native pixels; what lies outside of the image is black. */
export interface Crop {
  readonly centerX: number;
  readonly centerY: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface RenderRequest {
  readonly path: string;
  /** The size of the camera's image where the file may be a smaller preview of it. */
  readonly nativeSize: SizePx | null;
  readonly crop: Crop | null;
  /** The longest side of the answer. */
  readonly maxSizePx: number | null;
}

export interface Rendered {
  readonly png: Uint8Array;
  /** The size in whose pixels things are placed on the image. */
  readonly native: SizePx;
}

/** Previews have rounded sizes: 512 × 364 of 2880 × 2046. */
const ASPECT_TOLERANCE = 0.02;
/** Camera images are noise: harder compression takes three times as long for a tenth of the size. */
const PNG_COMPRESSION = 1;

/**
 * Makes the PNG of an image file.
 *
 * @throws UnreadableImage where there is no image in the file, or no whole one
 */
export async function render({ path, nativeSize, crop, maxSizePx }: RenderRequest): Promise<Rendered> {
  const image = await decode(path);
  const native = nativeSize !== null && isPreviewOf(image, nativeSize) ? nativeSize : image;
  const whole = { widthPx: native.widthPx, heightPx: native.heightPx };
  if (crop === null) {
    const size = maxSizePx === null ? whole : reduced(native, maxSizePx);
    // A preview that is small enough is sent as it is.
    const enough = maxSizePx !== null && Math.max(image.widthPx, image.heightPx) <= maxSizePx;
    return { png: await png(image, enough ? image : size), native: whole };
  }
  const part = cut(native === image ? image : await resized(image, native), crop);
  return { png: await png(part, maxSizePx === null ? part : reduced(part, maxSizePx)), native: whole };
}

async function decode(path: string): Promise<GreyImage> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw new UnreadableImage(`It can't be opened (${(error as NodeJS.ErrnoException).code}).`);
  }
  try {
    if (!(await file.stat()).isFile()) throw new UnreadableImage("It is not a file.");
    return /^\.mrcs?$/i.test(extname(path)) ? await greyImage(await readMrc(file)) : await readPicture(file);
  } finally {
    await file.close();
  }
}

function isPreviewOf(image: SizePx, native: SizePx): boolean {
  const aspect = (size: SizePx): number => size.widthPx / size.heightPx;
  return image.widthPx < native.widthPx && Math.abs(aspect(image) / aspect(native) - 1) < ASPECT_TOLERANCE;
}

function reduced({ widthPx, heightPx }: SizePx, maxSizePx: number): SizePx {
  const scale = Math.min(1, maxSizePx / Math.max(widthPx, heightPx));
  return {
    widthPx: Math.max(1, Math.round(widthPx * scale)),
    heightPx: Math.max(1, Math.round(heightPx * scale)),
  };
}

function cut(image: GreyImage, { centerX, centerY, widthPx, heightPx }: Crop): GreyImage {
  const left = centerX - Math.floor(widthPx / 2);
  const top = centerY - Math.floor(heightPx / 2);
  const from = Math.max(0, left);
  const to = Math.min(image.widthPx, left + widthPx);
  const levels = new Uint8Array(widthPx * heightPx);
  for (let y = Math.max(0, -top); from < to && y < heightPx && top + y < image.heightPx; y++) {
    const row = (top + y) * image.widthPx;
    levels.set(image.levels.subarray(row + from, row + to), y * widthPx + from - left);
  }
  return { widthPx, heightPx, levels };
}

function raw({ widthPx, heightPx, levels }: GreyImage, size: SizePx) {
  const picture = sharp(levels, { raw: { width: widthPx, height: heightPx, channels: 1 }, limitInputPixels: false });
  const same = size.widthPx === widthPx && size.heightPx === heightPx;
  return (same ? picture : picture.resize(size.widthPx, size.heightPx, { fit: "fill" })).toColourspace("b-w");
}

async function resized(image: GreyImage, size: SizePx): Promise<GreyImage> {
  const levels = await raw(image, size).raw().toBuffer();
  return { ...size, levels };
}

function png(image: GreyImage, size: SizePx): Promise<Buffer> {
  return raw(image, size).png({ compressionLevel: PNG_COMPRESSION }).toBuffer();
}
