import type { RandomStream } from "./random.js";

/** Thickness at which particles lie in one layer and the spectrum reaches furthest. */
const BEST_THICKNESS_NM = 30;
/** Below this the hole has no continuous film. */
const LEAST_THICKNESS_NM = 2;
const MEAN_THICKNESS_NM = 42;
/** Mean free path for the electrons that the aperture or filter removes. */
const MEAN_FREE_PATH_NM = 320;

/** Position relative to the centre of the grid or square it lies in, as a share of that one's radius (−1 … 1). */
export interface RelativePosition {
  readonly x: number;
  readonly y: number;
}

export interface IceField {
  /** Thickness in nm of a hole at `hole` in the square of that index at `square`. */
  thicknessNm(squareIndex: number, square: RelativePosition, hole: RelativePosition): number;
}

interface Wave {
  readonly kx: number;
  readonly ky: number;
  readonly phase: number;
  readonly amplitudeNm: number;
}

/**
 * Ice over a grid: a gradient over the atlas, an effect of each square, thicker towards the bars of a square than in its
 * middle, and a smooth random field within squares.
 */
export function iceField(random: RandomStream): IceField {
  const ice = random.split("ice");
  const gradientNm = ice.normal(14, 5);
  const direction = ice.uniform() * 2 * Math.PI;
  const edgeNm = ice.normal(12, 4);
  const squares = new Map<number, { readonly effectNm: number; readonly waves: readonly Wave[] }>();

  const ofSquare = (index: number): { readonly effectNm: number; readonly waves: readonly Wave[] } => {
    const known = squares.get(index);
    if (known !== undefined) return known;
    const own = ice.split("square", index);
    const effectNm = own.normal(0, 11);
    const waves = Array.from({ length: 6 }, () => {
      const angle = own.uniform() * 2 * Math.PI;
      const cycles = 0.4 + 1.6 * own.uniform();
      return {
        kx: Math.PI * cycles * Math.cos(angle),
        ky: Math.PI * cycles * Math.sin(angle),
        phase: own.uniform() * 2 * Math.PI,
        amplitudeNm: own.normal(0, 4.5),
      };
    });
    const made = { effectNm, waves };
    squares.set(index, made);
    return made;
  };

  return {
    thicknessNm: (squareIndex, square, hole) => {
      const { effectNm, waves } = ofSquare(squareIndex);
      const gradient = gradientNm * (square.x * Math.cos(direction) + square.y * Math.sin(direction));
      const edge = edgeNm * (hole.x * hole.x + hole.y * hole.y - 0.5);
      const field = waves.reduce(
        (sum, wave) => sum + wave.amplitudeNm * Math.cos(wave.kx * hole.x + wave.ky * hole.y + wave.phase),
        0,
      );
      return Math.max(LEAST_THICKNESS_NM, MEAN_THICKNESS_NM + gradient + effectNm + edge + field);
    },
  };
}

/** How well ice of that thickness serves: 0 at the best, falling to both sides. */
export function iceSuitability(thicknessNm: number): number {
  const octaves = Math.log2(thicknessNm / BEST_THICKNESS_NM);
  return -octaves * octaves;
}

/** Share of the beam that passes ice of that thickness. */
export function transmission(thicknessNm: number): number {
  return Math.exp(-thicknessNm / MEAN_FREE_PATH_NM);
}
