/**
 * What a decision is made from and what it consists of.
 *
 * Everything per hole is a column (a typed array as long as `holes.ids`), so that a grid of 50,000 holes and 10 models
 * costs a few megabytes and can be stored with the decision as it is. Squares, clusters and holes are named by their
 * index in those columns throughout; `-1` is "none". A number that is not known is NaN.
 */

/** What may still happen to a hole. */
export const HoleState = {
  /** May be imaged. */
  candidate: 0,
  /** Has a micrograph; is never sent again. */
  imaged: 1,
  /** Is being imaged or already handed to the microscope. */
  inProgress: 2,
  /** Locked out: by an operator, by EPU, or because it lies on the grid bar. */
  lockedOut: 3,
  /** Deselected by hand; the engine does not bring it back. */
  skippedByOperator: 4,
} as const;
export type HoleStateValue = (typeof HoleState)[keyof typeof HoleState];

/** What may still happen to a grid square. */
export const SquareState = {
  open: 0,
  /** None of its holes is ever planned. */
  lockedOut: 1,
  /** Selected by an operator: its planned holes come before those of all other squares, and it is never marked skip. */
  operatorSelected: 2,
} as const;
export type SquareStateValue = (typeof SquareState)[keyof typeof SquareState];

/** Mean and standard deviation of a Gaussian belief about one coefficient. */
export interface Gaussian {
  readonly mean: number;
  readonly sd: number;
}

export interface GridColumns {
  readonly ids: readonly string[];
}

export interface SquareColumns {
  readonly ids: readonly string[];
  readonly gridOfSquare: Int32Array;
  /** {@link SquareState} */
  readonly state: Uint8Array;
  /** Area as EPU's atlas node gives it, in any one unit; NaN = not known. */
  readonly area: Float64Array;
  /** The atlas node's own quality figure; NaN = not known. */
  readonly atlasQuality: Float64Array;
  /** The atlas node's category; -1 = not known. */
  readonly atlasCategory: Int32Array;
  /** Group of look-alike squares from a latent representation; -1 = none. */
  readonly latentCluster: Int32Array;
}

export interface ClusterColumns {
  /** Stable across decisions on the same grid (needed for hysteresis). */
  readonly ids: readonly string[];
  readonly squareOfCluster: Int32Array;
}

export interface HoleColumns {
  readonly ids: readonly string[];
  /** Every hole has a cluster: a group that was given, or one made by `clusterHoles`. */
  readonly clusterOfHole: Int32Array;
  /** {@link HoleState} */
  readonly state: Uint8Array;
  /** 1 = an operator asked for this hole; planned before everything else, never marked skip. */
  readonly operatorSelected: Uint8Array;
  /** FilterProperties of EPU; NaN = not known. */
  readonly intensityMean: Float64Array;
  readonly intensityDeviation: Float64Array;
  readonly centringQuality: Float64Array;
  /** 1 near a grid bar, 0 not, NaN not known. */
  readonly nearGridBar: Float64Array;
  /** Group of look-alike holes from a latent representation; -1 = none. */
  readonly latentCluster: Int32Array;
}

export type ModelLevel = "hole" | "group" | "square";

/** One prediction model (or one metric of one): what it said about every hole before imaging. */
export interface ModelColumn {
  readonly name: string;
  /** The quality metric it predicts; null = quality as such. */
  readonly metric: string | null;
  /** Where its scores live; a square's score stands at each of the square's holes. */
  readonly level: ModelLevel;
  /**
   * What is believed of its weight before any result: 1 = its scores are taken as probabilities. Null: the engine's default.
   * {@link DecisionInput.carriedOver} takes precedence where it names the model.
   */
  readonly prior: Gaussian | null;
  /** Probability of a good micrograph, 0–1, per hole; NaN = none. Values outside 0–1 are ignored and reported. */
  readonly scores: Float64Array;
}

/** What is known by now of the holes that were imaged, per hole. */
export interface OutcomeColumns {
  /** Share of its micrographs that are good, 0–1; NaN = not known yet. See `holeOutcome`. */
  readonly good: Float64Array;
  /** How many judged micrographs that share rests on. */
  readonly weight: Float64Array;
}

/** Where the stage stands; -1 = not known or nowhere yet. */
export interface StagePosition {
  readonly grid: number;
  readonly square: number;
  readonly cluster: number;
}

/** Minutes from one hole to the end of the next, by how far the next one is. `hole <= cluster <= square <= grid`. */
export interface CostsMin {
  /** Next hole of the same cluster: beam shift only. */
  readonly hole: number;
  /** First hole of another cluster in the same square: stage move, settling, focus. */
  readonly cluster: number;
  /** First hole of another square. */
  readonly square: number;
  /** First hole of another grid. */
  readonly grid: number;
}

export interface GuardRails {
  /** While a square has fewer results than `minResults`, at most this share of its candidates is marked skip (0–1). */
  readonly maxSkipShareOfSquare: number;
  /** While a grid has fewer results than `minResults`, at most this share of its candidates is marked skip (0–1). */
  readonly maxSkipShareOfGrid: number;
  readonly minResults: number;
}

export interface DecisionSettings {
  readonly guardRails: GuardRails;
  /**
   * How many standard deviations of the square's and of the cluster's own effect are added to a hole's logit: 0–1; more
   * than 0.3 loses, since travel makes indecision dear.
   */
  readonly exploration: number;
  /** The gain, in cluster entries, that it takes to leave the plan's current cluster early. 0 = none. */
  readonly hysteresis: number;
  /** 0 = only the number of good micrographs counts; 1 = the n-th of a latent group counts 1/√(1+n/diversityScale). */
  readonly diversity: number;
  readonly diversityScale: number;
  /** How many holes are imaged before a hole's result is known. */
  readonly resultDelayHoles: number;
  /** False: the predictors built on EPU's own figures stay out. */
  readonly builtInPredictors: boolean;
  /** False: outcomes only calibrate nothing; the belief stays what it was before the first result (for comparison). */
  readonly learning: boolean;
}

/** What an earlier decision on the same grids set out to do; by id, since indices move when squares are added. */
export interface PreviousPlan {
  readonly squareOrder: readonly string[];
  /** The cluster it was about to work in; null = none. */
  readonly nextCluster: string | null;
}

/** What was learned about predictors on earlier grids of the same instrument. Plain JSON. */
export interface CarriedOver {
  readonly intercept: Gaussian;
  /** Standard deviations of the effects of squares and clusters that no predictor explains, logit scale. */
  readonly squareEffectSd: number;
  readonly clusterEffectSd: number;
  readonly models: readonly CarriedOverModel[];
  /** Coefficients of the built-in predictors, by feature name. */
  readonly builtIn: Readonly<Record<string, Gaussian>>;
}

export interface CarriedOverModel {
  readonly name: string;
  readonly metric: string | null;
  readonly square: Gaussian;
  readonly cluster: Gaussian;
  readonly hole: Gaussian;
}

/** The minutes that would be spent on a grid at each price of a minute, prices ascending from 0. Plain JSON. */
export interface TimeDemand {
  /** Good micrographs per minute. */
  readonly pricesPerMin: readonly number[];
  readonly minutes: readonly number[];
}

export interface DecisionInput {
  readonly grids: GridColumns;
  readonly squares: SquareColumns;
  readonly clusters: ClusterColumns;
  readonly holes: HoleColumns;
  readonly models: readonly ModelColumn[];
  readonly outcomes: OutcomeColumns;
  readonly stage: StagePosition;
  readonly costsMin: CostsMin;
  /** Minutes of microscope time left; Infinity = no end in sight (every hole is worth planning). */
  readonly timeLeftMin: number;
  /** What other grids, planned apart, want of that time: each as its own last decision told. Missing = no other grid. */
  readonly elsewhere?: readonly TimeDemand[];
  readonly settings: DecisionSettings;
  readonly previousPlan: PreviousPlan | null;
  readonly carriedOver: CarriedOver | null;
  /** Versions of models, rules and configuration, stored with the decision; not interpreted. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Why a hole stands where it stands. The words are made by `explainHole`. */
export const HoleReason = {
  /** Imaged, in progress, locked out or deselected: not in the order. */
  notACandidate: 0,
  operatorSelected: 1,
  /** Worth its minutes in the cluster where the stage stands. */
  worthHere: 2,
  /** Worth its minutes in a cluster or square that the plan goes to later. */
  worthLater: 3,
  /** Below the price of its minutes: the time is better spent elsewhere. */
  belowPrice: 4,
  /** Its cluster or square does not earn its entry. */
  entryNotEarned: 5,
  /** Would be worth it, but the time ends before. */
  outOfTime: 6,
  /** Not worth its minutes by itself, kept since the guard rails allow no more skipping yet. */
  guardRail: 7,
} as const;
export type HoleReasonValue = (typeof HoleReason)[keyof typeof HoleReason];

/** Why a square stands where it stands. The words are made by `explainSquare`. */
export const SquareReason = {
  noCandidates: 0,
  lockedOut: 1,
  operatorSelected: 2,
  current: 3,
  planned: 4,
  belowPrice: 5,
  outOfTime: 6,
  guardRail: 7,
} as const;
export type SquareReasonValue = (typeof SquareReason)[keyof typeof SquareReason];

/** The belief and the plan for every hole. */
export interface HoleDecisions {
  /** Probability that a micrograph of it is good. */
  readonly probability: Float64Array;
  /** Standard deviation of that probability. */
  readonly sd: Float64Array;
  /** What the plan counts it for: probability, with exploration and diversity. */
  readonly value: Float64Array;
  /** Value per minute, its share of the entries included; NaN where it is not planned. */
  readonly ratePerMin: Float64Array;
  /** 1-based place in `order`; 0 = not in it. */
  readonly rank: Int32Array;
  /** 1 = below the price: to be deselected. */
  readonly skip: Uint8Array;
  /** {@link HoleReason} */
  readonly reason: Uint8Array;
}

export interface SquareDecisions {
  /** Expected good micrographs of the planned holes. */
  readonly expectedGood: Float64Array;
  /** Minutes the planned holes take, entries included. */
  readonly expectedMin: Float64Array;
  readonly plannedHoles: Int32Array;
  /** expectedGood / expectedMin; 0 where nothing is planned. */
  readonly ratePerMin: Float64Array;
  /** Mean probability over its candidates. */
  readonly meanProbability: Float64Array;
  /** Effect of the square itself that no predictor explains, logit scale. */
  readonly effect: Float64Array;
  readonly effectSd: Float64Array;
  /** 1-based place in `squareOrder`; 0 = not in it. */
  readonly rank: Int32Array;
  readonly skip: Uint8Array;
  /** {@link SquareReason} */
  readonly reason: Uint8Array;
}

/** How far a model is trusted: one row of `model_weights`. */
export interface ModelWeight {
  readonly name: string;
  readonly metric: string | null;
  /** Coefficient of the model's score (mean of its parts), logit scale: 1 = taken at its word, 0 = ignored. */
  readonly coefficient: Gaussian;
  /** The same for differences between squares, between clusters of a square, and within a cluster; null = has no such part. */
  readonly parts: {
    readonly square: Gaussian | null;
    readonly cluster: Gaussian | null;
    readonly hole: Gaussian | null;
  };
  /** Share of all models' positive coefficients, 0–1; sums to 1 unless none is positive. */
  readonly weight: number;
  /** Standard deviation of `weight`, the other models held. */
  readonly weightSd: number;
  readonly usedScores: number;
  /** Scores that were not numbers in 0–1. */
  readonly ignoredScores: number;
}

/** How well the probabilities agree with the outcomes they now explain. */
export interface Calibration {
  /** Holes with an outcome. */
  readonly results: number;
  readonly meanPredicted: number;
  readonly meanObserved: number;
  readonly brier: number;
  readonly logLoss: number;
  /** Area under the ROC curve; NaN where all outcomes agree. */
  readonly auc: number;
  /** The same for the belief before the first result. */
  readonly beforeResults: { readonly brier: number; readonly logLoss: number; readonly auc: number };
  /** Ten equal bins of probability. */
  readonly bins: readonly { readonly count: number; readonly meanPredicted: number; readonly meanObserved: number }[];
}

export interface DecisionOutput {
  /** Every candidate hole exactly once: the planned ones in the order of imaging, then the rest by worth. */
  readonly order: Int32Array;
  /** The first so many of `order` are planned within the time left. */
  readonly plannedHoles: number;
  /** Minutes those take. */
  readonly plannedMin: number;
  readonly expectedGood: number;
  /** Minutes of the time left that are better spent on other grids. */
  readonly elsewhereMin: number;
  /** What these grids want of the time left: for decisions on other grids of the session. */
  readonly demand: TimeDemand;
  /** Good micrographs that a minute is worth elsewhere (λ): what a hole has to beat. */
  readonly pricePerMin: number;
  /** Squares with candidates, in the order in which the plan visits them, then the rest by worth. */
  readonly squareOrder: Int32Array;
  readonly holes: HoleDecisions;
  readonly squares: SquareDecisions;
  readonly models: readonly ModelWeight[];
  /** To be handed to the next grid of the instrument. */
  readonly carryOver: CarriedOver;
  readonly calibration: Calibration;
  /** What the next decision on these grids needs to keep its course. */
  readonly plan: PreviousPlan;
  /** Sentences about input that was ignored or repaired. */
  readonly warnings: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}
