import { describe, expect, it } from "vitest";
import { clairvoyantBound, yieldOfPath, yieldWithoutDecisions } from "./counterfactual.js";
import { DEFAULT_GRID, gridTruth } from "./grid-truth.js";
import { createMicroscope } from "./microscope.js";
import { randomStream } from "./random.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

describe("the yield without decisions", () => {
  it.each([1, 2, 3])("is what the microscope yields when nobody decides (seed %d)", async (seed) => {
    const options = { ...DEFAULT_GRID, seed, squares: 3, holesPerSquare: 25, micrographsPerHole: 2 };
    const microscope = await createMicroscope({
      ...options,
      dir: temporaryFolder(),
      acquisitionMin: 70,
      pictures: "none",
    });
    while (!microscope.done) await microscope.step();
    const expected = yieldWithoutDecisions(gridTruth(options), { acquisitionMin: 70 });
    expect(microscope.goodMicrographs).toBe(expected.goodMicrographs);
    expect(microscope.acquired).toHaveLength(expected.holes);
    expect(microscope.acquisitionMin).toBe(expected.minutes);
    expect(expected.goodPerHour).toBeCloseTo((60 * expected.goodMicrographs) / expected.minutes, 9);
  });

  it("is that of all holes where time does not end", () => {
    const truth = gridTruth({ ...DEFAULT_GRID, seed: 4 });
    expect(yieldWithoutDecisions(truth).holes).toBe(16 * 60);
  });
});

describe("the clairvoyant bound", () => {
  it("is never below what any path yields", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const truth = gridTruth({ ...DEFAULT_GRID, seed, squares: 8 });
      const random = randomStream("paths", seed);
      const good = truth.selectedSquares.flatMap((square) =>
        square.holes.filter((hole) => hole.selectable && hole.goodIce),
      );
      for (const acquisitionMin of [60, 180, 360]) {
        const bound = clairvoyantBound(truth, acquisitionMin);
        const bestSquaresFirst = [...truth.selectedSquares]
          .sort((a, b) => b.goodShare - a.goodShare)
          .flatMap((square) => square.holes.filter((hole) => hole.selectable && hole.goodIce));
        for (const path of [good, random.shuffled(good), bestSquaresFirst]) {
          expect(yieldOfPath(path, { acquisitionMin }).goodMicrographs, `seed ${seed}`).toBeLessThanOrEqual(
            bound + 1e-6,
          );
        }
        expect(yieldWithoutDecisions(truth, { acquisitionMin }).goodMicrographs).toBeLessThanOrEqual(bound + 1e-6);
      }
    }
  });

  it("is no more than there is, and grows with time", () => {
    const truth = gridTruth({ ...DEFAULT_GRID, seed: 5, squares: 4 });
    const all = truth.selectedSquares
      .flatMap((s) => s.holes.filter((h) => h.selectable).flatMap((h) => h.micrographs))
      .filter((m) => m.good);
    expect(clairvoyantBound(truth, 100_000)).toBeCloseTo(all.length, 3);
    expect(clairvoyantBound(truth, 60)).toBeLessThan(clairvoyantBound(truth, 120));
  });
});
