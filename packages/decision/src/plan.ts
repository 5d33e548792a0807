import { selectExactly } from "./knapsack.js";
import { selectAtPrice, selectByPrice } from "./price.js";
import { Entries, type PlanProblem, type Ranking, rankHoles, type Selection } from "./ranking.js";

export interface Plan extends Selection {
  readonly ranking: Ranking;
  /** λ: good micrographs that a minute is worth elsewhere. */
  readonly price: number;
  /** Every candidate once: the planned ones as they are to be imaged, then the rest by worth. */
  readonly order: Int32Array;
  readonly plannedHoles: number;
  /** Squares with candidates in the order in which the plan visits them, then the rest by worth. */
  readonly squareOrder: Int32Array;
  /** Per cluster: 1 = at the price, the cluster with its square and grid is worth entering. */
  readonly worthEntering: Uint8Array;
}

/** Horizons of at most so many holes are planned exactly; beyond, splitting a square matters little. */
const EXACT_HOLES = 300;
/** Clusters that a price so much lower would not choose are not considered by the exact planner, ... */
const SHORTLIST_PRICE = 0.7;
/** ... unless steps of time times holes are so few that it can consider them all: at the very end price means little. */
const EVERYTHING_WORK = 100_000;

export function plan(problem: PlanProblem): Plan {
  const ranking = rankHoles(problem);
  const priced = selectByPrice(problem, ranking);
  let selection: Selection = priced;
  const stepMin = problem.costsMin.hole;
  const steps = problem.timeLeftMin / stepMin;
  if (priced.price > 0 && steps <= EXACT_HOLES) {
    const exact = selectExactly(problem, ranking, shortlist(problem, ranking, priced.lowerPrice, steps), stepMin);
    // Entries are rounded to whole steps; what is then too long is no plan.
    if (exact.value > selection.value && exact.minutes <= problem.timeLeftMin + stepMin / 2) selection = exact;
  }
  if (problem.timeLeftMin === Number.POSITIVE_INFINITY) {
    // All of it is planned, and nobody knows how far it will get: what would be best in half the time goes first.
    const half = plan({ ...problem, timeLeftMin: selection.minutes / 2 });
    return {
      ...half,
      ...selection,
      price: 0,
      plannedHoles: half.order.length,
      worthEntering: half.worthEntering.fill(1),
    };
  }
  const atPrice = new Int32Array(problem.structure.clusterCount);
  selectAtPrice(problem, ranking, priced.lowerPrice, atPrice);
  return {
    ...selection,
    ranking,
    price: priced.price,
    worthEntering: Uint8Array.from(atPrice, (count) => Number(count > 0)),
    ...tour(problem, ranking, selection),
  };
}

/** How many of each cluster's holes the exact planner considers. */
function shortlist(problem: PlanProblem, ranking: Ranking, price: number, steps: number): Int32Array {
  const { structure, stage } = problem;
  const consider = new Int32Array(structure.clusterCount);
  selectAtPrice(problem, ranking, SHORTLIST_PRICE * price, consider);
  const everything = ranking.holes.length * steps <= EVERYTHING_WORK;
  for (let c = 0; c < structure.clusterCount; c++) {
    if (everything || c === stage.cluster) consider[c] = ranking.start[c + 1] - ranking.start[c];
  }
  return consider;
}

type Tour = Pick<Plan, "order" | "plannedHoles" | "squareOrder">;

/** From where the stage stands outwards: this cluster, this square, this grid, then the others; within each the best rate first. */
function tour(problem: PlanProblem, ranking: Ranking, { take }: Selection): Tour {
  const { structure, costsMin, stage } = problem;
  const entries = new Entries(problem);
  const { squareCount, clusterCount, gridCount } = structure;
  const clusterRate = new Float64Array(clusterCount);
  const restRate = new Float64Array(clusterCount);
  const squareRate = new Float64Array(squareCount);
  const squareRest = new Float64Array(squareCount).fill(-1);
  const squareMinutes = new Float64Array(squareCount);
  const gridRate = new Float64Array(gridCount);
  for (let g = 0; g < gridCount; g++) {
    let gridValue = 0;
    let gridTime = entries.grid(g);
    for (let i = structure.gridStart[g]; i < structure.gridStart[g + 1]; i++) {
      const s = structure.squaresOfGrid[i];
      let value = 0;
      let time = entries.square(s);
      for (let j = structure.squareStart[s]; j < structure.squareStart[s + 1]; j++) {
        const c = structure.clustersOfSquare[j];
        const from = ranking.start[c];
        const end = ranking.start[c + 1];
        if (take[c] > 0) {
          const clusterTime = take[c] * costsMin.hole + entries.cluster(c);
          const worth = ranking.sum[from + take[c] - 1];
          clusterRate[c] = worth / clusterTime;
          value += worth;
          time += clusterTime;
        }
        if (from + take[c] < end) {
          const before = take[c] > 0 ? ranking.sum[from + take[c] - 1] : 0;
          const rest = end - from - take[c];
          restRate[c] =
            (ranking.sum[end - 1] - before) / (rest * costsMin.hole + (take[c] > 0 ? 0 : entries.cluster(c)));
          squareRest[s] = Math.max(squareRest[s], restRate[c]);
        }
      }
      if (value > 0 || time > entries.square(s)) {
        squareRate[s] = value / time;
        squareMinutes[s] = time;
        gridValue += value;
        gridTime += time;
      }
    }
    gridRate[g] = gridTime > 0 ? gridValue / gridTime : 0;
  }

  const grids = sorted(gridCount, (a, b) => first(stage.grid, a, b) || gridRate[b] - gridRate[a]);
  const order = new Int32Array(ranking.holes.length);
  const squareOrder: number[] = [];
  let placed = 0;
  for (const g of grids) {
    const squares = structure.squaresOfGrid
      .slice(structure.gridStart[g], structure.gridStart[g + 1])
      .filter((s) => squareMinutes[s] > 0)
      .sort((a, b) => first(stage.square, a, b) || squareRate[b] - squareRate[a] || a - b);
    for (const s of squares) {
      squareOrder.push(s);
      const clusters = structure.clustersOfSquare
        .slice(structure.squareStart[s], structure.squareStart[s + 1])
        .filter((c) => take[c] > 0)
        .sort((a, b) => first(stage.cluster, a, b) || clusterRate[b] - clusterRate[a] || a - b);
      for (const c of clusters) {
        const from = ranking.start[c];
        for (let i = from; i < from + take[c]; i++) order[placed++] = ranking.holes[i];
      }
    }
  }
  const plannedHoles = placed;
  const rest = sorted(squareCount, (a, b) => squareRest[b] - squareRest[a]).filter((s) => squareRest[s] >= 0);
  for (const s of rest) {
    if (squareMinutes[s] === 0) squareOrder.push(s);
    const clusters = structure.clustersOfSquare
      .slice(structure.squareStart[s], structure.squareStart[s + 1])
      .sort((a, b) => restRate[b] - restRate[a] || a - b);
    for (const c of clusters) {
      for (let i = ranking.start[c] + take[c]; i < ranking.start[c + 1]; i++) order[placed++] = ranking.holes[i];
    }
  }
  return { order, plannedHoles, squareOrder: Int32Array.from(squareOrder) };
}

function first(favoured: number, a: number, b: number): number {
  return Number(b === favoured) - Number(a === favoured);
}

function sorted(count: number, compare: (a: number, b: number) => number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(a, b) || a - b);
}
