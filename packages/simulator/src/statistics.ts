import type { RandomStream } from "./random.js";

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Values with mean 0 and standard deviation 1; all zero where they do not vary. */
export function standardised(values: readonly number[]): number[] {
  const centre = mean(values);
  const sd = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
  return values.map((value) => (sd > 0 ? (value - centre) / sd : 0));
}

/** The places of the values in ascending order: `order[0]` is the index of the smallest. */
export function ascending(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((a, b) => at(values, a) - at(values, b) || a - b);
}

/**
 * Deals `values` out so that they go along with `scores`: the larger a score, the larger, on average, the value.
 * The set of values stays as it is, hence their distribution, too.
 *
 * @param correlation of the normal scores of both, 0–1
 */
export function coupled(
  values: readonly number[],
  scores: readonly number[],
  correlation: number,
  random: RandomStream,
): number[] {
  const noise = Math.sqrt(1 - correlation * correlation);
  const noisy = standardised(scores).map((score) => correlation * score + random.normal(0, noise));
  const sorted = [...values].sort((a, b) => a - b);
  const result = new Array<number>(values.length).fill(0);
  ascending(noisy).forEach((index, rank) => {
    result[index] = at(sorted, rank);
  });
  return result;
}

/** Inverse of the standard normal distribution (Acklam's rational approximation, relative error below 1.2e-9). */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return (
      (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q +
        4.374664141464968) *
        q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
    );
  }
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
      1)
  );
}

export function logit(p: number): number {
  const clipped = Math.min(Math.max(p, 1e-6), 1 - 1e-6);
  return Math.log(clipped / (1 - clipped));
}

export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The element at an index that is known to exist. */
export function at<T>(items: ArrayLike<T>, index: number): T {
  if (index < 0 || index >= items.length) throw new RangeError(`Index ${index} of ${items.length}.`);
  return items[index] as T;
}
