import { SmartemError } from "@smartem/common/errors";

/** Holes that were all imaged, with what was predicted of them before and what came out. Order = order of the file. */
export interface MeasuredGrid {
  readonly holeIds: readonly string[];
  readonly gridIds: readonly string[];
  readonly squareIds: readonly string[];
  readonly clusterIds: readonly string[];
  readonly gridOfSquare: Int32Array;
  readonly squareOfCluster: Int32Array;
  readonly clusterOfHole: Int32Array;
  /** Position within the square, px. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly good: Uint8Array;
  /** Predicted probability of a good micrograph; NaN = none. */
  readonly score: Float64Array;
}

const COLUMNS = [
  "hole",
  "grid",
  "square",
  "patch",
  "x",
  "y",
  "ctf_max_resolution",
  "predicted_ctf_max_resolution",
] as const;
type Column = (typeof COLUMNS)[number];

/**
 * Relative error of a predicted resolution, as the standard deviation of its logarithm: what turns a prediction in Å
 * into a probability of staying below a limit. A round figure for such regressors, not fitted to any file.
 */
const PREDICTION_LOG_SD = 0.3;
/** Slope of the logistic function that is nearest to the normal distribution's. */
const LOGIT_PER_PROBIT = 1.702;

/**
 * Reads holes.csv (columns {@link COLUMNS}, any order, others ignored).
 *
 * @param limitA a micrograph is good at or below this CTF max resolution, in Å; a failed fit is bad
 * @throws SmartemError `invalid_holes_csv` with the line that cannot be read
 */
export function readMeasuredGrid(csv: string, limitA: number): MeasuredGrid {
  const lines = csv.split(/\r?\n/).filter((line) => line.trim() !== "");
  const header = (lines[0] ?? "").split(",").map((name) => name.trim());
  const at = {} as Record<Column, number>;
  for (const column of COLUMNS) {
    at[column] = header.indexOf(column);
    if (at[column] < 0) throw invalid(`Column "${column}" is missing.`);
  }
  if (lines.length < 2) throw invalid("There are no holes.");
  const grids = new Numbering();
  const squares = new Numbering();
  const clusters = new Numbering();
  const holeIds: string[] = [];
  const gridOfSquare: number[] = [];
  const squareOfCluster: number[] = [];
  const clusterOfHole: number[] = [];
  const x: number[] = [];
  const y: number[] = [];
  const good: number[] = [];
  const score: number[] = [];
  lines.slice(1).forEach((line, i) => {
    const fields = line.split(",");
    const text = (column: Column): string => {
      const field = fields[at[column]]?.trim();
      if (field === undefined || field === "") throw invalid(`Line ${i + 2} has no ${column}.`);
      return field;
    };
    const optional = (column: Column): number => Number.parseFloat(fields[at[column]] ?? "");
    const grid = grids.of(text("grid"));
    const square = squares.of(text("square"));
    const cluster = clusters.of(text("patch"));
    if (gridOfSquare.length === square) gridOfSquare.push(grid);
    if (squareOfCluster.length === cluster) squareOfCluster.push(square);
    if (gridOfSquare[square] !== grid) throw invalid(`Line ${i + 2}: square ${text("square")} is in two grids.`);
    if (squareOfCluster[cluster] !== square) throw invalid(`Line ${i + 2}: patch ${text("patch")} is in two squares.`);
    holeIds.push(text("hole"));
    clusterOfHole.push(cluster);
    x.push(optional("x"));
    y.push(optional("y"));
    const measured = optional("ctf_max_resolution");
    good.push(measured > 0 && measured <= limitA ? 1 : 0);
    const predicted = optional("predicted_ctf_max_resolution");
    score.push(predicted > 0 ? probabilityBelow(limitA, predicted) : Number.NaN);
  });
  return {
    holeIds,
    gridIds: grids.names,
    squareIds: squares.names,
    clusterIds: clusters.names,
    gridOfSquare: Int32Array.from(gridOfSquare),
    squareOfCluster: Int32Array.from(squareOfCluster),
    clusterOfHole: Int32Array.from(clusterOfHole),
    x: Float64Array.from(x),
    y: Float64Array.from(y),
    good: Uint8Array.from(good),
    score: Float64Array.from(score),
  };
}

function probabilityBelow(limitA: number, predictedA: number): number {
  const logit = (LOGIT_PER_PROBIT * Math.log(limitA / predictedA)) / PREDICTION_LOG_SD;
  return 1 / (1 + Math.exp(-logit));
}

/** The holes of some squares only, as a grid of its own. */
export function onlySquares(grid: MeasuredGrid, keep: (square: number) => boolean): MeasuredGrid {
  return select(
    grid,
    [...grid.clusterOfHole.keys()]
      .filter((h) => keep(grid.squareOfCluster[grid.clusterOfHole[h]]))
      .map((hole) => ({ hole, copy: 0 })),
  );
}

/** A grid of these squares; one that is named twice is there twice, as two squares that happen to be alike. */
export function drawnSquares(grid: MeasuredGrid, squares: readonly number[]): MeasuredGrid {
  const holes = [...grid.clusterOfHole.keys()];
  return select(
    grid,
    squares.flatMap((square, i) => {
      const copy = squares.slice(0, i).filter((earlier) => earlier === square).length;
      return holes
        .filter((hole) => grid.squareOfCluster[grid.clusterOfHole[hole]] === square)
        .map((hole) => ({ hole, copy }));
    }),
  );
}

function select(grid: MeasuredGrid, chosen: readonly { readonly hole: number; readonly copy: number }[]): MeasuredGrid {
  const named = (name: string, copy: number): string => (copy === 0 ? name : `${name}+${copy}`);
  const grids = new Numbering();
  const squares = new Numbering();
  const clusters = new Numbering();
  const gridOfSquare: number[] = [];
  const squareOfCluster: number[] = [];
  const clusterOfHole = chosen.map(({ hole, copy }) => {
    const oldCluster = grid.clusterOfHole[hole];
    const oldSquare = grid.squareOfCluster[oldCluster];
    const square = squares.of(named(grid.squareIds[oldSquare], copy));
    const cluster = clusters.of(named(grid.clusterIds[oldCluster], copy));
    gridOfSquare[square] = grids.of(grid.gridIds[grid.gridOfSquare[oldSquare]]);
    squareOfCluster[cluster] = square;
    return cluster;
  });
  return {
    holeIds: chosen.map(({ hole, copy }) => named(grid.holeIds[hole], copy)),
    gridIds: grids.names,
    squareIds: squares.names,
    clusterIds: clusters.names,
    gridOfSquare: Int32Array.from(gridOfSquare),
    squareOfCluster: Int32Array.from(squareOfCluster),
    clusterOfHole: Int32Array.from(clusterOfHole),
    x: Float64Array.from(chosen, ({ hole }) => grid.x[hole]),
    y: Float64Array.from(chosen, ({ hole }) => grid.y[hole]),
    good: Uint8Array.from(chosen, ({ hole }) => grid.good[hole]),
    score: Float64Array.from(chosen, ({ hole }) => grid.score[hole]),
  };
}

class Numbering {
  readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();

  of(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    this.numbers.set(name, this.names.length);
    this.names.push(name);
    return this.names.length - 1;
  }
}

function invalid(message: string): SmartemError {
  return new SmartemError("invalid_holes_csv", 422, message, {
    hint: `The file needs the columns ${COLUMNS.join(", ")}.`,
  });
}
