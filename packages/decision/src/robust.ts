/** Median of the finite values; NaN where there is none. */
export function median(values: ArrayLike<number>): number {
  return takeMedian(finiteOf(values));
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
  const finite = finiteOf(values);
  const middle = takeMedian(finite);
  const deviations = finite.map((value) => Math.abs(value - middle));
  return {
    median: middle,
    sd: finite.length === 0 ? 0 : SD_PER_MAD * takeMedian(deviations),
    count: finite.length,
  };
}

function finiteOf(values: ArrayLike<number>): Float64Array {
  const finite = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) finite[count++] = values[i];
  return finite.subarray(0, count);
}

/** Their median; brings them into another order. */
function takeMedian(values: Float64Array): number {
  const { length } = values;
  if (length === 0) return Number.NaN;
  const upper = length >> 1;
  const above = select(values, upper);
  if (length % 2 === 1) return above;
  let below = values[0];
  for (let i = 1; i < upper; i++) if (values[i] > below) below = values[i];
  return (below + above) / 2;
}

/** The value that has the place `k` in ascending order, with none that is greater before it: a small part of sorting them all. */
function select(values: Float64Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  // Taken from anywhere: values that rise and fall, as a session's do, would make the worst of any fixed place.
  let seed = 1;
  while (low < high) {
    seed = (seed * 48_271) % 2_147_483_647;
    const pivot = values[low + (seed % (high - low + 1))];
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left] < pivot) left++;
      while (values[right] > pivot) right--;
      if (left > right) break;
      const value = values[left];
      values[left++] = values[right];
      values[right--] = value;
    }
    if (k <= right) high = right;
    else if (k >= left) low = left;
    else break;
  }
  return values[k];
}
