import { Random } from "../random.js";
import type { CostsMin } from "../types.js";
import { clairvoyant } from "./clairvoyant.js";
import type { MeasuredGrid } from "./measured-grid.js";
import { replay } from "./microscope.js";
import { OURS_LEARNING, POLICY_CASES } from "./policies.js";
import { PREDICTOR_CASES } from "./predictors.js";

export interface CostCase {
  readonly name: string;
  readonly costsMin: CostsMin;
}

/** Minutes hole/cluster/square/grid. */
export const COST_CASES: readonly [CostCase, ...CostCase[]] = [
  { name: "1/2/6/8", costsMin: { hole: 1, cluster: 2, square: 6, grid: 8 } },
  { name: "1/6/25/25", costsMin: { hole: 1, cluster: 6, square: 25, grid: 25 } },
];
export const DURATIONS_MIN = [120, 240, 360, 480] as const;
export const DELAY_HOLES = 5;
export const DEFAULT_STARTS = 24;

/** One cost model and one predictor: what a worker does at a time. */
export interface Task {
  readonly costs: string;
  readonly predictor: string;
}

export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
}

export interface Row {
  readonly costs: string;
  readonly predictor: string;
  readonly durationMin: number;
  readonly policy: string;
  /** Good micrographs as a share of the clairvoyant optimum, over all starts. */
  readonly share: Estimate;
  /** This policy minus "ours, learning", start by start. */
  readonly againstLearning: Estimate;
  readonly runs: number;
}

export function allTasks(costs: readonly CostCase[] = COST_CASES): Task[] {
  return costs.flatMap(({ name }) => PREDICTOR_CASES.map((predictor) => ({ costs: name, predictor: predictor.name })));
}

/**
 * Every policy from the same random start holes, over all durations.
 *
 * @param grids one grid, or several to take turns over the starts
 */
export function compare(
  task: Task,
  grids: readonly MeasuredGrid[],
  starts: number,
  durations: readonly number[] = DURATIONS_MIN,
): Row[] {
  const costCase = COST_CASES.find(({ name }) => name === task.costs);
  const predictor = PREDICTOR_CASES.find(({ name }) => name === task.predictor);
  if (costCase === undefined || predictor === undefined)
    throw new Error(`There is no task ${task.costs}, ${task.predictor}.`);
  const { costsMin } = costCase;
  const longest = Math.max(...durations);
  const shares = new Map<string, number[]>();
  const key = (policy: string, durationMin: number): string => `${policy}/${durationMin}`;
  for (let i = 0; i < starts; i++) {
    const grid = grids[i % grids.length];
    const seed = 1000 + i;
    const startHole = new Random(seed).integer(grid.holeIds.length);
    const scores = predictor.scores(grid, seed);
    const optimum = clairvoyant(grid, startHole, longest, costsMin);
    for (const durationMin of durations) {
      // Where there is nothing to be had, every policy has all of it.
      const most = optimum[durationMin] || Number.NaN;
      for (const { name, start } of POLICY_CASES) {
        const policy = start({ grid, scores, costsMin, startHole, seed });
        const { good } = replay(grid, policy, { startHole, durationMin, costsMin, delayHoles: DELAY_HOLES });
        const own = shares.get(key(name, durationMin)) ?? [];
        own.push(Number.isNaN(most) ? 1 : good / most);
        shares.set(key(name, durationMin), own);
      }
    }
  }
  return durations.flatMap((durationMin) => {
    const learning = shares.get(key(OURS_LEARNING, durationMin)) ?? [];
    return POLICY_CASES.map(({ name }): Row => {
      const own = shares.get(key(name, durationMin)) ?? [];
      return {
        ...task,
        durationMin,
        policy: name,
        share: estimate(own),
        againstLearning: estimate(own.map((share, i) => share - learning[i])),
        runs: own.length,
      };
    });
  });
}

export function estimate(values: readonly number[]): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, standardError: Math.sqrt(variance / values.length) };
}
