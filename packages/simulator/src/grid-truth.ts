import { type GridLayout, gridLayout, type HoleLayout, holeLayout, nearest, type SquareLayout } from "./grid-layout.js";
import { iceField, iceSuitability, transmission } from "./ice.js";
import { type RandomStream, randomStream } from "./random.js";
import { ascending, at, coupled, mean } from "./statistics.js";

/** How much of a grid there is. */
export interface GridOptions {
  readonly seed: number;
  /** Squares selected for acquisition. */
  readonly squares: number;
  /** Squares that the atlas shows and nobody selected. */
  readonly unselectedSquares: number;
  /** Holes that may be imaged, per square. */
  readonly holesPerSquare: number;
  /** Further holes, too near to a grid bar to be imaged, per square. */
  readonly nearGridBarHoles: number;
  readonly micrographsPerHole: number;
  /** Holes within this distance of one stage position are reached by beam shift. */
  readonly clusterRadiusM: number;
}

export const DEFAULT_GRID: GridOptions = {
  seed: 1,
  squares: 16,
  unselectedSquares: 12,
  holesPerSquare: 60,
  nearGridBarHoles: 6,
  micrographsPerHole: 1,
  clusterRadiusM: 6e-6,
};

/** A micrograph is good when its spectrum is fitted up to this resolution. */
export const GOOD_CTF_MAX_RESOLUTION_A = 6;
/** What a fit that failed reports. */
export const FAILED_FIT_RESOLUTION_A = 100_000;
const FAILED_FIT_SHARE = 0.015;
const SQUARE_GOOD = { a: 1.1, b: 2.3 } as const;
/** Beta(0.65, 1.0): its sum says how unlike each other the clusters of a square are. */
const CLUSTER_CONCENTRATION = 0.65 + 1.0;
const LOG_CTF = { good: { mu: 1.42, sigma: 0.19 }, bad: { mu: 2.35, sigma: 0.34 } } as const;
const LOG_MOTION = { good: { mu: Math.log(11), sigma: 0.35 }, bad: { mu: Math.log(19), sigma: 0.5 } } as const;
const FRAMES_PER_MOVIE = 40;
const FULL_BEAM_INTENSITY = 820;
/** How strongly good ice goes along with good data: correlations of normal scores. */
const ICE_COUPLING = { square: 0.6, cluster: 0.5, hole: 0.4 } as const;
const DEFOCUS_SERIES_M = [-2.4e-6, -2.1e-6, -1.8e-6, -1.5e-6, -1.2e-6, -9e-7] as const;

/** What external programs will find on a micrograph, and what its manifest says. */
export interface MicrographTruth {
  readonly uniqueId: string;
  /** EPU's id of the exposure. */
  readonly id: number;
  readonly areaId: number;
  readonly settingId: number;
  readonly good: boolean;
  readonly ctfMaxResolutionA: number;
  readonly totalMotionA: number;
  readonly averageMotionA: number;
  readonly particlesPicked: number;
  readonly particlesSelected: number;
  readonly appliedDefocusM: number;
  readonly defocusM: number;
  readonly beamShiftX: number;
  readonly beamShiftY: number;
}

export interface HoleTruth extends HoleLayout {
  readonly id: number;
  /** Place among the holes of its square, which is EPU's default order. */
  readonly index: number;
  readonly square: number;
  readonly stage: { readonly xM: number; readonly yM: number };
  readonly iceThicknessNm: number;
  readonly intensityMean: number;
  readonly intensityStDev: number;
  /** Of the centring. */
  readonly quality: number;
  /** Whether EPU would image it; false near a grid bar. */
  readonly selectable: boolean;
  /** Whether its ice serves; its micrographs are then good but for failed fits and the tail of the distribution. */
  readonly goodIce: boolean;
  readonly micrographs: readonly MicrographTruth[];
}

export interface SquareTruth extends SquareLayout {
  readonly id: number;
  /** Place among all squares of the atlas. */
  readonly index: number;
  readonly selected: boolean;
  /** Place in EPU's default order among the selected squares; −1 where not selected. */
  readonly order: number;
  readonly zM: number;
  readonly rotationRad: number;
  /** EPU's class of squares of like intensity, 0–4. */
  readonly category: number;
  readonly quality: number;
  readonly featureVector: readonly number[];
  readonly iceThicknessNm: number;
  /** Probability that the ice of a hole serves; NaN where not selected. */
  readonly goodShare: number;
  /** The same per cluster. */
  readonly clusterGoodShares: readonly number[];
  readonly holes: readonly HoleTruth[];
  /** EPU's id of the square's list of holes. */
  readonly targetLocationsId: number;
}

export interface TileTruth {
  readonly id: number;
  readonly index: number;
  readonly layout: GridLayout["tiles"][number];
}

/** Everything there is to know of a grid; a pure function of its options. */
export interface GridTruth {
  readonly options: GridOptions;
  readonly layout: GridLayout;
  readonly sessionId: number;
  readonly sampleId: number;
  readonly templateId: number;
  /** Id of the atlas' session, by which an atlas is known. */
  readonly atlasId: number;
  readonly atlasImageId: number;
  readonly autoloaderSlot: number;
  readonly dataAreas: readonly {
    readonly areaId: number;
    readonly settingId: number;
    readonly shiftXPx: number;
    readonly shiftYPx: number;
  }[];
  readonly defocusSeriesM: readonly number[];
  readonly tiles: readonly TileTruth[];
  /** All squares of the atlas. */
  readonly squares: readonly SquareTruth[];
  /** The selected ones in EPU's default order. */
  readonly selectedSquares: readonly SquareTruth[];
}

/**
 * Makes the truth of a grid.
 *
 * Quality follows measured data: squares are Beta(1.1, 2.3) good; clusters scatter about their square's share as
 * Beta(0.65, 1.0) scatters about its mean (same concentration); the logarithm of the CTF maximum resolution in Å is
 * N(1.42, 0.19) for good ice and N(2.35, 0.34) for bad; 1.5 % of all fits fail. Better shares are dealt, imperfectly, to
 * better ice, so that intensities and atlas categories tell something about what is good.
 */
export function gridTruth(options: GridOptions): GridTruth {
  const random = randomStream(options.seed, "grid");
  const sizes = {
    atlasSquares: options.squares + options.unselectedSquares,
    holesPerSquare: options.holesPerSquare,
    nearGridBarHoles: options.nearGridBarHoles,
  };
  const layout = gridLayout(sizes, random);
  const ids = epuIds(random.split("ids"));
  const atlasId = ids();
  const atlasImageId = ids();
  const tiles = layout.tiles.map((tile, index) => ({ id: ids(), index, layout: tile }));
  const squareIds = layout.squares.map(() => ids());
  const sessionId = ids();
  const sampleId = ids();
  const templateId = ids();
  const areas = random.split("areas");
  const dataAreas = Array.from({ length: options.micrographsPerHole }, (_, index) => {
    const angle = (2 * Math.PI * index) / options.micrographsPerHole;
    const radiusPx = options.micrographsPerHole === 1 ? 0 : 330;
    return {
      areaId: ids(),
      settingId: ids(),
      shiftXPx: radiusPx * Math.cos(angle) + areas.normal(0, 8),
      shiftYPx: radiusPx * Math.sin(angle) + areas.normal(0, 8),
    };
  });

  const ice = iceField(random);
  const thickness = layout.squares.map((square, index) => ice.thicknessNm(index, square.relative, { x: 0.5, y: 0.5 }));
  const selected = selectSquares(options, layout, random.split("selection"));
  const order = new Map(defaultSquareOrder(layout, selected).map((square, place) => [square, place]));
  const shares = random.split("square quality");
  const goodShares = coupled(
    selected.map(() => shares.beta(SQUARE_GOOD.a, SQUARE_GOOD.b)),
    selected.map((square) => iceSuitability(at(thickness, square))),
    ICE_COUPLING.square,
    shares,
  );
  const goodShareOf = new Map(selected.map((square, index) => [square, at(goodShares, index)]));
  const brightness = ascending(
    thickness.map((nm, index) => -transmission(nm) + 0.01 * random.split("atlas", index).normal(0, 1)),
  );
  const categoryOf = new Map(brightness.map((square, rank) => [square, Math.floor((5 * rank) / brightness.length)]));
  const holes = holeLayout(layout, sizes, options.clusterRadiusM);
  const firstHoleId = ids() + 100_000;

  const squares = layout.squares.map((place, index): SquareTruth => {
    const own = random.split("square", at(squareIds, index));
    const goodShare = goodShareOf.get(index);
    const base = {
      ...place,
      id: at(squareIds, index),
      index,
      selected: goodShare !== undefined,
      order: order.get(index) ?? -1,
      zM: own.normal(8.5e-5, 4e-6),
      rotationRad: own.normal(0.2, 0.01),
      category: categoryOf.get(index) ?? 0,
      quality: own.lognormal(0.1, 0.3),
      featureVector: Array.from({ length: 5 }, () => own.normal(0, 0.7)),
      iceThicknessNm: at(thickness, index),
      targetLocationsId: firstHoleId + index * holeIdStride(options),
    };
    if (goodShare === undefined) return { ...base, goodShare: Number.NaN, clusterGoodShares: [], holes: [] };
    const iceNm = holes.map((hole) => ice.thicknessNm(index, place.relative, hole.relative));
    const { clusterGoodShares, goodIce } = squareQuality(holes, iceNm, goodShare, own.split("quality"));
    const context = { options, dataAreas, clusterCentres: clusterCentres(holes, clusterGoodShares.length) };
    return {
      ...base,
      goodShare,
      clusterGoodShares,
      holes: holes.map((hole, holeIndex) =>
        holeTruth(
          base,
          hole,
          holeIndex,
          at(iceNm, holeIndex),
          at(goodIce, holeIndex),
          own.split("hole", holeIndex),
          context,
        ),
      ),
    };
  });
  return {
    options,
    layout,
    sessionId,
    sampleId,
    templateId,
    atlasId,
    atlasImageId,
    autoloaderSlot: random.split("slot").integer(12),
    dataAreas,
    defocusSeriesM: DEFOCUS_SERIES_M,
    tiles,
    squares,
    selectedSquares: squares.filter((square) => square.selected).sort((a, b) => a.order - b.order),
  };
}

/** Numbers as EPU's computer gives them: one counter for everything, with gaps. */
function epuIds(random: RandomStream): () => number {
  let last = 4_000_000 + random.integer(5_000_000);
  return () => {
    last += 1 + random.integer(12);
    return last;
  };
}

/** Ids that a square's holes and exposures take. */
function holeIdStride(options: GridOptions): number {
  const holes = options.holesPerSquare + options.nearGridBarHoles;
  return 1 + holes * (1 + options.micrographsPerHole) + 10;
}

/** What an operator would tick: anywhere on the grid, sooner in its middle. */
function selectSquares(options: GridOptions, layout: GridLayout, random: RandomStream): number[] {
  const reluctance = layout.squares.map(({ relative }) => Math.hypot(relative.x, relative.y) + random.normal(0, 0.3));
  return ascending(reluctance)
    .slice(0, options.squares)
    .sort((a, b) => a - b);
}

/** Row by row, back and forth. */
function defaultSquareOrder(layout: GridLayout, selected: readonly number[]): number[] {
  return [...selected].sort((a, b) => {
    const first = at(layout.squares, a);
    const second = at(layout.squares, b);
    const columns = first.column - second.column;
    return first.row - second.row || (first.row % 2 === 0 ? columns : -columns);
  });
}

function squareQuality(
  holes: readonly HoleLayout[],
  iceNm: readonly number[],
  goodShare: number,
  random: RandomStream,
): { clusterGoodShares: number[]; goodIce: boolean[] } {
  const clusters = Math.max(-1, ...holes.map((hole) => hole.cluster)) + 1;
  const members = Array.from({ length: clusters }, (): number[] => []);
  holes.forEach((hole, index) => {
    if (hole.cluster >= 0) at(members, hole.cluster).push(index);
  });
  const suitability = iceNm.map(iceSuitability);
  // Shares of exactly 0 or 1 have no beta distribution about them.
  const centre = Math.min(Math.max(goodShare, 1e-6), 1 - 1e-6);
  const clusterGoodShares = coupled(
    members.map(() => random.beta(CLUSTER_CONCENTRATION * centre, CLUSTER_CONCENTRATION * (1 - centre))),
    members.map((indices) => mean(indices.map((index) => at(suitability, index)))),
    ICE_COUPLING.cluster,
    random,
  );
  const goodIce = holes.map(() => false);
  members.forEach((indices, cluster) => {
    const values = coupled(
      indices.map(() => (random.chance(at(clusterGoodShares, cluster)) ? 1 : 0)),
      indices.map((index) => at(suitability, index)),
      ICE_COUPLING.hole,
      random,
    );
    indices.forEach((index, place) => {
      goodIce[index] = at(values, place) === 1;
    });
  });
  return { clusterGoodShares, goodIce };
}

/** The stage stands where the cluster's middle hole is on the axis. */
function clusterCentres(holes: readonly HoleLayout[], clusters: number): { xM: number; yM: number }[] {
  return Array.from({ length: clusters }, (_, cluster) => {
    const members = holes.filter((hole) => hole.cluster === cluster).map((hole) => hole.offset);
    const middle = { xM: mean(members.map(({ xM }) => xM)), yM: mean(members.map(({ yM }) => yM)) };
    return at(members, nearest(members, middle));
  });
}

function holeTruth(
  square: {
    readonly id: number;
    readonly index: number;
    readonly stage: { xM: number; yM: number };
    readonly targetLocationsId: number;
  },
  hole: HoleLayout,
  index: number,
  iceThicknessNm: number,
  goodIce: boolean,
  random: RandomStream,
  context: {
    readonly options: GridOptions;
    readonly dataAreas: GridTruth["dataAreas"];
    readonly clusterCentres: readonly { readonly xM: number; readonly yM: number }[];
  },
): HoleTruth {
  const { options, dataAreas } = context;
  const total = options.holesPerSquare + options.nearGridBarHoles;
  const shade = hole.isNearGridBar ? 0.02 + 0.02 * random.uniform() : 1;
  const dirt = goodIce ? random.lognormal(0, 0.15) : random.lognormal(0.25, 0.25);
  const centre = hole.cluster < 0 ? hole.offset : at(context.clusterCentres, hole.cluster);
  const micrographs = dataAreas.map((area, exposure): MicrographTruth => {
    const own = random.split("micrograph", exposure);
    const kind = goodIce ? "good" : "bad";
    const fitted = own.lognormal(LOG_CTF[kind].mu, LOG_CTF[kind].sigma);
    const ctfMaxResolutionA = own.chance(FAILED_FIT_SHARE) ? FAILED_FIT_RESOLUTION_A : fitted;
    const totalMotionA = own.lognormal(LOG_MOTION[kind].mu, LOG_MOTION[kind].sigma);
    const particlesPicked = own.poisson(
      goodIce ? own.lognormal(Math.log(280), 0.25) : own.lognormal(Math.log(60), 0.8),
    );
    const keep = goodIce ? own.beta(14, 6) : own.beta(3, 9);
    const appliedDefocusM = at(DEFOCUS_SERIES_M, (index + exposure) % DEFOCUS_SERIES_M.length);
    return {
      uniqueId: own.uuid(),
      id: square.targetLocationsId + 1 + total + index * options.micrographsPerHole + exposure,
      areaId: area.areaId,
      settingId: area.settingId,
      good: ctfMaxResolutionA <= GOOD_CTF_MAX_RESOLUTION_A,
      ctfMaxResolutionA,
      totalMotionA,
      averageMotionA: totalMotionA / FRAMES_PER_MOVIE,
      particlesPicked,
      particlesSelected: Math.round(particlesPicked * keep),
      appliedDefocusM,
      defocusM: appliedDefocusM + own.normal(0, 8e-8),
      beamShiftX: (hole.offset.xM - centre.xM) * 1.3e4 + area.shiftXPx * 2e-5,
      beamShiftY: (hole.offset.yM - centre.yM) * 1.3e4 + area.shiftYPx * 2e-5,
    };
  });
  return {
    ...hole,
    id: square.targetLocationsId + 1 + index,
    index,
    square: square.index,
    stage: { xM: square.stage.xM + hole.offset.xM, yM: square.stage.yM + hole.offset.yM },
    iceThicknessNm,
    intensityMean: FULL_BEAM_INTENSITY * shade * transmission(iceThicknessNm) + random.normal(0, 4) * shade,
    intensityStDev: 24 * shade * dirt + 2.5,
    quality: hole.isNearGridBar ? 1 : random.beta(16, 4),
    selectable: !hole.isNearGridBar,
    goodIce,
    micrographs,
  };
}
