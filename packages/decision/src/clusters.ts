import { SmartemError } from "@smartem/common/errors";

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
 * Groups holes that beam shift reaches from one stage position: each cluster lies within `radius` of a point. Squares are
 * tiled with hexagons, whose offset is chosen such that few clusters result. Time and memory are linear in the holes; the
 * same input gives the same clusters, numbered by their first hole.
 *
 * @param radius clustering radius in the unit of the positions; 0 = every position by itself, Infinity = one cluster per square
 * @throws SmartemError `invalid_clustering_radius` where it is negative or not a number
 */
export function clusterHoles({ squareOfHole, x, y }: HolePositions, radius: number): HoleClusters {
  if (!(radius >= 0))
    throw new SmartemError("invalid_clustering_radius", 422, `A clustering radius of ${radius} makes no sense.`);
  const squares = new Map<number, number[]>();
  squareOfHole.forEach((square, hole) => {
    const holes = squares.get(square);
    if (holes === undefined) squares.set(square, [hole]);
    else holes.push(hole);
  });
  const tileOfHole = new Array<string>(squareOfHole.length);
  for (const holes of squares.values()) for (const [hole, name] of tile(holes, x, y, radius)) tileOfHole[hole] = name;

  const numbers = new Map<string, number>();
  const squareOfCluster: number[] = [];
  const clusterOfHole = squareOfHole.map((square, hole) => {
    const key = `${square}/${tileOfHole[hole]}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, squareOfCluster.length);
    return squareOfCluster.push(square) - 1;
  });
  return { clusterOfHole, squareOfCluster: Int32Array.from(squareOfCluster) };
}

/** Holes whose position is not known are one cluster of their square: nothing says that they are far apart. */
const NOWHERE = "?";

function tile(holes: readonly number[], x: Float64Array, y: Float64Array, radius: number): Map<number, string> {
  let fewest: Map<number, string> | undefined;
  let fewestTiles = Number.POSITIVE_INFINITY;
  const [left, top] = corner(holes, x, y);
  const offsets = radius > 0 && Number.isFinite(radius) ? OFFSETS : 1;
  for (let i = 0; i < offsets; i++) {
    for (let j = 0; j < offsets; j++) {
      const tiles = new Map<number, string>();
      for (const hole of holes) {
        const right = x[hole] - left;
        const down = y[hole] - top;
        tiles.set(
          hole,
          hexagon(right + (i / offsets) * Math.sqrt(3) * radius, down + (j / offsets) * 1.5 * radius, radius),
        );
      }
      const count = new Set(tiles.values()).size;
      if (count < fewestTiles) {
        fewest = tiles;
        fewestTiles = count;
      }
    }
  }
  return fewest ?? new Map();
}

function corner(holes: readonly number[], x: Float64Array, y: Float64Array): [left: number, top: number] {
  let left = Number.POSITIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  for (const hole of holes) {
    if (x[hole] < left) left = x[hole];
    if (y[hole] < top) top = y[hole];
  }
  return [left, top];
}

/** The pointy-topped hexagon of that circumradius around whose centre the point lies, in axial coordinates. */
function hexagon(x: number, y: number, radius: number): string {
  if (!(Number.isFinite(x) && Number.isFinite(y))) return NOWHERE;
  if (radius === 0) return `${x},${y}`;
  if (radius === Number.POSITIVE_INFINITY) return "all";
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
  return `${cubeQ},${cubeR}`;
}
