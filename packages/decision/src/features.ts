import { boundedLogit } from "./logistic.js";
import { robustSpread } from "./robust.js";
import type { Structure } from "./structure.js";
import type { CarriedOver, DecisionInput, Gaussian, ModelColumn } from "./types.js";

/**
 * The regressors of the belief, each stored once per square, cluster or hole that it differs between: that is what makes
 * a refit of 10,000 results and 40 regressors take milliseconds. Coefficients are numbered squares' first, then clusters',
 * then holes'.
 */
export interface Features {
  readonly square: Table;
  readonly cluster: Table;
  readonly hole: Table;
  /** Number of coefficients: columns of the three tables together. */
  readonly size: number;
  readonly priorMean: Float64Array;
  /** Dense, row-major: the parts of one model are believed to be alike. */
  readonly priorPrecision: Float64Array;
  readonly models: readonly ModelFeatures[];
  /** Built-in predictors by name and their coefficient's index. */
  readonly builtIn: readonly { readonly name: string; readonly index: number }[];
}

/** `columns` figures per row, row-major. */
export interface Table {
  readonly columns: number;
  readonly values: Float64Array;
}

export interface ModelFeatures {
  /** Coefficient indices; -1 = the model's scores have no such part. */
  readonly square: number;
  readonly cluster: number;
  readonly hole: number;
  readonly usedScores: number;
  readonly ignoredScores: number;
}

/** What is believed of coefficients before the first result of the first grid. */
export interface FeaturePriors {
  readonly interceptSd: number;
  /** Sum of the models' coefficients: 1 = together they are taken at their word. */
  readonly modelMean: number;
  /** Standard deviation that all parts of a model share. */
  readonly modelSd: number;
  /** Standard deviation of one part against the others. */
  readonly partSd: number;
}

/** Uncertainty that a coefficient gains from one grid to the next: specimens and ice differ. */
const DRIFT_SD = 0.2;
/** More categories than this are not told apart. */
const MAX_CATEGORIES = 8;
/** Standardised figures are held within this many deviations, so that one broken figure cannot rule. */
const MAX_DEVIATIONS = 3;
/** Spreads are measured on at most so many values, evenly spaced. */
const SPREAD_SAMPLE = 4096;

interface BuiltIn {
  readonly name: string;
  readonly prior: Gaussian;
  readonly values: Float64Array;
}

export function featuresOf(input: DecisionInput, structure: Structure, priors: FeaturePriors): Features {
  const models = input.models.map((model) => splitScores(model, input, structure));
  const squareBuiltIn = input.settings.builtInPredictors ? squareFigures(input) : [];
  const holeBuiltIn = input.settings.builtInPredictors ? holeFigures(input) : [];

  // The first column of the squares' table is the intercept.
  const squareColumns: Float64Array[] = [new Float64Array(structure.squareCount).fill(1)];
  const clusterColumns: Float64Array[] = [];
  const holeColumns: Float64Array[] = [];
  const places = models.map((split) => ({
    square: split.usedScores > 0 ? squareColumns.push(split.squarePart) - 1 : -1,
    cluster: split.hasClusterPart ? clusterColumns.push(split.clusterPart) - 1 : -1,
    hole: split.hasHolePart ? holeColumns.push(split.holePart) - 1 : -1,
  }));
  const squarePlaces = squareBuiltIn.map(({ values }) => squareColumns.push(values) - 1);
  const holePlaces = holeBuiltIn.map(({ values }) => holeColumns.push(values) - 1);
  const firstCluster = squareColumns.length;
  const firstHole = firstCluster + clusterColumns.length;
  const size = firstHole + holeColumns.length;
  const modelFeatures = models.map(({ usedScores, ignoredScores }, m): ModelFeatures => {
    const { square, cluster, hole } = places[m];
    return {
      square,
      cluster: cluster < 0 ? -1 : firstCluster + cluster,
      hole: hole < 0 ? -1 : firstHole + hole,
      usedScores,
      ignoredScores,
    };
  });

  const priorMean = new Float64Array(size);
  const priorPrecision = new Float64Array(size * size);
  const setPrior = (k: number, { mean, sd }: Gaussian): void => {
    priorMean[k] = mean;
    priorPrecision[k * size + k] = 1 / (sd * sd);
  };
  const carried = input.carriedOver;
  setPrior(0, carried === null ? { mean: 0, sd: priors.interceptSd } : drifted(carried.intercept, priors.interceptSd));
  const scored = models.filter((split) => split.usedScores > 0).length;
  modelFeatures.forEach(({ square, cluster, hole }, m) => {
    const parts = [square, cluster, hole];
    const known = carriedModel(carried, input.models[m]);
    if (known !== null) {
      const figures = [known.square, known.cluster, known.hole];
      parts.forEach((k, i) => {
        if (k >= 0) setPrior(k, drifted(figures[i], Math.hypot(priors.modelSd, priors.partSd)));
      });
      return;
    }
    const prior = input.models[m].prior ?? { mean: priors.modelMean / scored, sd: priors.modelSd };
    setAlike(
      priorMean,
      priorPrecision,
      size,
      parts.filter((k) => k >= 0),
      prior,
      priors.partSd,
    );
  });
  const builtIn: { name: string; index: number }[] = [];
  const addBuiltIn = (figure: BuiltIn, index: number): void => {
    const known = carried?.builtIn[figure.name];
    setPrior(index, known === undefined ? figure.prior : drifted(known, figure.prior.sd));
    builtIn.push({ name: figure.name, index });
  };
  squareBuiltIn.forEach((figure, b) => {
    addBuiltIn(figure, squarePlaces[b]);
  });
  holeBuiltIn.forEach((figure, b) => {
    addBuiltIn(figure, firstHole + holePlaces[b]);
  });
  return {
    square: tableOf(squareColumns, structure.squareCount),
    cluster: tableOf(clusterColumns, structure.clusterCount),
    hole: tableOf(holeColumns, structure.holeCount),
    size,
    priorMean,
    priorPrecision,
    models: modelFeatures,
    builtIn,
  };
}

function tableOf(columns: readonly Float64Array[], rows: number): Table {
  const width = columns.length;
  const values = new Float64Array(rows * width);
  columns.forEach((column, k) => {
    for (let row = 0, at = k; row < rows; row++, at += width) values[at] = column[row];
  });
  return { columns: width, values };
}

/**
 * Prior of parts that share one unknown: covariance `sd² 11ᵀ + partSd² I`, whose inverse is
 * `(I − sd²/(partSd² + n sd²) 11ᵀ) / partSd²`.
 */
function setAlike(
  priorMean: Float64Array,
  precision: Float64Array,
  size: number,
  parts: readonly number[],
  { mean, sd }: Gaussian,
  partSd: number,
): void {
  const own = 1 / (partSd * partSd);
  const shared = (own * sd * sd) / (partSd * partSd + parts.length * sd * sd);
  for (const i of parts) {
    priorMean[i] = mean;
    for (const j of parts) precision[i * size + j] = (i === j ? own : 0) - shared;
  }
}

/** What an earlier grid taught, no surer than a drift between grids allows and never vaguer than knowing nothing. */
function drifted({ mean, sd }: Gaussian, vaguestSd: number): Gaussian {
  return { mean, sd: Math.min(Math.max(vaguestSd, DRIFT_SD), Math.hypot(sd, DRIFT_SD)) };
}

function carriedModel(carried: CarriedOver | null, model: ModelColumn): CarriedOver["models"][number] | null {
  return carried?.models.find(({ name, metric }) => name === model.name && metric === model.metric) ?? null;
}

interface SplitScores {
  readonly squarePart: Float64Array;
  readonly clusterPart: Float64Array;
  readonly holePart: Float64Array;
  readonly hasClusterPart: boolean;
  readonly hasHolePart: boolean;
  readonly usedScores: number;
  readonly ignoredScores: number;
}

/** Differences of logits smaller than this are rounding. */
const SAME_LOGIT = 1e-9;

/**
 * A model's scores on the logit scale as mean of the square, cluster minus square, hole minus cluster. A square without
 * a score stands at the mean of the squares that have one: knowing nothing makes it neither better nor worse.
 */
function splitScores(model: ModelColumn, input: DecisionInput, structure: Structure): SplitScores {
  const { holeCount, clusterCount, squareCount } = structure;
  const { clusterOfHole } = input.holes;
  const { squareOfCluster } = input.clusters;
  const logits = new Float64Array(holeCount);
  const clusterSum = new Float64Array(clusterCount);
  const clusterScores = new Int32Array(clusterCount);
  let usedScores = 0;
  let ignoredScores = 0;
  let lastScore = Number.NaN;
  let lastLogit = 0;
  for (let h = 0; h < holeCount; h++) {
    const score = model.scores[h];
    if (!(score >= 0 && score <= 1)) {
      if (!Number.isNaN(score)) ignoredScores++;
      logits[h] = Number.NaN;
      continue;
    }
    if (score !== lastScore) {
      lastScore = score;
      lastLogit = boundedLogit(score);
    }
    logits[h] = lastLogit;
    clusterSum[clusterOfHole[h]] += lastLogit;
    clusterScores[clusterOfHole[h]]++;
    usedScores++;
  }
  const squarePart = new Float64Array(squareCount);
  const squareScores = new Int32Array(squareCount);
  for (let c = 0; c < clusterCount; c++) {
    squarePart[squareOfCluster[c]] += clusterSum[c];
    squareScores[squareOfCluster[c]] += clusterScores[c];
  }
  let gridSum = 0;
  let scoredSquares = 0;
  for (let s = 0; s < squareCount; s++) {
    if (squareScores[s] === 0) continue;
    squarePart[s] /= squareScores[s];
    gridSum += squarePart[s];
    scoredSquares++;
  }
  const gridMean = scoredSquares === 0 ? 0 : gridSum / scoredSquares;
  for (let s = 0; s < squareCount; s++) if (squareScores[s] === 0) squarePart[s] = gridMean;

  const clusterPart = new Float64Array(clusterCount);
  const clusterMean = new Float64Array(clusterCount);
  let hasClusterPart = false;
  for (let c = 0; c < clusterCount; c++) {
    if (clusterScores[c] === 0) continue;
    clusterMean[c] = clusterSum[c] / clusterScores[c];
    clusterPart[c] = clusterMean[c] - squarePart[squareOfCluster[c]];
    if (Math.abs(clusterPart[c]) > SAME_LOGIT) hasClusterPart = true;
  }
  let hasHolePart = false;
  for (let h = 0; h < holeCount; h++) {
    const own = logits[h] - clusterMean[clusterOfHole[h]];
    logits[h] = Math.abs(own) > SAME_LOGIT ? own : 0;
    if (logits[h] !== 0) hasHolePart = true;
  }
  return { squarePart, clusterPart, holePart: logits, hasClusterPart, hasHolePart, usedScores, ignoredScores };
}

/** What EPU's atlas says of a square. Larger squares have more holes off the bar; very large ones are often broken. */
function squareFigures({ squares }: DecisionInput): BuiltIn[] {
  const figures: BuiltIn[] = [];
  const area = standardised(squares.area);
  if (area !== null) {
    figures.push({ name: "square area", prior: { mean: 0, sd: 0.5 }, values: area });
    figures.push({ name: "square area squared", prior: { mean: 0, sd: 0.3 }, values: squared(area) });
  }
  const quality = standardised(squares.atlasQuality);
  if (quality !== null) figures.push({ name: "atlas quality", prior: { mean: 0, sd: 0.5 }, values: quality });
  const categories = [...new Set(squares.atlasCategory)].filter((category) => category >= 0).sort((a, b) => a - b);
  if (categories.length > 1 && categories.length <= MAX_CATEGORIES) {
    for (const category of categories) {
      const values = Float64Array.from(squares.atlasCategory, (own) => (own === category ? 1 : 0));
      figures.push({ name: `atlas category ${category}`, prior: { mean: 0, sd: 0.5 }, values });
    }
  }
  return figures;
}

/**
 * What EPU's hole finder says of a hole. Its intensity has an interior optimum: dark is thick ice, bright is empty or too
 * thin to hold particles.
 */
function holeFigures({ holes }: DecisionInput): BuiltIn[] {
  const figures: BuiltIn[] = [];
  const intensity = standardised(holes.intensityMean);
  if (intensity !== null) {
    figures.push({ name: "intensity", prior: { mean: 0, sd: 0.5 }, values: intensity });
    figures.push({ name: "intensity squared", prior: { mean: -0.1, sd: 0.3 }, values: squared(intensity) });
  }
  const deviation = standardised(holes.intensityDeviation);
  if (deviation !== null) figures.push({ name: "intensity deviation", prior: { mean: 0, sd: 0.5 }, values: deviation });
  const centring = standardised(holes.centringQuality);
  if (centring !== null) figures.push({ name: "centring quality", prior: { mean: 0.1, sd: 0.4 }, values: centring });
  if (holes.nearGridBar.includes(0) && holes.nearGridBar.includes(1)) {
    const values = holes.nearGridBar.map((near) => (near === 1 ? 1 : 0));
    figures.push({ name: "near grid bar", prior: { mean: -0.5, sd: 0.5 }, values });
  }
  return figures;
}

/** Deviations from the median in robust standard deviations, 0 where not known; null where nothing varies. */
function standardised(values: Float64Array): Float64Array | null {
  const stride = Math.max(1, Math.ceil(values.length / SPREAD_SAMPLE));
  const sample =
    stride === 1
      ? values
      : Float64Array.from({ length: Math.ceil(values.length / stride) }, (_, i) => values[i * stride]);
  const { median, sd, count } = robustSpread(sample);
  if (count < 2) return null;
  const scale = sd > 0 ? sd : plainSd(sample, median);
  if (!(scale > 0 && Number.isFinite(scale))) return null;
  return values.map((value) =>
    Number.isFinite(value) ? Math.max(-MAX_DEVIATIONS, Math.min(MAX_DEVIATIONS, (value - median) / scale)) : 0,
  );
}

function plainSd(values: Float64Array, centre: number): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += (value - centre) ** 2;
    count++;
  }
  return Math.sqrt(sum / count);
}

/** Squares about their usual mean of 1; an unknown value (0) stays neutral. */
function squared(standard: Float64Array): Float64Array {
  return standard.map((value) => (value === 0 ? 0 : value * value - 1));
}
