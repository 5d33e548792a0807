export interface Histogram {
  /** Lower edges of the bins, and the upper edge of the last one. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Steps that people can read: 1, 2 or 5 times a power of ten. */
function readableStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  const multiple = [1, 2, 5, 10].find((candidate) => candidate * power >= atLeast * (1 - 1e-9)) ?? 10;
  return multiple * power;
}

/**
 * Counts values in bins of readable width. Values beyond the last bin count in it, those before the first in that one, so
 * that a few far away don't squeeze the rest.
 *
 * @param domain the values between which the bins lie
 * @param most bins at most
 */
export function histogram(values: Iterable<number>, domain: readonly [number, number], most: number): Histogram {
  const [low, high] = domain;
  const step = readableStep(high > low ? (high - low) / most : 1);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const counts = new Array<number>(last - first).fill(0);
  for (const value of values) {
    const bin = Math.min(counts.length - 1, Math.max(0, Math.floor(value / step + 1e-9) - first));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edges: Array.from({ length: counts.length + 1 }, (_, index) => (first + index) * step), counts };
}
