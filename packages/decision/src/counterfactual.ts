import { type Belief, believe } from "./belief.js";
import { decide } from "./decide.js";
import { sigmoid } from "./logistic.js";
import { selectAtPrice, selectByPrice } from "./price.js";
import { Random } from "./random.js";
import { type PlanProblem, rankHoles, weigh } from "./ranking.js";
import { type Structure, structureOf } from "./structure.js";
import { type CostsMin, type DecisionInput, HoleState, type PreviousPlan, SquareState } from "./types.js";
import { moveMin, positionOfHole } from "./walk.js";

/** A figure that is not known exactly: its mean and the interval that holds 90 % of the draws. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** What was collected, and what could have been in the same time at the same costs. Figures are good micrographs. */
export interface Counterfactual {
  /** Minutes of imaging and moving, pauses left out: the path that was taken, at the session's own costs. */
  readonly minutes: number;
  readonly costsMin: CostsMin;
  readonly imagedHoles: number;
  /** Holes whose result is known; those of the others are drawn. */
  readonly knownHoles: number;
  readonly candidateHoles: number;
  readonly draws: number;
  readonly collected: Interval;
  /** What the engine would have collected from the first hole on, learning as results came. */
  readonly planned: Interval;
  /** What EPU would have collected by itself: square after square as they are listed, cluster after cluster, nothing skipped. */
  readonly inOrder: Interval;
  /** What no order of holes could have exceeded, made with full knowledge of all results. */
  readonly optimum: Interval;
  readonly plannedMinusCollected: Interval;
  readonly collectedShare: Interval;
  readonly plannedShare: Interval;
}

export interface CounterfactualOptions {
  /** How often the results that nobody measured are drawn from the belief. */
  readonly draws?: number;
  readonly seed?: number;
}

const DEFAULT_DRAWS = 20;
/** A replayed session is planned anew so often. */
const PLANS_PER_SESSION = 40;
const NOWHERE = { grid: -1, square: -1, cluster: -1 } as const;

/**
 * Replays a finished session: what it collected, what the engine's plan would have, and the clairvoyant optimum.
 *
 * Results of holes that were imaged are what was measured. Those of all others are drawn from the belief that the whole
 * session leads to, the errors of squares and clusters in common, and everything is computed once per draw: the
 * intervals say how much depends on what nobody measured. All three are given the same time at the same costs. The engine
 * is given the predictions as they stand now, also those that came in mid-session.
 *
 * @param input everything known at the end
 * @param path the holes that were imaged, in order, each once
 */
export function counterfactual(
  input: DecisionInput,
  path: ArrayLike<number>,
  { draws = DEFAULT_DRAWS, seed = 1 }: CounterfactualOptions = {},
): Counterfactual {
  const structure = structureOf(input);
  const belief = believe(input, structure);
  const imaged = Int32Array.from(path);
  const minutes = minutesOf(input, structure, imaged);
  const candidate = candidatesFromTheStart(input, structure);
  const { good, weight } = input.outcomes;
  const known = Array.from(imaged).filter((h) => isOutcome(good[h]));
  const perHole = known.length === 0 ? 1 : known.reduce((sum, h) => sum + weight[h], 0) / known.length;
  const random = new Random(seed);
  const listed = inListedOrder(input, structure, candidate);
  const results: { collected: number; planned: number; inOrder: number; optimum: number }[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const truth = drawTruth(input, structure, belief, random);
    // Holes have as many micrographs as were judged there, so that what was collected is what was counted; the others as many as the mean.
    const worth = truth.map((own, h) => own * (isOutcome(good[h]) ? weight[h] : perHole));
    results.push({
      collected: imaged.reduce((sum, h) => sum + worth[h], 0),
      planned: playPlan(input, structure, candidate, truth, worth, minutes),
      inOrder: playInOrder(input, structure, listed, worth, minutes),
      optimum: clairvoyantBound(input, structure, candidate, worth, minutes),
    });
  }
  const interval = (of: (result: (typeof results)[number]) => number): Interval => intervalOf(results.map(of));
  const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, part / whole) : 1);
  return {
    minutes,
    costsMin: input.costsMin,
    imagedHoles: imaged.length,
    knownHoles: known.length,
    candidateHoles: candidate.reduce((sum, own) => sum + own, 0),
    draws,
    collected: interval(({ collected }) => collected),
    planned: interval(({ planned }) => planned),
    inOrder: interval(({ inOrder }) => inOrder),
    optimum: interval(({ optimum }) => optimum),
    plannedMinusCollected: interval(({ planned, collected }) => planned - collected),
    collectedShare: interval(({ collected, optimum }) => share(collected, optimum)),
    plannedShare: interval(({ planned, optimum }) => share(planned, optimum)),
  };
}

function isOutcome(good: number): boolean {
  return good >= 0 && good <= 1;
}

function minutesOf(input: DecisionInput, structure: Structure, path: Int32Array): number {
  let minutes = 0;
  let stage: Parameters<typeof moveMin>[1] = NOWHERE;
  for (const h of path) {
    const next = positionOfHole(input, structure, h);
    minutes += moveMin(input.costsMin, stage, next);
    stage = next;
  }
  return minutes;
}

/** What could have been imaged when nothing was yet. */
function candidatesFromTheStart({ holes, squares }: DecisionInput, { squareOfHole }: Structure): Uint8Array {
  return holes.state.map((state, h) =>
    Number(
      state === HoleState.imaged ||
        state === HoleState.inProgress ||
        (state === HoleState.candidate && squares.state[squareOfHole[h]] !== SquareState.lockedOut),
    ),
  );
}

/** One possible outcome of every hole: as measured, else by chance. */
function drawTruth(input: DecisionInput, structure: Structure, belief: Belief, random: Random): Float64Array {
  const ofSquare = Float64Array.from({ length: structure.squareCount }, () => random.normal());
  const ofCluster = Float64Array.from({ length: structure.clusterCount }, () => random.normal());
  return input.outcomes.good.map((good, h) => {
    if (isOutcome(good)) return good;
    const s = structure.squareOfHole[h];
    const c = input.holes.clusterOfHole[h];
    const variance = belief.logitVariance[h];
    const squareVariance = Math.min(variance, belief.squareEffectSd[s] ** 2);
    const clusterVariance = Math.min(variance - squareVariance, belief.clusterEffectSd[c] ** 2);
    const own = Math.max(0, variance - squareVariance - clusterVariance);
    const logit =
      belief.logit[h] +
      Math.sqrt(squareVariance) * ofSquare[s] +
      Math.sqrt(clusterVariance) * ofCluster[c] +
      Math.sqrt(own) * random.normal();
    return Number(random.next() < sigmoid(logit));
  });
}

/** Good micrographs that the engine collects from the start on, told each result as late as results come. */
function playPlan(
  input: DecisionInput,
  structure: Structure,
  candidate: Uint8Array,
  truth: Float64Array,
  worth: Float64Array,
  minutes: number,
): number {
  const holesPerPlan = Math.max(1, Math.ceil(minutes / input.costsMin.hole / PLANS_PER_SESSION));
  const state = input.holes.state.map((own, h) => (candidate[h] === 1 ? HoleState.candidate : own));
  const good = new Float64Array(truth.length).fill(Number.NaN);
  const weight = new Float64Array(truth.length);
  const taken: number[] = [];
  let stage: DecisionInput["stage"] = NOWHERE;
  let left = minutes;
  let collected = 0;
  let previousPlan: PreviousPlan | null = null;
  for (;;) {
    const output = decide({
      ...input,
      holes: { ...input.holes, state: state.slice() },
      outcomes: { good: good.slice(), weight: weight.slice() },
      stage,
      timeLeftMin: left,
      previousPlan,
    });
    previousPlan = output.plan;
    const next = output.order.filter((h) => output.holes.skip[h] === 0).subarray(0, holesPerPlan);
    if (next.length === 0) return collected;
    for (const h of next) {
      const position = positionOfHole(input, structure, h);
      const cost = moveMin(input.costsMin, stage, position);
      if (cost > left + 1e-9) return collected;
      left -= cost;
      stage = position;
      state[h] = HoleState.imaged;
      collected += worth[h];
      taken.push(h);
      const due = taken[taken.length - 1 - input.settings.resultDelayHoles];
      if (due !== undefined) {
        good[due] = truth[due];
        weight[due] = 1;
      }
    }
  }
}

function inListedOrder({ holes }: DecisionInput, { squareOfHole }: Structure, candidate: Uint8Array): number[] {
  return [...candidate.keys()]
    .filter((h) => candidate[h] === 1)
    .sort((a, b) => squareOfHole[a] - squareOfHole[b] || holes.clusterOfHole[a] - holes.clusterOfHole[b] || a - b);
}

/** Good micrographs that come first in an order which nothing changes, for as long as the time lasts. */
function playInOrder(
  input: DecisionInput,
  structure: Structure,
  order: readonly number[],
  worth: Float64Array,
  minutes: number,
): number {
  let stage: DecisionInput["stage"] = NOWHERE;
  let left = minutes;
  let collected = 0;
  for (const h of order) {
    const position = positionOfHole(input, structure, h);
    left -= moveMin(input.costsMin, stage, position);
    if (left < -1e-9) return collected;
    stage = position;
    collected += worth[h];
  }
  return collected;
}

/**
 * What no order can exceed (Lagrangian bound of the tree knapsack): the time at its price, and what the best purchases at
 * that price leave over. Nearly reached where the time allows more than a few squares.
 */
function clairvoyantBound(
  input: DecisionInput,
  structure: Structure,
  candidate: Uint8Array,
  worth: Float64Array,
  minutes: number,
): number {
  const problem: PlanProblem = {
    structure,
    value: worth,
    candidate,
    costsMin: input.costsMin,
    stage: NOWHERE,
    timeLeftMin: minutes,
  };
  const ranking = rankHoles(problem);
  const { price } = selectByPrice(problem, ranking);
  const take = new Int32Array(structure.clusterCount);
  selectAtPrice(problem, ranking, price, take);
  const bought = weigh(problem, ranking, take);
  return bought.value + price * (minutes - bought.minutes);
}

const OUTSIDE = 0.05;

function intervalOf(values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    low: at(OUTSIDE),
    high: at(1 - OUTSIDE),
  };
}

/** The report in a few sentences for an operator. */
export function explainCounterfactual(report: Counterfactual): string[] {
  const hours = report.minutes / 60;
  const count = ({ mean, low, high }: Interval): string =>
    high - low < 0.5 ? mean.toFixed(0) : `${mean.toFixed(0)} (${low.toFixed(0)} to ${high.toFixed(0)})`;
  const percent = ({ mean }: Interval): string => `${(100 * mean).toFixed(0)} %`;
  if (report.imagedHoles === 0) return ["No hole was imaged: there is nothing to compare."];
  return [
    `Collected: ${count(report.collected)} good micrographs from ${report.imagedHoles} holes in ${hours.toFixed(1)} h of imaging and moving, ${(report.collected.mean / hours).toFixed(1)} per hour.`,
    `The plan would have collected: ${count(report.planned)}, ${(report.planned.mean / hours).toFixed(1)} per hour; difference ${count(report.plannedMinusCollected)}.`,
    `In the order in which EPU lists them, without skipping any: ${count(report.inOrder)}, ${(report.inOrder.mean / hours).toFixed(1)} per hour.`,
    `No order of the ${report.candidateHoles} holes could have collected more than: ${count(report.optimum)}. Collected ${percent(report.collectedShare)} of that, the plan ${percent(report.plannedShare)}.`,
    `Results of ${report.knownHoles} holes were measured; those of the others are drawn ${report.draws} times from what these taught. Intervals hold 90 % of the draws.`,
  ];
}
