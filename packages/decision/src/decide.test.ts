import fc from "fast-check";
import { expect, test } from "vitest";
import { largeInput } from "./bench/scale.js";
import { decide } from "./decide.js";
import { explainHole, explainPlan, explainSquare } from "./explain.js";
import { DEFAULT_SETTINGS } from "./settings.js";
import { exampleInput, holeModel, withOutcomes } from "./testing/example-input.js";
import { type DecisionInput, HoleReason, HoleState, type ModelColumn, SquareReason, SquareState } from "./types.js";

/** Any grid that may come: odd states, scores that are no probabilities, results of any kind, any stage and time. */
const anyInput: fc.Arbitrary<DecisionInput> = fc
  .record({
    grids: fc.integer({ min: 1, max: 2 }),
    squares: fc.integer({ min: 1, max: 5 }),
    clustersPerSquare: fc.integer({ min: 1, max: 4 }),
    holesPerCluster: fc.integer({ min: 1, max: 8 }),
  })
  .chain((shape) => {
    const base = exampleInput({ ...shape, grids: Math.min(shape.grids, shape.squares) });
    const holes = base.holes.ids.length;
    const squares = base.squares.ids.length;
    const score = fc.oneof(
      fc.double({ min: -0.5, max: 1.5 }),
      fc.constantFrom(0, 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY),
    );
    const perHole = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: holes, maxLength: holes });
    return fc
      .record({
        state: perHole(fc.integer({ min: 0, max: 4 })),
        selected: perHole(fc.boolean()),
        squareState: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: squares, maxLength: squares }),
        scores: fc.array(perHole(score), { maxLength: 2 }),
        good: perHole(fc.oneof(fc.constantFrom(0, 1, Number.NaN, Number.NaN), fc.double({ min: -1, max: 2 }))),
        intensity: perHole(fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constant(Number.NaN))),
        latent: perHole(fc.integer({ min: -1, max: 3 })),
        diversity: fc.constantFrom(0, 0.5, 1),
        stageCluster: fc.integer({ min: -1, max: base.clusters.ids.length - 1 }),
        timeLeftMin: fc.oneof(
          fc.double({ min: 0, max: 200, noNaN: true }),
          fc.constantFrom(0, -5, Number.POSITIVE_INFINITY),
        ),
      })
      .map((any): DecisionInput => {
        const square = any.stageCluster < 0 ? -1 : base.clusters.squareOfCluster[any.stageCluster];
        return {
          ...base,
          squares: { ...base.squares, state: Uint8Array.from(any.squareState) },
          holes: {
            ...base.holes,
            state: Uint8Array.from(any.state),
            operatorSelected: Uint8Array.from(any.selected, Number),
            intensityMean: Float64Array.from(any.intensity),
            latentCluster: Int32Array.from(any.latent),
          },
          models: any.scores.map((scores, m) => holeModel(`model ${m}`, scores)),
          outcomes: { good: Float64Array.from(any.good), weight: new Float64Array(holes).fill(1) },
          stage: { cluster: any.stageCluster, square, grid: square < 0 ? -1 : base.squares.gridOfSquare[square] },
          timeLeftMin: any.timeLeftMin,
          settings: { ...DEFAULT_SETTINGS, diversity: any.diversity },
        };
      });
  });

function mayBeImaged(input: DecisionInput, hole: number): boolean {
  const square = input.clusters.squareOfCluster[input.holes.clusterOfHole[hole]];
  return input.holes.state[hole] === HoleState.candidate && input.squares.state[square] !== SquareState.lockedOut;
}

test("every candidate is in the order exactly once, and nothing else is", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const { order } = decide(input);
      const candidates = [...input.holes.ids.keys()].filter((h) => mayBeImaged(input, h));
      expect([...order].sort((a, b) => a - b)).toEqual(candidates);
    }),
  );
});

test("the planned holes fit the time left, counted by the moves that the order makes", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const { order, plannedHoles, plannedMin } = decide(input);
      const { costsMin, stage } = input;
      let at = stage;
      let minutes = 0;
      for (const h of order.subarray(0, plannedHoles)) {
        const cluster = input.holes.clusterOfHole[h];
        const square = input.clusters.squareOfCluster[cluster];
        const next = { cluster, square, grid: input.squares.gridOfSquare[square] };
        const sameGrid = next.grid === at.grid || at.grid < 0;
        const beyondSquare = sameGrid ? costsMin.square : costsMin.grid;
        const beyondCluster = next.square === at.square ? costsMin.cluster : beyondSquare;
        minutes += next.cluster === at.cluster ? costsMin.hole : beyondCluster;
        at = next;
      }
      expect(plannedMin).toBeCloseTo(minutes, 6);
      expect(minutes).toBeLessThanOrEqual(Math.max(0, input.timeLeftMin) + 1e-6);
    }),
  );
});

test("every figure of every candidate is a number, whatever the predictions and results are", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const output = decide(input);
      for (const h of output.order) {
        expect(output.holes.probability[h]).toBeGreaterThanOrEqual(0);
        expect(output.holes.probability[h]).toBeLessThanOrEqual(1);
        expect(output.holes.sd[h]).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(output.holes.value[h])).toBe(true);
        expect(output.holes.reason[h]).not.toBe(HoleReason.notACandidate);
      }
      for (const model of output.models) {
        expect(Number.isFinite(model.weight)).toBe(true);
        expect(Number.isFinite(model.coefficient.mean)).toBe(true);
      }
      expect(Number.isFinite(output.pricePerMin)).toBe(true);
    }),
  );
});

test("an operator's holes come first and neither they nor an operator's squares are marked skip", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const { order, holes, squares } = decide(input);
      const asked = [...order].map((h) => input.holes.operatorSelected[h]);
      expect(asked).toEqual([...asked].sort((a, b) => b - a));
      for (const h of order) if (input.holes.operatorSelected[h] === 1) expect(holes.skip[h]).toBe(0);
      for (let s = 0; s < input.squares.ids.length; s++) {
        if (input.squares.state[s] === SquareState.operatorSelected) expect(squares.skip[s]).toBe(0);
      }
    }),
  );
});

test("every hole and square gets a sentence", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const output = decide(input);
      for (let h = 0; h < input.holes.ids.length; h++) expect(explainHole(input, output, h)).toMatch(/^[A-Z].*\.$/);
      for (let s = 0; s < input.squares.ids.length; s++) expect(explainSquare(output, s)).toMatch(/\.$/);
      expect(explainPlan(input, output)).toMatch(/\.$/);
    }),
  );
});

test("the same input gives the same output to the bit", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      expect(decide(structuredClone(input))).toEqual(decide(input));
    }),
  );
});

/** One clearly good, one middling and one bad square of 40 holes each. */
function threeSquares(changes: Partial<DecisionInput> = {}): DecisionInput {
  const scores = Float64Array.from({ length: 120 }, (_, h) => [0.9, 0.5, 0.05][Math.floor(h / 40)]!);
  return exampleInput(
    { squares: 3, clustersPerSquare: 2, holesPerCluster: 20 },
    { models: [holeModel("seer", scores)], timeLeftMin: 60, ...changes },
  );
}

const NO_RAILS = { maxSkipShareOfSquare: 1, maxSkipShareOfGrid: 1, minResults: 0 };

test("the best square comes first, what is below the price is marked skip and says so", () => {
  const input = threeSquares({ settings: { ...DEFAULT_SETTINGS, guardRails: NO_RAILS } });
  const output = decide(input);
  expect([...output.squareOrder]).toEqual([0, 1, 2]);
  expect(output.order[0]).toBeLessThan(40);
  expect([...output.squares.skip]).toEqual([0, 0, 1]);
  expect(output.squares.reason[2]).toBe(SquareReason.belowPrice);
  expect(explainSquare(output, 2)).toMatch(/^Skip: \d+ % of its holes are expected to be good/);
  expect(explainHole(input, output, output.order[0])).toMatch(/^No\. 1: \d+ % ± \d+ % chance/);
  expect(explainHole(input, output, 119)).toMatch(/^Skip: \d+ % ± \d+ % chance of a good micrograph; \d+ % is needed/);
  expect(explainPlan(input, output)).toMatch(
    /^\d+ holes in \d squares, about \d+ good holes in \d+ min, before the first result\.$/,
  );
  const known = withOutcomes(
    input,
    new Map([
      [0, 1],
      [1, 0.5],
    ]),
  );
  expect(explainPlan(known, decide(known))).toMatch(/ min, after results of 2 holes, on average 75 % good\.$/);
});

test("results turn the order: a square that disappoints is left for one that promised less", () => {
  const input = threeSquares({ stage: { grid: 0, square: 0, cluster: 0 }, timeLeftMin: 45 });
  const bad = new Map(Array.from({ length: 14 }, (_, h): [number, number] => [h, 0]));
  const good = new Map(Array.from({ length: 14 }, (_, h): [number, number] => [h, 1]));
  expect(decide(withOutcomes(input, good)).order[0]).toBeLessThan(40);
  const after = decide(withOutcomes(input, bad));
  expect(after.order[0]).toBeGreaterThanOrEqual(40);
  expect(after.order[0]).toBeLessThan(80);
  expect(explainSquare(after, 0)).toContain("worse than predicted");
});

test("a locked square is left out, one that an operator selected is planned before all others", () => {
  const state = Uint8Array.from([SquareState.lockedOut, SquareState.open, SquareState.operatorSelected]);
  const base = threeSquares({ timeLeftMin: 30 });
  const output = decide({ ...base, squares: { ...base.squares, state } });
  expect(output.order.every((h) => h >= 40)).toBe(true);
  expect(output.squareOrder[0]).toBe(2);
  expect(output.order[0]).toBeGreaterThanOrEqual(80);
  expect(output.squares.reason[0]).toBe(SquareReason.lockedOut);
  expect(output.squares.plannedHoles[2]).toBeGreaterThanOrEqual(DEFAULT_SETTINGS.guardRails.minResults);
});

test("with no end in sight everything is planned, the best first, and nothing is skipped", () => {
  const input = threeSquares({ timeLeftMin: Number.POSITIVE_INFINITY, stage: { grid: 0, square: 2, cluster: 4 } });
  const output = decide(input);
  expect(output.plannedHoles).toBe(120);
  expect(output.order[0]).toBeLessThan(40);
  expect(output.holes.skip.includes(1)).toBe(false);
});

test("before enough results the guard rails keep the best of what would be skipped", () => {
  const guardRails = { maxSkipShareOfSquare: 0.5, maxSkipShareOfGrid: 0.5, minResults: 30 };
  const input = threeSquares({ settings: { ...DEFAULT_SETTINGS, guardRails }, timeLeftMin: 20 });
  const free = decide({ ...input, settings: { ...input.settings, guardRails: NO_RAILS } });
  const railed = decide(input);
  const skips = (output: typeof free) => output.holes.skip.reduce((sum, skip) => sum + skip, 0);
  expect(skips(free)).toBeGreaterThan(60);
  expect(skips(railed)).toBe(60);
  expect(railed.holes.reason.includes(HoleReason.guardRail)).toBe(true);
  expect([...railed.order]).toEqual([...free.order]);
  // Thirty results, some in each square that was begun, and the rails are gone.
  const seen = new Map(Array.from({ length: 30 }, (_, i): [number, number] => [i, 1]));
  const later = decide(withOutcomes(input, seen));
  expect(later.holes.reason.includes(HoleReason.guardRail)).toBe(false);
});

test("a square that was begun is not given up whole before it has enough results", () => {
  const guardRails = { maxSkipShareOfSquare: 0.8, maxSkipShareOfGrid: 1, minResults: 20 };
  const input = threeSquares({ settings: { ...DEFAULT_SETTINGS, guardRails } });
  const few = new Map(Array.from({ length: 5 }, (_, i): [number, number] => [80 + i, 0]));
  const output = decide(withOutcomes(input, few));
  const kept = [...output.holes.reason].filter((reason) => reason === HoleReason.guardRail).length;
  expect(kept).toBe(7);
  expect(output.squares.skip[2]).toBe(0);
  expect(output.squares.reason[2]).toBe(SquareReason.guardRail);
});

test("a square that was begun is kept as well while none of its results are there; one that was not may be passed over", () => {
  const guardRails = { maxSkipShareOfSquare: 0.5, maxSkipShareOfGrid: 1, minResults: 10 };
  const input = threeSquares({ settings: { ...DEFAULT_SETTINGS, guardRails } });
  expect(decide(input).squares.skip[2]).toBe(1);
  const outstanding = new Map([80, 81, 82].map((hole): [number, number] => [hole, Number.NaN]));
  const output = decide(withOutcomes(input, outstanding));
  const skipped = output.holes.skip.slice(80).reduce((sum, skip) => sum + skip, 0);
  expect(skipped).toBe(Math.floor(37 / 2));
  expect(output.squares.skip[2]).toBe(0);
});

test("of two clusters that are as good, the one that the last plan was heading for stays first", () => {
  const even = holeModel("even", new Float64Array(80).fill(0.6));
  const input = exampleInput(
    { squares: 1, clustersPerSquare: 4, holesPerCluster: 20 },
    { models: [even], timeLeftMin: 25 },
  );
  for (const cluster of [0, 1, 2, 3]) {
    const previousPlan = { squareOrder: ["square 0"], nextCluster: `cluster ${cluster}` };
    const output = decide({ ...input, previousPlan });
    expect(input.holes.clusterOfHole[output.order[0]]).toBe(cluster);
    expect(output.plan.nextCluster).toBe(`cluster ${cluster}`);
  }
  expect(decide({ ...input, previousPlan: { squareOrder: [], nextCluster: "gone" } }).order).toHaveLength(80);
});

test("diversity spreads the plan over latent groups without closing one", () => {
  const scores = Float64Array.from({ length: 200 }, (_, h) => (h < 100 ? 0.8 : 0.7));
  const base = exampleInput(
    { squares: 2, clustersPerSquare: 5, holesPerCluster: 20 },
    { models: [holeModel("seer", scores)], timeLeftMin: 110, costsMin: { hole: 1, cluster: 1, square: 2, grid: 2 } },
  );
  const latentCluster = Int32Array.from({ length: 200 }, (_, h) => Number(h >= 100));
  const input = { ...base, holes: { ...base.holes, latentCluster } };
  const planned = (diversity: number): number[] => {
    const { order, plannedHoles } = decide({
      ...input,
      settings: { ...DEFAULT_SETTINGS, diversity, diversityScale: 10 },
    });
    const groups = [...order.subarray(0, plannedHoles)].map((h) => latentCluster[h]);
    return [groups.filter((group) => group === 0).length, groups.filter((group) => group === 1).length];
  };
  expect(planned(0)[0]).toBe(100);
  const [first, second] = planned(1);
  expect(second).toBeGreaterThan(35);
  expect(first).toBeGreaterThan(35);
});

test("a grid without holes, with one hole, and with nothing left to image", () => {
  const none = decide(exampleInput({ squares: 0, clustersPerSquare: 0, holesPerCluster: 0 }));
  expect(none.order).toHaveLength(0);
  expect(none.plan.nextCluster).toBeNull();
  const one = decide(exampleInput({ squares: 1, clustersPerSquare: 1, holesPerCluster: 1 }));
  expect([...one.order]).toEqual([0]);
  expect(one.plannedHoles).toBe(1);
  const done = exampleInput({ squares: 1, clustersPerSquare: 1, holesPerCluster: 3 });
  const finished = decide(
    withOutcomes(
      done,
      new Map([
        [0, 1],
        [1, 0],
        [2, Number.NaN],
      ]),
    ),
  );
  expect(finished.order).toHaveLength(0);
  expect(finished.calibration.results).toBe(2);
  expect(finished.squares.reason[0]).toBe(SquareReason.noCandidates);
});

test("columns that do not fit together are a defect of the caller, with what is wrong", () => {
  const input = threeSquares();
  const short = { ...input, outcomes: { ...input.outcomes, good: new Float64Array(3) } };
  expect(() => decide(short)).toThrow("outcomes.good has 3 entries, not 120.");
  const astray = { ...input, holes: { ...input.holes, clusterOfHole: new Int32Array(120).fill(9) } };
  expect(() => decide(astray)).toThrow("holes.clusterOfHole points at 9 of 6.");
  expect(() => decide({ ...input, stage: { grid: 0, square: 5, cluster: 0 } })).toThrow("stage.square is 5 of 3.");
  expect(() => decide({ ...input, costsMin: { hole: 2, cluster: 1, square: 6, grid: 8 } })).toThrow("Costs must be");
  expect(() => decide({ ...input, timeLeftMin: Number.NaN })).toThrow("time left");
});

test("scores and outcomes that cannot be are ignored and told", () => {
  const input = threeSquares();
  const scores = (input.models[0] as ModelColumn).scores.slice();
  scores[0] = 7;
  scores[1] = Number.NaN;
  const good = input.outcomes.good.slice();
  good[5] = 3;
  good[6] = 1;
  const output = decide({
    ...input,
    models: [holeModel("seer", scores), holeModel("mute", new Float64Array(120).fill(-1))],
    outcomes: { good, weight: new Float64Array(120).fill(1) },
  });
  expect(output.warnings).toEqual([
    "Model seer: 1 scores outside 0–1 were ignored.",
    "Model mute: 120 scores outside 0–1 were ignored.",
    "Model mute has no usable score.",
    "1 outcomes outside 0–1 or without weight were ignored.",
    "1 holes have results though they are not marked as imaged.",
  ]);
  expect(output.models.map(({ weight }) => weight)).toEqual([1, 0]);
});

test("200,000 holes are planned, and ten times the holes take about ten times the work", () => {
  const cost = (holes: number): number => {
    const input = largeInput({ holes, models: 2, results: holes / 10 });
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 2; i++) {
      const before = process.cpuUsage();
      const { order } = decide(input);
      const { user, system } = process.cpuUsage(before);
      least = Math.min(least, user + system);
      expect(order).toHaveLength(holes - holes / 10);
      expect(new Set(order).size).toBe(order.length);
    }
    return least;
  };
  const small = cost(20_000);
  const large = cost(200_000);
  // Linear would be 10; a quadratic step anywhere would make it 100.
  expect(large / small).toBeLessThan(30);
}, 120_000);
