import { SmartemError } from "@smartem/common/errors";
import { EnclosingCircle } from "./enclosing-circle.js";
import { rowsOf } from "./structure.js";

export interface HolePositions {
  readonly squareOfHole: Int32Array;
  /** In the unit of the radius; NaN = not known. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface HoleClusters {
  readonly clusterOfHole: Int32Array;
  readonly squareOfCluster: Int32Array;
}

/** Offsets tried per axis for the tiling of a square; the one with the fewest clusters wins. */
const OFFSETS = 4;

/**
 * Groups holes that beam shift reaches from one stage position: each cluster lies within `radius` of a point. Of several
 * ways to group a square's holes the one with the fewest clusters is taken: hexagons at several offsets, and runs of the
 * holes in the order in which they are given, since EPU takes them cluster by cluster itself. The same input gives the
 * same clusters, numbered by their first hole.
 *
 * @param radius clustering radius in the unit of the positions; 0 = every position by itself, Infinity = one cluster per square
 * @throws SmartemError `invalid_clustering_radius` where it is negative or not a number
 */
export function clusterHoles({ squareOfHole, x, y }: HolePositions, radius: number): HoleClusters {
  if (!(radius >= 0))
    throw new SmartemError("invalid_clustering_radius", 422, `A clustering radius of ${radius} makes no sense.`);
  const squareCount = squareOfHole.reduce((most, square) => Math.max(most, square + 1), 0);
  const [squareStart, holesOfSquare] = rowsOf(squareOfHole, squareCount);
  const tileOfHole = new Float64Array(squareOfHole.length);
  for (let square = 0; square < squareCount; square++) {
    const holes = holesOfSquare.subarray(squareStart[square], squareStart[square + 1]);
    const tiles = tile(holes, x, y, radius);
    for (let i = 0; i < holes.length; i++) tileOfHole[holes[i]] = tiles[i];
  }
  const numbers = Array.from({ length: squareCount }, () => new Map<number, number>());
  const squareOfCluster: number[] = [];
  const clusterOfHole = squareOfHole.map((square, hole) => {
    const known = numbers[square].get(tileOfHole[hole]);
    if (known !== undefined) return known;
    numbers[square].set(tileOfHole[hole], squareOfCluster.length);
    return squareOfCluster.push(square) - 1;
  });
  return { clusterOfHole, squareOfCluster: Int32Array.from(squareOfCluster) };
}

/** Holes whose position is not known are one cluster of their square: nothing says that they are far apart. */
const NOWHERE = Number.MAX_VALUE;
/** A hexagon's coordinates as one number: they are held within ± half of this. */
const HEXAGONS_PER_AXIS = 2 ** 26;

/** The tile of each of a square's holes. */
function tile(holes: Int32Array, x: Float64Array, y: Float64Array, radius: number): Float64Array {
  if (radius === 0) return byPosition(holes, x, y);
  const fewest = inRuns(holes, x, y, radius);
  const trial = new Float64Array(holes.length);
  let fewestTiles = new Set(fewest).size;
  const [left, top] = corner(holes, x, y);
  const offsets = Number.isFinite(radius) ? OFFSETS : 1;
  for (let i = 0; i < offsets; i++) {
    for (let j = 0; j < offsets; j++) {
      const shiftX = (i / offsets) * Math.sqrt(3) * radius;
      const shiftY = (j / offsets) * 1.5 * radius;
      for (let k = 0; k < holes.length; k++) {
        const hole = holes[k];
        trial[k] = hexagon(x[hole] - left + shiftX, y[hole] - top + shiftY, radius);
      }
      const count = new Set(trial).size;
      if (count < fewestTiles) {
        fewest.set(trial);
        fewestTiles = count;
      }
    }
  }
  return fewest;
}

/** As many holes in a row as fit into a circle of the radius, then the next ones. */
function inRuns(holes: Int32Array, x: Float64Array, y: Float64Array, radius: number): Float64Array {
  const runs = new Float64Array(holes.length).fill(NOWHERE);
  let circle = new EnclosingCircle();
  let run = 0;
  for (let k = 0; k < holes.length; k++) {
    const hole = holes[k];
    if (!(Number.isFinite(x[hole]) && Number.isFinite(y[hole]))) continue;
    if (!circle.takes(x[hole], y[hole], radius)) {
      circle = new EnclosingCircle();
      circle.takes(x[hole], y[hole], radius);
      run++;
    }
    runs[k] = run;
  }
  return runs;
}

function byPosition(holes: Int32Array, x: Float64Array, y: Float64Array): Float64Array {
  const numbers = new Map<string, number>();
  return Float64Array.from(holes, (hole) => {
    if (!(Number.isFinite(x[hole]) && Number.isFinite(y[hole]))) return NOWHERE;
    const position = `${x[hole]},${y[hole]}`;
    const number = numbers.get(position) ?? numbers.size;
    numbers.set(position, number);
    return number;
  });
}

function corner(holes: Int32Array, x: Float64Array, y: Float64Array): [left: number, top: number] {
  let left = Number.POSITIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  for (const hole of holes) {
    if (x[hole] < left) left = x[hole];
    if (y[hole] < top) top = y[hole];
  }
  return [left, top];
}

/** The pointy-topped hexagon of that circumradius around whose centre the point lies. */
function hexagon(x: number, y: number, radius: number): number {
  if (radius === Number.POSITIVE_INFINITY) return Number.isNaN(x) || Number.isNaN(y) ? NOWHERE : 0;
  if (!(Number.isFinite(x) && Number.isFinite(y))) return NOWHERE;
  const q = ((Math.sqrt(3) / 3) * x - y / 3) / radius;
  const r = ((2 / 3) * y) / radius;
  // Round in cube coordinates, q + r + s = 0: the coordinate that was rounded most follows from the other two.
  const s = -q - r;
  let cubeQ = Math.round(q);
  let cubeR = Math.round(r);
  const cubeS = Math.round(s);
  const errorQ = Math.abs(cubeQ - q);
  const errorR = Math.abs(cubeR - r);
  const errorS = Math.abs(cubeS - s);
  if (errorQ > errorR && errorQ > errorS) cubeQ = -cubeR - cubeS;
  else if (errorR > errorS) cubeR = -cubeQ - cubeS;
  // Negative zeros are zeros.
  return cubeQ * HEXAGONS_PER_AXIS + cubeR + 0;
}
