import { expect, test } from "vitest";
import type { Result } from "../api/additions.js";
import { compareGrids } from "./compare-grids.js";
import { NO_LIMITS } from "./metrics.js";

const result = (ctf: number, good: boolean | null): Result =>
  ({ ctf_max_resolution_estimate: ctf, total_motion: null, particles: null, good }) as Result;

test("each grid is summed up by itself; a share is as sure as there are micrographs", () => {
  const few = [result(3, true), result(4, true), result(9, false), result(-1, false)];
  const many = Array.from({ length: 25 }, () => few).flat();
  const [a, b, c] = compareGrids(
    [
      { grid: { uuid: "a", name: "A" }, results: few },
      { grid: { uuid: "b", name: "B" }, results: many },
      { grid: { uuid: "c", name: "C" }, results: [result(5, null)] },
    ],
    NO_LIMITS,
  );
  expect(a).toMatchObject({ micrographs: 4, judged: 4, goodShare: 0.5 });
  expect(b).toMatchObject({ micrographs: 100, judged: 100, goodShare: 0.5 });
  const width = (interval: readonly [number, number] | null | undefined): number =>
    (interval?.[1] ?? 0) - (interval?.[0] ?? 0);
  // Wilson, 95 %: 2 of 4, and 50 of 100.
  expect(a?.interval?.[0]).toBeCloseTo(0.15, 2);
  expect(b?.interval?.[0]).toBeCloseTo(0.404, 3);
  expect(width(b?.interval)).toBeLessThan(width(a?.interval));
  expect(c).toMatchObject({ micrographs: 1, judged: 0, goodShare: null, interval: null });
  const ctf = a?.metrics.find(({ metric }) => metric.name === "ctfmaxresolution");
  expect(ctf?.summary).toMatchObject({ median: 4, failed: 1 });
});
