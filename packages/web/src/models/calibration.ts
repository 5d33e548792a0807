/** How often what was predicted came true, for predictions of about the same size. */
export interface CalibrationBin {
  readonly meanPredicted: number;
  readonly observed: number;
  readonly count: number;
  /** 95 % interval of the true share (Wilson). */
  readonly interval: readonly [number, number];
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
}

const BINS = 10;
const Z_95 = 1.96;

/** Holds predictions against their outcomes; null where there are none. */
export function calibration(outcomes: readonly Outcome[]): Calibration | null {
  if (outcomes.length === 0) return null;
  const bins = Array.from({ length: BINS }, () => ({ sum: 0, good: 0, count: 0 }));
  let squares = 0;
  for (const { predicted, good } of outcomes) {
    squares += (predicted - Number(good)) ** 2;
    const bin = bins[Math.min(BINS - 1, Math.max(0, Math.floor(predicted * BINS)))];
    if (bin === undefined) continue;
    bin.sum += predicted;
    bin.good += Number(good);
    bin.count += 1;
  }
  return {
    bins: bins
      .filter(({ count }) => count > 0)
      .map(({ sum, good, count }) => ({
        meanPredicted: sum / count,
        observed: good / count,
        count,
        interval: wilson(good, count),
      })),
    count: outcomes.length,
    brier: squares / outcomes.length,
    auc: auc(outcomes),
  };
}

/** Wilson's interval of a share: sensible for few observations and at both ends. */
export function wilson(successes: number, count: number): [number, number] {
  const share = successes / count;
  const square = Z_95 ** 2 / count;
  const centre = (share + square / 2) / (1 + square);
  const half = (Z_95 * Math.sqrt((share * (1 - share)) / count + square / (4 * count))) / (1 + square);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** Area under the ROC curve by ranks; those that are alike share theirs. */
function auc(outcomes: readonly Outcome[]): number | null {
  // Numbers of one type are sorted ten times as fast as what a function compares.
  const sorted = (ofGood: boolean): Float64Array => {
    const values = new Float64Array(outcomes.length);
    let count = 0;
    for (const { predicted, good } of outcomes) if (good === ofGood) values[count++] = predicted;
    return values.subarray(0, count).sort();
  };
  const good = sorted(true);
  const bad = sorted(false);
  if (good.length === 0 || bad.length === 0) return null;
  let lower = 0;
  let notHigher = 0;
  let right = 0;
  for (const predicted of good) {
    while (lower < bad.length && (bad[lower] ?? 0) < predicted) lower += 1;
    while (notHigher < bad.length && (bad[notHigher] ?? 0) <= predicted) notHigher += 1;
    right += (lower + notHigher) / 2;
  }
  return right / (good.length * bad.length);
}
