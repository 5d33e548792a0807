import { sigmoid } from "./logistic.js";
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
  const known: number[] = [];
  for (let h = 0; h < good.length; h++) if (good[h] >= 0 && good[h] <= 1) known.push(h);
  const outcome = Float64Array.from(known, (h) => good[h]);
  const now = Float64Array.from(known, (h) => probability[h]);
  const before = Float64Array.from(known, (h) => sigmoid(priorLogit[h]));
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

/**
 * Probability that a good one scores higher than a bad one, ties counted half; an outcome between 0 and 1 is good in that
 * share. NaN where all are good or all are bad.
 */
export function areaUnderRoc(score: ArrayLike<number>, outcome: ArrayLike<number>): number {
  const order = Array.from({ length: score.length }, (_, i) => i).sort((a, b) => score[a] - score[b]);
  let goodTotal = 0;
  let badTotal = 0;
  let wins = 0;
  for (let i = 0; i < order.length; ) {
    let tiedGood = 0;
    let tiedBad = 0;
    const tie = score[order[i]];
    for (; i < order.length && score[order[i]] === tie; i++) {
      tiedGood += outcome[order[i]];
      tiedBad += 1 - outcome[order[i]];
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
