import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { greyImage } from "./contrast.js";
import { readPicture } from "./picture.js";
import type { GreyImage } from "./pixels.js";
import { type TemporaryFolder, type TiffSample, temporaryFolder, tiffFile } from "./testing/image-files.js";
import { UnreadableImage } from "./unreadable-image.js";

const WIDTH = 37;
const HEIGHT = 19;

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function read(bytes: Buffer): Promise<GreyImage> {
  const path = join(folder.path, "picture");
  await writeFile(path, bytes);
  const file = await open(path);
  try {
    return await readPicture(file);
  } finally {
    await file.close();
  }
}

const spread = (low: number, high: number): number[] =>
  Array.from({ length: WIDTH * HEIGHT }, (_, i) => Math.round(low + ((high - low) * ((i * 7919) % 701)) / 700));
const VALUES: Readonly<Record<TiffSample, readonly number[]>> = {
  uint8: spread(0, 20),
  int8: spread(-100, 100),
  uint16: spread(100, 65_535),
  int16: spread(-32_768, 32_767),
  uint32: spread(0, 4_000_000_000),
  int32: spread(-2_000_000_000, 2_000_000_000),
  float32: spread(-5_000, 9_000).map((value, i) => (i === 5 ? Number.NaN : value * 0.37)),
};

async function expected(values: readonly number[]): Promise<Uint8Array> {
  const float = Float32Array.from(values);
  const image = await greyImage({
    widthPx: WIDTH,
    heightPx: HEIGHT,
    rows: async (first, count) => float.subarray(first * WIDTH, (first + count) * WIDTH),
  });
  return image.levels;
}

describe.each(Object.keys(VALUES) as TiffSample[])("a TIFF of %s", (sample) => {
  it.each(
    (["strips", "tiles"] as const).flatMap((layout) =>
      (["none", "lzw", "deflate"] as const).flatMap((compression) =>
        [true, false].map((littleEndian) => ({ layout, compression, littleEndian })),
      ),
    ),
  )(
    "in $layout, compression $compression, little endian $littleEndian, is shown with its own contrast",
    async (how) => {
      const image = await read(tiffFile(WIDTH, HEIGHT, VALUES[sample], { sample, ...how }));
      expect([image.widthPx, image.heightPx]).toEqual([WIDTH, HEIGHT]);
      const right = await expected(VALUES[sample]);
      const off = image.levels.map((level, i) => Math.abs(level - (right[i] ?? 0)));
      expect(Math.max(...off)).toBeLessThanOrEqual(1);
    },
  );
});

it("shows a constant TIFF in mid-grey", async () => {
  for (const sample of ["uint16", "int16", "float32"] as const) {
    const { levels } = await read(tiffFile(4, 3, Array(12).fill(0), { sample }));
    expect(new Set(levels)).toEqual(new Set([128]));
  }
});

it("shows 8-bit pictures as they are, 16-bit ones with their own contrast, colour in grey", async () => {
  const ramp = Buffer.from(Array.from({ length: 256 }, (_, i) => 100 + (i >> 4)));
  const raw = { raw: { width: 16, height: 16, channels: 1 as const } };
  const png = await sharp(ramp, raw).toColourspace("b-w").png().toBuffer();
  expect(Buffer.from((await read(png)).levels)).toEqual(ramp);
  const jpeg = (await read(await sharp(ramp, raw).jpeg({ quality: 95 }).toBuffer())).levels;
  expect(Math.max(...jpeg.map((level, i) => Math.abs(level - (ramp[i] ?? 0))))).toBeLessThan(8);

  const deep = Uint16Array.from({ length: 256 }, (_, i) => 1_000 + i);
  const { levels } = await read(await sharp(deep, raw).toColourspace("grey16").png().toBuffer());
  expect([levels[0], levels[255]]).toEqual([0, 255]);

  const red = await sharp({ create: { width: 3, height: 3, channels: 4, background: "#ff000080" } })
    .png()
    .toBuffer();
  const grey = await read(red);
  expect(grey.levels).toHaveLength(9);
  expect(grey.levels[0]).toBeGreaterThan(20);
});

it.each(["tiff", "png", "jpeg"] as const)("refuses a %s file that ends early", async (format) => {
  const noise = Buffer.from(Array.from({ length: 64 * 64 }, (_, i) => (i * 7919) % 251));
  const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 1 } })
    [format]()
    .toBuffer();
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 0.9, noNaN: true }), async (part) => {
      await expect(read(whole.subarray(0, Math.floor(part * whole.length)))).rejects.toThrow(UnreadableImage);
    }),
    { numRuns: 15 },
  );
});

it("refuses formats that may refer to other files, whatever their name, and sizes that are too large", async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="/etc/hostname"/></svg>';
  await expect(read(Buffer.from(svg))).rejects.toThrow("none of MRC, TIFF, PNG and JPEG");
  const huge = tiffFile(4, 3, Array(12).fill(0), { sample: "uint16" });
  const ifd = huge.readUInt32LE(4);
  huge.writeUInt32LE(1_000_000, ifd + 2 + 8);
  huge.writeUInt32LE(1_000_000, ifd + 2 + 12 + 8);
  await expect(read(huge)).rejects.toThrow(UnreadableImage);
});
