import { describe, expect, it } from "vitest";
import { DEFAULT_GRID, gridTruth } from "./grid-truth.js";
import { createPredictor, DEFAULT_PREDICTORS, latentRepresentation, type PredictorOptions } from "./predictors.js";
import { at, logit, mean } from "./statistics.js";

const GRIDS = Array.from({ length: 30 }, (_, index) =>
  gridTruth({ ...DEFAULT_GRID, seed: 500 + index, squares: 20, unselectedSquares: 2, holesPerSquare: 49 }),
);
const PLAIN: PredictorOptions = {
  name: "plain",
  description: "",
  level: "hole",
  metric: null,
  betweenAuc: 0.5,
  withinAuc: 0.5,
  optimism: 0,
  squareBiasSd: 0,
};

/** Probability that a positive scores more than a negative; a tie counts half. */
function auc(positives: readonly number[], negatives: readonly number[]): number {
  const won = positives.map((positive) => {
    const scores = negatives.map((negative): number => (positive > negative ? 1 : positive === negative ? 0.5 : 0));
    return mean(scores);
  });
  return mean(won);
}

function withinAuc(options: PredictorOptions): number {
  const areas: { area: number; weight: number }[] = [];
  for (const grid of GRIDS) {
    const predictor = createPredictor(grid, options);
    for (const square of grid.selectedSquares) {
      const holes = square.holes.filter((hole) => hole.selectable);
      const of = (good: boolean): number[] =>
        holes.filter((hole) => hole.goodIce === good).map((hole) => predictor.hole(hole));
      const [good, bad] = [of(true), of(false)];
      if (good.length > 2 && bad.length > 2) areas.push({ area: auc(good, bad), weight: good.length * bad.length });
    }
  }
  return (
    areas.reduce((sum, { area, weight }) => sum + area * weight, 0) / areas.reduce((sum, { weight }) => sum + weight, 0)
  );
}

function betweenAuc(options: PredictorOptions): number {
  return mean(
    GRIDS.map((grid) => {
      const predictor = createPredictor(grid, options);
      const ranked = [...grid.selectedSquares].sort((a, b) => a.goodShare - b.goodShare);
      const half = ranked.length / 2;
      return auc(ranked.slice(half).map(predictor.square), ranked.slice(0, half).map(predictor.square));
    }),
  );
}

describe("prediction models", () => {
  it.each([0.5, 0.61, 0.76, 0.9])(
    "tell good holes from bad within a square with the accuracy asked for: %d",
    (asked) => {
      expect(Math.abs(withinAuc({ ...PLAIN, withinAuc: asked }) - asked)).toBeLessThan(0.02);
    },
  );

  it.each([0.5, 0.65, 0.8, 1])(
    "tell squares above the median from those below with the accuracy asked for: %d",
    (asked) => {
      expect(Math.abs(betweenAuc({ ...PLAIN, betweenAuc: asked }) - asked)).toBeLessThan(0.05);
    },
  );

  it("say the same whoever asks first, and stay between 0 and 1", () => {
    const grid = at(GRIDS, 0);
    for (const options of DEFAULT_PREDICTORS) {
      const holes = grid.selectedSquares.flatMap((square) => square.holes);
      const first = createPredictor(grid, options);
      const second = createPredictor(grid, options);
      const forwards = holes.map((hole) => first.hole(hole));
      const backwards = [...holes]
        .reverse()
        .map((hole) => second.hole(hole))
        .reverse();
      expect(backwards).toEqual(forwards);
      expect(Math.min(...forwards)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...forwards)).toBeLessThanOrEqual(1);
      for (const square of grid.squares) expect(first.square(square)).toBeGreaterThan(0);
    }
  });

  it("are calibrated unless they are optimists", () => {
    const off = (options: PredictorOptions): number =>
      mean(
        GRIDS.flatMap((grid) => {
          const predictor = createPredictor(grid, options);
          return grid.selectedSquares.flatMap((square) =>
            square.holes.filter((hole) => hole.selectable).map((hole) => predictor.hole(hole) - (hole.goodIce ? 1 : 0)),
          );
        }),
      );
    const honest = { ...PLAIN, betweenAuc: 0.8, withinAuc: 0.8 };
    expect(Math.abs(off(honest))).toBeLessThan(0.08);
    expect(off({ ...honest, optimism: 1.5 })).toBeGreaterThan(0.15);
  });

  it("share an error among the holes of a square when they are biased", () => {
    const spread = (squareBiasSd: number): number => {
      const scores = GRIDS.flatMap((grid) => {
        const predictor = createPredictor(grid, { ...PLAIN, squareBiasSd });
        return grid.selectedSquares.map((square) => logit(predictor.square(square)));
      });
      const centre = mean(scores);
      return Math.sqrt(mean(scores.map((score) => (score - centre) ** 2)));
    };
    expect(spread(1.2)).toBeGreaterThan(spread(0) + 0.8);
  });

  it("repeat a square's score at each of its holes where they judge squares alone", () => {
    const grid = at(GRIDS, 0);
    const predictor = createPredictor(grid, { ...PLAIN, level: "square", betweenAuc: 0.8 });
    for (const square of grid.selectedSquares) {
      for (const hole of square.holes) expect(predictor.hole(hole)).toBe(predictor.square(square));
    }
  });
});

describe("the latent representation", () => {
  it("puts look-alikes into the same of a few groups", () => {
    const grid = at(GRIDS, 1);
    const latent = latentRepresentation(grid);
    const holes = grid.selectedSquares.flatMap((square) => square.holes);
    const places = holes.map((hole) => latent.hole(hole));
    expect(new Set(places.map((place) => place.cluster)).size).toBeGreaterThan(2);
    for (const { cluster } of places) expect(cluster).toBeLessThan(latent.clusters);
    const thickness = (cluster: number): number =>
      mean(holes.filter((_, index) => at(places, index).cluster === cluster).map((hole) => hole.iceThicknessNm));
    expect(thickness(1)).toBeLessThan(thickness(3));
  });
});
