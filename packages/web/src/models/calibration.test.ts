import fc from "fast-check";
import { expect, test } from "vitest";
import { calibration } from "./calibration.js";

test("nothing predicted is nothing to say", () => {
  expect(calibration([])).toBe(null);
});

test("bins predictions, compares them with what came true, and scores them", () => {
  const outcomes = [0.1, 0.12, 0.9, 0.95].map((predicted) => ({ predicted, good: predicted > 0.5, square: "s" }));
  const own = calibration(outcomes);
  expect(own?.auc).toBe(1);
  expect(own?.brier).toBeCloseTo((0.01 + 0.0144 + 0.01 + 0.0025) / 4, 10);
  expect(own?.bins.map(({ observed, count }) => [observed, count])).toEqual([
    [0, 2],
    [1, 2],
  ]);
});

test("where all outcomes agree nothing can be told apart", () => {
  expect(calibration([{ predicted: 0.4, good: true, square: "s" }])?.auc).toBe(null);
});

test("predictions that are all alike tell nothing apart", () => {
  expect(
    calibration([
      { predicted: 0.4, good: true, square: "s" },
      { predicted: 0.4, good: false, square: "s" },
    ])?.auc,
  ).toBe(0.5);
});

test("the area under the curve is the share of pairs in the right order", () => {
  const outcomes = fc.array(
    fc.record({
      predicted: fc.integer({ min: 0, max: 1_000 }).map((thousandths) => thousandths / 1_000),
      good: fc.boolean(),
      square: fc.constantFrom("a", "b", "c", "d"),
    }),
    {
      minLength: 2,
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(outcomes, (some) => {
      const good = some.filter((one) => one.good);
      const bad = some.filter((one) => !one.good);
      fc.pre(good.length > 0 && bad.length > 0);
      let right = 0;
      for (const a of good)
        for (const b of bad) right += a.predicted > b.predicted ? 1 : a.predicted === b.predicted ? 0.5 : 0;
      expect(calibration(some)?.auc).toBeCloseTo(right / (good.length * bad.length), 10);
      expect(calibration(some)?.bins.reduce((sum, { count }) => sum + count, 0)).toBe(some.length);
    }),
  );
});

test("what was predicted of one square alone says nothing of how it is on others", () => {
  const outcomes = (squares: number) =>
    Array.from({ length: 60 }, (_, n) => ({ predicted: 0.42, good: n % 2 === 0, square: `s${n % squares}` }));
  expect(calibration(outcomes(1))?.bins[0]?.interval).toBe(null);
  const [low, high] = calibration(outcomes(6))?.bins[0]?.interval ?? [];
  // Three squares all good, three all bad: nothing is known.
  expect([low, high]).toEqual([0, 1]);
});
