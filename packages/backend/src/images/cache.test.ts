import { chmod, mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLogger } from "@smartem/common/logging";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openImageCache } from "./cache.js";
import { type TemporaryFolder, temporaryFolder } from "./testing/image-files.js";

const logger = createLogger("test", "silent");
const image = (bytes: number) => ({ png: Buffer.alloc(bytes, 7), native: { widthPx: 40, heightPx: 30 } });

let folder: TemporaryFolder;
let dir: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  dir = join(folder.path, "cache");
});
afterEach(() => folder.remove());

it("keeps images with their native size, also beyond a restart", async () => {
  const cache = openImageCache(dir, 1_000, logger);
  expect(await cache.get("aa")).toBeNull();
  await cache.put("aa", image(100));
  expect(await cache.get("aa")).toEqual(image(100));
  expect(await openImageCache(dir, 1_000, logger).get("aa")).toEqual(image(100));
});

it("lets go of what was not used for longest, and of nothing that still fits", async () => {
  const cache = openImageCache(dir, 300, logger);
  for (const key of ["aa", "bb", "cc"]) await cache.put(key, image(100));
  expect(await cache.get("aa")).not.toBeNull();
  await cache.put("dd", image(100));
  expect(await Promise.all(["aa", "bb", "cc", "dd"].map(async (key) => (await cache.get(key)) !== null))).toEqual([
    true,
    false,
    true,
    true,
  ]);
  expect(await readdir(dir)).toHaveLength(3);
  await cache.put("ee", image(301));
  expect(await cache.get("ee")).toBeNull();
  expect(await readdir(dir)).toHaveLength(3);
});

it("knows after a restart what was used last", async () => {
  const before = openImageCache(dir, 300, logger);
  for (const key of ["aa", "bb", "cc"]) await before.put(key, image(100));
  for (const [i, name] of ["bb", "cc", "aa"].entries())
    await utimes(join(dir, `${name}.40x30.png`), 1_000 + i, 1_000 + i);
  const after = openImageCache(dir, 300, logger);
  await after.put("dd", image(100));
  expect((await readdir(dir)).sort()).toEqual(["aa.40x30.png", "cc.40x30.png", "dd.40x30.png"]);
});

it("makes do without what somebody else has removed", async () => {
  const cache = openImageCache(dir, 300, logger);
  await cache.put("aa", image(100));
  await rm(dir, { recursive: true });
  expect(await cache.get("aa")).toBeNull();
  await cache.put("aa", image(100));
  expect(await cache.get("aa")).not.toBeNull();
});

it("fails nobody where it can't write", async () => {
  await writeFile(dir, "a file where the folder should be");
  const cache = openImageCache(dir, 1_000, logger);
  await cache.put("aa", image(10));
  expect(await cache.get("aa")).toBeNull();
});

it.skipIf(process.getuid?.() === 0)("leaves nothing unfinished behind in a folder that became read-only", async () => {
  await mkdir(dir);
  await chmod(dir, 0o500);
  await openImageCache(dir, 1_000, logger).put("aa", image(10));
  expect(await readdir(dir)).toEqual([]);
  await chmod(dir, 0o700);
});

it("takes no other files for its own", async () => {
  await mkdir(dir);
  for (const name of ["notes.txt", "zz.1x1.png", ".aa.40x30.png.123"]) await writeFile(join(dir, name), "x");
  const cache = openImageCache(dir, 100, logger);
  expect(await cache.get("aa")).toBeNull();
  await cache.put("aa", image(100));
  expect(await readdir(dir)).toHaveLength(4);
});

it("goes on without keeping anything where the disk is full, and leaves nothing half written", async () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  let isFull = true;
  const cache = openImageCache(dir, 1_000, logger, async (path, data) => {
    await writeFile(path, isFull ? "half" : (data as Buffer));
    if (isFull) throw full;
  });
  await cache.put("aa", image(100));
  expect(await cache.get("aa")).toBeNull();
  expect(await readdir(dir)).toEqual([]);
  isFull = false;
  await cache.put("aa", image(100));
  expect(await cache.get("aa")).toEqual(image(100));
});

it("holds no more than it may, however many are kept, read and lost at the same time", async () => {
  const cache = openImageCache(dir, 1_000, logger);
  const keys = Array.from({ length: 40 }, (_, n) => (n + 16).toString(16));
  for (let round = 0; round < 5; round++) {
    await Promise.all(
      keys.flatMap((key, n) => [
        cache.put(key, image(100 + n)),
        cache.get(keys[(n * 7 + round) % keys.length] ?? ""),
        cache.put(key, image(100)),
      ]),
    );
    const names = await readdir(dir);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(dir, name))).size));
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(1_000);
  }
  // Nor does it come to hold less.
  for (const key of keys) await cache.put(key, image(100));
  expect(await readdir(dir)).toHaveLength(10);
});

it("clears away what a killed process left unfinished, not what another one is writing", async () => {
  await mkdir(dir, { recursive: true });
  const [abandoned, fresh] = [".aa.40x30.png.1", ".bb.40x30.png.2"];
  for (const name of [abandoned, fresh]) await writeFile(join(dir, name), "");
  await utimes(join(dir, abandoned), 1_000, 1_000);
  await openImageCache(dir, 300, logger).get("aa");
  expect(await readdir(dir)).toEqual([fresh]);
});
