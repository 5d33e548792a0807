import { MAX_PIXELS } from "./limits.js";
import { UnreadableImage } from "./unreadable-image.js";

/** An image whose rows, from the first stored one on, are shown from top to bottom. */
export interface Pixels {
  readonly widthPx: number;
  readonly heightPx: number;
  /** The values of some rows, of any range, NaN and infinity included; valid until the next call. */
  rows(first: number, count: number): Promise<ArrayLike<number>>;
}

/** One byte a pixel, black to white. */
export interface GreyImage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly levels: Uint8Array;
}

/** @throws UnreadableImage where an image can't be as large as it says */
export function requireSensibleSize(widthPx: number, heightPx: number): void {
  if (!(Number.isInteger(widthPx) && Number.isInteger(heightPx) && widthPx > 0 && heightPx > 0))
    throw new UnreadableImage(`It says that it has ${widthPx} × ${heightPx} pixels.`);
  if (widthPx * heightPx > MAX_PIXELS)
    throw new UnreadableImage(`It has ${widthPx} × ${heightPx} pixels; at most ${MAX_PIXELS} are shown.`);
}
