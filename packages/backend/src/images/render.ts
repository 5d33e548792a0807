import sharp from "sharp";
import { type ImageReader, readImage } from "./image-reader.js";
import type { GreyImage } from "./pixels.js";

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
 * @param read how the file is read; by default anew each time
 * @throws UnreadableImage where there is no image in the file, or no whole one
 */
export async function render(
  { path, nativeSize, crop, maxSizePx }: RenderRequest,
  read: ImageReader = readImage,
): Promise<Rendered> {
  const image = await read(path);
  const native = nativeSize !== null && isPreviewOf(image, nativeSize) ? nativeSize : image;
  const whole = { widthPx: native.widthPx, heightPx: native.heightPx };
  if (crop === null) {
    const size = maxSizePx === null ? whole : reduced(native, maxSizePx);
    // A preview that is small enough is sent as it is.
    const enough = maxSizePx !== null && Math.max(image.widthPx, image.heightPx) <= maxSizePx;
    return { png: await png(image, enough ? image : size), native: whole };
  }
  const part = cut(native === image ? image : await enlarged(image, native), crop);
  return { png: await png(part, maxSizePx === null ? part : reduced(part, maxSizePx)), native: whole };
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

/** Previews in the size of the camera's image, as long as they are held: parts are asked for one after another. */
const enlargements = new WeakMap<GreyImage, GreyImage>();

async function enlarged(preview: GreyImage, size: SizePx): Promise<GreyImage> {
  const before = enlargements.get(preview);
  if (before?.widthPx === size.widthPx && before.heightPx === size.heightPx) return before;
  const image = { ...size, levels: await raw(preview, size).raw().toBuffer() };
  enlargements.set(preview, image);
  return image;
}

function png(image: GreyImage, size: SizePx): Promise<Buffer> {
  return raw(image, size).png({ compressionLevel: PNG_COMPRESSION }).toBuffer();
}
