import fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "./decide.js";
import { explainHole, explainPlan, explainSquare } from "./explain.js";
import { DEFAULT_SETTINGS } from "./settings.js";
import { exampleInput, holeModel } from "./testing/example-input.js";
import { type DecisionInput, HoleReason, HoleState, SquareState } from "./types.js";

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
