import { expect, test } from "vitest";
import { counterfactual, explainCounterfactual } from "./counterfactual.js";
import { Random } from "./random.js";
import { exampleInput } from "./testing/example-input.js";
import { type DecisionInput, HoleState } from "./types.js";

const HOLES = 6 * 3 * 10;

/** Six squares; holes of the even ones are good nine times of ten, and a model knows. The first `imaged` in file order were imaged. */
function finished(imaged: number): { input: DecisionInput; path: Int32Array } {
  const random = new Random(4);
  const base = exampleInput({ squares: 6, clustersPerSquare: 3, holesPerCluster: 10 });
  const isBetter = (h: number): boolean => Math.floor(h / 30) % 2 === 1;
  const path = Int32Array.from({ length: imaged }, (_, h) => h);
  const good = new Float64Array(HOLES).fill(Number.NaN);
  for (const h of path) good[h] = Number(random.next() < (isBetter(h) ? 0.9 : 0.1));
  return {
    path,
    input: {
      ...base,
      holes: { ...base.holes, state: base.holes.state.map((_, h) => (h < imaged ? HoleState.imaged : 0)) },
      outcomes: { good, weight: good.map((own) => (Number.isNaN(own) ? 0 : 1)) },
      models: [
        {
          name: "model",
          metric: null,
          level: "hole",
          prior: null,
          scores: Float64Array.from({ length: HOLES }, (_, h) => (isBetter(h) ? 0.9 : 0.1)),
        },
      ],
    },
  };
}

test("the plan beats file order where a model knows the better squares, and nothing beats the optimum", () => {
  const { input, path } = finished(60);
  const report = counterfactual(input, path);
  expect(report.imagedHoles).toBe(60);
  expect(report.knownHoles).toBe(60);
  expect(report.collected).toEqual({
    mean: input.outcomes.good.subarray(0, 60).reduce((sum, own) => sum + own, 0),
    low: report.collected.mean,
    high: report.collected.mean,
  });
  expect(report.plannedMinusCollected.low).toBeGreaterThan(5);
  expect(report.planned.mean).toBeLessThanOrEqual(report.optimum.mean);
  expect(report.collectedShare.mean).toBeLessThan(report.plannedShare.mean);
  expect(report.plannedShare.high).toBeLessThanOrEqual(1);
  // It was collected in the order of the lists.
  expect(report.inOrder.mean).toBeCloseTo(report.collected.mean, 10);
});

test("what was collected is what was counted, however unevenly holes were judged", () => {
  const { input, path } = finished(2);
  const good = input.outcomes.good.slice();
  const weight = input.outcomes.weight.slice();
  // One good micrograph here, three bad ones there.
  good.set([1, 0]);
  weight.set([1, 3]);
  const report = counterfactual({ ...input, outcomes: { good, weight } }, path);
  expect(report.collected).toEqual({ mean: 1, low: 1, high: 1 });
  expect(report.inOrder.mean).toBe(1);
});

test("a session that imaged everything could have collected nothing more", () => {
  const { input, path } = finished(HOLES);
  const report = counterfactual(input, path, { draws: 3 });
  expect(report.optimum.mean).toBeCloseTo(report.collected.mean, 6);
  expect(report.optimum.low).toBe(report.optimum.high);
});

test("results that nobody measured widen the interval; the same seed gives the same report", () => {
  const { input, path } = finished(60);
  const unknown = { good: input.outcomes.good.slice(), weight: input.outcomes.weight.slice() };
  for (let h = 20; h < 60; h++) {
    unknown.good[h] = Number.NaN;
    unknown.weight[h] = 0;
  }
  const report = counterfactual({ ...input, outcomes: unknown }, path);
  expect(report.knownHoles).toBe(20);
  expect(report.collected.high).toBeGreaterThan(report.collected.low);
  expect(counterfactual({ ...input, outcomes: unknown }, path)).toEqual(report);
});

test("holes that were locked out are in nobody's plan", () => {
  const { input, path } = finished(30);
  const state = input.holes.state.map((own) => (own === HoleState.candidate ? HoleState.lockedOut : own));
  const report = counterfactual({ ...input, holes: { ...input.holes, state } }, path, { draws: 2 });
  expect(report.candidateHoles).toBe(30);
  expect(report.optimum.mean).toBeCloseTo(report.collected.mean, 6);
});

test("where nothing was imaged the report says so", () => {
  const { input } = finished(0);
  const report = counterfactual(input, new Int32Array(0), { draws: 2 });
  expect(report).toMatchObject({ minutes: 0, imagedHoles: 0, collected: { mean: 0 }, planned: { mean: 0 } });
  expect(explainCounterfactual(report)).toEqual(["No hole was imaged: there is nothing to compare."]);
});

test("the words name what was collected, planned and possible", () => {
  const { input, path } = finished(60);
  const words = explainCounterfactual(counterfactual(input, path, { draws: 4 }));
  expect(words).toHaveLength(5);
  expect(words[0]).toContain("from 60 holes");
  expect(words.join(" ")).not.toContain("NaN");
});
