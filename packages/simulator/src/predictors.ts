import type { GridTruth, HoleTruth, SquareTruth } from "./grid-truth.js";
import { transmission } from "./ice.js";
import { randomStream } from "./random.js";
import { ascending, at, logistic, logit, mean, normalQuantile } from "./statistics.js";

/** A prediction model of known accuracy. */
export interface PredictorOptions {
  readonly name: string;
  readonly description: string;
  /** Whether it says something of squares as a whole, or of each hole. */
  readonly level: "square" | "hole";
  /** The metric it claims to predict; null: quality as such. */
  readonly metric: string | null;
  /** How well it tells squares above the grid's median from those below: area under the ROC curve, 0.5–1. */
  readonly betweenAuc: number;
  /** How well it tells good holes from bad ones within a square; of no meaning for squares. */
  readonly withinAuc: number;
  /** Added to every score on the logit scale: above 0 it promises more than it knows. */
  readonly optimism: number;
  /** Standard deviation of an error that all scores of a square share, on the logit scale. */
  readonly squareBiasSd: number;
}

export const DEFAULT_PREDICTORS: readonly PredictorOptions[] = [
  {
    name: "atlas-ranker",
    description: "Ranks squares by their look on the atlas",
    level: "square",
    metric: null,
    betweenAuc: 0.8,
    withinAuc: 0.5,
    optimism: 0,
    squareBiasSd: 0,
  },
  {
    name: "hole-classifier",
    description: "Judges holes on the image of their square",
    level: "hole",
    metric: null,
    betweenAuc: 0.72,
    withinAuc: 0.8,
    optimism: 0,
    squareBiasSd: 0,
  },
  {
    name: "ice-optimist",
    description: "Judges holes by their ice, and too kindly",
    level: "hole",
    metric: "ctfmaxresolution",
    betweenAuc: 0.6,
    withinAuc: 0.65,
    optimism: 1.5,
    squareBiasSd: 0,
  },
  {
    name: "square-biased",
    description: "Tells holes of a square apart, but not one square from another",
    level: "hole",
    metric: null,
    betweenAuc: 0.5,
    withinAuc: 0.76,
    optimism: 0,
    squareBiasSd: 1.2,
  },
];

/** What a model says: probabilities of a good micrograph, 0–1. */
export interface Predictor {
  readonly options: PredictorOptions;
  square(square: SquareTruth): number;
  hole(hole: HoleTruth): number;
}

/** Shares nearer to 0 or 1 than this are not told apart. */
const LEAST_SHARE = 0.02;

/**
 * A model that is right as often as its options say. Its scores would be calibrated but for optimism and bias: the
 * square's part is the expected logit of its share given a noisy look at its rank; the hole's part is a log likelihood
 * ratio.
 */
export function createPredictor(truth: GridTruth, options: PredictorOptions): Predictor {
  const random = randomStream(truth.options.seed, "predictor", options.name);
  // For a bivariate normal of correlation ρ the area under the curve of telling above from below the median is
  // 1/2 + 2/π · asin(ρ/√2).
  const rho = Math.SQRT2 * Math.sin((Math.PI / 2) * (options.betweenAuc - 0.5));
  const judged = truth.selectedSquares;
  const logits = judged.map((square) => logit(Math.min(Math.max(square.goodShare, LEAST_SHARE), 1 - LEAST_SHARE)));
  const centre = mean(logits);
  const spread = Math.sqrt(mean(logits.map((value) => (value - centre) ** 2)));
  const normalScore = new Map<SquareTruth, number>();
  ascending(judged.map((square) => square.goodShare)).forEach((index, rank) => {
    normalScore.set(at(judged, index), normalQuantile((rank + 0.5) / judged.length));
  });
  const squareLogits = new Map<number, number>();
  const squareLogit = (square: SquareTruth): number => {
    const known = squareLogits.get(square.index);
    if (known !== undefined) return known;
    const own = random.split("square", square.id);
    // Of a square that nobody selected there is no truth: it looks like any other.
    const score = normalScore.get(square) ?? own.normal(0, 1);
    const seen = rho * score + Math.sqrt(1 - rho * rho) * own.normal(0, 1);
    const value = centre + spread * rho * seen + options.optimism + own.normal(0, options.squareBiasSd);
    squareLogits.set(square.index, value);
    return value;
  };
  const separation = Math.SQRT2 * normalQuantile(options.withinAuc);
  return {
    options,
    square: (square) => logistic(squareLogit(square)),
    hole: (hole) => {
      const between = squareLogit(at(truth.squares, hole.square));
      if (options.level === "square") return logistic(between);
      const seen = (hole.goodIce ? separation : 0) + random.split("hole", hole.id).normal(0, 1);
      return logistic(between + separation * seen - (separation * separation) / 2);
    },
  };
}

export interface LatentPlace {
  readonly cluster: number;
  readonly x: number;
  readonly y: number;
}

/** A representation in which look-alike squares and holes lie together, in a given number of groups. */
export interface LatentRepresentation {
  readonly name: string;
  readonly clusters: number;
  square(square: SquareTruth): LatentPlace;
  hole(hole: HoleTruth): LatentPlace;
}

export const LATENT_MODEL_NAME = "latent-ice";
const LATENT_CLUSTERS = 6;

/** Groups by brightness, since that is what such models see first, with some noise. */
export function latentRepresentation(truth: GridTruth): LatentRepresentation {
  const random = randomStream(truth.options.seed, "latent");
  const place = (iceThicknessNm: number, id: number): LatentPlace => {
    const own = random.split(id);
    // From empty to hardly transparent.
    const shade = (1 - transmission(iceThicknessNm)) / (1 - transmission(90)) + own.normal(0, 0.05);
    const cluster = Math.min(LATENT_CLUSTERS - 1, Math.max(0, Math.floor(shade * LATENT_CLUSTERS)));
    const angle = (2 * Math.PI * cluster) / LATENT_CLUSTERS;
    return { cluster, x: 3 * Math.cos(angle) + own.normal(0, 0.5), y: 3 * Math.sin(angle) + own.normal(0, 0.5) };
  };
  return {
    name: LATENT_MODEL_NAME,
    clusters: LATENT_CLUSTERS,
    square: (square) => place(square.iceThicknessNm, square.id),
    hole: (hole) => place(hole.iceThicknessNm, hole.id),
  };
}
