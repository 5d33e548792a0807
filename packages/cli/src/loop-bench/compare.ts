import { clairvoyant } from "@smartem/decision/bench/clairvoyant";
import { type Estimate, estimate } from "@smartem/decision/bench/compare";
import { type Replay, replay } from "@smartem/decision/bench/microscope";
import { POLICY_CASES } from "@smartem/decision/bench/policies";
import { DEFAULT_GRID, type GridOptions, gridTruth } from "@smartem/simulator/grid-truth";
import { DEFAULT_PREDICTORS, type PredictorOptions } from "@smartem/simulator/predictors";
import { DEFAULT_COSTS_MIN } from "@smartem/simulator/run-costs";
import { type DecisionsOnOptions, decisionsOn } from "./decisions-on.js";
import { type SimulatedGrid, simulatedGrid } from "./simulated-grid.js";

/** The microscope is this many holes ahead of the results. */
export const RESULT_DELAY_HOLES = 3;
export const DECISIONS_ON = "decisions on";
export const DECISIONS_OFF = "decisions off";

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly predictors: readonly PredictorOptions[];
  /** Decisions on, as it starts and with something changed. */
  readonly variants: readonly ({ readonly name: string } & Omit<DecisionsOnOptions, "durationMin">)[];
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "four models",
    about:
      "an atlas ranker, a hole classifier, one that is too optimistic and one that is biased between squares, besides EPU's own figures",
    predictors: DEFAULT_PREDICTORS,
    variants: [
      { name: DECISIONS_ON },
      { name: "decisions on, results ignored", learning: false },
      { name: "decisions on, diversity 0.5", settings: { diversity: 0.5 } },
    ],
  },
  {
    name: "no model",
    about: "EPU's own figures only",
    predictors: [],
    variants: [{ name: DECISIONS_ON }],
  },
];

/** Policies of the other benchmark that serve as baselines, and what they are called here. */
const BASELINES: readonly (readonly [policy: string, name: string])[] = [
  ["raster", DECISIONS_OFF],
  ["random", "random"],
  ["best squares first", "best squares first"],
  ["greedy", "greedy"],
  ["predict-rank", "predict-rank"],
  ["original ordering", "original ordering"],
];

export interface LoopRow {
  readonly scenario: string;
  readonly policy: string;
  readonly durationMin: number;
  readonly goodPerHour: Estimate;
  /** Share of the clairvoyant optimum. */
  readonly share: Estimate;
  /** "decisions on" minus this policy, good micrographs per hour, seed by seed. */
  readonly gainPerHour: Estimate;
  /** In how many sessions "decisions on" had more, as many, and fewer good micrographs. */
  readonly moreEqualFewer: readonly [number, number, number];
  /** Over how many equally filled latent groups the good micrographs spread (exp of their entropy). */
  readonly groups: Estimate;
}

export interface LoopOptions {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly durationsMin: readonly number[];
  readonly grid: Pick<GridOptions, "squares" | "holesPerSquare">;
}

interface Run {
  readonly good: number;
  readonly optimum: number;
  readonly groups: number;
}

/** Plays every session with every policy on the same truth, without files or servers between them. */
export function compareLoops(options: LoopOptions, done: (sessions: number) => void = () => undefined): LoopRow[] {
  const runs = new Map<string, Run[]>();
  const keyOf = (...parts: readonly (string | number)[]): string => JSON.stringify(parts);
  const record = (key: string, run: Run): void => {
    const own = runs.get(key);
    if (own === undefined) runs.set(key, [run]);
    else own.push(run);
  };
  const longest = Math.max(...options.durationsMin);
  for (let i = 0; i < options.seeds; i++) {
    const truth = gridTruth({ ...DEFAULT_GRID, ...options.grid, seed: options.firstSeed + i });
    for (const scenario of SCENARIOS) {
      for (const durationMin of options.durationsMin) {
        const grid = simulatedGrid(truth, scenario.predictors, durationMin);
        const optimum = clairvoyant(grid.asMeasured, null, longest, DEFAULT_COSTS_MIN)[durationMin] ?? 0;
        for (const { name, play } of policies(grid, scenario, durationMin)) {
          const played = play();
          record(keyOf(scenario.name, name, durationMin), {
            good: played.good,
            optimum,
            groups: effectiveGroups(grid, played),
          });
        }
      }
    }
    done(i + 1);
  }
  return SCENARIOS.flatMap((scenario) =>
    options.durationsMin.flatMap((durationMin) => {
      const on = runs.get(keyOf(scenario.name, DECISIONS_ON, durationMin)) ?? [];
      const names = [...scenario.variants.map(({ name }) => name), ...baselinesOf(scenario).map(([, name]) => name)];
      return names.map((policy): LoopRow => {
        const own = runs.get(keyOf(scenario.name, policy, durationMin)) ?? [];
        const perHour = (good: number): number => (60 * good) / durationMin;
        const gains = own.map((run, i) => (on[i]?.good ?? Number.NaN) - run.good);
        return {
          scenario: scenario.name,
          policy,
          durationMin,
          goodPerHour: estimate(own.map(({ good }) => perHour(good))),
          share: estimate(own.map(({ good, optimum }) => (optimum === 0 ? 1 : good / optimum))),
          gainPerHour: estimate(gains.map(perHour)),
          moreEqualFewer: [
            gains.filter((gain) => gain > 0).length,
            gains.filter((gain) => gain === 0).length,
            gains.filter((gain) => gain < 0).length,
          ],
          groups: estimate(own.map(({ groups }) => groups)),
        };
      });
    }),
  );
}

/** Where nothing was predicted, only the policies that ask for no prediction say anything. */
function baselinesOf({ predictors }: Scenario): typeof BASELINES {
  return predictors.length > 0 ? BASELINES : BASELINES.slice(0, 2);
}

function policies(
  grid: SimulatedGrid,
  scenario: Scenario,
  durationMin: number,
): { readonly name: string; readonly play: () => Replay }[] {
  const options = { startHole: null, durationMin, costsMin: DEFAULT_COSTS_MIN, delayHoles: RESULT_DELAY_HOLES };
  const { asMeasured } = grid;
  const scores = scenario.predictors.length > 0 ? asMeasured.score : null;
  return [
    ...scenario.variants.map(({ name, ...changes }) => ({
      name,
      play: () => replay(asMeasured, decisionsOn(grid, { ...changes, durationMin }), options),
    })),
    ...baselinesOf(scenario).flatMap(([policy, name]) => {
      const found = POLICY_CASES.find((candidate) => candidate.name === policy);
      if (found === undefined) return [];
      const setup = {
        grid: asMeasured,
        scores,
        costsMin: DEFAULT_COSTS_MIN,
        startHole: 0,
        seed: grid.truth.options.seed,
      };
      return [{ name, play: () => replay(asMeasured, found.start(setup), options) }];
    }),
  ];
}

function effectiveGroups({ groups, asMeasured }: SimulatedGrid, { order, good }: Replay): number {
  if (good === 0) return 0;
  const counts = new Map<number, number>();
  for (const hole of order) {
    const group = groups[hole];
    if (asMeasured.good[hole] === 1 && group !== undefined) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / good) * Math.log(count / good);
  return Math.exp(entropy);
}
