import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { makeFolder } from "@smartem/common/make-folder";
import type { Rendered } from "./render.js";

/** Images that were made before, on disk. What it can't keep or find is made again: it never fails. */
export interface ImageCache {
  get(key: string): Promise<Rendered | null>;
  put(key: string, rendered: Rendered): Promise<void>;
}

interface Entry {
  readonly name: string;
  readonly bytes: number;
}

/** `<key>.<native width>x<native height>.png` */
const NAME = /^([0-9a-f]+)\.(\d+)x(\d+)\.png$/;

/**
 * Opens the cache in a folder. The least recently used images leave when it holds more than `maxBytes`; when an image was last used is
 * its file's time, so that this outlives a restart. Every process counts what it has put there itself and what it found at its start.
 */
export function openImageCache(
  folder: string,
  maxBytes: number,
  logger: Logger,
  write: typeof writeFile = writeFile,
): ImageCache {
  let opened: Promise<Map<string, Entry>> | null = null;
  let total = 0;
  const entries = (): Promise<Map<string, Entry>> => {
    opened ??= present(folder).then((found) => {
      for (const { bytes } of found.values()) total += bytes;
      return found;
    });
    return opened;
  };
  const forget = async (known: Map<string, Entry>, key: string): Promise<void> => {
    const entry = known.get(key);
    if (entry === undefined) return;
    known.delete(key);
    total -= entry.bytes;
    await rm(join(folder, entry.name), { force: true });
  };
  const unless = async (what: string, action: () => Promise<void>): Promise<void> => {
    await action().catch((error: unknown) => logger.warn({ reason: messageOf(error), folder }, what));
  };

  return {
    async get(key) {
      const known = await entries();
      const entry = known.get(key);
      const [, , width, height] = NAME.exec(entry?.name ?? "") ?? [];
      if (entry === undefined) return null;
      try {
        const path = join(folder, entry.name);
        const png = await readFile(path);
        // At the end of the map stands what was used last.
        known.delete(key);
        known.set(key, entry);
        const now = new Date();
        await utimes(path, now, now).catch(() => undefined);
        return { png, native: { widthPx: Number(width), heightPx: Number(height) } };
      } catch {
        known.delete(key);
        total -= entry.bytes;
        return null;
      }
    },
    async put(key, { png, native }) {
      await unless("an image could not be kept in the cache", async () => {
        if (png.byteLength > maxBytes) return;
        const known = await entries();
        await forget(known, key);
        for (const oldest of known.keys()) {
          if (total + png.byteLength <= maxBytes) break;
          await forget(known, oldest);
        }
        const name = `${key}.${native.widthPx}x${native.heightPx}.png`;
        const unfinished = join(folder, `.${name}.${process.pid}`);
        makeFolder(folder);
        try {
          await write(unfinished, png);
          await rename(unfinished, join(folder, name));
        } catch (error) {
          await rm(unfinished, { force: true });
          throw error;
        }
        known.set(key, { name, bytes: png.byteLength });
        total += png.byteLength;
      });
    },
  };
}

async function present(folder: string): Promise<Map<string, Entry>> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const key = NAME.exec(name)?.[1];
      const file = key === undefined ? null : await stat(join(folder, name)).catch(() => null);
      return key === undefined || file === null ? [] : [{ key, name, bytes: file.size, usedAtMs: file.mtimeMs }];
    }),
  );
  const oldestFirst = found.flat().sort((a, b) => a.usedAtMs - b.usedAtMs);
  return new Map(oldestFirst.map(({ key, name, bytes }) => [key, { name, bytes }]));
}
