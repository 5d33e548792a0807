import fc from "fast-check";
import { expect, test } from "vitest";
import { intervalBySquares, wilson } from "./share-interval.js";

test("the interval of a share holds the share and stays within 0 and 1", () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(200), (a, b) => {
      const count = Math.max(a, b, 1);
      const successes = Math.min(a, b);
      const [low, high] = wilson(successes, count);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(successes / count + 1e-12);
      expect(high).toBeGreaterThanOrEqual(successes / count - 1e-12);
    }),
  );
});

test("how much squares differ is not known from two, and never makes a share surer than its micrographs do", () => {
  const square = { good: 50, count: 100 };
  expect(intervalBySquares([square, square, { good: 0, count: 0 }])).toBe(null);
  expect(intervalBySquares([square, square, square])).toEqual(wilson(150, 300));
  // 10 %, 50 % and 90 %: nothing is known but that there is no telling.
  expect(intervalBySquares([{ good: 10, count: 100 }, square, { good: 90, count: 100 }])).toEqual([0, 1]);
});

/** Numbers of 0 to 1 that are the same in each run. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

test("two samples of squares of one grid do not differ, as far as their intervals say", () => {
  const random = numbersFrom(7);
  const exponential = (): number => -Math.log(1 - random());
  // Shares of squares scatter like Beta(1, 2): as wide as they do on real grids.
  const sample = () =>
    Array.from({ length: 8 }, () => {
      const first = exponential();
      const share = first / (first + exponential() + exponential());
      const holes = Array.from({ length: 100 }, () => random() < share);
      return { good: holes.filter(Boolean).length, count: holes.length };
    });
  const shareOf = (squares: readonly { good: number }[]): number =>
    squares.reduce((sum, { good }) => sum + good, 0) / (100 * squares.length);
  let alike = 0;
  let held = 0;
  for (let n = 0; n < 500; n++) {
    const [a, b] = [sample(), sample()];
    const [lowA, highA] = intervalBySquares(a) ?? [1, 0];
    const [lowB, highB] = intervalBySquares(b) ?? [1, 0];
    if (lowA <= highB && lowB <= highA) alike += 1;
    if (lowA <= 1 / 3 && 1 / 3 <= highA) held += 1;
    expect(shareOf(a)).toBeGreaterThanOrEqual(lowA);
  }
  expect(alike / 500).toBeGreaterThan(0.95);
  // Of eight squares, whose shares are skewed.
  expect(held / 500).toBeGreaterThan(0.9);
});
