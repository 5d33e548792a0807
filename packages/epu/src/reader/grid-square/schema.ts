import { COMMON_TYPES, EPU } from "../../xml/namespaces.js";
import { wanted, wantedTexts } from "../../xml/wanted.js";
import { dictionary, IMAGE_REFERENCE, RECTANGLE, STAGE_POSITION } from "../shapes.js";

const HOLE = [
  wanted(EPU, "PixelCenter", RECTANGLE),
  wanted(EPU, "PixelWidthHeight", RECTANGLE),
  wanted(EPU, "StagePosition", STAGE_POSITION),
  ...wantedTexts(EPU, ["IsNearGridBar", "Selected", "State", "Quality", "Rotation", "Order"]),
  wanted(EPU, "Image", IMAGE_REFERENCE),
  wanted(EPU, "FilterProperties", wantedTexts(EPU, ["PixelIntensityMean", "PixelIntensityStDev"])),
  // Of the exposures only whether there are any is asked.
  wanted(EPU, "ParticleAcquisitions", dictionary([])),
];

const HOLES = dictionary(HOLE);

/**
 * `Metadata/GridSquare_<id>.dm`, `GridSquareXml` of Applications.Epu.Persistence.
 *
 * - The root's own children count; the same names recur below.
 * - `TargetLocations/TargetLocationsEfficient` is a dictionary from hole id to hole; lacey grids have it as
 *   `TargetLocations/TargetLocations`, and the other of the two is nil or empty.
 */
export const GRID_SQUARE = wanted(EPU, "GridSquareXml", [
  wanted(COMMON_TYPES, "Id"),
  wanted(EPU, "Position", STAGE_POSITION),
  ...wantedTexts(EPU, ["AtlasNodeId", "GridSquareImagePath", "Rotation", "Selected", "State", "Unusable", "Order"]),
  wanted(EPU, "TargetLocations", [
    wanted(EPU, "TargetLocationsEfficient", HOLES),
    wanted(EPU, "TargetLocations", HOLES),
  ]),
]);
