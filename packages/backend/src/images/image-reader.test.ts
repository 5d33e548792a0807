import { rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { imageReaderThatHolds, readImage } from "./image-reader.js";
import { mrcFile, type TemporaryFolder, temporaryFolder } from "./testing/image-files.js";

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const ramp = (widthPx: number, heightPx: number): Buffer =>
  mrcFile(
    widthPx,
    heightPx,
    Array.from({ length: widthPx * heightPx }, (_, i) => i),
    { mode: 1 },
  );

it("reads a file once for all that is shown of it, and again as soon as it was written anew", async () => {
  const path = join(folder.path, "Atlas_1.mrc");
  await writeFile(path, ramp(6, 4));
  const read = imageReaderThatHolds();
  const first = await read(path);
  expect(await read(path)).toBe(first);
  expect(first).toEqual(await readImage(path));

  await writeFile(path, ramp(6, 5));
  expect((await read(path)).heightPx).toBe(5);
  const early = new Date(1_000);
  await utimes(path, early, early);
  const touched = await read(path);
  await writeFile(`${path}.new`, ramp(6, 5));
  await utimes(`${path}.new`, early, early);
  await rename(`${path}.new`, path);
  expect(await read(path)).not.toBe(touched);
});

it("holds one image at a time, and lets go of it when nobody wants it any more", async () => {
  const [one, other] = [join(folder.path, "one.mrc"), join(folder.path, "other.mrc")] as const;
  await writeFile(one, ramp(3, 2));
  await writeFile(other, ramp(3, 2));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const read = imageReaderThatHolds(1_000);
    const first = await read(one);
    await read(other);
    const again = await read(one);
    expect(again).not.toBe(first);
    vi.advanceTimersByTime(900);
    expect(await read(one)).toBe(again);
    vi.advanceTimersByTime(900);
    expect(await read(one)).toBe(again);
    vi.advanceTimersByTime(1_000);
    expect(await read(one)).not.toBe(again);
  } finally {
    vi.useRealTimers();
  }
});
