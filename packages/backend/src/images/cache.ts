import { randomUUID } from "node:crypto";
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
/** Images that are being written have the name that they are to get, and something more. */
const UNFINISHED = /^\.[0-9a-f]+\.\d+x\d+\.png\./;
/** No image takes so long to be written. */
const ABANDONED_MS = 3_600_000;

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
  const shrink = async (known: Map<string, Entry>): Promise<void> => {
    for (const oldest of known.keys()) {
      if (total <= maxBytes) return;
      await forget(known, oldest);
    }
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
        // At the end of the map stands what was used last; it may have had to go meanwhile.
        if (known.get(key) === entry) {
          known.delete(key);
          known.set(key, entry);
        }
        const now = new Date();
        await utimes(path, now, now).catch(() => undefined);
        return { png, native: { widthPx: Number(width), heightPx: Number(height) } };
      } catch {
        if (known.get(key) === entry) await forget(known, key).catch(() => undefined);
        return null;
      }
    },
    async put(key, { png, native }) {
      await unless("an image could not be kept in the cache", async () => {
        if (png.byteLength > maxBytes) return;
        const known = await entries();
        await forget(known, key);
        const entry: Entry = { name: `${key}.${native.widthPx}x${native.heightPx}.png`, bytes: png.byteLength };
        const unfinished = join(folder, `.${entry.name}.${randomUUID()}`);
        // Counted before it is there: others are being kept at the same time.
        total += entry.bytes;
        try {
          await shrink(known);
          makeFolder(folder);
          await write(unfinished, png);
          await rename(unfinished, join(folder, entry.name));
        } catch (error) {
          total -= entry.bytes;
          await rm(unfinished, { force: true });
          throw error;
        }
        total -= known.get(key)?.bytes ?? 0;
        known.delete(key);
        known.set(key, entry);
        // Where many are kept at once, there was nothing to let go of before.
        await shrink(known);
      });
    },
  };
}

/** What is kept in the folder, the least recently used first. What was never finished by a process that was killed goes. */
async function present(folder: string): Promise<Map<string, Entry>> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const key = NAME.exec(name)?.[1];
      const file = await stat(join(folder, name)).catch(() => null);
      if (file === null) return [];
      if (key !== undefined) return [{ key, name, bytes: file.size, usedAtMs: file.mtimeMs }];
      const isAbandoned = UNFINISHED.test(name) && Date.now() - file.mtimeMs > ABANDONED_MS;
      if (isAbandoned) await rm(join(folder, name), { force: true }).catch(() => undefined);
      return [];
    }),
  );
  const oldestFirst = found.flat().sort((a, b) => a.usedAtMs - b.usedAtMs);
  return new Map(oldestFirst.map(({ key, name, bytes }) => [key, { name, bytes }]));
}
