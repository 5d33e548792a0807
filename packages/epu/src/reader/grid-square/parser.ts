import type { FoilHoleTarget, GridSquareMetadata } from "../../records.js";
import type { XmlDocument, XmlElement } from "../../xml/document.js";
import { COMMON_TYPES, DRAWING, EPU } from "../../xml/namespaces.js";
import { hasEntries, readDictionary, readStagePosition } from "../shapes.js";

export function readGridSquare(document: XmlDocument): GridSquareMetadata {
  const { root } = document;
  const targets = document.child(root, EPU, "TargetLocations");
  const efficient = document.child(targets, EPU, "TargetLocationsEfficient");
  const list = hasEntries(document, efficient) ? efficient : document.child(targets, EPU, "TargetLocations");
  const holes = readDictionary(document, list, "foil hole id");
  return {
    gridSquareId: document.requiredId(root, COMMON_TYPES, "Id", "Id"),
    atlasNodeId: document.id(root, EPU, "AtlasNodeId"),
    gridSquareImagePath: document.text(root, EPU, "GridSquareImagePath"),
    position: readStagePosition(document, document.child(root, EPU, "Position")),
    rotationRad: document.number(root, EPU, "Rotation"),
    selected: document.flag(root, EPU, "Selected"),
    state: document.text(root, EPU, "State"),
    unusable: document.flag(root, EPU, "Unusable"),
    order: document.number(root, EPU, "Order"),
    foilHoles: Array.from(holes, ([foilHoleId, hole]) => readHole(document, foilHoleId, hole)),
  };
}

function readHole(document: XmlDocument, foilHoleId: string, hole: XmlElement): FoilHoleTarget {
  const center = document.child(hole, EPU, "PixelCenter");
  const size = document.child(hole, EPU, "PixelWidthHeight");
  const intensity = document.child(hole, EPU, "FilterProperties");
  return {
    foilHoleId,
    centerXPx: document.number(center, DRAWING, "x"),
    centerYPx: document.number(center, DRAWING, "y"),
    widthPx: document.number(size, DRAWING, "width"),
    heightPx: document.number(size, DRAWING, "height"),
    stagePosition: readStagePosition(document, document.child(hole, EPU, "StagePosition")),
    isNearGridBar: document.flag(hole, EPU, "IsNearGridBar"),
    selected: document.flag(hole, EPU, "Selected"),
    state: document.text(hole, EPU, "State"),
    quality: document.number(hole, EPU, "Quality"),
    rotationRad: document.number(hole, EPU, "Rotation"),
    order: document.number(hole, EPU, "Order"),
    imageBaseFileName: document.text(document.child(hole, EPU, "Image"), COMMON_TYPES, "BaseFileName"),
    pixelIntensityMean: document.number(intensity, EPU, "PixelIntensityMean"),
    pixelIntensityStDev: document.number(intensity, EPU, "PixelIntensityStDev"),
    hasParticleAcquisitions: hasEntries(document, document.child(hole, EPU, "ParticleAcquisitions")),
  };
}
