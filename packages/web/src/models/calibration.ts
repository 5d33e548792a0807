import { areaUnderRoc } from "@smartem/decision/calibration";
import { countToSquare, intervalBySquares, type SquareCount } from "../quality/share-interval.js";

/** How often what was predicted came true, for predictions of about the same size. */
export interface CalibrationBin {
  readonly meanPredicted: number;
  readonly observed: number;
  readonly count: number;
  /** 95 % interval of the true share, by how much squares differ; null where there are too few to say. */
  readonly interval: readonly [number, number] | null;
}

export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  readonly count: number;
  /** Mean squared error of the predictions: 0 is perfect, 0.25 is a coin. */
  readonly brier: number;
  /** Chance that a good one was predicted higher than a bad one; null where all are alike. */
  readonly auc: number | null;
}

/** One prediction whose outcome is known. */
export interface Outcome {
  /** 0–1 */
  readonly predicted: number;
  readonly good: boolean;
  /** Those of one square are alike. */
  readonly square: string;
}

const BINS = 10;

/** Holds predictions against their outcomes; null where there are none. */
export function calibration(outcomes: readonly Outcome[]): Calibration | null {
  if (outcomes.length === 0) return null;
  const bins = Array.from({ length: BINS }, () => ({
    sum: 0,
    good: 0,
    count: 0,
    squares: new Map<string, SquareCount>(),
  }));
  let squaredError = 0;
  for (const { predicted, good, square } of outcomes) {
    squaredError += (predicted - Number(good)) ** 2;
    const bin = bins[Math.min(BINS - 1, Math.max(0, Math.floor(predicted * BINS)))];
    if (bin === undefined) continue;
    bin.sum += predicted;
    bin.good += Number(good);
    bin.count += 1;
    countToSquare(bin.squares, square, good);
  }
  return {
    bins: bins
      .filter(({ count }) => count > 0)
      .map(({ sum, good, count, squares }) => ({
        meanPredicted: sum / count,
        observed: good / count,
        count,
        interval: intervalBySquares(squares.values()),
      })),
    count: outcomes.length,
    brier: squaredError / outcomes.length,
    auc: auc(outcomes),
  };
}

/** {@link areaUnderRoc}; null where all outcomes agree. */
function auc(outcomes: readonly Outcome[]): number | null {
  const area = areaUnderRoc(
    Float64Array.from(outcomes, ({ predicted }) => predicted),
    Uint8Array.from(outcomes, ({ good }) => Number(good)),
  );
  return Number.isNaN(area) ? null : area;
}
