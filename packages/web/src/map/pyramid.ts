import type { ImagePart } from "./map-image.js";

/** The side of a tile, in pixels of its level. */
export const TILE_PX = 512;

export interface SizePx {
  readonly width: number;
  readonly height: number;
}

/** The level with all pixels of an image; level 0 shows all of it in one tile, and each further one twice as many pixels a side. */
export function lastLevel({ width, height }: SizePx): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / TILE_PX)));
}

/** A tile of an image's pyramid: the part that it shows, which ends where the image does, and its own longest side. */
export interface Tile {
  readonly part: ImagePart;
  readonly longestSidePx: number;
}

/** @param column counted from the left, @param row from the top, both from 0 */
export function tileAt(image: SizePx, level: number, column: number, row: number): Tile {
  const scale = 2 ** (lastLevel(image) - level);
  const side = TILE_PX * scale;
  const part = {
    left: column * side,
    top: row * side,
    width: Math.min(side, image.width - column * side),
    height: Math.min(side, image.height - row * side),
  };
  return { part, longestSidePx: Math.ceil(Math.max(part.width, part.height) / scale) };
}
