import type { RandomStream } from "./random.js";
import { at } from "./statistics.js";

/** Side of every low-magnification image: a 4096 px camera, binned by 4. */
export const FRAME_PX = 1024;
/** Side of the stitched atlas image. */
export const ATLAS_PX = 2048;
const HOLE_SPACING_M = 4.16e-6;
const HOLE_DIAMETER_M = 2.1e-6;
/** Neighbouring tiles share this part of their width. */
const TILE_OVERLAP = 0.07;
/** A tile shows a square when at least this part of its width and height lies within. */
const LEAST_SHOWN = 0.25;
/** The atlas is turned against the stage by this angle. */
const ATLAS_ROTATION_RAD = -0.12;

export interface PointM {
  readonly xM: number;
  readonly yM: number;
}

/** Where an image shows something, in its pixels. */
export interface ImagePlace {
  readonly centerXPx: number;
  readonly centerYPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface TileLayout {
  readonly row: number;
  readonly column: number;
  readonly stage: PointM;
  /** Upper left corner and size in the atlas image. */
  readonly atlasXPx: number;
  readonly atlasYPx: number;
  readonly atlasSizePx: number;
}

export interface SquareLayout {
  readonly row: number;
  readonly column: number;
  readonly stage: PointM;
  /** Relative to the centre of the grid, as a share of its radius. */
  readonly relative: { readonly x: number; readonly y: number };
  readonly physical: PointM;
  readonly onAtlas: ImagePlace;
  /** By index of the tile; every tile that shows a good part of the square. */
  readonly onTiles: readonly { readonly tile: number; readonly place: ImagePlace }[];
}

export interface HoleLayout {
  /** From the square's centre. */
  readonly offset: PointM;
  readonly relative: { readonly x: number; readonly y: number };
  readonly centerXPx: number;
  readonly centerYPx: number;
  readonly diameterPx: number;
  readonly isNearGridBar: boolean;
  /** Index of its cluster within the square; holes near a bar have none (−1). */
  readonly cluster: number;
}

export interface GridLayout {
  readonly squareSideM: number;
  readonly squarePixelSizeM: number;
  readonly atlasPixelSizeM: number;
  readonly tilePixelSizeM: number;
  readonly holeSpacingM: number;
  readonly holeDiameterM: number;
  /** In the order in which they are taken: from the middle outwards. */
  readonly tiles: readonly TileLayout[];
  /** All squares of the grid, row by row. */
  readonly squares: readonly SquareLayout[];
}

export interface LayoutSizes {
  /** All squares that the atlas shows. */
  readonly atlasSquares: number;
  readonly holesPerSquare: number;
  readonly nearGridBarHoles: number;
}

/** Squares of a round grid, the tiles that cover it, and how both lie in each other. */
export function gridLayout(sizes: LayoutSizes, random: RandomStream): GridLayout {
  const acrossHoles = Math.ceil(Math.sqrt(sizes.holesPerSquare + sizes.nearGridBarHoles));
  const squareSideM = (acrossHoles + 0.6) * HOLE_SPACING_M;
  const pitchM = squareSideM * 1.35;
  const cells = nearestCells(sizes.atlasSquares);
  const radiusM = (Math.max(...cells.map(([column, row]) => Math.hypot(column, row))) + 0.9) * pitchM;
  const across = sizes.atlasSquares > 60 ? 5 : 3;
  const stepM = (2 * radiusM) / across;
  const tileSideM = stepM / (1 - TILE_OVERLAP);
  const atlasPixelSizeM = (2 * radiusM + (tileSideM - stepM)) / ATLAS_PX;
  const tilePixelSizeM = tileSideM / FRAME_PX;
  const middle = (across - 1) / 2;
  const tiles = nearestCells(across * across, across).map(([column, row]): TileLayout => {
    const stage = { xM: column * stepM, yM: row * stepM };
    const atlasSizePx = Math.round(tileSideM / atlasPixelSizeM);
    return {
      row: row + middle,
      column: column + middle,
      stage,
      atlasXPx: Math.max(0, Math.round(ATLAS_PX / 2 + stage.xM / atlasPixelSizeM - atlasSizePx / 2)),
      atlasYPx: Math.max(0, Math.round(ATLAS_PX / 2 + stage.yM / atlasPixelSizeM - atlasSizePx / 2)),
      atlasSizePx,
    };
  });
  const jitter = random.split("layout");
  const ordered = [...cells].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  const squares = ordered.map(([column, row]): SquareLayout => {
    const stage = {
      xM: column * pitchM + jitter.normal(0, pitchM * 0.01),
      yM: row * pitchM + jitter.normal(0, pitchM * 0.01),
    };
    const place = (pixelSizeM: number, centre: PointM, sidePx: number): ImagePlace => ({
      centerXPx: sidePx / 2 + (stage.xM - centre.xM) / pixelSizeM,
      centerYPx: sidePx / 2 + (stage.yM - centre.yM) / pixelSizeM,
      widthPx: squareSideM / pixelSizeM,
      heightPx: squareSideM / pixelSizeM,
    });
    const onTiles = tiles.flatMap((tile, index) => {
      const shown = clipped(place(tilePixelSizeM, tile.stage, FRAME_PX));
      return shown === null ? [] : [{ tile: index, place: shown }];
    });
    return {
      row,
      column,
      stage,
      relative: { x: stage.xM / radiusM, y: stage.yM / radiusM },
      physical: {
        xM: stage.xM * Math.cos(ATLAS_ROTATION_RAD) - stage.yM * Math.sin(ATLAS_ROTATION_RAD),
        yM: stage.xM * Math.sin(ATLAS_ROTATION_RAD) + stage.yM * Math.cos(ATLAS_ROTATION_RAD),
      },
      onAtlas: place(atlasPixelSizeM, { xM: 0, yM: 0 }, ATLAS_PX),
      onTiles,
    };
  });
  return {
    squareSideM,
    squarePixelSizeM: (squareSideM * 1.2) / FRAME_PX,
    atlasPixelSizeM,
    tilePixelSizeM,
    holeSpacingM: HOLE_SPACING_M,
    holeDiameterM: HOLE_DIAMETER_M,
    tiles,
    squares,
  };
}

/**
 * The holes of a square in the order in which EPU takes them by default: cluster by cluster, back and forth over the
 * rows; those near a grid bar come last. Clusters are blocks of the foil's lattice that fit in a circle of
 * `clusterRadiusM`.
 */
export function holeLayout(layout: GridLayout, sizes: LayoutSizes, clusterRadiusM: number): HoleLayout[] {
  const { holeSpacingM, squarePixelSizeM, squareSideM } = layout;
  const total = sizes.holesPerSquare + sizes.nearGridBarHoles;
  const across = Math.ceil(Math.sqrt(total));
  const first = -(across - 1) / 2;
  const sites = Array.from({ length: across * across }, (_, index) => ({
    column: index % across,
    row: Math.floor(index / across),
  }));
  const offset = (cell: number): number => (first + cell) * holeSpacingM;
  const distance = ({ column, row }: { column: number; row: number }): number =>
    Math.max(Math.abs(first + column), Math.abs(first + row)) + Math.hypot(first + column, first + row) / 1000;
  const used = [...sites].sort((a, b) => distance(a) - distance(b) || a.row - b.row || a.column - b.column);
  const inside = used.slice(0, sizes.holesPerSquare);
  const nearBar = used.slice(sizes.holesPerSquare, total);

  const block = Math.max(1, Math.floor((Math.SQRT2 * clusterRadiusM) / holeSpacingM + 1e-9) + 1);
  const blocksAcross = Math.ceil(across / block);
  const blockOf = ({ column, row }: { column: number; row: number }): number => {
    const blockRow = Math.floor(row / block);
    const blockColumn = Math.floor(column / block);
    return blockRow * blocksAcross + (blockRow % 2 === 0 ? blockColumn : blocksAcross - 1 - blockColumn);
  };
  const within = ({ column, row }: { column: number; row: number }): number =>
    row * across + (row % 2 === 0 ? column : across - 1 - column);
  const path = [...inside].sort((a, b) => blockOf(a) - blockOf(b) || within(a) - within(b));
  const clusterOf = new Map<number, number>();
  const holeAt = (site: { column: number; row: number }, isNearGridBar: boolean): HoleLayout => {
    const xM = offset(site.column);
    const yM = offset(site.row);
    let cluster = -1;
    if (!isNearGridBar) {
      const key = blockOf(site);
      cluster = clusterOf.get(key) ?? clusterOf.size;
      clusterOf.set(key, cluster);
    }
    return {
      offset: { xM, yM },
      relative: { x: (2 * xM) / squareSideM, y: (2 * yM) / squareSideM },
      centerXPx: FRAME_PX / 2 + xM / squarePixelSizeM,
      centerYPx: FRAME_PX / 2 + yM / squarePixelSizeM,
      diameterPx: layout.holeDiameterM / squarePixelSizeM,
      isNearGridBar,
      cluster,
    };
  };
  return [...path.map((site) => holeAt(site, false)), ...nearBar.map((site) => holeAt(site, true))];
}

/** The `count` cells of a lattice that lie nearest to its origin; with `across`, those of a square block of that width. */
function nearestCells(count: number, across?: number): (readonly [column: number, row: number])[] {
  const reach = across === undefined ? Math.ceil(Math.sqrt(count)) + 1 : (across - 1) / 2;
  const cells: (readonly [number, number])[] = [];
  for (let row = -reach; row <= reach; row++)
    for (let column = -reach; column <= reach; column++) cells.push([column, row]);
  return cells
    .sort((a, b) => Math.hypot(...a) - Math.hypot(...b) || Math.atan2(a[1], a[0]) - Math.atan2(b[1], b[0]))
    .slice(0, count);
}

/** The part of a place that lies within the frame; null where that is too little to count. */
function clipped(place: ImagePlace): ImagePlace | null {
  const span = (centre: number, size: number): readonly [number, number] => [
    Math.max(0, centre - size / 2),
    Math.min(FRAME_PX, centre + size / 2),
  ];
  const [left, right] = span(place.centerXPx, place.widthPx);
  const [top, bottom] = span(place.centerYPx, place.heightPx);
  if (right - left < LEAST_SHOWN * place.widthPx || bottom - top < LEAST_SHOWN * place.heightPx) return null;
  return {
    centerXPx: (left + right) / 2,
    centerYPx: (top + bottom) / 2,
    widthPx: right - left,
    heightPx: bottom - top,
  };
}

/** Index of the point nearest to `to`. */
export function nearest(points: readonly PointM[], to: PointM): number {
  let best = 0;
  for (let i = 1; i < points.length; i++) {
    const point = at(points, i);
    const known = at(points, best);
    if (Math.hypot(point.xM - to.xM, point.yM - to.yM) < Math.hypot(known.xM - to.xM, known.yM - to.yM)) best = i;
  }
  return best;
}
