import fc from "fast-check";
import { expect, test } from "vitest";
import { BELIEF_PRIORS, type Belief, believe } from "./belief.js";
import { factorise, inverseOfFactorised, solveFactorised } from "./linear.js";
import { sigmoid } from "./logistic.js";
import { Random } from "./random.js";
import { structureOf } from "./structure.js";
import { exampleInput, holeModel, withOutcomes } from "./testing/example-input.js";
import type { CarriedOver, DecisionInput } from "./types.js";

function beliefOf(input: DecisionInput): Belief {
  return believe(input, structureOf(input));
}

/** A grid whose holes have known chances, and the first `imaged` holes of each cluster with outcomes drawn from them. */
function drawn(
  seed: number,
  squareLogits: readonly number[],
  imaged: number,
): { input: DecisionInput; truth: Float64Array } {
  const random = new Random(seed);
  const input = exampleInput({ squares: squareLogits.length, clustersPerSquare: 4, holesPerCluster: 20 });
  const truth = input.holes.clusterOfHole.reduce((logits, c, h) => {
    logits[h] = squareLogits[input.clusters.squareOfCluster[c]]! + random.normal();
    return logits;
  }, new Float64Array(input.holes.ids.length));
  const outcomes = new Map<number, number>();
  truth.forEach((logit, h) => {
    if (h % 20 < imaged) outcomes.set(h, Number(random.next() < sigmoid(logit)));
  });
  return { input: withOutcomes(input, outcomes), truth };
}

function meanOver(values: Float64Array, holes: (h: number) => boolean): number {
  const chosen = [...values.keys()].filter(holes);
  return chosen.reduce((sum, h) => sum + values[h], 0) / chosen.length;
}

test("mode and variances are those of the full system, solved without any elimination", () => {
  const { input: drawnInput, truth } = drawn(5, [1, -1, 0.3, 0], 3);
  const random = new Random(6);
  // The last square has no result.
  const good = drawnInput.outcomes.good.map((outcome, h) => (h >= 240 ? Number.NaN : outcome));
  const input: DecisionInput = {
    ...drawnInput,
    outcomes: { ...drawnInput.outcomes, good },
    models: [
      holeModel(
        "seer",
        truth.map((z) => sigmoid(z + random.normal())),
      ),
    ],
  };
  const structure = structureOf(input);
  // So much prior evidence that the effects' deviations stay what they are.
  const belief = believe(input, structure, { ...BELIEF_PRIORS, effectSdEvidence: 1e12 });

  const { features } = belief;
  const squares = structure.squareCount;
  const clusters = structure.clusterCount;
  const size = features.size + squares + clusters;
  const rowOf = (h: number): Float64Array => {
    const c = input.holes.clusterOfHole[h];
    const s = structure.squareOfHole[h];
    const x = new Float64Array(size);
    const { square, cluster, hole } = features;
    x.set(square.values.subarray(s * square.columns, (s + 1) * square.columns), 0);
    x.set(cluster.values.subarray(c * cluster.columns, (c + 1) * cluster.columns), square.columns);
    x.set(hole.values.subarray(h * hole.columns, (h + 1) * hole.columns), square.columns + cluster.columns);
    x[features.size + s] = 1;
    x[features.size + squares + c] = 1;
    return x;
  };
  const known = [...good.keys()].filter((h) => !Number.isNaN(good[h]));
  const precision = new Float64Array(size * size);
  for (let i = 0; i < features.size; i++) {
    for (let j = 0; j < features.size; j++) precision[i * size + j] = features.priorPrecision[i * features.size + j];
  }
  for (let s = 0; s < squares; s++) precision[(features.size + s) * (size + 1)] = BELIEF_PRIORS.squareEffectSd ** -2;
  for (let c = 0; c < clusters; c++) {
    precision[(features.size + squares + c) * (size + 1)] = BELIEF_PRIORS.clusterEffectSd ** -2;
  }
  const mean = new Float64Array(size);
  mean.set(features.priorMean);
  const at = mean.slice();
  let factor = new Float64Array(0);
  for (let step = 0; step < 50; step++) {
    const curvature = precision.slice();
    const gradient = new Float64Array(size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) gradient[i] -= precision[i * size + j] * (at[j] - mean[j]);
    for (const h of known) {
      const x = rowOf(h);
      const p = sigmoid(x.reduce((sum, value, i) => sum + value * at[i], 0));
      for (let i = 0; i < size; i++) {
        gradient[i] += x[i] * (good[h] - p);
        for (let j = 0; j < size; j++) curvature[i * size + j] += p * (1 - p) * x[i] * x[j];
      }
    }
    factor = curvature;
    expect(factorise(factor, size)).toBe(true);
    solveFactorised(factor, size, gradient);
    for (let i = 0; i < size; i++) at[i] += gradient[i];
  }
  const covariance = inverseOfFactorised(factor, size);
  for (let h = 0; h < good.length; h += 7) {
    const x = rowOf(h);
    let eta = 0;
    let variance = 0;
    for (let i = 0; i < size; i++) {
      eta += x[i] * at[i];
      for (let j = 0; j < size; j++) variance += x[i] * covariance[i * size + j] * x[j];
    }
    expect(belief.logit[h]).toBeCloseTo(eta, 3);
    expect(belief.logitVariance[h]).toBeCloseTo(variance, 2);
  }
  for (let s = 0; s < squares; s++) {
    const i = features.size + s;
    expect(belief.squareEffect[s]).toBeCloseTo(at[i], 3);
    expect(belief.squareEffectSd[s]).toBeCloseTo(Math.sqrt(covariance[i * (size + 1)]), 2);
  }
});

test("before any result a lone model is taken at its word, drawn to the middle by what it cannot know", () => {
  const scores = Float64Array.from({ length: 80 }, (_, h) => 0.05 + (0.9 * h) / 79);
  const belief = beliefOf(
    exampleInput({ squares: 2, clustersPerSquare: 2, holesPerCluster: 20 }, { models: [holeModel("seer", scores)] }),
  );
  for (let h = 1; h < 80; h++) expect(belief.probability[h]).toBeGreaterThan(belief.probability[h - 1]);
  expect(belief.probability[0]).toBeGreaterThan(0.05);
  expect(belief.probability[79]).toBeLessThan(0.95);
  expect(sigmoid(belief.logit[0])).toBeCloseTo(0.05, 2);
});

test("an over-optimistic model is brought down to what comes out", () => {
  const { input, truth } = drawn(1, [-1, -1, -1, -1, -1, -1], 8);
  const models = [
    holeModel(
      "optimist",
      truth.map((z) => sigmoid(z + 3)),
    ),
  ];
  const before = beliefOf({
    ...input,
    models,
    outcomes: exampleInput({ squares: 6, clustersPerSquare: 4, holesPerCluster: 20 }).outcomes,
  });
  const after = beliefOf({ ...input, models });
  const expected = meanOver(truth.map(sigmoid), () => true);
  expect(meanOver(before.probability, () => true)).toBeGreaterThan(expected + 0.3);
  expect(Math.abs(meanOver(after.probability, () => true) - expected)).toBeLessThan(0.08);
});

test("a useless model loses its weight and a good one keeps it", () => {
  const { input, truth } = drawn(2, [1, 0, -1, 0.5, -0.5, 0], 8);
  const random = new Random(9);
  const models = [
    holeModel(
      "seer",
      truth.map((z) => sigmoid(z + 0.3 * random.normal())),
    ),
    holeModel(
      "dice",
      truth.map(() => sigmoid(2 * random.normal())),
    ),
  ];
  const { coefficients, features } = beliefOf({ ...input, models });
  const hole = (m: number) => coefficients[features.models[m]!.hole]!;
  expect(hole(0).mean).toBeGreaterThan(0.5);
  expect(Math.abs(hole(1).mean)).toBeLessThan(0.2);
  expect(hole(1).sd).toBeLessThan(0.15);
});

test("a square that is worse than it looked is told from its neighbours by its own results", () => {
  const input = exampleInput({ squares: 4, clustersPerSquare: 3, holesPerCluster: 20 });
  const outcomes = new Map<number, number>();
  for (const s of [0, 1]) for (let i = 0; i < 12; i++) outcomes.set(s * 60 + i * 5, s);
  const models = [holeModel("even", new Float64Array(240).fill(0.6))];
  const belief = beliefOf({ ...withOutcomes(input, outcomes), models });
  const of = (s: number) => meanOver(belief.probability, (h) => Math.floor(h / 60) === s);
  expect(of(0)).toBeLessThan(0.3);
  expect(of(1)).toBeGreaterThan(0.7);
  expect(of(2)).toBeGreaterThan(of(0) + 0.15);
  expect(of(2)).toBeLessThan(of(1) - 0.15);
  expect(of(2)).toBeCloseTo(of(3), 10);
  expect(belief.squareEffectSd[0]).toBeLessThan(belief.squareEffectSd[2]);
});

test("intensity has an interior optimum: too thick and too thin are both bad", () => {
  const random = new Random(3);
  const input = exampleInput({ squares: 5, clustersPerSquare: 4, holesPerCluster: 20 });
  const intensityMean = Float64Array.from({ length: 400 }, () => 100 + 20 * random.normal());
  const outcomes = new Map<number, number>();
  for (let h = 0; h < 400; h += 2)
    outcomes.set(h, Number(Math.abs(intensityMean[h] - 100) < 20 && random.next() < 0.9));
  const imaged = withOutcomes(input, outcomes);
  const belief = beliefOf({ ...imaged, holes: { ...imaged.holes, intensityMean } });
  const mean = (low: number, high: number) =>
    meanOver(belief.probability, (h) => h % 2 === 1 && intensityMean[h] > low && intensityMean[h] < high);
  expect(mean(90, 110)).toBeGreaterThan(0.6);
  expect(mean(0, 75)).toBeLessThan(0.3);
  expect(mean(125, 200)).toBeLessThan(0.3);
});

test("where all are good the belief approaches certainty without reaching it; where all are bad likewise", () => {
  for (const outcome of [0, 1]) {
    const input = exampleInput({ squares: 3, clustersPerSquare: 4, holesPerCluster: 20 });
    const all = new Map(Array.from({ length: 120 }, (_, i): [number, number] => [2 * i, outcome]));
    const models = [
      holeModel(
        "seer",
        Float64Array.from({ length: 240 }, (_, h) => (h % 20) / 20),
      ),
    ];
    const belief = beliefOf({ ...withOutcomes(input, all), models });
    const distance = belief.probability.map((p) => Math.abs(p - outcome));
    expect(Math.max(...distance)).toBeLessThan(0.35);
    expect(meanOver(distance, () => true)).toBeLessThan(0.06);
    expect(Math.min(...distance)).toBeGreaterThan(0);
  }
});

test("scores that are constant, contradictory or no probabilities leave a usable belief", () => {
  const { input, truth } = drawn(4, [1, -1, 0], 6);
  const n = truth.length;
  const seer = truth.map(sigmoid);
  const odd = {
    constant: new Float64Array(n).fill(0.7),
    contrary: seer.map((p) => 1 - p),
    unknown: new Float64Array(n).fill(Number.NaN),
    outside: seer.map((_, h) => [-3, 2, Number.POSITIVE_INFINITY][h % 3]!),
    certain: seer.map((p) => Math.round(p)),
  };
  for (const scores of Object.values(odd)) {
    const belief = beliefOf({ ...input, models: [holeModel("seer", seer), holeModel("odd", scores)] });
    expect(belief.probability.every((p) => p > 0 && p < 1)).toBe(true);
    const error = belief.probability.reduce((sum, p, h) => sum + Math.abs(p - seer[h]), 0) / n;
    expect(error).toBeLessThan(0.16);
  }
  const { features } = beliefOf({ ...input, models: [holeModel("odd", odd.outside)] });
  expect(features.models[0]).toMatchObject({ square: -1, usedScores: 0, ignoredScores: n });
});

test("a square without a score is neither better nor worse than the average of the others", () => {
  const scores = Float64Array.from({ length: 60 }, (_, h) => [0.2, 0.8, Number.NaN][Math.floor(h / 20)]!);
  const input = exampleInput(
    { squares: 3, clustersPerSquare: 1, holesPerCluster: 20 },
    { models: [holeModel("seer", scores)] },
  );
  const { logit } = beliefOf(input);
  expect(logit[40]).toBeCloseTo((logit[0] + logit[20]) / 2, 10);
});

test("learning does not depend on how holes, clusters and squares are numbered", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const { input, truth } = drawn(seed, [1, -1, 0], 4);
      const random = new Random(seed + 1);
      const models = [
        holeModel(
          "seer",
          truth.map((z) => sigmoid(z + random.normal())),
        ),
      ];
      const place = random.shuffled(truth.length);
      const clusterPlace = random.shuffled(input.clusters.ids.length);
      const moved = <T extends Float64Array | Uint8Array | Int32Array>(column: T): T => {
        const result = column.slice() as T;
        place.forEach((to, from) => {
          result[to] = column[from];
        });
        return result;
      };
      const squareOfCluster = input.clusters.squareOfCluster.slice();
      clusterPlace.forEach((to, from) => {
        squareOfCluster[to] = input.clusters.squareOfCluster[from];
      });
      const shuffled: DecisionInput = {
        ...input,
        clusters: { ...input.clusters, squareOfCluster },
        holes: {
          ...input.holes,
          clusterOfHole: moved(input.holes.clusterOfHole.map((c) => clusterPlace[c])),
          state: moved(input.holes.state),
        },
        models: models.map((model) => ({ ...model, scores: moved(model.scores) })),
        outcomes: { good: moved(input.outcomes.good), weight: moved(input.outcomes.weight) },
      };
      const here = beliefOf({ ...input, models });
      const there = beliefOf(shuffled);
      place.forEach((to, from) => {
        expect(there.probability[to]).toBeCloseTo(here.probability[from], 7);
      });
    }),
    { numRuns: 20 },
  );
});

test("what one grid taught is where the next one begins, less sure than it was", () => {
  const { input, truth } = drawn(7, [1, 0, -1, 0.5, -0.5, 0], 10);
  const models = [
    holeModel(
      "contrary",
      truth.map((z) => sigmoid(-z)),
    ),
  ];
  const first = beliefOf({ ...input, models });
  const carriedOver = JSON.parse(JSON.stringify(first.carryOver)) as CarriedOver;
  const untouched = exampleInput({ squares: 6, clustersPerSquare: 4, holesPerCluster: 20 });
  const next = beliefOf({ ...untouched, models, carriedOver });
  const hole = (belief: Belief) => belief.coefficients[belief.features.models[0]!.hole]!;
  expect(hole(first).mean).toBeLessThan(-0.3);
  expect(hole(next).mean).toBeCloseTo(hole(first).mean, 10);
  expect(hole(next).sd).toBeGreaterThan(hole(first).sd);
  const without = beliefOf({ ...untouched, carriedOver });
  expect(without.carryOver.models).toEqual(carriedOver.models);
});

test("several micrographs of a hole say more than one, but not as much as several holes", () => {
  const input = exampleInput({ squares: 1, clustersPerSquare: 1, holesPerCluster: 20 });
  const of = (weight: number, holes: number) => {
    const good = input.outcomes.good.slice();
    const weights = input.outcomes.weight.slice();
    for (let h = 0; h < holes; h++) {
      good[h] = 1;
      weights[h] = weight;
    }
    return beliefOf({ ...input, outcomes: { good, weight: weights } }).probability[19];
  };
  expect(of(4, 2)).toBeGreaterThan(of(1, 2));
  expect(of(4, 2)).toBeLessThan(of(1, 8));
});
