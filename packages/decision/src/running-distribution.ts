/** Mean and spread of values that arrive one by one; plain JSON, to be kept with the grid. */
export interface RunningDistribution {
  readonly count: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly m2: number;
}

export const NO_VALUES: RunningDistribution = { count: 0, mean: 0, m2: 0 };

/** Welford's update (Technometrics 4, 1962), which does not cancel; a value that is not a number changes nothing. */
export function withValue(distribution: RunningDistribution, value: number): RunningDistribution {
  if (!Number.isFinite(value)) return distribution;
  const count = distribution.count + 1;
  const before = value - distribution.mean;
  const mean = distribution.mean + before / count;
  return { count, mean, m2: distribution.m2 + before * (value - mean) };
}

/** Two distributions as one (Chan, Golub and LeVeque 1979), so that workers may count apart. */
export function merged(a: RunningDistribution, b: RunningDistribution): RunningDistribution {
  const count = a.count + b.count;
  if (count === 0) return NO_VALUES;
  const apart = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (apart * b.count) / count,
    m2: a.m2 + b.m2 + (apart * apart * a.count * b.count) / count,
  };
}

/** Sample standard deviation; 0 for fewer than two values. */
export function standardDeviation({ count, m2 }: RunningDistribution): number {
  return count < 2 ? 0 : Math.sqrt(Math.max(0, m2) / (count - 1));
}
