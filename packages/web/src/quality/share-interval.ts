const Z_95 = 1.96;
/** 97.5 % quantiles of Student's t, by degrees of freedom from 2 on. */
const T_95 = [4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228] as const;
const LEAST_SQUARES = 3;

/** Wilson's interval of a share, 95 %: sensible for few observations and at both ends, if each came out by itself. */
export function wilson(successes: number, count: number): [number, number] {
  const share = successes / count;
  const square = Z_95 ** 2 / count;
  const centre = (share + square / 2) / (1 + square);
  const half = (Z_95 * Math.sqrt((share * (1 - share)) / count + square / (4 * count))) / (1 + square);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** How many are good among what was judged on one square. */
export interface SquareCount {
  good: number;
  count: number;
}

/**
 * 95 % interval of the share of good ones. Those of one square are alike, so it goes by how much squares differ (ratio estimator, t of
 * one degree less than there are squares), and is never narrower than if each had come out by itself.
 *
 * @returns null where there are too few squares to know how much they differ
 */
export function intervalBySquares(squares: Iterable<SquareCount>): [number, number] | null {
  const own = [...squares].filter(({ count }) => count > 0);
  if (own.length < LEAST_SQUARES) return null;
  const good = own.reduce((sum, square) => sum + square.good, 0);
  const count = own.reduce((sum, square) => sum + square.count, 0);
  const share = good / count;
  const squared = own.reduce((sum, square) => sum + (square.good - share * square.count) ** 2, 0);
  const half = t95(own.length - 1) * Math.sqrt(((own.length / (own.length - 1)) * squared) / count ** 2);
  const [low, high] = wilson(good, count);
  return [Math.max(0, Math.min(low, share - half)), Math.min(1, Math.max(high, share + half))];
}

function t95(degrees: number): number {
  // Beyond the table, the first terms of its expansion are good to three digits.
  return T_95[degrees - 2] ?? Z_95 + (Z_95 ** 3 + Z_95) / (4 * degrees) + 2.82 / degrees ** 2;
}

/** Counts one micrograph to its square. */
export function countToSquare(squares: Map<string, SquareCount>, square: string, good: boolean): void {
  const own = squares.get(square);
  if (own === undefined) squares.set(square, { good: Number(good), count: 1 });
  else {
    own.good += Number(good);
    own.count += 1;
  }
}
