import type { MeasuredGrid } from "./measured-grid.js";
import { Random } from "./random.js";

export interface SyntheticShape {
  readonly grids: number;
  readonly squares: number;
}

/** Share of good holes: between squares, and the pseudo-count with which a square's clusters scatter about its share. */
const SQUARES_BETA = [1.1, 2.3] as const;
const CLUSTERS_PSEUDO_COUNT = 0.65 + 1.0;
/** Natural logarithm of the CTF max resolution in Å, mean and standard deviation. */
const GOOD_LOG_CTF = [1.42, 0.19] as const;
const BAD_LOG_CTF = [2.35, 0.34] as const;
const FAILED_FITS = 0.015;
/** Error of the predicted logarithm: per hole, and common to a square. */
const HOLE_ERROR = 0.45;
const SQUARE_ERROR = 0.15;
/** As good holes were drawn, whatever their resolution: the limit only turns predictions into probabilities. */
const LIMIT_LOG_A = Math.log(6);
const LOGIT_PER_LOG_A = 5;

/**
 * A grid drawn from what measured grids look like: a few good squares, clusters that are mostly good or mostly bad, a
 * predictor that sees each hole's resolution with an error of its own and one of its square's.
 */
export function syntheticGrid({ grids, squares }: SyntheticShape, seed: number): MeasuredGrid {
  const random = new Random(seed);
  const share = (beta: number): number => Math.min(0.98, Math.max(0.02, beta));
  const clusterIds: string[] = [];
  const holeIds: string[] = [];
  const squareOfCluster: number[] = [];
  const clusterOfHole: number[] = [];
  const good: number[] = [];
  const score: number[] = [];
  const x: number[] = [];
  const y: number[] = [];
  for (let s = 0; s < squares; s++) {
    const goodOfSquare = share(random.beta(...SQUARES_BETA));
    const squareError = SQUARE_ERROR * random.normal();
    const clusters = 2 + random.integer(10);
    for (let c = 0; c < clusters; c++) {
      const goodOfCluster = share(
        random.beta(CLUSTERS_PSEUDO_COUNT * goodOfSquare, CLUSTERS_PSEUDO_COUNT * (1 - goodOfSquare)),
      );
      const cluster = clusterIds.length;
      clusterIds.push(`${s}-${c}`);
      squareOfCluster.push(s);
      const holes = 10 + random.integer(16);
      for (let h = 0; h < holes; h++) {
        const isGood = random.next() < goodOfCluster;
        const [mean, sd] = isGood ? GOOD_LOG_CTF : BAD_LOG_CTF;
        const seen = mean + sd * random.normal() + HOLE_ERROR * random.normal() + squareError;
        holeIds.push(`${s}-${c}-${h}`);
        clusterOfHole.push(cluster);
        good.push(isGood && random.next() >= FAILED_FITS ? 1 : 0);
        score.push(1 / (1 + Math.exp(-LOGIT_PER_LOG_A * (LIMIT_LOG_A - seen))));
        x.push(c * 100 + (h % 5) * 10);
        y.push(Math.floor(h / 5) * 10);
      }
    }
  }
  return {
    holeIds,
    gridIds: Array.from({ length: grids }, (_, g) => `grid ${g}`),
    squareIds: Array.from({ length: squares }, (_, s) => `square ${s}`),
    clusterIds,
    gridOfSquare: Int32Array.from({ length: squares }, (_, s) => s % grids),
    squareOfCluster: Int32Array.from(squareOfCluster),
    clusterOfHole: Int32Array.from(clusterOfHole),
    x: Float64Array.from(x),
    y: Float64Array.from(y),
    good: Uint8Array.from(good),
    score: Float64Array.from(score),
  };
}
