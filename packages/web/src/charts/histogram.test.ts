import fc from "fast-check";
import { expect, test } from "vitest";
import { histogram } from "./histogram.js";

test("bins are as wide as people can read, and hold their lower edge", () => {
  const { edges, counts } = histogram([0, 0.9, 1, 1.9, 2], [0, 10], 10);
  expect(edges).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(counts.slice(0, 3)).toEqual([2, 2, 1]);
});

test("what lies beyond the ends counts in the outermost bins", () => {
  const { counts } = histogram([-5, 5, 1e9], [0, 10], 10);
  expect(counts.at(0)).toBe(1);
  expect(counts.at(-1)).toBe(1);
});

test("a single value has a bin too", () => {
  expect(histogram([3], [3, 3], 10).counts.reduce((sum, count) => sum + count)).toBe(1);
});

test("every value is counted once, in even bins that cover the domain, and there are not too many", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true })),
      fc.double({ min: -1e3, max: 1e3, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      fc.integer({ min: 1, max: 60 }),
      (values, low, width, most) => {
        const { edges, counts } = histogram(values, [low, low + width], most);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
        expect(edges).toHaveLength(counts.length + 1);
        const step = (edges[1] ?? 0) - (edges[0] ?? 0);
        expect(edges[0] ?? 0).toBeLessThanOrEqual(low + step * 1e-6);
        expect(edges.at(-1) ?? 0).toBeGreaterThanOrEqual(low + width - step * 1e-6);
        expect(counts.length).toBeLessThanOrEqual(most + 2);
      },
    ),
  );
});
