import fc from "fast-check";
import { expect, test } from "vitest";
import { BELIEVED, believedTimes } from "./lone-times.js";

const HOUR = 3_600_000;
const believed = (hours: readonly number[]): number[] => {
  const { first, end } = believedTimes(hours.length, (place) => (hours[place] ?? Number.NaN) * HOUR);
  return hours.slice(first, end);
};

test("a time that stands alone, more than a day from all others, does not count until others confirm it", () => {
  expect(believed([1, 2, 3, 4, 99])).toEqual([1, 2, 3, 4]);
  expect(believed([1, 2, 3, 4, 99, 99.1])).toEqual([1, 2, 3, 4]);
  expect(believed([1, 2, 3, 4, 50, 99])).toEqual([1, 2, 3, 4]);
  expect(believed([1, 2, 3, 4, 99, 99.1, 99.2])).toEqual([1, 2, 3, 4, 99, 99.1, 99.2]);
  expect(believed([-400_000, 1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
  expect(believed([-400_000, 1, 2, 3, 400_000])).toEqual([1, 2, 3]);
  expect(believed([1, 2, 3, 26])).toEqual([1, 2, 3, 26]);
});

test("of few nobody knows which is wrong", () => {
  for (const few of [[], [1], [1, 99], [1, 99, 200]]) expect(believed(few)).toEqual(few);
});

test("never are more than two at either end left out, and always three remain where there were three", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 })), (hours) => {
      const times = hours.sort((a, b) => a - b);
      const asked = new Set<number>();
      const { first, end } = believedTimes(times.length, (place) => {
        asked.add(place);
        return (times[place] ?? Number.NaN) * HOUR;
      });
      for (const place of asked) expect(Math.min(place, times.length - 1 - place)).toBeLessThan(BELIEVED);
      expect(first).toBeLessThanOrEqual(2);
      expect(times.length - end).toBeLessThanOrEqual(2);
      expect(end - first).toBeGreaterThanOrEqual(Math.min(3, times.length));
    }),
  );
});
