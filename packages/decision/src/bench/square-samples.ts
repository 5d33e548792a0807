import { believe } from "../belief.js";
import { Random } from "../random.js";
import { structureOf } from "../structure.js";
import { clairvoyant } from "./clairvoyant.js";
import { COST_CASES, DELAY_HOLES, DURATIONS_MIN, type Estimate, estimate } from "./compare.js";
import { drawnSquares, type MeasuredGrid } from "./measured-grid.js";
import { replay } from "./microscope.js";
import { inputOf, ours } from "./policies.js";
import { PREDICTOR_CASES } from "./predictors.js";

/**
 * How much the share of the optimum depends on which squares there are, and how much of what is missing anyone could
 * have: all squares, halves of them, halves taken twice (so that there are as many as in the whole), and as many as there
 * are drawn with replacement. Errors are over samples of squares, not over start holes.
 */
export interface SquareSamples {
  readonly name: string;
  readonly predictor: string;
  readonly samples: number;
  readonly goodShare: Estimate;
  readonly learning: Estimate;
  readonly ignoringResults: Estimate;
  /** The same planner told beforehand what all results say of every square and cluster and of the predictor: only single holes are left unknown. */
  readonly informed: Estimate;
  readonly learningMinusInformed: Estimate;
}

const PREDICTORS = ["as given", "AUC 0.76", "square-biased"] as const;
/** Each split gives two halves. */
const SPLITS = 3;
const DRAWS = 12;
const STARTS = 2;

export function sampleSquares(grid: MeasuredGrid): SquareSamples[] {
  const count = grid.squareIds.length;
  const halves = Array.from({ length: SPLITS }, (_, split) => {
    const order = [...new Random(split).shuffled(count)];
    return [order.slice(0, Math.floor(count / 2)), order.slice(Math.floor(count / 2))];
  }).flat();
  const draws = Array.from({ length: DRAWS }, (_, draw) => {
    const random = new Random(900 + draw);
    return Array.from({ length: count }, () => random.integer(count));
  });
  const kinds: readonly (readonly [string, readonly (readonly number[])[]])[] = [
    ["all squares", [[...Array(count).keys()]]],
    ["half of the squares", halves],
    ["half of the squares, each twice", halves.map((half) => [...half, ...half])],
    ["as many, drawn with replacement", draws],
  ];
  return kinds.flatMap(([name, samples]) => {
    const grids = samples.map((squares) => drawnSquares(grid, squares));
    return PREDICTORS.map((predictor): SquareSamples => {
      const shares = grids.map((sample) => play(sample, predictor));
      return {
        name,
        predictor,
        samples: samples.length,
        goodShare: estimate(grids.map(({ good }) => meanOf(good))),
        learning: estimate(shares.map(({ learning }) => learning)),
        ignoringResults: estimate(shares.map(({ ignoringResults }) => ignoringResults)),
        informed: estimate(shares.map(({ informed }) => informed)),
        learningMinusInformed: estimate(shares.map(({ learning, informed }) => learning - informed)),
      };
    });
  });
}

/** Mean shares of the optimum over durations and start holes. */
function play(
  grid: MeasuredGrid,
  predictorName: string,
): { learning: number; ignoringResults: number; informed: number } {
  const { costsMin } = COST_CASES[0];
  const predictor = PREDICTOR_CASES.find(({ name }) => name === predictorName);
  const learning: number[] = [];
  const ignoringResults: number[] = [];
  const informed: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const seed = 5000 + i;
    const startHole = new Random(seed).integer(grid.holeIds.length);
    const scores = predictor?.scores(grid, seed) ?? null;
    const everything = afterAllResults(grid, scores);
    const optimum = clairvoyant(grid, startHole, Math.max(...DURATIONS_MIN), costsMin);
    for (const durationMin of DURATIONS_MIN) {
      const share = (told: Float64Array | null, learns: boolean): number => {
        const policy = ours({ grid, scores: told, costsMin, startHole, seed }, learns);
        const { good } = replay(grid, policy, { startHole, durationMin, costsMin, delayHoles: DELAY_HOLES });
        return optimum[durationMin] === 0 ? 1 : good / optimum[durationMin];
      };
      learning.push(share(scores, true));
      ignoringResults.push(share(scores, false));
      informed.push(share(everything, false));
    }
  }
  return { learning: meanOf(learning), ignoringResults: meanOf(ignoringResults), informed: meanOf(informed) };
}

function afterAllResults(grid: MeasuredGrid, scores: Float64Array | null): Float64Array {
  const input = inputOf(grid, scores, COST_CASES[0].costsMin);
  const outcomes = { good: Float64Array.from(grid.good), weight: new Float64Array(grid.good.length).fill(1) };
  return believe({ ...input, outcomes }, structureOf(input)).probability;
}

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}
