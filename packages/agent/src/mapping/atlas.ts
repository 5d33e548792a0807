import type { Atlas, AtlasNode, AtlasTile } from "@smartem/epu/records";
import { atlasTileUuid, atlasUuid, gridSquareUuid } from "../identity.js";
import { type Contribution, contribution, integerOf, precedenceOf, rounded } from "./contribution.js";
import { type AtlasGrid, gridOfAtlas } from "./grid.js";

const NANOMETRES_PER_METRE = 1e9;

/** Everything that an atlas says of one grid: when it was scanned, the atlas, its tiles, the squares, and which tile shows which square where. */
export function contributionsOfAtlas(grid: AtlasGrid, atlas: Atlas, file: string): Contribution[] {
  const { gridUuid } = grid;
  const uuid = atlasUuid(gridUuid, atlas.id);
  const precedence = precedenceOf("atlas", atlas.acquisitionDateTime ?? "", file);
  const tileUuids = new Map(atlas.tiles.map((tile) => [tile.id, atlasTileUuid(uuid, tile.id)]));
  return [
    gridOfAtlas(grid, atlas, precedence),
    contribution("atlas", {
      uuid,
      parents: [gridUuid],
      identity: { uuid, grid_uuid: gridUuid, atlas_id: atlas.id },
      precedence,
      fields: {
        name: atlas.name ?? `Atlas ${atlas.id}`,
        acquisition_date: atlas.acquisitionDateTime ?? atlas.startDateTime,
        storage_folder: atlas.storageFolder,
        description: atlas.description,
      },
    }),
    ...atlas.tiles.map((tile) => tileOfAtlas(uuid, tile, precedence)),
    ...atlas.nodes.map((node) => gridSquareOfNode(gridUuid, node, precedence)),
    ...atlas.nodes.flatMap((node) => tilePositionsOfNode(gridUuid, node, tileUuids, precedence)),
  ];
}

function tileOfAtlas(atlas: string, tile: AtlasTile, precedence: string): Contribution {
  const uuid = atlasTileUuid(atlas, tile.id);
  return contribution("atlas_tile", {
    uuid,
    parents: [atlas],
    identity: { uuid, atlas_uuid: atlas, tile_id: tile.id },
    precedence,
    fields: {
      position_x: rounded(tile.xPx),
      position_y: rounded(tile.yPx),
      size_x: rounded(tile.widthPx),
      size_y: rounded(tile.heightPx),
      file_format: tile.fileFormat,
      base_filename: tile.baseFileName,
    },
  });
}

function gridSquareOfNode(grid: string, node: AtlasNode, precedence: string): Contribution {
  const uuid = gridSquareUuid(grid, node.gridSquareId);
  const nanometres = (metres: number | null): number | null => (metres === null ? null : metres * NANOMETRES_PER_METRE);
  return contribution("gridsquare", {
    uuid,
    parents: [grid],
    identity: { uuid, grid_uuid: grid, gridsquare_id: node.gridSquareId },
    precedence,
    fields: {
      lowmag: true,
      atlas_node_id: integerOf(node.gridSquareId),
      center_x: rounded(node.centerXPx),
      center_y: rounded(node.centerYPx),
      size_width: rounded(node.widthPx),
      size_height: rounded(node.heightPx),
      physical_x: nanometres(node.physicalXM),
      physical_y: nanometres(node.physicalYM),
      stage_position_x: node.stagePosition?.xM ?? null,
      stage_position_y: node.stagePosition?.yM ?? null,
      stage_position_z: node.stagePosition?.zM ?? null,
      atlas_quality: node.quality,
      atlas_category: node.category,
    },
  });
}

/** A square on the border of two tiles is on both. A tile that the atlas does not have can't be referred to. */
function tilePositionsOfNode(
  grid: string,
  node: AtlasNode,
  tileUuids: ReadonlyMap<string, string>,
  precedence: string,
): Contribution[] {
  const square = gridSquareUuid(grid, node.gridSquareId);
  return node.tilePositions.flatMap((position) => {
    const tile = tileUuids.get(position.tileId);
    const centerX = rounded(position.centerXPx);
    const centerY = rounded(position.centerYPx);
    const width = rounded(position.widthPx);
    const height = rounded(position.heightPx);
    if (tile === undefined || centerX === null || centerY === null || width === null || height === null) return [];
    return [
      contribution("tile_position", {
        uuid: `${tile}/${square}`,
        parents: [tile, square],
        identity: { atlastile_uuid: tile, gridsquare_uuid: square },
        precedence,
        fields: { center_x: centerX, center_y: centerY, size_width: width, size_height: height },
      }),
    ];
  });
}
