import fc from "fast-check";
import { expect, test } from "vitest";
import { type AcquiredAt, DEFAULT_COSTS_MIN, estimateCosts } from "./costs.js";

const TRUE_MIN = { hole: 0.8, cluster: 2.5, square: 7, grid: 20 };

/** A session of 2 grids × 4 squares × 4 clusters × 6 holes at the true pace. */
function session(): AcquiredAt[] {
  const acquired: AcquiredAt[] = [];
  let minutes = 0;
  for (let i = 0; i < 192; i++) {
    const cluster = Math.floor(i / 6);
    const square = Math.floor(cluster / 4);
    const grid = Math.floor(square / 4);
    if (i % 96 === 0) minutes += TRUE_MIN.grid;
    else if (i % 24 === 0) minutes += TRUE_MIN.square;
    else minutes += i % 6 === 0 ? TRUE_MIN.cluster : TRUE_MIN.hole;
    acquired.push({
      timeMs: minutes * 60_000,
      grid: `${grid}`,
      square: `${square}`,
      cluster: `${cluster}`,
      hole: `${i}`,
    });
  }
  return acquired;
}

function later(acquired: readonly AcquiredAt[], from: number, minutes: number): AcquiredAt[] {
  return acquired.map((one, i) => (i < from ? one : { ...one, timeMs: one.timeMs + minutes * 60_000 }));
}

test("a session's own pace replaces the defaults, the oftener seen the more", () => {
  const { costsMin, intervals, ignored } = estimateCosts(session());
  expect(intervals).toEqual({ hole: 160, cluster: 24, square: 6, grid: 1 });
  expect(ignored).toBe(0);
  expect(costsMin.hole).toBeCloseTo(0.8, 1);
  expect(Math.abs(costsMin.cluster - 2.5)).toBeLessThan(0.3);
  expect(costsMin.square).toBeGreaterThan(5.5);
  expect(costsMin.grid).toBeGreaterThan(12);
  expect(costsMin.grid).toBeLessThan(14);
});

test("nothing acquired: the defaults", () => {
  const { costsMin } = estimateCosts([]);
  for (const level of ["hole", "cluster", "square", "grid"] as const) {
    expect(costsMin[level]).toBeCloseTo(DEFAULT_COSTS_MIN[level], 10);
  }
});

test("a pause overnight and a clock set back change next to nothing", () => {
  const plain = estimateCosts(session()).costsMin;
  const disturbed = estimateCosts(later(later(session(), 50, 600), 100, -300));
  expect(disturbed.ignored).toBe(2);
  expect(disturbed.costsMin.hole).toBeCloseTo(plain.hole, 2);
  expect(disturbed.costsMin.square).toBeCloseTo(plain.square, 1);
});

test("a clock that runs backwards all the time, or stands, leaves the defaults", () => {
  for (const pace of [-1, 0]) {
    const { costsMin, ignored } = estimateCosts(session().map((one) => ({ ...one, timeMs: pace * one.timeMs })));
    expect(ignored).toBe(191);
    expect(costsMin.square).toBeCloseTo(DEFAULT_COSTS_MIN.square, 10);
  }
});

test("several micrographs of one hole are one visit", () => {
  const shots = session().flatMap((one) =>
    [0, 0.1, 0.2].map((minutes) => ({ ...one, timeMs: one.timeMs + minutes * 60_000 })),
  );
  const once = estimateCosts(session());
  const thrice = estimateCosts(shots);
  expect(thrice.intervals).toEqual(once.intervals);
  expect(thrice.costsMin.hole).toBeCloseTo(once.costsMin.hole, 6);
});

test("costs are always positive and never fall with the distance, whatever the clock shows", () => {
  const anyAcquired = fc.array(
    fc.record({
      timeMs: fc.oneof(fc.double({ min: -1e12, max: 1e12 }), fc.integer({ min: 0, max: 3_600_000 })),
      grid: fc.constantFrom("a", "b"),
      square: fc.constantFrom("a", "b"),
      cluster: fc.constantFrom("a", "b"),
      hole: fc.constantFrom("a", "b", "c"),
    }),
  );
  fc.assert(
    fc.property(anyAcquired, (acquired) => {
      const { hole, cluster, square, grid } = estimateCosts(acquired).costsMin;
      expect(hole).toBeGreaterThan(0);
      expect([hole, cluster, square, grid]).toEqual([hole, cluster, square, grid].sort((a, b) => a - b));
      expect(Number.isFinite(grid)).toBe(true);
    }),
  );
});
