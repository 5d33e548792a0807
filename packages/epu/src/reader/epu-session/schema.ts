import { COMMON_TYPES, EPU } from "../../xml/namespaces.js";
import { wanted, wantedTexts } from "../../xml/wanted.js";
import { dictionary } from "../shapes.js";

/**
 * `EpuSession.dm`, `EpuSessionXml` of Applications.Epu.Persistence.
 *
 * - `Id` (Fei.Applications.Common.Types) is the session's id; everything else may be missing in some version.
 * - `Samples/_items` holds one `SampleXml` and nil padding. Its `AtlasId` is the Windows path of Atlas.dm, its
 *   `GridSquares` a ConcurrentDictionary from square id to the square's metadata file.
 * - `StorageFolders/_items` holds `StorageFolderXml`s; `Path` of the first is the folder that the session's is in.
 * - `AutoloaderSlot` is 0-based.
 * - `z:Assembly` of the root carries the version of EPU; the `Version` element is the format's.
 */
export const EPU_SESSION = wanted(EPU, "EpuSessionXml", [
  wanted(COMMON_TYPES, "Id"),
  ...wantedTexts(EPU, [
    "Name",
    "StartDateTime",
    "ClusteringMode",
    "ClusteringRadius",
    "AutoloaderSlot",
    "ImageFileFormat",
    "MicroscopeName",
  ]),
  wanted(EPU, "Samples", [
    wanted(EPU, "_items", [
      wanted(EPU, "SampleXml", [
        wanted(EPU, "AtlasId"),
        wanted(EPU, "GridSquares", dictionary([wanted(COMMON_TYPES, "FileName")])),
      ]),
    ]),
  ]),
  wanted(EPU, "StorageFolders", [wanted(EPU, "_items", [wanted(EPU, "StorageFolderXml", [wanted(EPU, "Path")])])]),
]);
