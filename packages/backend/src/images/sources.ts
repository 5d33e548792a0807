import { readFile } from "node:fs/promises";
import type { Queryable } from "../database/connection.js";
import { latestAtlas } from "../entities/read.js";
import type { SizePx } from "./render.js";
import type { ConfinedFile, ImageRoots } from "./roots.js";

/** The files that may show an entity, the best first, and the size of the camera's image where it is known. */
export interface ImageSources {
  readonly files: readonly ConfinedFile[];
  readonly nativeSize: SizePx | null;
}

const NONE: ImageSources = { files: [], nativeSize: null };
const ATLAS_IMAGE = /^Atlas_(\d{1,15})\.(?:mrcs?|tiff?|png|jpe?g)$/i;
const MANIFEST_MAX_BYTES = 2 ** 20;

/** The image of a grid's latest atlas, as large as its tiles together. */
export async function atlasSources(db: Queryable, roots: ImageRoots, gridUuid: string): Promise<ImageSources> {
  const { rows } = await db.query<{
    folders: (string | null)[];
    width: number | null;
    height: number | null;
  }>(
    `select array[a.storage_folder, g.atlas_dir] as folders,
       (select max(position_x + size_x) from atlas_tiles t where t.atlas_uuid = a.uuid) as width,
       (select max(position_y + size_y) from atlas_tiles t where t.atlas_uuid = a.uuid) as height
     from grids g left join atlases a on a.uuid = ${latestAtlas("g.uuid")}
     where g.uuid = $1`,
    [gridUuid],
  );
  const { folders = [], width = null, height = null } = rows[0] ?? {};
  for (const folder of folders.filter((stored) => stored !== null)) {
    // The agent may store the path of Atlas.dm; EPU's own is that of the sample, which has the atlas in a folder.
    const stored = folder.replace(/[\\/]+(?:[^\\/]+\.dm)?$/i, "");
    const separator = stored.includes("\\") ? "\\" : "/";
    for (const place of [`${stored}${separator}Atlas`, stored]) {
      const files = await roots.latestImagesIn(place, ATLAS_IMAGE);
      if (files.length > 0) return { files, nativeSize: sizeOf(width, height) };
    }
  }
  return NONE;
}

/** The image of a grid square. Its size stands in the manifest that EPU writes beside it. */
export async function gridSquareSources(db: Queryable, roots: ImageRoots, uuid: string): Promise<ImageSources> {
  const { rows } = await db.query<{ image_path: string | null }>("select image_path from gridsquares where uuid = $1", [
    uuid,
  ]);
  const path = rows[0]?.image_path;
  const files = path == null ? [] : await roots.imagesAt(path);
  const [best] = files;
  if (best === undefined) return NONE;
  const manifest = await roots.beside(best, ".xml");
  if (manifest === null || manifest.bytes > MANIFEST_MAX_BYTES) return { files, nativeSize: null };
  return { files, nativeSize: sizeInManifest(await readFile(manifest.path, "utf8").catch(() => "")) };
}

export async function micrographSources(db: Queryable, roots: ImageRoots, uuid: string): Promise<ImageSources> {
  const { rows } = await db.query<{
    high_res_path: string | null;
    image_size_x: number | null;
    image_size_y: number | null;
  }>("select high_res_path, image_size_x, image_size_y from micrographs where uuid = $1", [uuid]);
  const [found] = rows;
  if (found?.high_res_path == null) return NONE;
  return {
    files: await roots.imagesAt(found.high_res_path),
    nativeSize: sizeOf(found.image_size_x, found.image_size_y),
  };
}

/** The camera's `ReadoutArea`, already binned, of a MicroscopeImage file; null where it has none. */
export function sizeInManifest(xml: string): SizePx | null {
  const area = /<(?:\w+:)?ReadoutArea\b[^>]*>([\s\S]{0,1000}?)<\/(?:\w+:)?ReadoutArea>/.exec(xml)?.[1] ?? "";
  const side = (name: string): number | null => {
    const text = new RegExp(`<(?:\\w+:)?${name}\\s*>\\s*(\\d{1,6})\\s*<`).exec(area)?.[1];
    return text === undefined ? null : Number(text);
  };
  return sizeOf(side("width"), side("height"));
}

function sizeOf(widthPx: number | null, heightPx: number | null): SizePx | null {
  return widthPx !== null && heightPx !== null && widthPx > 0 && heightPx > 0 ? { widthPx, heightPx } : null;
}
