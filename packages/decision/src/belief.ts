import { type FeaturePriors, type Features, featuresOf } from "./features.js";
import { factorise, inverseOfFactorised, solveFactorised } from "./linear.js";
import { expectedSigmoid, sigmoid, softplus } from "./logistic.js";
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
  readonly squareEffectSd: number;
  readonly clusterEffectSd: number;
  /** How many squares' or clusters' worth of evidence those two standard deviations have. */
  readonly effectSdEvidence: number;
}

/**
 * Chosen by leave-one-square-out log loss on measured holes and on synthetic grids; see docs/decisions.md. The belief is
 * not sensitive to them within a factor of 1.5.
 */
export const BELIEF_PRIORS: BeliefPriors = {
  interceptSd: 1,
  modelMean: 1,
  modelSd: 0.6,
  partSd: 0.3,
  squareEffectSd: 1,
  clusterEffectSd: 0.7,
  effectSdEvidence: 4,
};

/** Several micrographs of one hole share their ice: the second says this much of what the first said. */
const REPEAT_INFORMATION = 0.3;
const MAX_STEPS = 30;
const MAX_HALVINGS = 20;
/** Newton stops when no logit would change by more than this. */
const CONVERGED_DECREMENT = 1e-8;
/** Re-estimates of the effects' standard deviations. */
const EFFECT_SD_ROUNDS = 2;

export function believe(input: DecisionInput, structure: Structure, priors: BeliefPriors = BELIEF_PRIORS): Belief {
  const features = featuresOf(input, structure, priors);
  const evidence = evidenceOf(input, structure);
  let squareSd = input.carriedOver?.squareEffectSd ?? priors.squareEffectSd;
  let clusterSd = input.carriedOver?.clusterEffectSd ?? priors.clusterEffectSd;
  const priorSquareSd = squareSd;
  const priorClusterSd = clusterSd;

  const fit = new Fit(features, evidence);
  let steps = fit.run(squareSd, clusterSd);
  for (let round = 0; round < EFFECT_SD_ROUNDS && evidence.holes.length > 0; round++) {
    squareSd = reestimate(priorSquareSd, priors.effectSdEvidence, fit.squareMoment(), evidence.squares.length);
    clusterSd = reestimate(priorClusterSd, priors.effectSdEvidence, fit.clusterMoment(), evidence.clusters.length);
    steps += fit.run(squareSd, clusterSd);
  }
  return summarise(input, structure, features, evidence, fit, squareSd, clusterSd, steps);
}

/** Mode of a variance under an inverse-gamma prior worth `strength` observations at `priorSd`. */
function reestimate(priorSd: number, strength: number, moment: number, count: number): number {
  return Math.sqrt((strength * priorSd * priorSd + moment) / (strength + count));
}

/** The holes with results, sorted by cluster, and the clusters and squares that have any. */
interface Evidence {
  /** Cluster and square indices in the grid. */
  readonly clusters: Int32Array;
  readonly squares: Int32Array;
  /** Per evident cluster: its place in `squares`. */
  readonly squareOf: Int32Array;
  /** Per evident cluster: its holes are `holes[start[c] .. start[c + 1]]`. */
  readonly start: Int32Array;
  readonly holes: Int32Array;
  readonly good: Float64Array;
  readonly weight: Float64Array;
}

function evidenceOf(input: DecisionInput, structure: Structure): Evidence {
  const { good, weight } = input.outcomes;
  const clusters: number[] = [];
  const squares: number[] = [];
  const squareOf: number[] = [];
  const start: number[] = [0];
  const holes: number[] = [];
  if (input.settings.learning) {
    for (let s = 0; s < structure.squareCount; s++) {
      const squaresBefore = squares.length;
      for (let k = structure.squareStart[s]; k < structure.squareStart[s + 1]; k++) {
        const c = structure.clustersOfSquare[k];
        const holesBefore = holes.length;
        for (let i = structure.clusterStart[c]; i < structure.clusterStart[c + 1]; i++) {
          const h = structure.holesOfCluster[i];
          if (good[h] >= 0 && good[h] <= 1 && weight[h] > 0) holes.push(h);
        }
        if (holes.length === holesBefore) continue;
        if (squares.length === squaresBefore) squares.push(s);
        clusters.push(c);
        squareOf.push(squares.length - 1);
        start.push(holes.length);
      }
    }
  }
  return {
    clusters: Int32Array.from(clusters),
    squares: Int32Array.from(squares),
    squareOf: Int32Array.from(squareOf),
    start: Int32Array.from(start),
    holes: Int32Array.from(holes),
    good: Float64Array.from(holes, (h) => good[h]),
    weight: Float64Array.from(holes, (h) => effectiveWeight(weight[h])),
  };
}

function effectiveWeight(micrographs: number): number {
  return micrographs <= 1 ? micrographs : 1 + REPEAT_INFORMATION * (Math.min(micrographs, 100) - 1);
}

/**
 * Damped Newton on the log posterior. Cluster effects, then square effects, are eliminated from each step's equations
 * (they touch nothing but their own holes), which leaves a dense system in θ only.
 */
class Fit {
  readonly theta: Float64Array;
  readonly square: Float64Array;
  readonly cluster: Float64Array;
  /** Inverse of the curvature in θ after elimination: the covariance of θ. */
  covariance: Float64Array;
  /** Per evident square: curvature in its effect, and coupling to θ, after elimination of its clusters. */
  readonly squareCurvature: Float64Array;
  readonly squareCoupling: Float64Array;
  /** Per evident cluster: curvature in its effect, coupling to θ and to its square. */
  readonly clusterCurvature: Float64Array;
  readonly clusterCoupling: Float64Array;
  readonly clusterToSquare: Float64Array;
  private readonly size: number;
  private readonly squareGradient: Float64Array;
  private readonly clusterGradient: Float64Array;
  private squareSd = 1;
  private clusterSd = 1;

  constructor(
    private readonly features: Features,
    private readonly evidence: Evidence,
  ) {
    const size = features.levelCount + features.holeCount;
    this.size = size;
    this.theta = features.priorMean.slice();
    const squares = evidence.squares.length;
    const clusters = evidence.clusters.length;
    this.square = new Float64Array(squares);
    this.cluster = new Float64Array(clusters);
    this.covariance = new Float64Array(size * size);
    this.squareCurvature = new Float64Array(squares);
    this.squareCoupling = new Float64Array(squares * size);
    this.squareGradient = new Float64Array(squares);
    this.clusterCurvature = new Float64Array(clusters);
    this.clusterCoupling = new Float64Array(clusters * size);
    this.clusterGradient = new Float64Array(clusters);
    this.clusterToSquare = new Float64Array(clusters);
  }

  /** Climbs from where it stands to the mode under these effect deviations; returns the number of steps. */
  run(squareSd: number, clusterSd: number): number {
    this.squareSd = squareSd;
    this.clusterSd = clusterSd;
    const { size, theta, square, cluster, evidence } = this;
    const thetaStep = new Float64Array(size);
    const squareStep = new Float64Array(square.length);
    const clusterStep = new Float64Array(cluster.length);
    const trialTheta = new Float64Array(size);
    const trialSquare = new Float64Array(square.length);
    const trialCluster = new Float64Array(cluster.length);
    let objective = this.objective(theta, square, cluster);
    let steps = 0;
    for (; steps < MAX_STEPS; steps++) {
      const decrement = this.newtonStep(thetaStep, squareStep, clusterStep);
      if (evidence.holes.length === 0 || decrement < CONVERGED_DECREMENT) break;
      let scale = 1;
      let halvings = 0;
      for (; halvings < MAX_HALVINGS; halvings++, scale /= 2) {
        for (let i = 0; i < size; i++) trialTheta[i] = theta[i] + scale * thetaStep[i];
        for (let s = 0; s < square.length; s++) trialSquare[s] = square[s] + scale * squareStep[s];
        for (let c = 0; c < cluster.length; c++) trialCluster[c] = cluster[c] + scale * clusterStep[c];
        const trial = this.objective(trialTheta, trialSquare, trialCluster);
        if (trial <= objective - 1e-4 * scale * decrement) {
          objective = trial;
          break;
        }
      }
      if (halvings === MAX_HALVINGS) break;
      theta.set(trialTheta);
      square.set(trialSquare);
      cluster.set(trialCluster);
    }
    return steps;
  }

  /** Σ E[u²] over the evident squares. */
  squareMoment(): number {
    let sum = 0;
    for (let s = 0; s < this.square.length; s++) sum += this.square[s] ** 2 + 1 / this.squareCurvature[s];
    return sum;
  }

  clusterMoment(): number {
    let sum = 0;
    for (let c = 0; c < this.cluster.length; c++) sum += this.cluster[c] ** 2 + 1 / this.clusterCurvature[c];
    return sum;
  }

  /** Minus the log posterior, up to a constant. */
  private objective(theta: Float64Array, square: Float64Array, cluster: Float64Array): number {
    const { size, evidence, features } = this;
    const { levelCount, holeCount, level, hole, priorMean, priorPrecision } = features;
    const { clusters, squareOf, start, holes, good, weight } = evidence;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      let row = 0;
      for (let j = 0; j < size; j++) row += priorPrecision[i * size + j] * (theta[j] - priorMean[j]);
      sum += 0.5 * row * (theta[i] - priorMean[i]);
    }
    for (let s = 0; s < square.length; s++) sum += (0.5 * square[s] ** 2) / this.squareSd ** 2;
    for (let c = 0; c < cluster.length; c++) {
      sum += (0.5 * cluster[c] ** 2) / this.clusterSd ** 2;
      let base = square[squareOf[c]] + cluster[c];
      for (let k = 0, at = clusters[c] * levelCount; k < levelCount; k++, at++) base += level[at] * theta[k];
      for (let i = start[c]; i < start[c + 1]; i++) {
        let eta = base;
        for (let k = 0, at = holes[i] * holeCount; k < holeCount; k++, at++) eta += hole[at] * theta[levelCount + k];
        sum += weight[i] * (softplus(eta) - good[i] * eta);
      }
    }
    return sum;
  }

  /** Fills in the full Newton step and returns its decrement gᵀH⁻¹g. */
  private newtonStep(thetaStep: Float64Array, squareStep: Float64Array, clusterStep: Float64Array): number {
    const { size, theta, square, cluster, evidence, features } = this;
    const { levelCount, holeCount, level, hole, priorMean, priorPrecision } = features;
    const { clusters, squareOf, start, holes, good, weight } = evidence;
    const { squareCurvature, squareCoupling, squareGradient, clusterCurvature, clusterCoupling, clusterGradient } =
      this;
    const { clusterToSquare } = this;
    const curvature = priorPrecision.slice();
    // Minus the gradient of the objective, before and after elimination.
    const gradient = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += priorPrecision[i * size + j] * (priorMean[j] - theta[j]);
      gradient[i] = sum;
    }
    for (let s = 0; s < square.length; s++) {
      squareCurvature[s] = 1 / this.squareSd ** 2;
      squareGradient[s] = -square[s] / this.squareSd ** 2;
    }
    squareCoupling.fill(0);

    const holeSum = new Float64Array(holeCount);
    for (let c = 0; c < cluster.length; c++) {
      const s = squareOf[c];
      const levelAt = clusters[c] * levelCount;
      let base = square[s] + cluster[c];
      for (let k = 0; k < levelCount; k++) base += level[levelAt + k] * theta[k];
      let sumW = 0;
      let sumR = 0;
      holeSum.fill(0);
      for (let i = start[c]; i < start[c + 1]; i++) {
        const holeAt = holes[i] * holeCount;
        let eta = base;
        for (let k = 0; k < holeCount; k++) eta += hole[holeAt + k] * theta[levelCount + k];
        const p = sigmoid(eta);
        const w = weight[i] * p * (1 - p);
        const r = weight[i] * (good[i] - p);
        sumW += w;
        sumR += r;
        for (let k = 0; k < holeCount; k++) {
          const x = hole[holeAt + k];
          if (x === 0) continue;
          holeSum[k] += w * x;
          gradient[levelCount + k] += r * x;
          const row = (levelCount + k) * size + levelCount;
          for (let j = 0; j <= k; j++) curvature[row + j] += w * x * hole[holeAt + j];
        }
      }
      const coupling = c * size;
      for (let k = 0; k < levelCount; k++) {
        const x = level[levelAt + k];
        clusterCoupling[coupling + k] = sumW * x;
        gradient[k] += sumR * x;
        if (x === 0) continue;
        for (let j = 0; j <= k; j++) curvature[k * size + j] += sumW * x * level[levelAt + j];
        for (let j = 0; j < holeCount; j++) curvature[(levelCount + j) * size + k] += x * holeSum[j];
      }
      for (let k = 0; k < holeCount; k++) clusterCoupling[coupling + levelCount + k] = holeSum[k];

      squareCurvature[s] += sumW;
      squareGradient[s] += sumR;
      clusterToSquare[c] = sumW;
      clusterCurvature[c] = sumW + 1 / this.clusterSd ** 2;
      clusterGradient[c] = sumR - cluster[c] / this.clusterSd ** 2;
      // Eliminate the cluster's effect.
      const inverse = 1 / clusterCurvature[c];
      for (let k = 0; k < size; k++) {
        const x = clusterCoupling[coupling + k];
        squareCoupling[s * size + k] += x * (1 - sumW * inverse);
        if (x === 0) continue;
        gradient[k] -= x * inverse * clusterGradient[c];
        const scaled = x * inverse;
        for (let j = 0; j <= k; j++) curvature[k * size + j] -= scaled * clusterCoupling[coupling + j];
      }
      squareCurvature[s] -= sumW * sumW * inverse;
      squareGradient[s] -= sumW * inverse * clusterGradient[c];
    }
    for (let s = 0; s < square.length; s++) {
      const coupling = s * size;
      const inverse = 1 / squareCurvature[s];
      for (let k = 0; k < size; k++) {
        const x = squareCoupling[coupling + k];
        if (x === 0) continue;
        gradient[k] -= x * inverse * squareGradient[s];
        const scaled = x * inverse;
        for (let j = 0; j <= k; j++) curvature[k * size + j] -= scaled * squareCoupling[coupling + j];
      }
    }
    // The prior keeps the system positive definite; rounding with enormous weights may not.
    let decrement = 0;
    let factor = curvature.slice();
    for (let ridge = 1e-9; !factorise(factor, size); ridge *= 10) {
      factor = curvature.slice();
      for (let k = 0; k < size; k++) factor[k * size + k] += ridge * (1 + Math.abs(curvature[k * size + k]));
    }
    thetaStep.set(gradient);
    solveFactorised(factor, size, thetaStep);
    for (let k = 0; k < size; k++) decrement += gradient[k] * thetaStep[k];
    this.covariance = factor;
    for (let s = 0; s < square.length; s++) {
      let sum = squareGradient[s];
      decrement += squareGradient[s] ** 2 / squareCurvature[s];
      for (let k = 0, at = s * size; k < size; k++, at++) sum -= squareCoupling[at] * thetaStep[k];
      squareStep[s] = sum / squareCurvature[s];
    }
    for (let c = 0; c < cluster.length; c++) {
      let sum = clusterGradient[c] - clusterToSquare[c] * squareStep[squareOf[c]];
      decrement += clusterGradient[c] ** 2 / clusterCurvature[c];
      for (let k = 0, at = c * size; k < size; k++, at++) sum -= clusterCoupling[at] * thetaStep[k];
      clusterStep[c] = sum / clusterCurvature[c];
    }
    return decrement;
  }

  covarianceOfTheta(): Float64Array {
    return inverseOfFactorised(this.covariance, this.size);
  }
}

function summarise(
  input: DecisionInput,
  structure: Structure,
  features: Features,
  evidence: Evidence,
  fit: Fit,
  squareSd: number,
  clusterSd: number,
  steps: number,
): Belief {
  const { levelCount, holeCount, level, hole } = features;
  const size = levelCount + holeCount;
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

  // η = q·θ + (noise of the square and cluster effects that θ does not explain); see the elimination in newtonStep.
  const q = new Float64Array(size);
  const vq = new Float64Array(size);
  for (let c = 0; c < structure.clusterCount; c++) {
    const first = structure.clusterStart[c];
    const end = structure.clusterStart[c + 1];
    const s = input.clusters.squareOfCluster[c];
    const ec = evidentCluster[c];
    const es = evidentSquare[s];
    const levelAt = c * levelCount;
    let base = squareEffect[s];
    let priorBase = 0;
    for (let k = 0; k < levelCount; k++) {
      q[k] = level[levelAt + k];
      base += q[k] * theta[k];
      priorBase += q[k] * features.priorMean[k];
    }
    q.fill(0, levelCount);
    let squareShare = 1;
    let noise = clusterSd * clusterSd;
    if (ec >= 0) {
      const curvature = fit.clusterCurvature[ec];
      clusterEffect[c] = fit.cluster[ec];
      base += clusterEffect[c];
      squareShare = 1 - fit.clusterToSquare[ec] / curvature;
      noise = 1 / curvature;
      for (let k = 0; k < size; k++) q[k] -= fit.clusterCoupling[ec * size + k] / curvature;
    }
    if (es >= 0) {
      const curvature = fit.squareCurvature[es];
      noise += (squareShare * squareShare) / curvature;
      for (let k = 0; k < size; k++) q[k] -= (squareShare * fit.squareCoupling[es * size + k]) / curvature;
    } else {
      noise += squareShare * squareShare * squareSd * squareSd;
    }
    if (ec >= 0) clusterEffectSd[c] = Math.sqrt(1 / fit.clusterCurvature[ec]);
    let shared = noise;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += covariance[i * size + j] * q[j];
      vq[i] = sum;
      shared += sum * q[i];
    }
    for (let i = first; i < end; i++) {
      const h = structure.holesOfCluster[i];
      const holeAt = h * holeCount;
      let eta = base;
      let prior = priorBase;
      let variance = shared;
      for (let k = 0; k < holeCount; k++) {
        const x = hole[holeAt + k];
        if (x === 0) continue;
        const t = levelCount + k;
        eta += x * theta[t];
        prior += x * features.priorMean[t];
        let sum = vq[t] + 0.5 * covariance[t * size + t] * x;
        for (let j = 0; j < k; j++) sum += covariance[t * size + levelCount + j] * hole[holeAt + j];
        variance += 2 * x * sum;
      }
      logit[h] = eta;
      priorLogit[h] = prior;
      logitVariance[h] = variance;
      const p = expectedSigmoid(eta, variance);
      probability[h] = p;
      sd[h] = p * (1 - p) * Math.sqrt(variance);
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
