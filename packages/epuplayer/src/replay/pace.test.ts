import fc from "fast-check";
import { expect, test } from "vitest";
import { EXACT, FAST, schedule } from "./pace.js";

const timesOf = (pace: Parameters<typeof schedule>[0], timestamps: readonly number[]): number[] =>
  timestamps.map(schedule(pace));

test("exact is as recorded, fast a hundred times so, waiting a second at most", () => {
  expect(timesOf(EXACT, [100, 100.5, 3700.5])).toEqual([0, 500, 3_600_500]);
  expect(timesOf(FAST, [100, 150, 3750])).toEqual([0, 500, 1500]);
});

test("a burst waits for nothing, and a clock that was set back for nobody", () => {
  expect(timesOf({ ...EXACT, burst: true }, [100, 5000])).toEqual([0, 0]);
  expect(timesOf(EXACT, [100, 50, 51])).toEqual([0, 0, 1000]);
});

test("times never go back and no delay is longer than allowed", () => {
  const pace = fc.record({
    speed: fc.double({ min: 0.01, max: 1000, noNaN: true }),
    maxDelayS: fc.option(fc.double({ min: 0.001, max: 10, noNaN: true }), { nil: null }),
    burst: fc.boolean(),
  });
  fc.assert(
    fc.property(pace, fc.array(fc.double({ min: 0, max: 1e9, noNaN: true })), (one, timestamps) => {
      const due = timesOf(one, timestamps);
      for (let index = 1; index < due.length; index += 1) {
        const delayMs = (due[index] as number) - (due[index - 1] as number);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        if (one.maxDelayS !== null) expect(delayMs).toBeLessThanOrEqual(one.maxDelayS * 1000 * 1.001);
      }
    }),
  );
});
