import OpenSeadragon from "openseadragon";
import { getImage } from "../api/client.js";
import type { ImageInParts } from "./map-image.js";
import { lastLevel, type SizePx, TILE_PX, tileAt } from "./pyramid.js";

/** An image that is not there: OpenSeadragon needs one to know where things are. */
export function blankSource(width: number, height: number): object {
  return { width, height, tileSize: TILE_PX, minLevel: 0, maxLevel: 0, getTileUrl: () => "", tileExists: () => false };
}

/** What OpenSeadragon hands over to have a tile loaded; its published types are those of an older version. */
interface TileJob {
  readonly src: string;
  readonly userData: { aborting?: AbortController };
  finish(data: Blob, request: null, type: "rasterBlob"): void;
  fail(message: string, request: null): void;
}

/** An image of the server that is asked for tile by tile, as far as somebody looks at it, with the headers of all requests. */
class PartSource extends OpenSeadragon.TileSource {
  readonly #size: SizePx;
  readonly #parts: ImageInParts;

  constructor(size: SizePx, parts: ImageInParts) {
    super({ ...size, tileSize: TILE_PX, tileOverlap: 0, minLevel: 0, maxLevel: lastLevel(size) });
    this.#size = size;
    this.#parts = parts;
  }

  override getTileUrl(level: number, column: number, row: number): string {
    const { part, longestSidePx } = tileAt(this.#size, level, column, row);
    return this.#parts.path(part, longestSidePx);
  }

  /** OpenSeadragon keeps tiles of images that it does not show any more by this. */
  override getTileHashKey(level: number, column: number, row: number, url: string): string {
    return `${this.#parts.version} ${level} ${column} ${row} ${url}`;
  }

  override downloadTileStart(given: unknown): void {
    const job = given as TileJob;
    const aborting = new AbortController();
    job.userData.aborting = aborting;
    getImage(job.src, aborting.signal).then(
      (image) => {
        if (image === null) job.fail("There is no image any more.", null);
        else job.finish(image.blob, null, "rasterBlob");
      },
      (error: unknown) => {
        if (!aborting.signal.aborted) job.fail(String(error), null);
      },
    );
  }

  override downloadTileAbort(given: unknown): void {
    (given as TileJob).userData.aborting?.abort();
  }
}

export function partSource(size: SizePx, parts: ImageInParts): OpenSeadragon.TileSource {
  return new PartSource(size, parts);
}
