import { ARRAYS, COMMON_TYPES, GRID_ATLAS, GRID_ATLAS_DATA } from "../../xml/namespaces.js";
import { wanted, wantedTexts } from "../../xml/wanted.js";
import { dictionary, IMAGE_REFERENCE, RECTANGLE, STAGE_POSITION } from "../shapes.js";

/** In pixels of the image that it is about, `Physical` in m relative to the grid. */
const NODE_POSITION = [
  wanted(GRID_ATLAS_DATA, "Center", RECTANGLE),
  wanted(GRID_ATLAS_DATA, "Size", RECTANGLE),
  wanted(GRID_ATLAS_DATA, "Rotation"),
  wanted(GRID_ATLAS_DATA, "Physical", RECTANGLE),
  wanted(GRID_ATLAS_DATA, "Quality"),
];

/** One square. It stands under one tile, but `TilePositions` names every tile that shows it. */
const NODE = [
  wanted(GRID_ATLAS, "PositionOnTheAtlas", NODE_POSITION),
  wanted(GRID_ATLAS, "StagePosition", STAGE_POSITION),
  wanted(GRID_ATLAS, "Category"),
  wanted(GRID_ATLAS, "FeatureVector", [wanted(ARRAYS, "double")]),
  wanted(GRID_ATLAS, "TilePositions", [
    wanted(GRID_ATLAS, "_items", [
      wanted(GRID_ATLAS, "TilePositionXml", [
        wanted(GRID_ATLAS, "TileId"),
        wanted(GRID_ATLAS, "NodePosition", NODE_POSITION),
      ]),
    ]),
  ]),
];

const TILE = [
  wanted(COMMON_TYPES, "Id"),
  wanted(GRID_ATLAS, "AtlasPixelPosition", RECTANGLE),
  wanted(GRID_ATLAS, "TileImageReference", IMAGE_REFERENCE),
  wanted(GRID_ATLAS, "StagePosition", STAGE_POSITION),
  wanted(GRID_ATLAS, "Nodes", dictionary(NODE)),
];

/**
 * `Atlas.dm`, `AtlasSessionXml` of Applications.SciencesAppsShared.GridAtlas.Persistence.
 *
 * - `Id` (Fei.Applications.Common.Types) of the root is the atlas' id.
 * - `Atlas/TilesEfficient/_items` holds the tiles and nil padding; an atlas that was never acquired has none.
 * - A tile's `Nodes` is a Dictionary from square id to node, without `KeyValuePairs` when empty.
 */
export const ATLAS = wanted(GRID_ATLAS, "AtlasSessionXml", [
  wanted(COMMON_TYPES, "Id"),
  ...wantedTexts(GRID_ATLAS, ["Name", "Description", "StorageFolder", "StartDateTime"]),
  wanted(GRID_ATLAS, "Atlas", [
    wanted(GRID_ATLAS, "AcquisitionDateTime"),
    wanted(GRID_ATLAS, "AtlasImageReference", IMAGE_REFERENCE),
    wanted(GRID_ATLAS, "TilesEfficient", [wanted(GRID_ATLAS, "_items", [wanted(GRID_ATLAS, "TileXml", TILE)])]),
  ]),
]);
