import fc from "fast-check";
import { expect, test } from "vitest";
import { selectExactly } from "./knapsack.js";
import { plan } from "./plan.js";
import { selectByPrice } from "./price.js";
import { type PlanProblem, rankHoles, weigh } from "./ranking.js";
import { structureOf } from "./structure.js";
import { exampleInput } from "./testing/example-input.js";

const COSTS = { hole: 1, cluster: 2, square: 6, grid: 8 };

interface Shape {
  readonly grids: number;
  readonly squares: number;
  readonly clustersPerSquare: number;
  readonly holesPerCluster: number;
}

function problemOf(shape: Shape, value: readonly number[], timeLeftMin: number, stageCluster = -1): PlanProblem {
  const input = exampleInput({ ...shape, grids: Math.min(shape.grids, shape.squares) });
  const structure = structureOf(input);
  const square = stageCluster < 0 ? -1 : input.clusters.squareOfCluster[stageCluster];
  return {
    structure,
    value: Float64Array.from(value),
    candidate: new Uint8Array(structure.holeCount).fill(1),
    costsMin: COSTS,
    stage: { cluster: stageCluster, square, grid: square < 0 ? -1 : input.squares.gridOfSquare[square] },
    timeLeftMin,
  };
}

const anyProblem = fc
  .record({
    grids: fc.integer({ min: 1, max: 2 }),
    squares: fc.integer({ min: 1, max: 3 }),
    clustersPerSquare: fc.integer({ min: 1, max: 2 }),
    holesPerCluster: fc.integer({ min: 1, max: 3 }),
  })
  .chain((shape) => {
    const clusters = shape.squares * shape.clustersPerSquare;
    const holes = clusters * shape.holesPerCluster;
    return fc
      .record({
        value: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: holes, maxLength: holes }),
        timeLeftMin: fc.integer({ min: 0, max: 40 }),
        stageCluster: fc.integer({ min: -1, max: clusters - 1 }),
      })
      .map(({ value, timeLeftMin, stageCluster }) => problemOf(shape, value, timeLeftMin, stageCluster));
  });

/** The best value over all ways of taking the best few holes of each cluster. */
function bestByTrying(problem: PlanProblem): number {
  const ranking = rankHoles(problem);
  const take = new Int32Array(problem.structure.clusterCount);
  let best = 0;
  const go = (cluster: number): void => {
    if (cluster === take.length) {
      const { minutes, value } = weigh(problem, ranking, take);
      if (minutes <= problem.timeLeftMin + 1e-9) best = Math.max(best, value);
      return;
    }
    for (take[cluster] = 0; take[cluster] <= ranking.start[cluster + 1] - ranking.start[cluster]; take[cluster]++)
      go(cluster + 1);
    take[cluster] = 0;
  };
  go(0);
  return best;
}

test("the exact planner finds what trying everything finds", () => {
  fc.assert(
    fc.property(anyProblem, (problem) => {
      const ranking = rankHoles(problem);
      const everything = ranking.start.slice(1).map((end, c) => end - ranking.start[c]);
      const exact = selectExactly(problem, ranking, everything, 1);
      expect(exact.minutes).toBeLessThanOrEqual(problem.timeLeftMin + 1e-9);
      expect(exact.value).toBeCloseTo(bestByTrying(problem), 9);
    }),
    { numRuns: 200 },
  );
});

test("the plan is as good as trying everything, and a price alone is never better nor over time", () => {
  fc.assert(
    fc.property(anyProblem, (problem) => {
      const priced = selectByPrice(problem, rankHoles(problem));
      const best = bestByTrying(problem);
      expect(priced.minutes).toBeLessThanOrEqual(problem.timeLeftMin + 1e-9);
      expect(priced.value).toBeLessThanOrEqual(best + 1e-9);
      expect(plan(problem).value).toBeCloseTo(best, 9);
    }),
    { numRuns: 200 },
  );
});

test("with time for everything, everything is planned and no minute has a price", () => {
  const { plannedHoles, price } = plan(
    problemOf({ grids: 1, squares: 2, clustersPerSquare: 2, holesPerCluster: 3 }, new Array(12).fill(0.2), 1e6),
  );
  expect(plannedHoles).toBe(12);
  expect(price).toBe(0);
});

test("with equal squares and little time, one square is worked on rather than none or all", () => {
  const shape = { grids: 1, squares: 5, clustersPerSquare: 3, holesPerCluster: 200 };
  for (const timeLeftMin of [60, 400]) {
    const { plannedHoles, minutes, order } = plan(problemOf(shape, new Array(3000).fill(0.5), timeLeftMin));
    expect(plannedHoles).toBeGreaterThan(0.9 * timeLeftMin - 12);
    expect(minutes).toBeLessThanOrEqual(timeLeftMin);
    expect(new Set(order.subarray(0, plannedHoles).map((h) => Math.floor(h / 600))).size).toBe(1);
  }
});

test("the stage stays for what is worth its minutes here and goes when elsewhere pays more, the way there included", () => {
  const shape = { grids: 1, squares: 2, clustersPerSquare: 1, holesPerCluster: 10 };
  const first = (here: number, there: number, timeLeftMin: number): number =>
    plan(problemOf(shape, [...new Array(10).fill(here), ...new Array(10).fill(there)], timeLeftMin, 0)).order[0];
  expect(first(0.6, 0.9, 10)).toBeLessThan(10);
  expect(first(0.1, 0.9, 15)).toBeGreaterThanOrEqual(10);
});

test("holes come cluster by cluster and square by square: no way is paid twice", () => {
  fc.assert(
    fc.property(anyProblem, (problem) => {
      const { order, plannedHoles } = plan(problem);
      const { structure } = problem;
      const clusterOf = (h: number): number =>
        structure.clusterStart.findLastIndex(
          (start, c) => c < structure.clusterCount && structure.holesOfCluster.indexOf(h) >= start,
        );
      for (const of of [clusterOf, (h: number) => structure.squareOfHole[h]]) {
        const visited = [...order.subarray(0, plannedHoles)].map(of).filter((place, i, all) => place !== all[i - 1]);
        expect(new Set(visited).size).toBe(visited.length);
      }
    }),
  );
});
