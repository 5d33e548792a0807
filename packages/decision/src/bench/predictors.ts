import { areaUnderRoc } from "../calibration.js";
import { Random } from "../random.js";
import type { MeasuredGrid } from "./measured-grid.js";

/** What a policy is told about the holes beforehand. */
export interface PredictorCase {
  readonly name: string;
  readonly about: string;
  /** Scores per hole, 0–1; null = there is no predictor. A new draw of the damage per seed. */
  readonly scores: (grid: MeasuredGrid, seed: number) => Float64Array | null;
}

export const PREDICTOR_CASES: readonly PredictorCase[] = [
  { name: "as given", about: "the scores of the file", scores: (grid) => grid.score },
  {
    name: "AUC 0.76",
    about:
      "noise on every hole's logit, until the area under the ROC curve is 0.76; not recalibrated, so overconfident",
    scores: (grid, seed) => withNoise(grid, 0.76, seed),
  },
  {
    name: "AUC 0.61",
    about: "the same until 0.61",
    scores: (grid, seed) => withNoise(grid, 0.61, seed),
  },
  {
    name: "square-biased",
    about: "every square's logits moved together, by a normal deviate of 3",
    scores: (grid, seed) => withSquareBias(grid, 3, seed),
  },
  {
    name: "over-optimistic",
    about: "all logits moved up by 3",
    scores: (grid) => grid.score.map((p) => sigmoid(logit(p) + 3)),
  },
  { name: "none", about: "no predictor at all", scores: () => null },
];

function withNoise(grid: MeasuredGrid, area: number, seed: number): Float64Array {
  const random = new Random(seed);
  const noise = Float64Array.from(grid.score, () => random.normal());
  const at = (sd: number): Float64Array => grid.score.map((p, h) => logit(p) + sd * noise[h]);
  const scored = Int32Array.from(grid.score.keys()).filter((h) => !Number.isNaN(grid.score[h]));
  const good = Float64Array.from(scored, (h) => grid.good[h]);
  const areaAt = (sd: number): number => {
    const scores = at(sd);
    return areaUnderRoc(
      Float64Array.from(scored, (h) => scores[h]),
      good,
    );
  };
  let low = 0;
  let high = 64;
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (areaAt(middle) > area) low = middle;
    else high = middle;
  }
  return at(high).map(sigmoid);
}

function withSquareBias(grid: MeasuredGrid, sd: number, seed: number): Float64Array {
  const random = new Random(seed);
  const bias = Float64Array.from(grid.squareIds, () => sd * random.normal());
  return grid.score.map((p, h) => sigmoid(logit(p) + bias[grid.squareOfCluster[grid.clusterOfHole[h]]]));
}

function logit(p: number): number {
  const bounded = Math.min(1 - 1e-9, Math.max(1e-9, p));
  return Math.log(bounded / (1 - bounded));
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}
