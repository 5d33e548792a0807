import { type FeaturePriors, type Features, featuresOf } from "./features.js";
import { type Evidence, evidenceOf, LaplaceFit } from "./laplace-fit.js";
import { expectedSigmoid } from "./logistic.js";
import type { Structure } from "./structure.js";
import type { CarriedOver, DecisionInput, Gaussian } from "./types.js";

/**
 * The hierarchical logistic belief about every hole:
 * logit P(good) = x·θ + u_square + v_cluster, with Gaussian priors on θ, u and v; mode and curvature at the mode (Laplace).
 */
export interface Belief {
  /** Posterior mean of the logit per hole. */
  readonly logit: Float64Array;
  /** Posterior variance of the logit per hole, that of square and cluster effect included. */
  readonly logitVariance: Float64Array;
  /** Probability of a good micrograph, the uncertainty of the logit averaged over. */
  readonly probability: Float64Array;
  /** Standard deviation of that probability. */
  readonly sd: Float64Array;
  readonly squareEffect: Float64Array;
  readonly squareEffectSd: Float64Array;
  readonly clusterEffect: Float64Array;
  readonly clusterEffectSd: Float64Array;
  readonly coefficients: readonly Gaussian[];
  /** Prior logit per hole: what was believed before the first result. */
  readonly priorLogit: Float64Array;
  readonly features: Features;
  readonly carryOver: CarriedOver;
  /** Newton steps taken; for tests. */
  readonly steps: number;
}

export interface BeliefPriors extends FeaturePriors {
  /** Standard deviation of what the predictors leave unexplained of a square, logit scale. */
  readonly squareEffectSd: number;
  /** The same where there is no predictor at all, so that all differences between squares are left unexplained. */
  readonly squareEffectSdAlone: number;
  readonly clusterEffectSd: number;
  /** The same for clusters: measured ones scatter about their square like Beta(0.65, 1.0), on this scale by 1 and more. */
  readonly clusterEffectSdAlone: number;
  /** How many squares' or clusters' worth of evidence those standard deviations have. */
  readonly effectSdEvidence: number;
}

/**
 * Chosen by the log loss of predictions made before each result arrived, on measured and on synthetic grids, with good,
 * noisy, biased and no predictors; docs/decisions.md has the cross-validation. Nothing hangs on them within a factor of 1.5.
 */
export const BELIEF_PRIORS: BeliefPriors = {
  interceptSd: 1.5,
  modelMean: 1,
  modelSd: 0.4,
  partSd: 0.6,
  squareEffectSd: 1.2,
  squareEffectSdAlone: 1.8,
  clusterEffectSd: 0.6,
  clusterEffectSdAlone: 1,
  effectSdEvidence: 3,
};

/** The effects' deviations are re-estimated so often, after a step each, on the way to the mode. */
const EFFECT_SD_ROUNDS = 3;
const MAX_STEPS = 30;

export function believe(input: DecisionInput, structure: Structure, priors: BeliefPriors = BELIEF_PRIORS): Belief {
  const features = featuresOf(input, structure, priors);
  const evidence = evidenceOf(input, structure);
  const unpredicted = features.size === 1;
  const priorSquareSd =
    input.carriedOver?.squareEffectSd ?? (unpredicted ? priors.squareEffectSdAlone : priors.squareEffectSd);
  const priorClusterSd =
    input.carriedOver?.clusterEffectSd ?? (unpredicted ? priors.clusterEffectSdAlone : priors.clusterEffectSd);
  let squareSd = priorSquareSd;
  let clusterSd = priorClusterSd;
  const fit = new LaplaceFit(features, evidence);
  let steps = 0;
  if (evidence.holes.length > 0) {
    for (let round = 0; round < EFFECT_SD_ROUNDS; round++) {
      steps += fit.run(squareSd, clusterSd, round === 0 ? 2 : 1);
      squareSd = reestimate(priorSquareSd, priors.effectSdEvidence, fit.squareMoment(), evidence.squares.length);
      clusterSd = reestimate(priorClusterSd, priors.effectSdEvidence, fit.clusterMoment(), evidence.clusters.length);
    }
  }
  steps += fit.run(squareSd, clusterSd, MAX_STEPS);
  return summarise(input, structure, features, evidence, fit, squareSd, clusterSd, steps);
}

/** Mode of a variance under an inverse-gamma prior worth `strength` observations at `priorSd`. */
function reestimate(priorSd: number, strength: number, moment: number, count: number): number {
  return Math.sqrt((strength * priorSd * priorSd + moment) / (strength + count));
}

function summarise(
  input: DecisionInput,
  structure: Structure,
  features: Features,
  evidence: Evidence,
  fit: LaplaceFit,
  squareSd: number,
  clusterSd: number,
  steps: number,
): Belief {
  const { size } = features;
  const squareColumns = features.square.columns;
  const clusterColumns = features.cluster.columns;
  const holeColumns = features.hole.columns;
  const firstHole = squareColumns + clusterColumns;
  const xHole = features.hole.values;
  const covariance = fit.covarianceOfTheta();
  const { theta } = fit;
  const evidentSquare = indexIn(evidence.squares, structure.squareCount);
  const evidentCluster = indexIn(evidence.clusters, structure.clusterCount);

  const squareEffect = new Float64Array(structure.squareCount);
  const squareEffectSd = new Float64Array(structure.squareCount).fill(squareSd);
  for (let s = 0; s < evidence.squares.length; s++) {
    const at = evidence.squares[s];
    squareEffect[at] = fit.square[s];
    const own = 1 / fit.squareCurvature[s];
    const through = quadratic(covariance, fit.squareCoupling.subarray(s * size, (s + 1) * size), size);
    squareEffectSd[at] = Math.sqrt(own + own * own * through);
  }
  const clusterEffect = new Float64Array(structure.clusterCount);
  const clusterEffectSd = new Float64Array(structure.clusterCount).fill(clusterSd);

  const logit = new Float64Array(structure.holeCount);
  const logitVariance = new Float64Array(structure.holeCount);
  const probability = new Float64Array(structure.holeCount);
  const sd = new Float64Array(structure.holeCount);
  const priorLogit = new Float64Array(structure.holeCount);

  // With the effects eliminated as in the fit, η = q·θ + noise, where the noise is what θ does not explain of the effects.
  const x = new Float64Array(size);
  const q = new Float64Array(size);
  const vq = new Float64Array(size);
  for (let s = 0; s < structure.squareCount; s++) {
    const es = evidentSquare[s];
    const squareNoise = es < 0 ? squareSd * squareSd : 1 / fit.squareCurvature[es];
    x.fill(0);
    x.set(features.square.values.subarray(s * squareColumns, (s + 1) * squareColumns));
    for (let j = structure.squareStart[s]; j < structure.squareStart[s + 1]; j++) {
      const c = structure.clustersOfSquare[j];
      const ec = evidentCluster[c];
      x.set(features.cluster.values.subarray(c * clusterColumns, (c + 1) * clusterColumns), squareColumns);
      let base = squareEffect[s];
      let priorBase = 0;
      for (let k = 0; k < firstHole; k++) {
        base += x[k] * theta[k];
        priorBase += x[k] * features.priorMean[k];
      }
      // What the cluster's own results leave of the square's effect and of θ.
      let left = 1;
      let clusterNoise = clusterSd * clusterSd;
      q.set(x);
      if (ec >= 0) {
        const curvature = fit.clusterCurvature[ec];
        clusterEffect[c] = fit.cluster[ec];
        clusterNoise = 1 / curvature;
        clusterEffectSd[c] = Math.sqrt(clusterNoise);
        base += clusterEffect[c];
        left = 1 - fit.clusterWeight[ec] / curvature;
        for (let k = 0; k < firstHole; k++) q[k] *= left;
        for (let k = 0; k < holeColumns; k++) q[firstHole + k] = -fit.clusterHoleSum[ec * holeColumns + k] / curvature;
      }
      if (es >= 0) {
        const share = left / fit.squareCurvature[es];
        for (let k = 0; k < size; k++) q[k] -= share * fit.squareCoupling[es * size + k];
      }
      let shared = clusterNoise + left * left * squareNoise;
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += covariance[i * size + k] * q[k];
        vq[i] = sum;
        shared += sum * q[i];
      }
      for (let i = structure.clusterStart[c]; i < structure.clusterStart[c + 1]; i++) {
        const h = structure.holesOfCluster[i];
        const holeAt = h * holeColumns;
        let eta = base;
        let prior = priorBase;
        let variance = shared;
        for (let k = 0; k < holeColumns; k++) {
          const own = xHole[holeAt + k];
          if (own === 0) continue;
          const t = firstHole + k;
          eta += own * theta[t];
          prior += own * features.priorMean[t];
          let sum = vq[t] + 0.5 * covariance[t * size + t] * own;
          for (let l = 0; l < k; l++) sum += covariance[t * size + firstHole + l] * xHole[holeAt + l];
          variance += 2 * own * sum;
        }
        logit[h] = eta;
        priorLogit[h] = prior;
        logitVariance[h] = variance;
        const p = expectedSigmoid(eta, variance);
        probability[h] = p;
        sd[h] = p * (1 - p) * Math.sqrt(variance);
      }
    }
  }
  const coefficients = Array.from(theta, (mean, k): Gaussian => ({ mean, sd: Math.sqrt(covariance[k * size + k]) }));
  return {
    logit,
    logitVariance,
    probability,
    sd,
    squareEffect,
    squareEffectSd,
    clusterEffect,
    clusterEffectSd,
    coefficients,
    priorLogit,
    features,
    carryOver: carryOver(input, features, coefficients, squareSd, clusterSd),
    steps,
  };
}

function carryOver(
  input: DecisionInput,
  features: Features,
  coefficients: readonly Gaussian[],
  squareEffectSd: number,
  clusterEffectSd: number,
): CarriedOver {
  const models: CarriedOver["models"][number][] = [];
  features.models.forEach((parts, m) => {
    const known = [parts.square, parts.cluster, parts.hole].filter((k) => k >= 0);
    if (known.length === 0) return;
    const fallback = coefficients[known[0]];
    const part = (k: number): Gaussian => (k < 0 ? fallback : coefficients[k]);
    const { name, metric } = input.models[m];
    models.push({ name, metric, square: part(parts.square), cluster: part(parts.cluster), hole: part(parts.hole) });
  });
  // What this grid had nothing to say about is handed on as it came.
  for (const earlier of input.carriedOver?.models ?? []) {
    if (!models.some(({ name, metric }) => name === earlier.name && metric === earlier.metric)) models.push(earlier);
  }
  const builtIn: Record<string, Gaussian> = { ...input.carriedOver?.builtIn };
  for (const { name, index } of features.builtIn) builtIn[name] = coefficients[index];
  return { intercept: coefficients[0], squareEffectSd, clusterEffectSd, models, builtIn };
}

function indexIn(subset: Int32Array, count: number): Int32Array {
  const index = new Int32Array(count).fill(-1);
  for (let i = 0; i < subset.length; i++) index[subset[i]] = i;
  return index;
}

function quadratic(matrix: Float64Array, x: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let row = 0;
    for (let j = 0; j < size; j++) row += matrix[i * size + j] * x[j];
    sum += row * x[i];
  }
  return sum;
}
