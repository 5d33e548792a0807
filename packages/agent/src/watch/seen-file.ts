import { dirname, sep } from "node:path";
import type { EpuPath, EpuPathKind } from "@smartem/epu/classify";
import { FILE_KINDS } from "../intake/file-kinds.js";
import type { FileStamp, SeenFile } from "../journal/files.js";
import { locationOf } from "./file-location.js";

/** Of a file that was not looked at: reading it, if it is read at all, tells. */
export const UNSEEN: FileStamp = { size: 0, mtimeMs: 0, ctimeMs: 0 };

/** Whether a file's content is of no interest, so that it does not matter whether it changes. */
export function isReadByName(kind: EpuPathKind): boolean {
  const { read } = FILE_KINDS[kind];
  return read === null || read === "name";
}

/** Kinds of which there are many, each so small that it may be read before it was looked at. */
const SMALL: ReadonlySet<EpuPathKind> = new Set(["micrographManifest", "foilHoleManifest", "gridSquareManifest"]);

export function isSmall(kind: EpuPathKind): boolean {
  return SMALL.has(kind);
}

/** What the journal is told of a file that was found. */
export function seenFile(folder: string, name: string, path: EpuPath, { size, mtimeMs, ctimeMs }: FileStamp): SeenFile {
  const location = locationOf(folder, name);
  const { read, urgency } = FILE_KINDS[path.kind];
  return {
    folder,
    name,
    kind: path.kind,
    session: "sessionFolder" in path && read !== null ? sessionFolderOf(location, path.sessionFolder) : null,
    state: read === null ? "ignored" : "pending",
    urgency,
    size,
    mtimeMs,
    ctimeMs,
    reason: read === null ? "Nothing is read from files of this kind." : null,
  };
}

/** The folder of the session in the system's own spelling; classification writes `/`. */
function sessionFolderOf(location: string, sessionFolder: string): string {
  if (location.startsWith(sessionFolder + sep)) return sessionFolder;
  let folder = location;
  for (let up = partsOf(location) - partsOf(sessionFolder); up > 0; up--) folder = dirname(folder);
  return folder;
}

function partsOf(path: string): number {
  return path.split(/[\\/]+/).filter((part) => part !== "" && part !== ".").length;
}
