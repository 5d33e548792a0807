import { describe, expect, it } from "vitest";
import {
  DEFAULT_GRID,
  FAILED_FIT_RESOLUTION_A,
  GOOD_CTF_MAX_RESOLUTION_A,
  type GridTruth,
  gridTruth,
} from "./grid-truth.js";
import { iceSuitability } from "./ice.js";
import { at, mean } from "./statistics.js";

/** Many squares from many grids, to see distributions. */
const GRIDS: readonly GridTruth[] = Array.from({ length: 25 }, (_, index) =>
  gridTruth({ ...DEFAULT_GRID, seed: 100 + index, squares: 24, unselectedSquares: 0, holesPerSquare: 49 }),
);
const SQUARES = GRIDS.flatMap((grid) => grid.selectedSquares);
const HOLES = SQUARES.flatMap((square) => square.holes.filter((hole) => hole.selectable));
const MICROGRAPHS = HOLES.flatMap((hole) => hole.micrographs);

function sdOf(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const [mx, my] = [mean(xs), mean(ys)];
  return mean(xs.map((x, i) => (x - mx) * (at(ys, i) - my))) / (sdOf(xs) * sdOf(ys));
}

describe("the truth of a grid", () => {
  it("is a function of its options alone", () => {
    expect(gridTruth({ ...DEFAULT_GRID, seed: 9 })).toEqual(gridTruth({ ...DEFAULT_GRID, seed: 9 }));
    expect(gridTruth({ ...DEFAULT_GRID, seed: 9 }).sessionId).not.toBe(
      gridTruth({ ...DEFAULT_GRID, seed: 10 }).sessionId,
    );
  });

  it("has as many squares, holes and micrographs as asked for", () => {
    const grid = gridTruth({
      ...DEFAULT_GRID,
      squares: 5,
      unselectedSquares: 7,
      holesPerSquare: 31,
      nearGridBarHoles: 4,
      micrographsPerHole: 3,
    });
    expect(grid.squares).toHaveLength(12);
    expect(grid.selectedSquares).toHaveLength(5);
    for (const square of grid.selectedSquares) {
      expect(square.holes.filter((hole) => hole.selectable)).toHaveLength(31);
      expect(square.holes.filter((hole) => hole.isNearGridBar)).toHaveLength(4);
      for (const hole of square.holes) expect(hole.micrographs).toHaveLength(3);
    }
  });

  it("gives every square, hole and exposure an id of its own that fits into 32 bits", () => {
    const grid = gridTruth({ ...DEFAULT_GRID, micrographsPerHole: 2 });
    const ids = grid.squares.flatMap((square) => [
      square.id,
      square.targetLocationsId,
      ...square.holes.flatMap((hole) => [hole.id, ...hole.micrographs.map((micrograph) => micrograph.id)]),
    ]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.max(...ids)).toBeLessThan(2 ** 31);
  });

  it("makes squares Beta(1.1, 2.3) good", () => {
    const shares = SQUARES.map((square) => square.goodShare);
    expect(mean(shares)).toBeCloseTo(1.1 / 3.4, 1);
    expect(sdOf(shares)).toBeCloseTo(Math.sqrt((1.1 * 2.3) / (3.4 ** 2 * 4.4)), 1);
  });

  it("scatters clusters about their square with the concentration of Beta(0.65, 1.0)", () => {
    const scatter = SQUARES.flatMap((square) =>
      square.clusterGoodShares.map(
        (share) => (share - square.goodShare) ** 2 - (square.goodShare * (1 - square.goodShare)) / 2.65,
      ),
    );
    expect(mean(scatter)).toBeCloseTo(0, 2);
  });

  it("keeps clusters within the beam-shift radius of a stage position", () => {
    for (const square of SQUARES.slice(0, 20)) {
      square.clusterGoodShares.forEach((_, cluster) => {
        const members = square.holes.filter((hole) => hole.cluster === cluster);
        const span = (values: number[]): number => Math.max(...values) - Math.min(...values);
        const diagonal = Math.hypot(
          span(members.map((hole) => hole.stage.xM)),
          span(members.map((hole) => hole.stage.yM)),
        );
        expect(diagonal / 2).toBeLessThanOrEqual(DEFAULT_GRID.clusterRadiusM * (1 + 1e-9));
        expect(members.length).toBeLessThanOrEqual(9);
      });
    }
  });

  it("draws log CTF resolution from N(1.42, 0.19) for good ice, N(2.35, 0.34) for bad, and lets 1.5 % of fits fail", () => {
    const fitted = (goodIce: boolean): number[] =>
      HOLES.filter((hole) => hole.goodIce === goodIce)
        .flatMap((hole) => hole.micrographs)
        .filter((micrograph) => micrograph.ctfMaxResolutionA < FAILED_FIT_RESOLUTION_A)
        .map((micrograph) => Math.log(micrograph.ctfMaxResolutionA));
    expect(mean(fitted(true))).toBeCloseTo(1.42, 2);
    expect(sdOf(fitted(true))).toBeCloseTo(0.19, 2);
    expect(mean(fitted(false))).toBeCloseTo(2.35, 2);
    expect(sdOf(fitted(false))).toBeCloseTo(0.34, 2);
    const failed = MICROGRAPHS.filter((micrograph) => micrograph.ctfMaxResolutionA === FAILED_FIT_RESOLUTION_A);
    expect(failed.length / MICROGRAPHS.length).toBeCloseTo(0.015, 2);
    expect(failed.some((micrograph) => micrograph.good)).toBe(false);
    expect(MICROGRAPHS.filter((m) => m.good !== m.ctfMaxResolutionA <= GOOD_CTF_MAX_RESOLUTION_A)).toEqual([]);
  });

  it("ties quality to ice and ice to intensity: too thick and too thin are both bad", () => {
    const squareIce = SQUARES.map((square) => iceSuitability(square.iceThicknessNm));
    expect(
      correlation(
        squareIce,
        SQUARES.map((square) => square.goodShare),
      ),
    ).toBeGreaterThan(0.25);
    const holeIce = HOLES.map((hole) => iceSuitability(hole.iceThicknessNm));
    expect(
      correlation(
        holeIce,
        HOLES.map((hole) => (hole.goodIce ? 1 : 0)),
      ),
    ).toBeGreaterThan(0.1);
    expect(
      correlation(
        HOLES.map((hole) => hole.intensityMean),
        HOLES.map((hole) => hole.iceThicknessNm),
      ),
    ).toBeLessThan(-0.9);
    const share = (from: number, to: number): number => {
      const band = HOLES.filter((hole) => hole.iceThicknessNm >= from && hole.iceThicknessNm < to);
      return mean(band.map((hole) => (hole.goodIce ? 1 : 0)));
    };
    expect(share(24, 38)).toBeGreaterThan(share(0, 12) + 0.05);
    expect(share(24, 38)).toBeGreaterThan(share(60, 200) + 0.05);
  });

  it("gives good micrographs more particles and less motion", () => {
    const of = (goodIce: boolean, value: (m: (typeof MICROGRAPHS)[number]) => number): number =>
      mean(HOLES.filter((hole) => hole.goodIce === goodIce).flatMap((hole) => hole.micrographs.map(value)));
    expect(of(true, (m) => m.particlesPicked)).toBeGreaterThan(2 * of(false, (m) => m.particlesPicked));
    expect(of(true, (m) => m.totalMotionA)).toBeLessThan(of(false, (m) => m.totalMotionA));
    expect(MICROGRAPHS.filter((m) => m.particlesSelected > m.particlesPicked || m.totalMotionA <= 0)).toEqual([]);
  });

  it("shows some squares on several tiles, and every square on one at least", () => {
    const grid = gridTruth({ ...DEFAULT_GRID, squares: 30, unselectedSquares: 60 });
    const shown = grid.squares.map((square) => square.onTiles.length);
    expect(Math.min(...shown)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...shown)).toBeGreaterThan(1);
    for (const tile of grid.tiles) {
      expect(tile.layout.atlasXPx).toBeGreaterThanOrEqual(0);
      expect(tile.layout.atlasXPx + tile.layout.atlasSizePx).toBeLessThanOrEqual(2048 + 1);
    }
  });
});
