import type { Atlas, AtlasNode, AtlasTile, NodePosition, NodeTilePosition } from "../../records.js";
import type { XmlDocument, XmlElement } from "../../xml/document.js";
import { ARRAYS, COMMON_TYPES, DRAWING, GRID_ATLAS, GRID_ATLAS_DATA } from "../../xml/namespaces.js";
import { readDictionary, readStagePosition } from "../shapes.js";

export function readAtlas(document: XmlDocument): Atlas {
  const { root } = document;
  const atlas = document.child(root, GRID_ATLAS, "Atlas");
  const image = document.child(atlas, GRID_ATLAS, "AtlasImageReference");
  const list = document.child(document.child(atlas, GRID_ATLAS, "TilesEfficient"), GRID_ATLAS, "_items");
  const tiles = document.items(list, GRID_ATLAS, "TileXml");
  const nodes = new Map<string, AtlasNode>();
  for (const tile of tiles) {
    const ofTile = readDictionary(document, document.child(tile, GRID_ATLAS, "Nodes"), "grid square id");
    for (const [gridSquareId, node] of ofTile) {
      if (!nodes.has(gridSquareId)) nodes.set(gridSquareId, readNode(document, gridSquareId, node));
    }
  }
  return {
    id: document.requiredId(root, COMMON_TYPES, "Id", "Id"),
    name: document.text(root, GRID_ATLAS, "Name"),
    description: document.text(root, GRID_ATLAS, "Description"),
    storageFolder: document.text(root, GRID_ATLAS, "StorageFolder"),
    startDateTime: document.time(root, GRID_ATLAS, "StartDateTime"),
    acquisitionDateTime: document.time(atlas, GRID_ATLAS, "AcquisitionDateTime"),
    imageBaseFileName: document.text(image, COMMON_TYPES, "BaseFileName"),
    imageFileFormat: document.text(image, COMMON_TYPES, "FileFormat"),
    tiles: tiles.map((tile) => readTile(document, tile)),
    nodes: [...nodes.values()],
  };
}

function readTile(document: XmlDocument, tile: XmlElement): AtlasTile {
  const position = document.child(tile, GRID_ATLAS, "AtlasPixelPosition");
  const image = document.child(tile, GRID_ATLAS, "TileImageReference");
  return {
    id: document.requiredId(tile, COMMON_TYPES, "Id", "tile id"),
    xPx: document.number(position, DRAWING, "x"),
    yPx: document.number(position, DRAWING, "y"),
    widthPx: document.number(position, DRAWING, "width"),
    heightPx: document.number(position, DRAWING, "height"),
    baseFileName: document.text(image, COMMON_TYPES, "BaseFileName"),
    fileFormat: document.text(image, COMMON_TYPES, "FileFormat"),
    stagePosition: readStagePosition(document, document.child(tile, GRID_ATLAS, "StagePosition")),
  };
}

function readNode(document: XmlDocument, gridSquareId: string, node: XmlElement): AtlasNode {
  const list = document.child(document.child(node, GRID_ATLAS, "TilePositions"), GRID_ATLAS, "_items");
  return {
    gridSquareId,
    ...readNodePosition(document, document.child(node, GRID_ATLAS, "PositionOnTheAtlas")),
    category: document.number(node, GRID_ATLAS, "Category"),
    featureVector: readFeatureVector(document, document.child(node, GRID_ATLAS, "FeatureVector")),
    stagePosition: readStagePosition(document, document.child(node, GRID_ATLAS, "StagePosition")),
    tilePositions: document.items(list, GRID_ATLAS, "TilePositionXml").map((tile) => readTilePosition(document, tile)),
  };
}

function readTilePosition(document: XmlDocument, element: XmlElement): NodeTilePosition {
  return {
    tileId: document.requiredId(element, GRID_ATLAS, "TileId", "tile id of a square"),
    ...readNodePosition(document, document.child(element, GRID_ATLAS, "NodePosition")),
  };
}

function readNodePosition(document: XmlDocument, position: XmlElement | null): NodePosition {
  const center = document.child(position, GRID_ATLAS_DATA, "Center");
  const size = document.child(position, GRID_ATLAS_DATA, "Size");
  const physical = document.child(position, GRID_ATLAS_DATA, "Physical");
  return {
    centerXPx: document.number(center, DRAWING, "x"),
    centerYPx: document.number(center, DRAWING, "y"),
    widthPx: document.number(size, DRAWING, "width"),
    heightPx: document.number(size, DRAWING, "height"),
    rotationRad: document.number(position, GRID_ATLAS_DATA, "Rotation"),
    physicalXM: document.number(physical, DRAWING, "x"),
    physicalYM: document.number(physical, DRAWING, "y"),
    physicalWidthM: document.number(physical, DRAWING, "width"),
    physicalHeightM: document.number(physical, DRAWING, "height"),
    quality: document.number(position, GRID_ATLAS_DATA, "Quality"),
  };
}

/** Null unless every component is a number: a vector with a hole in it is of no use. */
function readFeatureVector(document: XmlDocument, element: XmlElement | null): readonly number[] | null {
  const components: number[] = [];
  for (const component of document.items(element, ARRAYS, "double")) {
    const value = document.numberOf(component);
    if (value === null) return null;
    components.push(value);
  }
  return components.length === 0 ? null : components;
}
