import { decide } from "../decide.js";
import { Random } from "../random.js";
import { DEFAULT_SETTINGS } from "../settings.js";
import { type DecisionInput, HoleState } from "../types.js";

export interface ScaleResult {
  readonly holes: number;
  readonly models: number;
  readonly results: number;
  /** Processor time, median and slowest over the repeats after warming up. */
  readonly medianMs: number;
  readonly slowestMs: number;
  /** Resident memory of the whole process at its highest, MB. */
  readonly memoryMb: number;
}

export interface ScaleShape {
  readonly holes: number;
  readonly models: number;
  readonly results: number;
}

const HOLES_PER_CLUSTER = 20;
const CLUSTERS_PER_SQUARE = 12;

/** A large session in full swing: models at all three levels, EPU's own figures, results from a fifth of the holes. */
export function largeInput({ holes, models, results }: ScaleShape, seed = 1): DecisionInput {
  const random = new Random(seed);
  const clusters = Math.ceil(holes / HOLES_PER_CLUSTER);
  const squares = Math.ceil(clusters / CLUSTERS_PER_SQUARE);
  const clusterOfHole = Int32Array.from({ length: holes }, (_, h) => Math.floor(h / HOLES_PER_CLUSTER));
  const squareOfCluster = Int32Array.from({ length: clusters }, (_, c) => Math.floor(c / CLUSTERS_PER_SQUARE));
  const squareLogit = Float64Array.from({ length: squares }, () => 1.5 * random.normal() - 0.5);
  const clusterLogit =
    squareOfCluster.length === 0 ? [] : Array.from(squareOfCluster, (s) => squareLogit[s] + 0.8 * random.normal());
  const logit = Float64Array.from(clusterOfHole, (c) => clusterLogit[c] + random.normal());
  const state = new Uint8Array(holes);
  const good = new Float64Array(holes).fill(Number.NaN);
  const weight = new Float64Array(holes);
  for (let i = 0; i < results; i++) {
    const h = Math.floor((i * holes) / results);
    state[h] = HoleState.imaged;
    good[h] = random.next() < 1 / (1 + Math.exp(-logit[h])) ? 1 : 0;
    weight[h] = 1;
  }
  const levels = ["hole", "group", "square"] as const;
  return {
    grids: { ids: ["grid"] },
    squares: {
      ids: Array.from({ length: squares }, (_, s) => `square ${s}`),
      gridOfSquare: new Int32Array(squares),
      state: new Uint8Array(squares),
      area: Float64Array.from({ length: squares }, () => 1000 + 100 * random.normal()),
      atlasQuality: Float64Array.from({ length: squares }, () => random.next()),
      atlasCategory: Int32Array.from({ length: squares }, () => random.integer(4)),
      latentCluster: new Int32Array(squares).fill(-1),
    },
    clusters: { ids: Array.from({ length: clusters }, (_, c) => `cluster ${c}`), squareOfCluster },
    holes: {
      ids: Array.from({ length: holes }, (_, h) => `hole ${h}`),
      clusterOfHole,
      state,
      operatorSelected: new Uint8Array(holes),
      intensityMean: logit.map((z) => 100 + 5 * z + 5 * random.normal()),
      intensityDeviation: logit.map(() => 10 + random.normal()),
      centringQuality: logit.map(() => random.next()),
      nearGridBar: logit.map(() => Number(random.next() < 0.1)),
      latentCluster: new Int32Array(holes).fill(-1),
    },
    models: Array.from({ length: models }, (_, m) => {
      const level = levels[m % 3];
      const truth = (h: number): number => {
        if (level === "hole") return logit[h] + 1.5 * random.normal();
        return level === "group" ? clusterLogit[clusterOfHole[h]] : squareLogit[squareOfCluster[clusterOfHole[h]]];
      };
      return {
        name: `model ${m}`,
        metric: null,
        level,
        prior: null,
        scores: Float64Array.from({ length: holes }, (_, h) => 1 / (1 + Math.exp(-truth(h)))),
      };
    }),
    outcomes: { good, weight },
    stage: { grid: 0, square: 0, cluster: 0 },
    costsMin: { hole: 0.5, cluster: 1.2, square: 5, grid: 12 },
    timeLeftMin: 24 * 60,
    settings: DEFAULT_SETTINGS,
    previousPlan: null,
    carriedOver: null,
    versions: {},
  };
}

/** Repeats until the compiler has done its part. */
const WARM_UP = 5;

/** Replans over and over. Time is processor time, so that other programs on the machine do not count. */
export function measureScale(shape: ScaleShape, repeats = 9): ScaleResult {
  const input = largeInput(shape);
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + repeats; i++) {
    const before = process.cpuUsage();
    decide(input);
    const { user, system } = process.cpuUsage(before);
    if (i >= WARM_UP) times.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  return {
    ...shape,
    medianMs: times[times.length >> 1],
    slowestMs: times[times.length - 1],
    memoryMb: process.resourceUsage().maxRSS / 1024,
  };
}
