import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RenderRequest, render } from "./render.js";
import { mrcFile, type TemporaryFolder, temporaryFolder } from "./testing/image-files.js";
import { UnreadableImage } from "./unreadable-image.js";

const WIDTH = 31;
const HEIGHT = 17;
/** Grey levels that tell where a pixel comes from, and none of them black. */
const LEVELS = Array.from({ length: WIDTH * HEIGHT }, (_, i) => 10 + ((i * 31) % 240));

let folder: TemporaryFolder;
let path: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, "levels.png");
  const raw = { width: WIDTH, height: HEIGHT, channels: 1 as const };
  await sharp(Buffer.from(LEVELS), { raw }).toColourspace("b-w").png().toFile(path);
});
afterAll(() => folder.remove());

async function shown(request: Partial<RenderRequest>) {
  const { png, native } = await render({ path, nativeSize: null, crop: null, maxSizePx: null, ...request });
  const { data, info } = await sharp(png).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, levels: data, native };
}

it("is an 8-bit grey PNG of the native size", async () => {
  const { png, native } = await render({ path, nativeSize: null, crop: null, maxSizePx: null });
  expect(await sharp(png).metadata()).toMatchObject({
    format: "png",
    width: WIDTH,
    height: HEIGHT,
    channels: 1,
    depth: "uchar",
  });
  expect(native).toEqual({ widthPx: WIDTH, heightPx: HEIGHT });
  expect([...(await shown({})).levels]).toEqual(LEVELS);
});

it("crops around the centre, with black where the image has ended", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -10, max: 40 }),
      fc.integer({ min: -10, max: 30 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      async (centerX, centerY, widthPx, heightPx) => {
        const part = await shown({ crop: { centerX, centerY, widthPx, heightPx } });
        expect([part.width, part.height]).toEqual([widthPx, heightPx]);
        for (let y = 0; y < heightPx; y++) {
          for (let x = 0; x < widthPx; x++) {
            const [fromX, fromY] = [centerX - Math.floor(widthPx / 2) + x, centerY - Math.floor(heightPx / 2) + y];
            const inside = fromX >= 0 && fromX < WIDTH && fromY >= 0 && fromY < HEIGHT;
            expect(part.levels[y * widthPx + x]).toBe(inside ? LEVELS[fromY * WIDTH + fromX] : 0);
          }
        }
      },
    ),
    { numRuns: 25 },
  );
});

it("reduces to the longest side asked for, and never enlarges", async () => {
  expect(await shown({ maxSizePx: 10 })).toMatchObject({ width: 10, height: 5, native: { widthPx: WIDTH } });
  expect(await shown({ maxSizePx: 1 })).toMatchObject({ width: 1, height: 1 });
  expect(await shown({ maxSizePx: 500 })).toMatchObject({ width: WIDTH, height: HEIGHT });
  const crop = { centerX: 15, centerY: 8, widthPx: 20, heightPx: 10 };
  expect(await shown({ crop, maxSizePx: 8 })).toMatchObject({ width: 8, height: 4 });
});

it("gives a preview the size of the camera's image, in whose pixels things are placed", async () => {
  const nativeSize = { widthPx: 10 * WIDTH, heightPx: 10 * HEIGHT + 1 };
  const whole = await shown({ nativeSize });
  expect(whole).toMatchObject({ width: 310, height: 171, native: nativeSize });
  expect(await shown({ nativeSize, maxSizePx: 100 })).toMatchObject({
    width: WIDTH,
    height: HEIGHT,
    native: nativeSize,
  });
  const crop = { centerX: 155, centerY: 85, widthPx: 60, heightPx: 40 };
  const part = await shown({ nativeSize, crop });
  expect([part.width, part.height]).toEqual([60, 40]);
  expect(part.levels[0]).toBe(whole.levels[65 * 310 + 125]);
});

it("keeps its own size where the camera's image has another shape or is smaller", async () => {
  for (const nativeSize of [
    { widthPx: 100, heightPx: 100 },
    { widthPx: 3, heightPx: 2 },
  ])
    expect(await shown({ nativeSize })).toMatchObject({ width: WIDTH, height: HEIGHT, native: { widthPx: WIDTH } });
});

it("renders constant and NaN images of odd sizes", async () => {
  const values = { constant: Array(35).fill(7.5), nothing: Array(35).fill(Number.NaN) };
  for (const [name, level] of [
    ["constant", 128],
    ["nothing", 0],
  ] as const) {
    const mrc = join(folder.path, `${name}.MRC`);
    await writeFile(mrc, mrcFile(7, 5, values[name], { mode: 2 }));
    const image = await shown({ path: mrc });
    expect([image.width, image.height]).toEqual([7, 5]);
    expect(new Set(image.levels)).toEqual(new Set([level]));
  }
});

it("opens neither links nor folders nor what is not there", async () => {
  const link = join(folder.path, "link.png");
  await symlink(path, link);
  for (const wrong of [link, folder.path, join(folder.path, "none.mrc")])
    await expect(shown({ path: wrong })).rejects.toThrow(UnreadableImage);
});
