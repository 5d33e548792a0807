import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const EPU_DATA = resolve(import.meta.dirname, "../../../../../shared/data/epu");

const SESSION = "nt32457-6/Supervisor_20240405_115113_0_SmartEPU_ApoF";
const SQUARE = `${SESSION}/Images-Disc1/GridSquare_4590776`;
const RE_INDENTED = "cm40593-1";

/** Real files of EPU 3.7 (`nt32457-6`) and 3.9 (`cm40593-1`, re-indented copies), relative to the data folder. */
export const REAL = {
  visit: "nt32457-6",
  sessionFolder: SESSION,
  session: `${SESSION}/EpuSession.dm`,
  atlas: "nt32457-6/atlas/Supervisor_20240404_093820_Pete_Miriam_HexAuFoil/Sample4/Atlas/Atlas.dm",
  gridSquareMetadata: `${SESSION}/Metadata/GridSquare_4590776.dm`,
  gridSquareImage: `${SQUARE}/GridSquare_20240406_102420.xml`,
  reIndented: RE_INDENTED,
  reIndentedSession: `${RE_INDENTED}/EpuSession.dm`,
  foilHoleImage: `${RE_INDENTED}/Images-Disc1/GridSquare_8999138/FoilHoles/FoilHole_9015889_20250108_154725.xml`,
  earlierFoilHoleImage: `${RE_INDENTED}/Images-Disc1/GridSquare_8999138/FoilHoles/FoilHole_9015889_20250108_154715.xml`,
  micrograph: `${RE_INDENTED}/Images-Disc1/GridSquare_8999138/Data/FoilHole_9015883_Data_9017354_6_20250108_154918.xml`,
} as const;

export function realDataExists(): boolean {
  return existsSync(EPU_DATA);
}

export function realPath(path: string): string {
  return join(EPU_DATA, path);
}

export function realBytes(path: string): Buffer {
  return readFileSync(realPath(path));
}
