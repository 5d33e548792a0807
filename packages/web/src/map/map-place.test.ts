import fc from "fast-check";
import { expect, test } from "vitest";
import { formatPlace, parsePlace } from "./map-place.js";

test("a place comes back from an address as it went in, to the pixel", () => {
  const pixel = fc.integer({ min: -9_999_999, max: 9_999_999 });
  fc.assert(
    fc.property(pixel, pixel, fc.integer({ min: 1, max: 9_999_999 }), (x, y, width) => {
      expect(parsePlace(formatPlace({ x, y, width }))).toEqual({ x: x + 0, y: y + 0, width });
    }),
  );
  expect(formatPlace({ x: 10.4, y: -3.6, width: 99.5 })).toBe("10_-4_100");
});

test("what is no place is none", () => {
  for (const text of [null, "", "1_2", "1_2_0", "1_2_-5", "1_2_3_4", "a_b_c", "1e9_2_3", "NaN_1_1", "__"]) {
    expect(parsePlace(text), String(text)).toBeNull();
  }
});
