import fc from "fast-check";
import { expect, test } from "vitest";
import { lastLevel, TILE_PX, tileAt } from "./pyramid.js";

test("an atlas of 8192 pixels a side is 16 × 16 tiles at its own size, and one at the smallest", () => {
  const atlas = { width: 8_192, height: 8_192 };
  expect(lastLevel(atlas)).toBe(4);
  expect(tileAt(atlas, 0, 0, 0)).toEqual({ part: { left: 0, top: 0, ...atlas }, longestSidePx: 512 });
  expect(tileAt(atlas, 4, 15, 2)).toEqual({
    part: { left: 7_680, top: 1_024, width: 512, height: 512 },
    longestSidePx: 512,
  });
});

test("the tiles of each level cover every pixel once, end with the image, and are no larger than a tile", () => {
  const side = fc.integer({ min: 1, max: 12_000 });
  fc.assert(
    fc.property(side, side, (width, height) => {
      const image = { width, height };
      for (let level = 0; level <= lastLevel(image); level++) {
        const scale = 2 ** (lastLevel(image) - level);
        const columns = Math.ceil(width / scale / TILE_PX);
        const rows = Math.ceil(height / scale / TILE_PX);
        let pixels = 0;
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            const { part, longestSidePx } = tileAt(image, level, column, row);
            expect(part.width).toBeGreaterThan(0);
            expect(part.height).toBeGreaterThan(0);
            expect(part.left + part.width).toBeLessThanOrEqual(width);
            expect(part.top + part.height).toBeLessThanOrEqual(height);
            expect(longestSidePx).toBeLessThanOrEqual(TILE_PX);
            pixels += part.width * part.height;
          }
        }
        expect(pixels).toBe(width * height);
        if (level === 0) expect([columns, rows]).toEqual([1, 1]);
      }
    }),
    { numRuns: 40 },
  );
});
