/** Median of the finite values; NaN where there is none. */
export function median(values: ArrayLike<number>): number {
  const sorted = finiteSorted(values);
  return medianOfSorted(sorted);
}

/** Where the bulk of some values lies and how wide it is. */
export interface RobustSpread {
  readonly median: number;
  /** Standard deviation of the bulk, from the median absolute deviation; 0 where at least half of the values agree. */
  readonly sd: number;
  readonly count: number;
}

/** Turns a median absolute deviation into the standard deviation of a Gaussian: 1/Φ⁻¹(3/4). */
export const SD_PER_MAD = 1.4826;

export function robustSpread(values: ArrayLike<number>): RobustSpread {
  const sorted = finiteSorted(values);
  const middle = medianOfSorted(sorted);
  const deviations = sorted.map((value) => Math.abs(value - middle)).sort();
  return {
    median: middle,
    sd: sorted.length === 0 ? 0 : SD_PER_MAD * medianOfSorted(deviations),
    count: sorted.length,
  };
}

function finiteSorted(values: ArrayLike<number>): Float64Array {
  const finite = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) finite[count++] = values[i];
  return finite.subarray(0, count).sort();
}

function medianOfSorted(sorted: Float64Array): number {
  const { length } = sorted;
  if (length === 0) return Number.NaN;
  const upper = length >> 1;
  return length % 2 === 1 ? sorted[upper] : (sorted[upper - 1] + sorted[upper]) / 2;
}
