import { expect, it } from "vitest";
import { contrastOf, greyImage } from "./contrast.js";
import type { Pixels } from "./pixels.js";

function pixels(widthPx: number, values: readonly number[]): Pixels {
  return {
    widthPx,
    heightPx: values.length / widthPx,
    rows: async (first, count) => Float32Array.from(values.slice(first * widthPx, (first + count) * widthPx)),
  };
}
const levels = async (widthPx: number, values: readonly number[]): Promise<number[]> => [
  ...(await greyImage(pixels(widthPx, values))).levels,
];

it("shows a ramp from black to white, in order", async () => {
  const shown = await levels(
    40,
    Array.from({ length: 2_000 }, (_, i) => 1_000 + 3 * i),
  );
  expect(shown).toEqual([...shown].sort((a, b) => a - b));
  expect([shown[0], shown[1_000], shown[1_999]]).toEqual([0, 128, 255]);
});

it("is not thrown off by a few hot and dead pixels", async () => {
  const values = Array.from({ length: 2_500 }, (_, i) => 100 + (i % 100));
  values[7] = 1e9;
  values[8] = -1e9;
  const shown = await levels(50, values);
  expect([shown[7], shown[8]]).toEqual([255, 0]);
  expect(shown[50]).toBeGreaterThan(120);
  expect(shown[50]).toBeLessThan(140);
});

it.each([0, -3.5, 65_535])("shows an image that is %d everywhere in mid-grey", async (value) => {
  expect(new Set(await levels(3, Array(9).fill(value)))).toEqual(new Set([128]));
});

it("shows NaN black, infinities as the ends, and an image of nothing but NaN black", async () => {
  const values = Array.from({ length: 100 }, (_, i) => i);
  values[10] = Number.NaN;
  values[11] = Number.POSITIVE_INFINITY;
  values[12] = Number.NEGATIVE_INFINITY;
  const shown = await levels(10, values);
  expect(shown.slice(10, 13)).toEqual([0, 255, 0]);
  expect(shown[50]).toBeGreaterThan(100);
  expect(new Set(await levels(2, Array(4).fill(Number.NaN)))).toEqual(new Set([0]));
});

it("leaves what an atlas is filled up with out of account", async () => {
  const atlas = Array.from({ length: 1_000 }, (_, i) => (i < 600 ? 0 : 5_000 + i));
  expect(contrastOf(Float64Array.from(atlas)).low).toBeGreaterThan(5_000);
  const shown = await levels(10, atlas);
  expect(shown[0]).toBe(0);
  expect(shown[800]).toBeGreaterThan(100);
  expect(shown[800]).toBeLessThan(150);
});

it("tells the few that were counted from the many that were not", async () => {
  const counts = Array(10_000).fill(0);
  counts[4_321] = 1;
  const shown = await levels(100, counts);
  expect(shown[4_321]).toBeGreaterThan(shown[0] ?? 255);
});
