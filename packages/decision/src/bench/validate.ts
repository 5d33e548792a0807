import { BELIEF_PRIORS, type BeliefPriors, believe } from "../belief.js";
import { Random } from "../random.js";
import { structureOf } from "../structure.js";
import { clairvoyant } from "./clairvoyant.js";
import { COST_CASES, DELAY_HOLES, type Estimate, estimate } from "./compare.js";
import { type MeasuredGrid, onlySquares } from "./measured-grid.js";
import { replay } from "./microscope.js";
import { inputOf, ours } from "./policies.js";
import { PREDICTOR_CASES } from "./predictors.js";

/** Cross-validation by square: priors are chosen on some squares and judged on others. */
export interface Validation {
  /** Mean log loss (nats per hole) of predictions made before the result, on all squares, by choice of priors. */
  readonly choices: readonly { readonly name: string; readonly logLoss: number }[];
  readonly folds: readonly Fold[];
  /** Over all folds, on the squares held out: the share of the optimum with the chosen and with the shipped priors. */
  readonly heldOut: readonly HeldOut[];
}

/** Half of the squares, and the other half on which the priors for it were chosen. */
export interface Fold {
  readonly heldOutSquares: readonly string[];
  /** The choice with the least log loss on the other squares. */
  readonly chosen: string;
  /** Log loss on the squares held out. */
  readonly logLossChosen: number;
  readonly logLossShipped: number;
}

export interface HeldOut {
  readonly predictor: string;
  readonly durationMin: number;
  readonly chosen: Estimate;
  readonly shipped: Estimate;
  readonly chosenMinusShipped: Estimate;
}

interface Choice {
  readonly name: string;
  readonly priors: BeliefPriors;
}

const SCALES = [0.6, 1.6] as const;
const SCALED = {
  "square effect": ["squareEffectSd", "squareEffectSdAlone"],
  "cluster effect": ["clusterEffectSd", "clusterEffectSdAlone"],
  "model sd": ["modelSd"],
  "part sd": ["partSd"],
} as const satisfies Record<string, readonly (keyof BeliefPriors)[]>;
const SHIPPED: Choice = { name: "as shipped", priors: BELIEF_PRIORS };
const CHOICES: readonly Choice[] = [
  SHIPPED,
  ...Object.entries(SCALED).flatMap(([name, keys]) =>
    SCALES.map((scale): Choice => {
      const changes = Object.fromEntries(keys.map((key) => [key, scale * BELIEF_PRIORS[key]]));
      return { name: `${name} × ${scale}`, priors: { ...BELIEF_PRIORS, ...changes } };
    }),
  ),
];
/** Each split gives two folds: either half is held out in turn. */
const SPLITS = 3;
const STARTS_PER_FOLD = 4;
const HELD_OUT_DURATIONS_MIN = [120, 240] as const;
const HELD_OUT_PREDICTORS = ["as given", "AUC 0.76", "square-biased", "none"] as const;
const TOURS = 2;
const CLUSTERS_PER_SQUARE = 3;
const HOLES_PER_REFIT = 6;
const CERTAINTY_MARGIN = 1e-6;

export function validate(grid: MeasuredGrid): Validation {
  const choices = CHOICES.map(({ name, priors }) => ({ name, logLoss: logLoss(grid, priors) }));
  const folds: Fold[] = [];
  const shares = new Map<string, { chosen: number[]; shipped: number[] }>();
  for (let split = 0; split < SPLITS; split++) {
    const order = new Random(split).shuffled(grid.squareIds.length);
    const half = new Set(order.subarray(0, Math.floor(order.length / 2)));
    for (const heldOutHalf of [true, false]) {
      const heldOut = onlySquares(grid, (s) => half.has(s) === heldOutHalf);
      const others = onlySquares(grid, (s) => half.has(s) !== heldOutHalf);
      const losses = CHOICES.map(({ priors }) => logLoss(others, priors));
      const chosen = CHOICES[losses.indexOf(Math.min(...losses))] ?? SHIPPED;
      folds.push({
        heldOutSquares: heldOut.squareIds,
        chosen: chosen.name,
        logLossChosen: logLoss(heldOut, chosen.priors),
        logLossShipped: logLoss(heldOut, SHIPPED.priors),
      });
      for (const predictor of HELD_OUT_PREDICTORS) {
        for (const durationMin of HELD_OUT_DURATIONS_MIN) {
          const key = `${predictor}/${durationMin}`;
          const own = shares.get(key) ?? { chosen: [], shipped: [] };
          own.chosen.push(...play(heldOut, predictor, durationMin, chosen.priors));
          own.shipped.push(
            ...(chosen === SHIPPED
              ? own.chosen.slice(-STARTS_PER_FOLD)
              : play(heldOut, predictor, durationMin, SHIPPED.priors)),
          );
          shares.set(key, own);
        }
      }
    }
  }
  return {
    choices,
    folds,
    heldOut: HELD_OUT_PREDICTORS.flatMap((predictor) =>
      HELD_OUT_DURATIONS_MIN.map((durationMin): HeldOut => {
        const { chosen, shipped } = shares.get(`${predictor}/${durationMin}`) ?? { chosen: [], shipped: [] };
        return {
          predictor,
          durationMin,
          chosen: estimate(chosen),
          shipped: estimate(shipped),
          chosenMinusShipped: estimate(chosen.map((share, i) => share - shipped[i])),
        };
      }),
    ),
  };
}

/** Shares of the optimum that the learning policy reaches from some starts. */
function play(grid: MeasuredGrid, predictorName: string, durationMin: number, priors: BeliefPriors): number[] {
  const { costsMin } = COST_CASES[0];
  const predictor = PREDICTOR_CASES.find(({ name }) => name === predictorName);
  return Array.from({ length: STARTS_PER_FOLD }, (_, i) => {
    const seed = 5000 + i;
    const startHole = new Random(seed).integer(grid.holeIds.length);
    const scores = predictor?.scores(grid, seed) ?? null;
    const most = clairvoyant(grid, startHole, durationMin, costsMin)[durationMin];
    const policy = ours({ grid, scores, costsMin, startHole, seed }, true, priors);
    const { good } = replay(grid, policy, { startHole, durationMin, costsMin, delayHoles: DELAY_HOLES });
    return most === 0 ? 1 : good / most;
  });
}

/**
 * Random tours through the squares, every hole predicted from the results that are known by then, in all predictor
 * cases: nats per hole.
 */
function logLoss(grid: MeasuredGrid, priors: BeliefPriors): number {
  let loss = 0;
  let count = 0;
  for (const predictor of PREDICTOR_CASES) {
    for (let tour = 0; tour < TOURS; tour++) {
      const input = inputOf(grid, predictor.scores(grid, tour), COST_CASES[0].costsMin);
      const structure = structureOf(input);
      const order = randomTour(structure, new Random(tour));
      const good = new Float64Array(grid.good.length).fill(Number.NaN);
      const weight = good.map(() => 1);
      let probability = new Float64Array(0);
      order.forEach((h, i) => {
        if (i > DELAY_HOLES) good[order[i - DELAY_HOLES - 1]] = grid.good[order[i - DELAY_HOLES - 1]];
        if (i % HOLES_PER_REFIT === 0) {
          const belief = believe({ ...input, outcomes: { good, weight } }, structure, priors);
          probability = Float64Array.from(belief.probability);
        }
        const p = Math.min(1 - CERTAINTY_MARGIN, Math.max(CERTAINTY_MARGIN, probability[h]));
        loss -= Math.log(grid.good[h] === 1 ? p : 1 - p);
        count++;
      });
    }
  }
  return loss / count;
}

function randomTour(structure: ReturnType<typeof structureOf>, random: Random): number[] {
  const order: number[] = [];
  for (const s of random.shuffled(structure.squareCount)) {
    const clusters = structure.clustersOfSquare.subarray(structure.squareStart[s], structure.squareStart[s + 1]);
    for (const j of random.shuffled(clusters.length).subarray(0, CLUSTERS_PER_SQUARE)) {
      const c = clusters[j];
      order.push(...structure.holesOfCluster.subarray(structure.clusterStart[c], structure.clusterStart[c + 1]));
    }
  }
  return order;
}
