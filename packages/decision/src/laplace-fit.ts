import type { Features } from "./features.js";
import { factorise, inverseOfFactorised, solveFactorised } from "./linear.js";
import { softplus } from "./logistic.js";
import type { Structure } from "./structure.js";
import type { DecisionInput } from "./types.js";

/** The holes with results, sorted by cluster and square, and the clusters and squares that have any. */
export interface Evidence {
  /** Cluster and square indices in the grid. */
  readonly clusters: Int32Array;
  readonly squares: Int32Array;
  /** Per evident square: its clusters are `clusters[squareStart[s] .. squareStart[s + 1]]`. */
  readonly squareStart: Int32Array;
  /** Per evident cluster: its holes are `holes[clusterStart[c] .. clusterStart[c + 1]]`. */
  readonly clusterStart: Int32Array;
  readonly holes: Int32Array;
  readonly good: Float64Array;
  readonly weight: Float64Array;
}

/** Several micrographs of one hole share their ice: each further one says this much of what the first said. */
const REPEAT_INFORMATION = 0.3;
const MOST_MICROGRAPHS = 100;

export function evidenceOf(input: DecisionInput, structure: Structure): Evidence {
  const { good, weight } = input.outcomes;
  const clusters: number[] = [];
  const squares: number[] = [];
  const squareStart: number[] = [0];
  const clusterStart: number[] = [0];
  const holes: number[] = [];
  if (input.settings.learning) {
    for (let s = 0; s < structure.squareCount; s++) {
      const clustersBefore = clusters.length;
      for (let k = structure.squareStart[s]; k < structure.squareStart[s + 1]; k++) {
        const c = structure.clustersOfSquare[k];
        const holesBefore = holes.length;
        for (let i = structure.clusterStart[c]; i < structure.clusterStart[c + 1]; i++) {
          const h = structure.holesOfCluster[i];
          if (good[h] >= 0 && good[h] <= 1 && weight[h] > 0) holes.push(h);
        }
        if (holes.length === holesBefore) continue;
        clusters.push(c);
        clusterStart.push(holes.length);
      }
      if (clusters.length === clustersBefore) continue;
      squares.push(s);
      squareStart.push(clusters.length);
    }
  }
  return {
    clusters: Int32Array.from(clusters),
    squares: Int32Array.from(squares),
    squareStart: Int32Array.from(squareStart),
    clusterStart: Int32Array.from(clusterStart),
    holes: Int32Array.from(holes),
    good: Float64Array.from(holes, (h) => good[h]),
    weight: Float64Array.from(holes, (h) => effectiveWeight(weight[h])),
  };
}

function effectiveWeight(micrographs: number): number {
  return micrographs <= 1 ? micrographs : 1 + REPEAT_INFORMATION * (Math.min(micrographs, MOST_MICROGRAPHS) - 1);
}

const MAX_HALVINGS = 20;
/** Below this promise (in log posterior) a full step lands on the mode: what is left is its square. */
const NEARLY_THERE = 1e-3;
/** Share of the expected descent that a step must bring (Armijo). */
const SUFFICIENT_DESCENT = 1e-4;

interface Step {
  readonly theta: Float64Array;
  readonly square: Float64Array;
  readonly cluster: Float64Array;
}

/**
 * Damped Newton on the log posterior of θ and the effects of squares and clusters. The effects touch nothing but their
 * own holes, so they are eliminated from each step's equations, clusters before squares, which leaves a dense system in θ
 * only. Undamped, the step overshoots where outcomes are nearly separable, and diverges.
 */
export class LaplaceFit {
  readonly theta: Float64Array;
  /** Effects per evident square and cluster. */
  readonly square: Float64Array;
  readonly cluster: Float64Array;
  /** Per evident square: curvature in its effect, and coupling to θ, after elimination of its clusters. */
  readonly squareCurvature: Float64Array;
  readonly squareCoupling: Float64Array;
  /** Per evident cluster: Σ of its holes' weights (its coupling to its square), and with the prior's its curvature. */
  readonly clusterWeight: Float64Array;
  readonly clusterCurvature: Float64Array;
  /** Per evident cluster: weighted sum of its holes' own features. */
  readonly clusterHoleSum: Float64Array;
  private readonly squareGradient: Float64Array;
  private readonly clusterGradient: Float64Array;
  /** Per hole with a result, in the evidence's order: its own features. */
  private readonly own: Float64Array;
  private factor: Float64Array;
  private squarePrecision = 1;
  private clusterPrecision = 1;
  /** Minus the log posterior, up to a constant, where the last Newton step began. */
  private objectiveAtStep = Number.NaN;

  constructor(
    private readonly features: Features,
    private readonly evidence: Evidence,
  ) {
    const { size } = features;
    const squares = evidence.squares.length;
    const clusters = evidence.clusters.length;
    this.theta = features.priorMean.slice();
    this.factor = new Float64Array(size * size);
    this.square = new Float64Array(squares);
    this.cluster = new Float64Array(clusters);
    this.squareCurvature = new Float64Array(squares);
    this.squareCoupling = new Float64Array(squares * size);
    this.squareGradient = new Float64Array(squares);
    this.clusterWeight = new Float64Array(clusters);
    this.clusterCurvature = new Float64Array(clusters);
    this.clusterHoleSum = new Float64Array(clusters * features.hole.columns);
    this.clusterGradient = new Float64Array(clusters);
    const { columns, values } = features.hole;
    this.own = new Float64Array(evidence.holes.length * columns);
    evidence.holes.forEach((h, i) => {
      this.own.set(values.subarray(h * columns, (h + 1) * columns), i * columns);
    });
  }

  /**
   * Climbs from where it stands to the mode under these effect deviations, or as far as `maxSteps` lead. The curvature
   * is that of the last step's beginning, which at the mode is the same.
   *
   * @returns the number of steps
   */
  run(squareSd: number, clusterSd: number, maxSteps: number): number {
    this.squarePrecision = 1 / (squareSd * squareSd);
    this.clusterPrecision = 1 / (clusterSd * clusterSd);
    const { theta, square, cluster, evidence } = this;
    if (evidence.holes.length === 0) {
      this.newtonStep(this.newStep());
      return 0;
    }
    let step = this.newStep();
    let next = this.newStep();
    const start = { theta: theta.slice(), square: square.slice(), cluster: cluster.slice() };
    const go = (scale: number): void => {
      for (let i = 0; i < theta.length; i++) theta[i] = start.theta[i] + scale * step.theta[i];
      for (let s = 0; s < square.length; s++) square[s] = start.square[s] + scale * step.square[s];
      for (let c = 0; c < cluster.length; c++) cluster[c] = start.cluster[c] + scale * step.cluster[c];
    };
    let decrement = this.newtonStep(step);
    for (let steps = 1; ; steps++) {
      go(1);
      if (decrement < NEARLY_THERE) return steps;
      const objective = this.objectiveAtStep;
      const enough = (scale: number, there: number): boolean =>
        there <= objective - SUFFICIENT_DESCENT * scale * decrement;
      // A full step is nearly always right: the next one's equations, set up where it leads, tell that by the way.
      const isLast = steps === maxSteps;
      let nextDecrement = isLast ? Number.NaN : this.newtonStep(next);
      if (!enough(1, isLast ? this.objective() : this.objectiveAtStep)) {
        let scale = 1;
        let halvings = 0;
        do {
          scale /= 2;
          halvings++;
          go(scale);
        } while (halvings < MAX_HALVINGS && !enough(scale, this.objective()));
        if (!isLast) nextDecrement = this.newtonStep(next);
      }
      if (isLast) return steps;
      start.theta.set(theta);
      start.square.set(square);
      start.cluster.set(cluster);
      [step, next] = [next, step];
      decrement = nextDecrement;
    }
  }

  private newStep(): Step {
    return {
      theta: new Float64Array(this.theta.length),
      square: new Float64Array(this.square.length),
      cluster: new Float64Array(this.cluster.length),
    };
  }

  /** Σ E[u²] over the evident squares. */
  squareMoment(): number {
    return secondMoment(this.square, this.squareCurvature);
  }

  clusterMoment(): number {
    return secondMoment(this.cluster, this.clusterCurvature);
  }

  covarianceOfTheta(): Float64Array {
    return inverseOfFactorised(this.factor, this.theta.length);
  }

  /** Minus the log posterior, up to a constant. */
  private objective(): number {
    const { theta, square, cluster, evidence, features } = this;
    const { priorMean, priorPrecision, size } = features;
    const { squareStart, clusterStart, good, weight } = evidence;
    const holeColumns = features.hole.columns;
    const { own } = this;
    const firstHole = size - holeColumns;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      let row = 0;
      for (let j = 0; j < size; j++) row += priorPrecision[i * size + j] * (theta[j] - priorMean[j]);
      sum += 0.5 * row * (theta[i] - priorMean[i]);
    }
    for (let s = 0; s < square.length; s++) {
      sum += 0.5 * square[s] * square[s] * this.squarePrecision;
      const squareBase = square[s] + this.squareTerm(s, theta);
      for (let c = squareStart[s]; c < squareStart[s + 1]; c++) {
        sum += 0.5 * cluster[c] * cluster[c] * this.clusterPrecision;
        const base = squareBase + cluster[c] + this.clusterTerm(c, theta);
        for (let i = clusterStart[c]; i < clusterStart[c + 1]; i++) {
          let eta = base;
          for (let k = 0, at = i * holeColumns; k < holeColumns; k++, at++) eta += own[at] * theta[firstHole + k];
          sum += weight[i] * (softplus(eta) - good[i] * eta);
        }
      }
    }
    return sum;
  }

  private squareTerm(s: number, theta: Float64Array): number {
    const { columns, values } = this.features.square;
    let sum = 0;
    for (let k = 0, at = this.evidence.squares[s] * columns; k < columns; k++, at++) sum += values[at] * theta[k];
    return sum;
  }

  private clusterTerm(c: number, theta: Float64Array): number {
    const { columns, values } = this.features.cluster;
    const first = this.features.square.columns;
    let sum = 0;
    for (let k = 0, at = this.evidence.clusters[c] * columns; k < columns; k++, at++)
      sum += values[at] * theta[first + k];
    return sum;
  }

  /** Fills in the full Newton step and returns its decrement gᵀH⁻¹g. */
  private newtonStep({ theta: thetaStep, square: squareStep, cluster: clusterStep }: Step): number {
    const { theta, square, cluster, evidence, features } = this;
    const { size, priorMean, priorPrecision } = features;
    const { squares, clusters, squareStart, clusterStart, good, weight } = evidence;
    const { squareCurvature, squareCoupling, squareGradient } = this;
    const { clusterWeight, clusterCurvature, clusterHoleSum, clusterGradient, squarePrecision, clusterPrecision } =
      this;
    const squareColumns = features.square.columns;
    const clusterColumns = features.cluster.columns;
    const holeColumns = features.hole.columns;
    const xSquare = features.square.values;
    const xCluster = features.cluster.values;
    const xHole = this.own;
    const firstCluster = squareColumns;
    const firstHole = squareColumns + clusterColumns;
    // Lower triangles only.
    const curvature = priorPrecision.slice();
    // Minus the gradient of the objective.
    const gradient = new Float64Array(size);
    let objective = 0;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += priorPrecision[i * size + j] * (priorMean[j] - theta[j]);
      gradient[i] = sum;
      objective += 0.5 * sum * (priorMean[i] - theta[i]);
    }
    let decrement = 0;

    for (let s = 0; s < squares.length; s++) {
      const squareAt = squares[s] * squareColumns;
      objective += 0.5 * square[s] * square[s] * squarePrecision;
      const squareBase = square[s] + this.squareTerm(s, theta);
      // Sums over the square's holes once the effects of its clusters are eliminated: weight, residual, weighted features.
      let squareW = 0;
      let squareR = 0;
      const coupling = squareCoupling.subarray(s * size, (s + 1) * size);
      coupling.fill(0);
      for (let c = squareStart[s]; c < squareStart[s + 1]; c++) {
        const clusterAt = clusters[c] * clusterColumns;
        const sumAt = c * holeColumns;
        const base = squareBase + cluster[c] + this.clusterTerm(c, theta);
        objective += 0.5 * cluster[c] * cluster[c] * clusterPrecision;
        let sumW = 0;
        let sumR = 0;
        clusterHoleSum.fill(0, sumAt, sumAt + holeColumns);
        for (let i = clusterStart[c]; i < clusterStart[c + 1]; i++) {
          const holeAt = i * holeColumns;
          let eta = base;
          for (let k = 0; k < holeColumns; k++) eta += xHole[holeAt + k] * theta[firstHole + k];
          // Sigmoid and softplus of one exponential.
          const e = Math.exp(-Math.abs(eta));
          const p = eta >= 0 ? 1 / (1 + e) : e / (1 + e);
          objective += weight[i] * ((eta > 0 ? eta : 0) + Math.log1p(e) - good[i] * eta);
          const w = weight[i] * p * (1 - p);
          const r = weight[i] * (good[i] - p);
          sumW += w;
          sumR += r;
          for (let k = 0; k < holeColumns; k++) {
            const x = xHole[holeAt + k];
            const wx = w * x;
            clusterHoleSum[sumAt + k] += wx;
            gradient[firstHole + k] += r * x;
            const row = (firstHole + k) * size + firstHole;
            for (let j = 0; j <= k; j++) curvature[row + j] += wx * xHole[holeAt + j];
          }
        }
        const own = sumW + clusterPrecision;
        const ownGradient = sumR - clusterPrecision * cluster[c];
        clusterWeight[c] = sumW;
        clusterCurvature[c] = own;
        clusterGradient[c] = ownGradient;
        decrement += (ownGradient * ownGradient) / own;
        // What is left of weights and residuals after the cluster has taken its share.
        const share = clusterPrecision / own;
        const leftW = sumW * share;
        const leftR = sumR - (sumW / own) * ownGradient;
        squareW += leftW;
        squareR += leftR;
        for (let k = 0; k < clusterColumns; k++) {
          const x = xCluster[clusterAt + k];
          if (x === 0) continue;
          const t = firstCluster + k;
          gradient[t] += leftR * x;
          coupling[t] += leftW * x;
          for (let j = 0; j <= k; j++) curvature[t * size + firstCluster + j] += leftW * x * xCluster[clusterAt + j];
          for (let j = 0; j < holeColumns; j++) {
            curvature[(firstHole + j) * size + t] += share * x * clusterHoleSum[sumAt + j];
          }
        }
        for (let k = 0; k < holeColumns; k++) {
          const sum = clusterHoleSum[sumAt + k];
          const t = firstHole + k;
          gradient[t] -= (sum / own) * ownGradient;
          coupling[t] += share * sum;
          for (let j = 0; j <= k; j++) curvature[t * size + firstHole + j] -= (sum / own) * clusterHoleSum[sumAt + j];
        }
      }
      for (let k = 0; k < squareColumns; k++) {
        const x = xSquare[squareAt + k];
        gradient[k] += squareR * x;
        coupling[k] = squareW * x;
        if (x === 0) continue;
        for (let j = 0; j <= k; j++) curvature[k * size + j] += squareW * x * xSquare[squareAt + j];
        for (let j = firstCluster; j < size; j++) curvature[j * size + k] += x * coupling[j];
      }
      const own = squareW + squarePrecision;
      const ownGradient = squareR - squarePrecision * square[s];
      squareCurvature[s] = own;
      squareGradient[s] = ownGradient;
      decrement += (ownGradient * ownGradient) / own;
      for (let k = 0; k < size; k++) {
        const scaled = coupling[k] / own;
        if (scaled === 0) continue;
        gradient[k] -= scaled * ownGradient;
        for (let j = 0; j <= k; j++) curvature[k * size + j] -= scaled * coupling[j];
      }
    }

    this.objectiveAtStep = objective;
    this.factor = factoriseSafely(curvature, size);
    thetaStep.set(gradient);
    solveFactorised(this.factor, size, thetaStep);
    for (let k = 0; k < size; k++) decrement += gradient[k] * thetaStep[k];
    for (let s = 0; s < squares.length; s++) {
      let sum = squareGradient[s];
      for (let k = 0, at = s * size; k < size; k++, at++) sum -= squareCoupling[at] * thetaStep[k];
      squareStep[s] = sum / squareCurvature[s];
      const squareMove = squareStep[s] + this.squareTerm(s, thetaStep);
      for (let c = squareStart[s]; c < squareStart[s + 1]; c++) {
        let left = clusterGradient[c] - clusterWeight[c] * (squareMove + this.clusterTerm(c, thetaStep));
        for (let k = 0; k < holeColumns; k++) left -= clusterHoleSum[c * holeColumns + k] * thetaStep[firstHole + k];
        clusterStep[c] = left / clusterCurvature[c];
      }
    }
    return decrement;
  }
}

/** The prior keeps the system positive definite; rounding under enormous weights may not, hence the growing ridge. */
function factoriseSafely(curvature: Float64Array, size: number): Float64Array {
  let factor = curvature.slice();
  for (let ridge = 1e-9; !factorise(factor, size); ridge *= 10) {
    factor = curvature.slice();
    for (let k = 0; k < size; k++) factor[k * size + k] += ridge * (1 + Math.abs(curvature[k * size + k]));
  }
  return factor;
}

function secondMoment(effects: Float64Array, curvature: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < effects.length; i++) sum += effects[i] * effects[i] + 1 / curvature[i];
  return sum;
}
