import { BELIEF_PRIORS, type BeliefPriors, believe } from "../belief.js";
import { structureOf } from "../structure.js";
import { COST_CASES, DELAY_HOLES } from "./compare.js";
import type { MeasuredGrid } from "./measured-grid.js";
import { inputOf } from "./policies.js";
import { PREDICTOR_CASES } from "./predictors.js";
import { Random } from "./random.js";

export interface Validation {
  readonly lines: readonly string[];
  /** Mean log loss (nats per hole) of predictions made before the result, by choice of priors. */
  readonly choices: readonly { readonly name: string; readonly logLoss: number }[];
  /** Log loss of the choice that was best on the other squares, on each left-out square in turn. */
  readonly leftOut: number;
}

const CHOICES: readonly { readonly name: string; readonly change: Partial<BeliefPriors> }[] = [
  { name: "as shipped", change: {} },
  { name: "square effect × 0.6", change: { squareEffectSd: 0.6 * BELIEF_PRIORS.squareEffectSd } },
  { name: "square effect × 1.6", change: { squareEffectSd: 1.6 * BELIEF_PRIORS.squareEffectSd } },
  { name: "cluster effect × 0.6", change: { clusterEffectSd: 0.6 * BELIEF_PRIORS.clusterEffectSd } },
  { name: "cluster effect × 1.6", change: { clusterEffectSd: 1.6 * BELIEF_PRIORS.clusterEffectSd } },
  { name: "model sd × 0.6", change: { modelSd: 0.6 * BELIEF_PRIORS.modelSd } },
  { name: "model sd × 1.6", change: { modelSd: 1.6 * BELIEF_PRIORS.modelSd } },
  { name: "part sd × 0.6", change: { partSd: 0.6 * BELIEF_PRIORS.partSd } },
  { name: "part sd × 1.6", change: { partSd: 1.6 * BELIEF_PRIORS.partSd } },
];
const TOURS = 3;
const CLUSTERS_PER_SQUARE = 3;
const HOLES_PER_REFIT = 6;
const CERTAINTY_MARGIN = 1e-6;

/**
 * Cross-validates the belief's priors by square: random tours through the squares, every hole predicted from the results
 * that are known by then, in all predictor cases. For each square, the choice that was best on all other squares is
 * scored on this one.
 */
export function validate(grid: MeasuredGrid): Validation {
  const squares = grid.squareIds.length;
  const loss = CHOICES.map(() => new Float64Array(squares));
  const count = new Float64Array(squares);
  for (const predictor of PREDICTOR_CASES) {
    for (let tour = 0; tour < TOURS; tour++) {
      const input = inputOf(grid, predictor.scores(grid, tour), COST_CASES[0].costsMin);
      const structure = structureOf(input);
      const order = randomTour(structure, new Random(tour));
      for (const h of order) count[structure.squareOfHole[h]]++;
      CHOICES.forEach(({ change }, choice) => {
        const good = new Float64Array(grid.good.length).fill(Number.NaN);
        const weight = good.map(() => 1);
        let probability = new Float64Array(0);
        order.forEach((h, i) => {
          if (i > DELAY_HOLES) good[order[i - DELAY_HOLES - 1]] = grid.good[order[i - DELAY_HOLES - 1]];
          if (i % HOLES_PER_REFIT === 0) {
            probability = Float64Array.from(
              believe({ ...input, outcomes: { good, weight } }, structure, { ...BELIEF_PRIORS, ...change }).probability,
            );
          }
          const p = Math.min(1 - CERTAINTY_MARGIN, Math.max(CERTAINTY_MARGIN, probability[h]));
          loss[choice][structure.squareOfHole[h]] -= Math.log(grid.good[h] === 1 ? p : 1 - p);
        });
      });
    }
  }
  const holes = count.reduce((sum, n) => sum + n, 0);
  const total = loss.map((bySquare) => bySquare.reduce((sum, value) => sum + value, 0));
  let leftOut = 0;
  for (let s = 0; s < squares; s++) {
    const elsewhere = total.map((sum, choice) => sum - loss[choice][s]);
    leftOut += loss[elsewhere.indexOf(Math.min(...elsewhere))][s];
  }
  const choices = CHOICES.map(({ name }, choice) => ({ name, logLoss: total[choice] / holes }));
  return {
    choices,
    leftOut: leftOut / holes,
    lines: [
      "Log loss per hole of predictions made before the result (nats), mean over predictors and tours:",
      ...choices.map(({ name, logLoss }) => `  ${name.padEnd(22)} ${logLoss.toFixed(4)}`),
      `  ${"best on other squares".padEnd(22)} ${(leftOut / holes).toFixed(4)}  (leave one square out)`,
    ],
  };
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
