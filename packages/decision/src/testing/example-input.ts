import { DEFAULT_SETTINGS } from "../settings.js";
import type { DecisionInput, ModelColumn } from "../types.js";

export interface ExampleShape {
  readonly grids?: number;
  readonly squares: number;
  readonly clustersPerSquare: number;
  readonly holesPerCluster: number;
}

/** A regular grid without any prediction or result, to be varied by tests. */
export function exampleInput(shape: ExampleShape, changes: Partial<DecisionInput> = {}): DecisionInput {
  const gridCount = shape.grids ?? 1;
  const clusterCount = shape.squares * shape.clustersPerSquare;
  const holeCount = clusterCount * shape.holesPerCluster;
  return {
    grids: { ids: names("grid", gridCount) },
    squares: {
      ids: names("square", shape.squares),
      gridOfSquare: Int32Array.from({ length: shape.squares }, (_, s) => s % gridCount),
      state: new Uint8Array(shape.squares),
      area: unknown(shape.squares),
      atlasQuality: unknown(shape.squares),
      atlasCategory: new Int32Array(shape.squares).fill(-1),
      latentCluster: new Int32Array(shape.squares).fill(-1),
    },
    clusters: {
      ids: names("cluster", clusterCount),
      squareOfCluster: Int32Array.from({ length: clusterCount }, (_, c) => Math.floor(c / shape.clustersPerSquare)),
    },
    holes: {
      ids: names("hole", holeCount),
      clusterOfHole: Int32Array.from({ length: holeCount }, (_, h) => Math.floor(h / shape.holesPerCluster)),
      state: new Uint8Array(holeCount),
      operatorSelected: new Uint8Array(holeCount),
      intensityMean: unknown(holeCount),
      intensityDeviation: unknown(holeCount),
      centringQuality: unknown(holeCount),
      nearGridBar: unknown(holeCount),
      latentCluster: new Int32Array(holeCount).fill(-1),
    },
    models: [],
    outcomes: { good: unknown(holeCount), weight: new Float64Array(holeCount) },
    stage: { grid: -1, square: -1, cluster: -1 },
    costsMin: { hole: 1, cluster: 2, square: 6, grid: 8 },
    timeLeftMin: 240,
    settings: DEFAULT_SETTINGS,
    previousPlan: null,
    carriedOver: null,
    versions: {},
    ...changes,
  };
}

export function holeModel(name: string, scores: ArrayLike<number>): ModelColumn {
  return { name, metric: null, level: "hole", prior: null, scores: Float64Array.from(scores) };
}

/** The input after some holes were imaged with these outcomes (NaN = result outstanding). */
export function withOutcomes(input: DecisionInput, outcomes: ReadonlyMap<number, number>): DecisionInput {
  const state = input.holes.state.slice();
  const good = input.outcomes.good.slice();
  const weight = input.outcomes.weight.slice();
  for (const [hole, outcome] of outcomes) {
    state[hole] = 1;
    good[hole] = outcome;
    weight[hole] = Number.isNaN(outcome) ? 0 : 1;
  }
  return { ...input, holes: { ...input.holes, state }, outcomes: { good, weight } };
}

function names(of: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${of} ${i}`);
}

function unknown(count: number): Float64Array {
  return new Float64Array(count).fill(Number.NaN);
}
