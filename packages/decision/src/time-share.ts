import { selectAtPrice } from "./price.js";
import type { PlanProblem, Ranking } from "./ranking.js";
import type { TimeDemand } from "./types.js";

/** Prices at which a demand is told, besides 0. Between them it is interpolated. */
const STEPS = 24;
/** The lowest of them, as a share of the best rate. */
const LOWEST_SHARE = 0.002;
/** Halvings of the interval in which the common price lies. */
const BISECTIONS = 24;

/** How many minutes would be spent here at any price of a minute, the entries included. */
export function demandOf(problem: PlanProblem, ranking: Ranking): TimeDemand {
  const take = new Int32Array(problem.structure.clusterCount);
  const best = bestRate(problem, ranking);
  const pricesPerMin = [0];
  if (best > 0) for (let i = 0; i < STEPS; i++) pricesPerMin.push(best * LOWEST_SHARE ** (1 - i / (STEPS - 1)));
  return { pricesPerMin, minutes: pricesPerMin.map((price) => selectAtPrice(problem, ranking, price, take)) };
}

/**
 * Minutes of the time left that belong to other grids: what those use at the price at which all together use up the time. So the
 * last minute on each grid earns the same, and no other division among them earns more.
 */
export function minutesElsewhere(problem: PlanProblem, ranking: Ranking, elsewhere: readonly TimeDemand[]): number {
  const { timeLeftMin } = problem;
  if (elsewhere.length === 0 || timeLeftMin === Number.POSITIVE_INFINITY) return 0;
  const take = new Int32Array(problem.structure.clusterCount);
  const others = (price: number): number => elsewhere.reduce((sum, demand) => sum + minutesAt(demand, price), 0);
  const fits = (price: number): boolean => selectAtPrice(problem, ranking, price, take) + others(price) <= timeLeftMin;
  if (fits(0)) return others(0);
  let low = 0;
  let high = bestRate(problem, ranking);
  for (const { pricesPerMin } of elsewhere) high = Math.max(high, pricesPerMin.at(-1) ?? 0);
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return Math.min(timeLeftMin, others(high));
}

/** No minute here earns more. */
function bestRate({ value, costsMin }: PlanProblem, ranking: Ranking): number {
  let best = 0;
  for (const hole of ranking.holes) best = Math.max(best, value[hole]);
  return best / costsMin.hole;
}

/** Minutes at a price between those that are told; none beyond the last. */
function minutesAt({ pricesPerMin, minutes }: TimeDemand, price: number): number {
  const above = pricesPerMin.findIndex((told) => told > price);
  if (above < 0) return 0;
  if (above === 0) return minutes[0];
  const from = pricesPerMin[above - 1];
  const share = (price - from) / (pricesPerMin[above] - from);
  return minutes[above - 1] + share * (minutes[above] - minutes[above - 1]);
}
