import type { EpuSession } from "../../records.js";
import type { XmlDocument } from "../../xml/document.js";
import { COMMON_TYPES, EPU } from "../../xml/namespaces.js";
import { readDictionary, versionOf } from "../shapes.js";

export function readEpuSession(document: XmlDocument): EpuSession {
  const { root } = document;
  const [sample = null] = document.items(listOf(document, "Samples"), EPU, "SampleXml");
  const [storage = null] = document.items(listOf(document, "StorageFolders"), EPU, "StorageFolderXml");
  const squares = readDictionary(document, document.child(sample, EPU, "GridSquares"), "grid square id");
  return {
    id: document.requiredId(root, COMMON_TYPES, "Id", "Id"),
    name: document.text(root, EPU, "Name"),
    startDateTime: document.time(root, EPU, "StartDateTime"),
    clusteringMode: document.text(root, EPU, "ClusteringMode"),
    clusteringRadiusM: document.number(root, EPU, "ClusteringRadius"),
    autoloaderSlot: document.number(root, EPU, "AutoloaderSlot"),
    imageFileFormat: document.text(root, EPU, "ImageFileFormat"),
    microscopeName: document.text(root, EPU, "MicroscopeName"),
    atlasPath: document.text(sample, EPU, "AtlasId"),
    gridSquares: Array.from(squares, ([gridSquareId, reference]) => ({
      gridSquareId,
      fileName: document.text(reference, COMMON_TYPES, "FileName"),
    })),
    storagePath: document.text(storage, EPU, "Path"),
    epuVersion: versionOf(document),
  };
}

function listOf(document: XmlDocument, name: string) {
  return document.child(document.child(document.root, EPU, name), EPU, "_items");
}
