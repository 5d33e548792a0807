import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RenderRequest } from "./render.js";
import { type Renderer, startRenderer } from "./renderer.js";
import { mrcFile, type TemporaryFolder, temporaryFolder } from "./testing/image-files.js";
import { UnreadableImage } from "./unreadable-image.js";

let folder: TemporaryFolder;
let renderer: Renderer;
beforeEach(async () => {
  folder = await temporaryFolder();
  renderer = startRenderer();
});
afterEach(async () => {
  await renderer.stop();
  await folder.remove();
});

async function request(name: string, bytes: Buffer): Promise<RenderRequest> {
  const path = join(folder.path, name);
  await writeFile(path, bytes);
  return { path, nativeSize: null, crop: null, maxSizePx: null };
}

it("makes images in its thread, in turn, and says which can't be read", async () => {
  const ramp = Array.from({ length: 60 }, (_, i) => i);
  const good = await request("good.mrc", mrcFile(10, 6, ramp, { mode: 1 }));
  const short = await request("short.mrc", mrcFile(10, 6, ramp, { mode: 1 }).subarray(0, 1_100));
  const outcomes = await Promise.allSettled([good, short, good].map((one) => renderer.render(one)));
  const [first, second, third] = outcomes;
  expect(second).toMatchObject({ status: "rejected", reason: expect.any(UnreadableImage) });
  expect(first).toEqual(third);
  if (first?.status !== "fulfilled") throw new Error("not rendered");
  expect(await sharp(first.value.png).metadata()).toMatchObject({ width: 10, height: 6, channels: 1 });
});

it("does not hold up the process while it works", async () => {
  const side = 4_096;
  const big = await request(
    "big.mrc",
    Buffer.concat([mrcFile(side, side, [], { mode: 2 }), Buffer.alloc(4 * side * side)]),
  );
  await renderer.render(await request("first.mrc", mrcFile(1, 1, [1], { mode: 1 })));
  let longestMs = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last);
    last = performance.now();
  }, 5);
  const start = performance.now();
  await renderer.render(big);
  clearInterval(watch);
  expect(longestMs).toBeLessThan(Math.max(200, 0.5 * (performance.now() - start)));
});

it("gives up what takes too long, and goes on with the next", async () => {
  const side = 8_192;
  const small = await request("small.mrc", mrcFile(1, 1, [1], { mode: 1 }));
  const big = await request(
    "big.mrc",
    Buffer.concat([mrcFile(side, side, [], { mode: 0 }), Buffer.alloc(side * side)]),
  );
  const impatient = startRenderer(1);
  await expect(impatient.render(big)).rejects.toMatchObject({ code: "image_failed", status: 503 });
  const patient = startRenderer();
  await expect(patient.render(small)).resolves.toMatchObject({ native: { widthPx: 1, heightPx: 1 } });
  await Promise.all([impatient.stop(), patient.stop()]);
});
