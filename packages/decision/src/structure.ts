import { SmartemError } from "@smartem/common/errors";
import type { DecisionInput } from "./types.js";

/** Who belongs to whom, in both directions, as compressed rows: the clusters of square `s` are `clustersOfSquare[squareStart[s] .. squareStart[s + 1]]`. */
export interface Structure {
  readonly gridCount: number;
  readonly squareCount: number;
  readonly clusterCount: number;
  readonly holeCount: number;
  readonly squareOfHole: Int32Array;
  readonly clusterStart: Int32Array;
  readonly holesOfCluster: Int32Array;
  readonly squareStart: Int32Array;
  readonly clustersOfSquare: Int32Array;
  readonly gridStart: Int32Array;
  readonly squaresOfGrid: Int32Array;
}

/**
 * Checks that all columns fit together and lays the hierarchy out for fast walks.
 *
 * @throws SmartemError `invalid_decision_input` where a column has the wrong length or an index points nowhere: a defect
 * of the caller, not of the data
 */
export function structureOf(input: DecisionInput): Structure {
  const { grids, squares, clusters, holes, models, outcomes, stage } = input;
  const gridCount = grids.ids.length;
  const squareCount = squares.ids.length;
  const clusterCount = clusters.ids.length;
  const holeCount = holes.ids.length;

  checkLengths("squares", squareCount, squares, [
    "gridOfSquare",
    "state",
    "area",
    "atlasQuality",
    "atlasCategory",
    "latentCluster",
  ]);
  checkLengths("clusters", clusterCount, clusters, ["squareOfCluster"]);
  checkLengths("holes", holeCount, holes, [
    "clusterOfHole",
    "state",
    "operatorSelected",
    "intensityMean",
    "intensityDeviation",
    "centringQuality",
    "nearGridBar",
    "latentCluster",
  ]);
  checkLengths("outcomes", holeCount, outcomes, ["good", "weight"]);
  for (const model of models) checkLengths(`model ${model.name}`, holeCount, model, ["scores"]);
  checkIndices("squares.gridOfSquare", squares.gridOfSquare, gridCount);
  checkIndices("clusters.squareOfCluster", clusters.squareOfCluster, squareCount);
  checkIndices("holes.clusterOfHole", holes.clusterOfHole, clusterCount);
  for (const [name, index, count] of [
    ["grid", stage.grid, gridCount],
    ["square", stage.square, squareCount],
    ["cluster", stage.cluster, clusterCount],
  ] as const) {
    if (!Number.isInteger(index) || index < -1 || index >= count)
      throw invalid(`stage.${name} is ${index} of ${count}.`);
  }

  const [clusterStart, holesOfCluster] = rowsOf(holes.clusterOfHole, clusterCount);
  const [squareStart, clustersOfSquare] = rowsOf(clusters.squareOfCluster, squareCount);
  const [gridStart, squaresOfGrid] = rowsOf(squares.gridOfSquare, gridCount);
  const squareOfHole = new Int32Array(holeCount);
  for (let h = 0; h < holeCount; h++) squareOfHole[h] = clusters.squareOfCluster[holes.clusterOfHole[h]];
  return {
    gridCount,
    squareCount,
    clusterCount,
    holeCount,
    squareOfHole,
    clusterStart,
    holesOfCluster,
    squareStart,
    clustersOfSquare,
    gridStart,
    squaresOfGrid,
  };
}

/** The indices below `count` for which `holds`, ascending. */
export function indicesWhere(count: number, holds: (index: number) => boolean): Int32Array {
  const indices = new Int32Array(count);
  let found = 0;
  for (let i = 0; i < count; i++) if (holds(i)) indices[found++] = i;
  return indices.slice(0, found);
}

/** Children sorted by parent, each parent's in input order: `[start, children]`. */
export function rowsOf(parentOf: Int32Array, parentCount: number): [start: Int32Array, children: Int32Array] {
  const start = new Int32Array(parentCount + 1);
  for (const parent of parentOf) start[parent + 1]++;
  for (let p = 0; p < parentCount; p++) start[p + 1] += start[p];
  const next = start.slice(0, parentCount);
  const children = new Int32Array(parentOf.length);
  for (let c = 0; c < parentOf.length; c++) children[next[parentOf[c]]++] = c;
  return [start, children];
}

function checkLengths<T>(what: string, count: number, columns: T, names: readonly (keyof T & string)[]): void {
  for (const name of names) {
    const { length } = columns[name] as ArrayLike<unknown>;
    if (length !== count) throw invalid(`${what}.${name} has ${length} entries, not ${count}.`);
  }
}

function checkIndices(what: string, indices: Int32Array, count: number): void {
  for (const index of indices)
    if (index < 0 || index >= count) throw invalid(`${what} points at ${index} of ${count}.`);
}

function invalid(message: string): SmartemError {
  return new SmartemError("invalid_decision_input", 422, message);
}
