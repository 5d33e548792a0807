import { expect, test } from "vitest";
import type { Result } from "../api/additions.js";
import { compareGrids } from "./compare-grids.js";
import { NO_LIMITS } from "./metrics.js";

const LIMITS = { ...NO_LIMITS, ctfmaxresolution: 5 };

const result = (ctf: number | null, good: boolean | null, square = "s"): Result =>
  ({ gridsquare_uuid: square, ctf_max_resolution_estimate: ctf, total_motion: null, particles: null, good }) as Result;
const ofSquare = (square: string): Result[] => [
  result(3, true, square),
  result(4, true, square),
  result(9, false, square),
  result(-1, false, square),
];
const grids = [
  { grid: { uuid: "a", name: "A" }, results: ofSquare("s") },
  { grid: { uuid: "b", name: "B" }, results: Array.from({ length: 25 }, (_, n) => ofSquare(`s${n}`)).flat() },
  { grid: { uuid: "c", name: "C" }, results: [result(null, null)] },
];

test("each grid is summed up by itself; a share is as sure as there are squares that agree", () => {
  const [a, b, c] = compareGrids(grids, LIMITS);
  // Of one square nobody knows how others are.
  expect(a).toMatchObject({ micrographs: 4, judged: 4, goodShare: 0.5, interval: null });
  expect(b).toMatchObject({ micrographs: 100, judged: 100, goodShare: 0.5 });
  // All squares are alike: Wilson, 95 %, 50 of 100.
  expect(b?.interval?.[0]).toBeCloseTo(0.404, 3);
  expect(c).toMatchObject({ micrographs: 1, judged: 0, goodShare: null, interval: null });
  const ctf = a?.metrics.find(({ metric }) => metric.name === "ctfmaxresolution");
  expect(ctf?.summary).toMatchObject({ median: 4, failed: 1 });
});

test("squares that differ make a share unsure, however many micrographs they have", () => {
  const square = (n: number, share: number) =>
    Array.from({ length: 100 }, (_, hole) => result(3, hole < share * 100, `s${n}`));
  const results = [0.1, 0.9, 0.2, 0.8].flatMap((share, n) => square(n, share));
  const [grid] = compareGrids([{ grid: { uuid: "a", name: "A" }, results }], LIMITS);
  expect(grid?.goodShare).toBe(0.5);
  expect(grid?.interval?.[0]).toBeLessThan(0.1);
  expect(grid?.interval?.[1]).toBeGreaterThan(0.9);
});

test("without limits each grid is judged by itself, and there is no share to compare", () => {
  expect(compareGrids(grids, NO_LIMITS).map(({ goodShare, interval }) => [goodShare, interval])).toEqual([
    [null, null],
    [null, null],
    [null, null],
  ]);
});
