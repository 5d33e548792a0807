import { Random } from "../random.js";
import type { MeasuredGrid } from "./measured-grid.js";

/** What a synthetic grid looks like and how well its predictor sees it. */
export interface SyntheticKind {
  readonly name: string;
  readonly about: string;
  readonly grids: number;
  readonly squares: number;
  /** Share of good holes per square: Beta(a, b). */
  readonly squaresBeta: readonly [number, number];
  /** Clusters scatter about their square's share with this pseudo-count: the less, the more are all good or all bad. */
  readonly clustersPseudoCount: number;
  /** Fewest and most. */
  readonly clustersPerSquare: readonly [number, number];
  readonly holesPerCluster: readonly [number, number];
  /** Error of the predicted logarithm of the resolution: per hole, and common to a square. */
  readonly holeError: number;
  readonly squareError: number;
}

export const TYPICAL: SyntheticKind = {
  name: "typical",
  about: "a few good squares, clusters mostly good or mostly bad, a predictor with errors per hole and per square",
  grids: 2,
  squares: 24,
  squaresBeta: [1.1, 2.3],
  clustersPseudoCount: 0.65 + 1.0,
  clustersPerSquare: [2, 11],
  holesPerCluster: [10, 25],
  holeError: 0.45,
  squareError: 0.15,
};

/** Grids of other kinds than the measured one: what the engine does well on one only, it does not know how to do. */
export const SYNTHETIC_KINDS: readonly SyntheticKind[] = [
  TYPICAL,
  {
    ...TYPICAL,
    name: "many small squares",
    about: "48 squares of one to four clusters on 6 grids: entries are a large part of the time",
    grids: 6,
    squares: 48,
    clustersPerSquare: [1, 4],
    holesPerCluster: [6, 14],
  },
  { ...TYPICAL, name: "poor", about: "a tenth of the holes is good", squaresBeta: [0.5, 4.5] },
  { ...TYPICAL, name: "rich", about: "two thirds of the holes are good", squaresBeta: [3, 1.5] },
  {
    ...TYPICAL,
    name: "even squares",
    about: "squares alike, clusters different",
    squaresBeta: [7, 13],
    clustersPseudoCount: 0.8,
  },
  {
    ...TYPICAL,
    name: "no clusters",
    about: "holes good or bad by themselves within a square, a predictor that sees each hole well",
    clustersPseudoCount: 30,
    holeError: 0.25,
  },
  {
    ...TYPICAL,
    name: "predictor wrong between squares",
    about: "the predictor sees holes well and misjudges squares",
    holeError: 0.25,
    squareError: 0.7,
  },
];

/** Natural logarithm of the CTF max resolution in Å, mean and standard deviation. */
const GOOD_LOG_CTF = [1.42, 0.19] as const;
const BAD_LOG_CTF = [2.35, 0.34] as const;
const FAILED_FITS = 0.015;
/** As good holes were drawn, whatever their resolution: the limit only turns predictions into probabilities. */
const LIMIT_LOG_A = Math.log(6);
const LOGIT_PER_LOG_A = 5;

/** A grid drawn from what measured grids look like: squares, clusters within them, holes; and what a predictor says of it. */
export function syntheticGrid(kind: SyntheticKind, seed: number): MeasuredGrid {
  const { grids, squares, squaresBeta, clustersPseudoCount, holeError, squareError: squareErrorSd } = kind;
  const random = new Random(seed);
  const between = ([fewest, most]: readonly [number, number]): number => fewest + random.integer(most - fewest + 1);
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
    const goodOfSquare = share(random.beta(...squaresBeta));
    const squareError = squareErrorSd * random.normal();
    const clusters = between(kind.clustersPerSquare);
    for (let c = 0; c < clusters; c++) {
      const goodOfCluster = share(
        random.beta(clustersPseudoCount * goodOfSquare, clustersPseudoCount * (1 - goodOfSquare)),
      );
      const cluster = clusterIds.length;
      clusterIds.push(`${s}-${c}`);
      squareOfCluster.push(s);
      const holes = between(kind.holesPerCluster);
      for (let h = 0; h < holes; h++) {
        const isGood = random.next() < goodOfCluster;
        const [mean, sd] = isGood ? GOOD_LOG_CTF : BAD_LOG_CTF;
        const seen = mean + sd * random.normal() + holeError * random.normal() + squareError;
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
