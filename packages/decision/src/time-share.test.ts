import fc from "fast-check";
import { expect, test } from "vitest";
import { largeInput } from "./bench/scale.js";
import { decide } from "./decide.js";
import { explainPlan } from "./explain.js";
import { exampleInput, holeModel, withOutcomes } from "./testing/example-input.js";
import type { DecisionInput, TimeDemand } from "./types.js";

const HOLES = 2_400;
const NOWHERE = { grid: -1, square: -1, cluster: -1 };

/** A grid not yet begun whose holes a model knows, all a good deal better or worse where `shift` (logit) says so. */
function grid(seed: number, shift = 0): DecisionInput {
  const input = largeInput({ holes: HOLES, models: 1, results: 0 }, seed);
  const scores = (input.models[0]?.scores ?? new Float64Array()).map((p) => 1 / (1 + Math.exp(-shift) * (1 / p - 1)));
  return { ...input, models: [holeModel("seer", scores)], stage: NOWHERE };
}

/** Both grids in one problem, as a planner would see them that plans all at once. */
function together(a: DecisionInput, b: DecisionInput): DecisionInput {
  const joined = <T extends Float64Array | Int32Array | Uint8Array>(x: T, y: T, offset = 0): T => {
    const all = new (x.constructor as new (length: number) => T)(x.length + y.length);
    all.set(x);
    all.set(offset === 0 ? y : y.map((index) => index + offset), x.length);
    return all;
  };
  const columns = <T extends object>(x: T, y: T, offsets: Readonly<Record<string, number>> = {}): T =>
    Object.fromEntries(
      Object.entries(x).map(([name, own]) => {
        const other = y[name as keyof T] as never;
        return [name, name === "ids" ? [...own, ...(other as string[])] : joined(own, other, offsets[name])];
      }),
    ) as T;
  return {
    ...a,
    grids: { ids: ["a", "b"] },
    squares: columns(a.squares, b.squares, { gridOfSquare: 1 }),
    clusters: columns(a.clusters, b.clusters, { squareOfCluster: a.squares.ids.length }),
    holes: columns(a.holes, b.holes, { clusterOfHole: a.clusters.ids.length }),
    models: a.models.map((model, m) => holeModel(model.name, [...model.scores, ...(b.models[m]?.scores ?? [])])),
    outcomes: columns(a.outcomes, b.outcomes),
  };
}

const good = (input: DecisionInput, decisions: readonly DecisionInput[]): number =>
  decisions.reduce((sum, one) => sum + decide(one).expectedGood, 0) / decide(input).expectedGood;

test("two grids planned apart share the time nearly as well as one plan of both, and use no more than there is", () => {
  for (const [seed, timeLeftMin, shift] of [
    [1, 300, 0],
    [2, 900, 0],
    [3, 600, -1.5],
    [4, 1500, 1],
  ] as const) {
    const a = { ...grid(seed), timeLeftMin };
    const b = { ...grid(seed + 50, shift), timeLeftMin };
    const shared = [
      { ...a, elsewhere: [decide(b).demand] },
      { ...b, elsewhere: [decide(a).demand] },
    ];
    const minutes = shared.reduce((sum, input) => sum + decide(input).plannedMin, 0);
    expect(minutes).toBeLessThan(1.05 * timeLeftMin);
    expect(minutes).toBeGreaterThan(0.93 * timeLeftMin);
    // The belief is fitted to the grids one by one, so that the figures are not quite the same.
    expect(good(together(a, b), shared)).toBeGreaterThan(0.95);
    const [here, there] = shared.map((input) => decide(input).pricePerMin) as [number, number];
    expect(here / there).toBeGreaterThan(0.85);
    expect(here / there).toBeLessThan(1.18);
  }
});

test("the better grid gets more of the time, and a hopeless one nothing but what is left over", () => {
  const base = { ...grid(7), timeLeftMin: 400 };
  const share = (shift: number): number => {
    const { elsewhereMin } = decide({ ...base, elsewhere: [decide({ ...grid(8, shift), timeLeftMin: 400 }).demand] });
    return elsewhereMin / 400;
  };
  const shares = [-6, -1, 0, 1, 3].map(share);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares[0]).toBeLessThan(0.02);
  expect(shares.at(-1)).toBeGreaterThan(0.6);
});

test("what a grid wants falls with the price, from all its candidates to nothing", () => {
  const { pricesPerMin, minutes } = decide(grid(3)).demand;
  expect(pricesPerMin).toEqual(pricesPerMin.toSorted((a, b) => a - b));
  expect(minutes).toEqual(minutes.toSorted((a, b) => b - a));
  expect(pricesPerMin[0]).toBe(0);
  expect(minutes[0]).toBeGreaterThan(HOLES * 0.5);
  expect(minutes.at(-1)).toBe(0);
});

test("a grid on which nothing is left, or nothing is known, wants no time", () => {
  const empty = exampleInput({ squares: 0, clustersPerSquare: 0, holesPerCluster: 0 });
  expect(decide(empty).demand).toEqual({ pricesPerMin: [0], minutes: [0] });
  const one = exampleInput({ squares: 1, clustersPerSquare: 1, holesPerCluster: 2 });
  const done = withOutcomes(one, new Map([0, 1].map((h) => [h, 1])));
  expect(decide(done).demand).toEqual({ pricesPerMin: [0], minutes: [0] });
  expect(decide({ ...one, elsewhere: [decide(done).demand] })).toEqual({ ...decide(one) });
});

test("an operator's holes are imaged, whatever other grids could do with the time", () => {
  const base = exampleInput({ squares: 2, clustersPerSquare: 2, holesPerCluster: 10 }, { timeLeftMin: 30 });
  const operatorSelected = Uint8Array.from({ length: 40 }, (_, h) => Number(h >= 36));
  const greedy: TimeDemand = { pricesPerMin: [0, 5, 10], minutes: [1000, 1000, 0] };
  const input = { ...base, holes: { ...base.holes, operatorSelected }, elsewhere: [greedy] };
  const output = decide(input);
  expect([...output.order.subarray(0, output.plannedHoles)]).toEqual([36, 37, 38, 39]);
  expect(output.demand.minutes.every((minutes) => minutes >= 4)).toBe(true);
  expect(explainPlan(input, output)).toMatch(/; \d+ min are better spent on other grids\.$/);
});

test("whatever others want, every candidate is in the order once and the plan fits its share", () => {
  const demand = fc
    .array(fc.tuple(fc.double({ min: 0.001, max: 2, noNaN: true }), fc.double({ min: 0, max: 500, noNaN: true })), {
      maxLength: 5,
    })
    .map((steps): TimeDemand => {
      const prices = [...new Set(steps.map(([price]) => price))].sort((a, b) => a - b);
      const minutes = steps.map(([, time]) => time).sort((a, b) => b - a);
      return { pricesPerMin: [0, ...prices], minutes: [minutes[0] ?? 0, ...minutes.slice(0, prices.length)] };
    });
  fc.assert(
    fc.property(
      fc.array(demand, { maxLength: 3 }),
      fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY)),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 36, maxLength: 36 }),
      (elsewhere, timeLeftMin, scores) => {
        const input = exampleInput(
          { squares: 3, clustersPerSquare: 3, holesPerCluster: 4 },
          { models: [holeModel("any", scores)], timeLeftMin, elsewhere },
        );
        const { order, plannedMin, elsewhereMin } = decide(input);
        expect([...order].sort((a, b) => a - b)).toEqual([...Array(36).keys()]);
        expect(elsewhereMin).toBeGreaterThanOrEqual(0);
        expect(plannedMin).toBeLessThanOrEqual(timeLeftMin - elsewhereMin + 1e-6);
      },
    ),
  );
});
