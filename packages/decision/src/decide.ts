import { SmartemError } from "@smartem/common/errors";
import { BELIEF_PRIORS, type Belief, type BeliefPriors, believe } from "./belief.js";
import { calibrationOf } from "./calibration.js";
import { latentGroups, withDiversity } from "./diversity.js";
import { keepGuardRails } from "./guard-rails.js";
import { expectedSigmoid } from "./logistic.js";
import { type Plan, plan } from "./plan.js";
import { type PlanProblem, rankHoles } from "./ranking.js";
import { indicesWhere, type Structure, structureOf } from "./structure.js";
import { demandOf, minutesElsewhere } from "./time-share.js";
import {
  type DecisionInput,
  type DecisionOutput,
  HoleReason,
  HoleState,
  type ModelWeight,
  SquareReason,
  SquareState,
  type StagePosition,
  type TimeDemand,
} from "./types.js";
import { moveMin, positionOfHole } from "./walk.js";

/** Stored with every decision; changes whenever the same input may lead to another output. */
export const ENGINE_VERSION = "4";

/**
 * What to image next: fits the belief to the results that are known, prices the minutes that are left, and puts every
 * candidate hole into one order, with the reason for its place.
 *
 * A pure function: the same input gives the same output to the bit, so that a stored decision can be replayed.
 *
 * @param priors what is believed before the first result of the first grid; others than the shipped ones serve validation
 * @throws SmartemError `invalid_decision_input` where the columns do not fit together (a defect of the caller). Strange
 * data (scores outside 0–1, outcomes of holes never imaged, nothing to plan) is no error: it is ignored and told in `warnings`.
 */
export function decide(input: DecisionInput, priors: BeliefPriors = BELIEF_PRIORS): DecisionOutput {
  checkFigures(input);
  const structure = structureOf(input);
  const candidate = candidatesOf(input, structure);
  const belief = believe(input, structure, priors);
  const worth = worthOf(input, structure, belief);
  const tour = layOut(input, structure, worth, candidate);
  return describe(input, structure, belief, candidate, tour);
}

function checkFigures({ costsMin, timeLeftMin, settings }: DecisionInput): void {
  const { hole, cluster, square, grid } = costsMin;
  if (!(hole > 0 && hole <= cluster && cluster <= square && square <= grid && Number.isFinite(grid))) {
    throw new SmartemError(
      "invalid_decision_input",
      422,
      "Costs must be positive minutes with hole <= cluster <= square <= grid.",
      {
        facts: { costsMin },
      },
    );
  }
  if (Number.isNaN(timeLeftMin))
    throw new SmartemError("invalid_decision_input", 422, "The time left is not a number.");
  const { guardRails, exploration, hysteresis, diversity, diversityScale } = settings;
  const figures = [guardRails.maxSkipShareOfGrid, guardRails.maxSkipShareOfSquare, exploration, hysteresis, diversity];
  if (!figures.every((figure) => figure >= 0 && figure <= 1) || !(diversityScale > 0)) {
    throw new SmartemError(
      "invalid_decision_input",
      422,
      "Shares, exploration, hysteresis and diversity are figures from 0 to 1.",
      {
        facts: { settings },
      },
    );
  }
}

function candidatesOf({ holes, squares }: DecisionInput, { squareOfHole }: Structure): Uint8Array {
  return holes.state.map((state, h) =>
    Number(state === HoleState.candidate && squares.state[squareOfHole[h]] !== SquareState.lockedOut),
  );
}

/** What the plan counts each hole for: its probability, with the square's and the cluster's own uncertainty given some credit. */
function worthOf(input: DecisionInput, { squareOfHole }: Structure, belief: Belief): Float64Array {
  const { exploration } = input.settings;
  if (exploration === 0) return belief.probability;
  return belief.probability.map((_, h) => {
    const square = belief.squareEffectSd[squareOfHole[h]];
    const cluster = belief.clusterEffectSd[input.holes.clusterOfHole[h]];
    return expectedSigmoid(belief.logit[h] + exploration * (square + cluster), belief.logitVariance[h]);
  });
}

interface Layout {
  readonly value: Float64Array;
  readonly elsewhereMin: number;
  readonly demand: TimeDemand;
  readonly price: number;
  readonly order: Int32Array;
  readonly plannedHoles: number;
  readonly squareOrder: Int32Array;
  /** Per cluster: 1 = at the price, the cluster with its square and grid is worth entering. */
  readonly worthEntering: Uint8Array;
}

/** An operator's holes first, then an operator's squares, then the best of the rest in the time that remains. */
function layOut(input: DecisionInput, structure: Structure, worth: Float64Array, candidate: Uint8Array): Layout {
  const { costsMin, holes, squares, settings, previousPlan } = input;
  const timeLeftMin = Math.max(0, input.timeLeftMin);
  const free = candidate.slice();
  const segments: Int32Array[] = [];
  let stage = input.stage;
  let aheadMin = 0;
  let elsewhereMin = 0;
  const go = (segment: Int32Array): void => {
    for (const h of segment) {
      const next = positionOfHole(input, structure, h);
      aheadMin += moveMin(costsMin, stage, next);
      stage = next;
      free[h] = 0;
    }
    segments.push(segment);
  };
  const favouredCluster = previousPlan?.nextCluster == null ? -1 : input.clusters.ids.indexOf(previousPlan.nextCluster);
  const problem = (value: Float64Array): PlanProblem => ({
    structure,
    value,
    candidate: free,
    costsMin,
    stage,
    timeLeftMin: Math.max(0, timeLeftMin - aheadMin - elsewhereMin),
    favoured: { cluster: favouredCluster, share: settings.hysteresis },
  });
  /** An operator's holes are imaged in any case; what is left after them is shared with the other grids. */
  const share = (): void => {
    if (input.elsewhere === undefined || input.elsewhere.length === 0) return;
    elsewhereMin = 0;
    const whole = problem(worth);
    elsewhereMin = minutesElsewhere(whole, rankHoles(whole), input.elsewhere);
  };
  const solve = (): { value: Float64Array; best: Plan } => {
    share();
    if (settings.diversity === 0) return { value: worth, best: plan(problem(worth)) };
    const group = latentGroups(input, structure);
    const first = plan(problem(withDiversity(input, group, worth, candidate)));
    const chosen = new Uint8Array(worth.length);
    for (const segment of segments) for (const h of segment) chosen[h] = 1;
    for (const h of first.order.subarray(0, first.plannedHoles)) chosen[h] = 1;
    const value = withDiversity(input, group, worth, chosen);
    return { value, best: plan(problem(value)) };
  };

  const asked = indicesWhere(structure.holeCount, (h) => free[h] === 1 && holes.operatorSelected[h] === 1);
  if (asked.length > 0) go(nearestFirst(input, structure, asked, stage));
  const askedSquares = indicesWhere(structure.squareCount, (s) => squares.state[s] === SquareState.operatorSelected);
  if (askedSquares.length > 0) {
    const { value, best } = solve();
    const threshold = best.price * costsMin.hole;
    const chosen: number[] = [];
    for (const s of askedSquares) {
      const own = Int32Array.from(best.ranking.holes.filter((h) => structure.squareOfHole[h] === s)).sort(
        (a, b) => value[b] - value[a] || a - b,
      );
      own.forEach((h, i) => {
        if (i < settings.guardRails.minResults || value[h] > threshold) chosen.push(h);
      });
    }
    go(nearestFirst(input, structure, Int32Array.from(chosen), stage));
  }
  const { value, best } = solve();
  const wanted = demandOf(problem(value), best.ranking);
  segments.push(best.order);
  const ahead = segments.slice(0, -1).reduce((count, segment) => count + segment.length, 0);
  const order = new Int32Array(ahead + best.order.length);
  let at = 0;
  for (const segment of segments) {
    order.set(segment, at);
    at += segment.length;
  }
  const squareOrder: number[] = [];
  const listed = new Uint8Array(structure.squareCount);
  const list = (s: number): void => {
    if (listed[s] === 0) squareOrder.push(s);
    listed[s] = 1;
  };
  for (let i = 0; i < ahead; i++) list(structure.squareOfHole[order[i]]);
  best.squareOrder.forEach(list);
  return {
    value,
    elsewhereMin,
    demand: { pricesPerMin: wanted.pricesPerMin, minutes: wanted.minutes.map((minutes) => aheadMin + minutes) },
    price: best.price,
    order,
    plannedHoles: ahead + best.plannedHoles,
    squareOrder: Int32Array.from(squareOrder),
    worthEntering: best.worthEntering,
  };
}

/** From where the stage stands: this cluster, this square, this grid, then in the order of the columns. */
function nearestFirst(
  input: DecisionInput,
  structure: Structure,
  chosen: Int32Array,
  stage: StagePosition,
): Int32Array {
  const places = new Map<number, StagePosition>();
  for (const h of chosen) places.set(h, positionOfHole(input, structure, h));
  const place = (h: number): StagePosition => places.get(h) ?? stage;
  const nearer = (a: number, b: number, here: number): number => Number(b === here) - Number(a === here) || a - b;
  return chosen.toSorted((a, b) => {
    const p = place(a);
    const q = place(b);
    if (p.grid !== q.grid) return nearer(p.grid, q.grid, stage.grid);
    if (p.square !== q.square) return nearer(p.square, q.square, stage.square);
    if (p.cluster !== q.cluster) return nearer(p.cluster, q.cluster, stage.cluster);
    return a - b;
  });
}

function describe(
  input: DecisionInput,
  structure: Structure,
  belief: Belief,
  candidate: Uint8Array,
  layout: Layout,
): DecisionOutput {
  const { holes, squares, clusters, costsMin, stage } = input;
  const { holeCount, squareCount, squareOfHole } = structure;
  const { order, plannedHoles, price } = layout;

  // Walk the plan to see what it takes; what no longer fits is not planned.
  const squareGood = new Float64Array(squareCount);
  const squareMin = new Float64Array(squareCount);
  const squarePlanned = new Int32Array(squareCount);
  const ratePerMin = new Float64Array(holeCount).fill(Number.NaN);
  let plannedMin = 0;
  let expectedGood = 0;
  let fitting = 0;
  const timeMin = input.timeLeftMin - layout.elsewhereMin;
  let at = stage;
  const clusterMin = new Float64Array(structure.clusterCount);
  const clusterPlanned = new Int32Array(structure.clusterCount);
  for (; fitting < plannedHoles; fitting++) {
    const h = order[fitting];
    const next = positionOfHole(input, structure, h);
    const minutes = moveMin(costsMin, at, next);
    if (plannedMin + minutes > timeMin + 1e-9) break;
    plannedMin += minutes;
    expectedGood += belief.probability[h];
    squareGood[next.square] += belief.probability[h];
    squareMin[next.square] += minutes;
    squarePlanned[next.square]++;
    clusterMin[next.cluster] += minutes;
    clusterPlanned[next.cluster]++;
    at = next;
  }
  const rank = new Int32Array(holeCount);
  const skip = new Uint8Array(holeCount);
  const reason = new Uint8Array(holeCount).fill(HoleReason.notACandidate);
  for (let i = 0; i < order.length; i++) {
    const h = order[i];
    const c = holes.clusterOfHole[h];
    const s = squareOfHole[h];
    rank[h] = i + 1;
    if (i < fitting) {
      // The cluster's entry is shared by its planned holes.
      ratePerMin[h] = layout.value[h] / (clusterMin[c] / clusterPlanned[c]);
      reason[h] = c === stage.cluster ? HoleReason.worthHere : HoleReason.worthLater;
    } else if (i < plannedHoles) {
      reason[h] = HoleReason.outOfTime;
    } else if (layout.value[h] <= price * costsMin.hole) {
      reason[h] = HoleReason.belowPrice;
      skip[h] = 1;
    } else if (layout.worthEntering[c] === 0) {
      reason[h] = HoleReason.entryNotEarned;
      skip[h] = 1;
    } else {
      reason[h] = HoleReason.outOfTime;
    }
    if (holes.operatorSelected[h] === 1) reason[h] = HoleReason.operatorSelected;
    if (squares.state[s] === SquareState.operatorSelected || holes.operatorSelected[h] === 1) skip[h] = 0;
  }
  const squareSkip = keepGuardRails(input, structure, layout.value, candidate, skip, reason);

  const candidates = new Int32Array(squareCount);
  const meanProbability = new Float64Array(squareCount);
  const mayFit = new Uint8Array(squareCount);
  const railed = new Uint8Array(squareCount);
  for (let h = 0; h < holeCount; h++) {
    if (candidate[h] === 0) continue;
    const s = squareOfHole[h];
    candidates[s]++;
    meanProbability[s] += belief.probability[h];
    if (reason[h] === HoleReason.outOfTime) mayFit[s] = 1;
    if (reason[h] === HoleReason.guardRail) railed[s] = 1;
  }
  const squareRank = new Int32Array(squareCount);
  layout.squareOrder.forEach((s, i) => {
    squareRank[s] = i + 1;
  });
  const squareReason = new Uint8Array(squareCount);
  for (let s = 0; s < squareCount; s++) {
    meanProbability[s] = candidates[s] === 0 ? Number.NaN : meanProbability[s] / candidates[s];
    if (squares.state[s] === SquareState.lockedOut) squareReason[s] = SquareReason.lockedOut;
    else if (candidates[s] === 0) squareReason[s] = SquareReason.noCandidates;
    else if (squares.state[s] === SquareState.operatorSelected) squareReason[s] = SquareReason.operatorSelected;
    else if (squarePlanned[s] > 0) squareReason[s] = s === stage.square ? SquareReason.current : SquareReason.planned;
    else if (mayFit[s] === 1) squareReason[s] = SquareReason.outOfTime;
    else squareReason[s] = railed[s] === 1 ? SquareReason.guardRail : SquareReason.belowPrice;
  }
  const next = order.length === 0 || fitting === 0 ? null : clusters.ids[holes.clusterOfHole[order[0]]];
  return {
    order,
    plannedHoles: fitting,
    plannedMin,
    expectedGood,
    elsewhereMin: layout.elsewhereMin,
    demand: layout.demand,
    pricePerMin: price,
    squareOrder: layout.squareOrder,
    holes: { probability: belief.probability, sd: belief.sd, value: layout.value, ratePerMin, rank, skip, reason },
    squares: {
      expectedGood: squareGood,
      expectedMin: squareMin,
      plannedHoles: squarePlanned,
      ratePerMin: squareGood.map((good, s) => (squareMin[s] > 0 ? good / squareMin[s] : 0)),
      meanProbability,
      effect: belief.squareEffect,
      effectSd: belief.squareEffectSd,
      rank: squareRank,
      skip: squareSkip,
      reason: squareReason,
    },
    models: modelWeights(input, belief),
    carryOver: belief.carryOver,
    calibration: calibrationOf(input.outcomes.good, belief.probability, belief.priorLogit),
    plan: { squareOrder: Array.from(layout.squareOrder, (s) => squares.ids[s]), nextCluster: next },
    warnings: warningsOf(input, belief),
    versions: { ...input.versions, engine: ENGINE_VERSION },
  };
}

function modelWeights(input: DecisionInput, belief: Belief): ModelWeight[] {
  const rows = belief.features.models.map((features, m) => {
    const part = (k: number) => (k < 0 ? null : belief.coefficients[k]);
    const parts = { square: part(features.square), cluster: part(features.cluster), hole: part(features.hole) };
    const known = [parts.square, parts.cluster, parts.hole].filter((gaussian) => gaussian !== null);
    const count = Math.max(1, known.length);
    const coefficient = {
      mean: known.reduce((sum, { mean }) => sum + mean, 0) / count,
      sd: known.reduce((sum, { sd }) => sum + sd, 0) / count,
    };
    const { name, metric } = input.models[m];
    const { usedScores, ignoredScores } = features;
    return { name, metric, coefficient, parts, usedScores, ignoredScores };
  });
  const total = rows.reduce((sum, { coefficient }) => sum + Math.max(0, coefficient.mean), 0);
  return rows.map((row) => {
    const weight = total > 0 ? Math.max(0, row.coefficient.mean) / total : 0;
    return { ...row, weight, weightSd: total > 0 ? ((1 - weight) * row.coefficient.sd) / total : 0 };
  });
}

function warningsOf({ models, holes, outcomes }: DecisionInput, { features }: Belief): string[] {
  const warnings: string[] = [];
  features.models.forEach(({ usedScores, ignoredScores }, m) => {
    if (ignoredScores > 0) warnings.push(`Model ${models[m].name}: ${ignoredScores} scores outside 0–1 were ignored.`);
    if (usedScores === 0) warnings.push(`Model ${models[m].name} has no usable score.`);
  });
  let strange = 0;
  let untouched = 0;
  for (let h = 0; h < outcomes.good.length; h++) {
    const good = outcomes.good[h];
    if (Number.isNaN(good)) continue;
    if (!(good >= 0 && good <= 1 && outcomes.weight[h] > 0)) strange++;
    else if (holes.state[h] === HoleState.candidate) untouched++;
  }
  if (strange > 0) warnings.push(`${strange} outcomes outside 0–1 or without weight were ignored.`);
  if (untouched > 0) warnings.push(`${untouched} holes have results though they are not marked as imaged.`);
  return warnings;
}
