import { sigmoid } from "./logistic.js";
import { indicesWhere } from "./structure.js";
import type { Calibration } from "./types.js";

const BINS = 10;
/** Probabilities are held this far from certainty in the log loss, which would be infinite otherwise. */
const CERTAINTY_MARGIN = 1e-6;

/**
 * How well probabilities agree with outcomes.
 *
 * @param good outcome per hole, 0–1; NaN = not known
 * @param probability what the belief says now
 * @param priorLogit what it said before the first result
 */
export function calibrationOf(good: Float64Array, probability: Float64Array, priorLogit: Float64Array): Calibration {
  const known = indicesWhere(good.length, (h) => good[h] >= 0 && good[h] <= 1);
  const outcome = new Float64Array(known.length);
  const now = new Float64Array(known.length);
  const before = new Float64Array(known.length);
  for (let i = 0; i < known.length; i++) {
    outcome[i] = good[known[i]];
    now[i] = probability[known[i]];
    before[i] = sigmoid(priorLogit[known[i]]);
  }
  const bins = Array.from({ length: BINS }, () => ({ count: 0, predicted: 0, observed: 0 }));
  for (let i = 0; i < known.length; i++) {
    const bin = bins[Math.min(BINS - 1, Math.floor(now[i] * BINS))];
    bin.count++;
    bin.predicted += now[i];
    bin.observed += outcome[i];
  }
  return {
    results: known.length,
    meanPredicted: mean(now),
    meanObserved: mean(outcome),
    ...scores(now, outcome),
    beforeResults: scores(before, outcome),
    bins: bins.map(({ count, predicted, observed }) => ({
      count,
      meanPredicted: predicted / count,
      meanObserved: observed / count,
    })),
  };
}

function scores(probability: Float64Array, outcome: Float64Array): { brier: number; logLoss: number; auc: number } {
  let brier = 0;
  let logLoss = 0;
  for (let i = 0; i < outcome.length; i++) {
    const p = Math.min(1 - CERTAINTY_MARGIN, Math.max(CERTAINTY_MARGIN, probability[i]));
    brier += (probability[i] - outcome[i]) ** 2;
    logLoss -= outcome[i] * Math.log(p) + (1 - outcome[i]) * Math.log(1 - p);
  }
  return { brier: brier / outcome.length, logLoss: logLoss / outcome.length, auc: areaUnderRoc(probability, outcome) };
}

/** Scores are told apart to this share of their range, so that a score and its place fit into one sortable number. */
const SCORE_STEPS = 2 ** 31;
const MAX_PLACES = 2 ** 21;

/**
 * Probability that a good one scores higher than a bad one, ties counted half; an outcome between 0 and 1 is good in that
 * share. NaN where all are good or all are bad.
 */
export function areaUnderRoc(score: ArrayLike<number>, outcome: ArrayLike<number>): number {
  const { length } = score;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) {
    low = Math.min(low, score[i]);
    high = Math.max(high, score[i]);
  }
  const scale = high > low ? SCORE_STEPS / (high - low) : 0;
  // Sorting plain numbers is ten times faster than sorting places by a comparison.
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) keys[i] = Math.round((score[i] - low) * scale) * MAX_PLACES + i;
  keys.sort();
  let goodTotal = 0;
  let badTotal = 0;
  let wins = 0;
  for (let i = 0; i < length; ) {
    let tiedGood = 0;
    let tiedBad = 0;
    const tie = Math.floor(keys[i] / MAX_PLACES);
    for (; i < length && Math.floor(keys[i] / MAX_PLACES) === tie; i++) {
      const place = keys[i] % MAX_PLACES;
      tiedGood += outcome[place];
      tiedBad += 1 - outcome[place];
    }
    wins += tiedGood * (badTotal + tiedBad / 2);
    goodTotal += tiedGood;
    badTotal += tiedBad;
  }
  return wins / (goodTotal * badTotal);
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
