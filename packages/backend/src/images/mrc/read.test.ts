import { open, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mrcFile, type TemporaryFolder, temporaryFolder } from "../testing/image-files.js";
import { UnreadableImage } from "../unreadable-image.js";
import { readMrc } from "./read.js";

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function read(bytes: Buffer, first = 0, count?: number): Promise<{ size: string; values: number[] }> {
  const path = join(folder.path, "image.mrc");
  await writeFile(path, bytes);
  return readFrom(path, first, count);
}

async function readFrom(path: string, first = 0, count?: number): Promise<{ size: string; values: number[] }> {
  const file = await open(path);
  try {
    const { widthPx, heightPx, rows } = await readMrc(file);
    return { size: `${widthPx}x${heightPx}`, values: [...Array.from(await rows(first, count ?? heightPx))] };
  } finally {
    await file.close();
  }
}

const VALUES: Readonly<Record<number, readonly number[]>> = {
  0: [-128, -1, 0, 1, 100, 127],
  1: [-32_768, -5, 0, 5, 300, 32_767],
  2: [-1.5, 0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 100, 0.25],
  6: [0, 1, 255, 256, 40_000, 65_535],
  101: [0, 15, 7, 8, 1, 14],
};

describe.each([true, false])("an MRC image, little endian: %s", (littleEndian) => {
  it.each([0, 1, 2, 6, 101])("of mode %i has the values that were written", async (mode) => {
    const values = VALUES[mode]!;
    expect(await read(mrcFile(3, 2, values, { mode, littleEndian }))).toEqual({ size: "3x2", values });
    expect((await read(mrcFile(3, 2, values, { mode, littleEndian }), 1, 1)).values).toEqual(values.slice(3));
  });

  it("of mode 12 has half-precision values", async () => {
    const bits = [0x3c00, 0xc000, 0x0001, 0x7c00, 0x7e00, 0x7bff];
    const { values } = await read(mrcFile(3, 2, bits, { mode: 12, littleEndian }));
    expect(values).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY, Number.NaN, 65_504]);
  });

  it("is found behind an extended header, and is the first of a stack", async () => {
    const values = VALUES[1]!;
    const bytes = mrcFile(3, 2, values, { mode: 1, littleEndian, extendedBytes: 131_072, furtherImages: 4 });
    expect((await read(bytes)).values).toEqual(values);
  });

  it("needs no machine stamp", async () => {
    const values = VALUES[6]!;
    expect((await read(mrcFile(3, 2, values, { mode: 6, littleEndian, stamp: false }))).values).toEqual(values);
  });
});

it("takes bytes as unsigned where IMOD says so", async () => {
  const values = [0, 1, 127, 128, 200, 255];
  expect((await read(mrcFile(3, 2, values, { mode: 0, imodUnsignedBytes: true }))).values).toEqual(values);
});

it("refuses a file that ends anywhere before its image does, and says so", async () => {
  const bytes = mrcFile(
    5,
    4,
    Array.from({ length: 20 }, (_, i) => i),
    { mode: 1, extendedBytes: 64 },
  );
  const path = join(folder.path, "growing.mrc");
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
      await writeFile(path, bytes);
      await truncate(path, length);
      await expect(readFrom(path)).rejects.toThrow(UnreadableImage);
      await expect(readFrom(path)).rejects.toThrow(/^It has \d+ bytes/);
    }),
    { numRuns: 40 },
  );
});

it.each([
  [2_000_000_000, 2_000_000_000, /at most/],
  [0, 5, /0 × 5/],
  [-4, 5, /-4 × 5/],
  [60_000, 2, /not complete/],
])("refuses a header of %i × %i pixels without taking memory for them", async (width, height, message) => {
  const before = process.memoryUsage().arrayBuffers;
  await expect(read(mrcFile(width, height, [1, 2], { mode: 2 }))).rejects.toThrow(message);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
});

it("refuses transforms, a negative extended header, and noise of any kind", async () => {
  await expect(read(mrcFile(1, 1, [0], { mode: 4 }))).rejects.toThrow("MRC mode 4");
  const negative = mrcFile(1, 1, [0], { mode: 1 });
  negative.writeInt32LE(-1024, 92);
  await expect(read(negative)).rejects.toThrow("extended header");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 0, maxLength: 2_000 }), async (noise) => {
      const outcome = await read(Buffer.from(noise)).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(UnreadableImage);
    }),
    { numRuns: 40 },
  );
});
