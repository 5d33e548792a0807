import system, { type PlatformPath } from "node:path";
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

/** What the journal is told of a file that was found; `rules`: how paths are written where it was. */
export function seenFile(
  folder: string,
  name: string,
  path: EpuPath,
  { size, mtimeMs, ctimeMs }: FileStamp,
  rules: PlatformPath = system,
): SeenFile {
  const location = locationOf(folder, name, rules);
  const { read, urgency } = FILE_KINDS[path.kind];
  return {
    folder,
    name,
    kind: path.kind,
    session: "sessionFolder" in path && read !== null ? sessionFolderOf(location, path.sessionFolder, rules) : null,
    state: read === null ? "ignored" : "pending",
    urgency,
    size,
    mtimeMs,
    ctimeMs,
    reason: read === null ? "Nothing is read from files of this kind." : null,
  };
}

/** The folder of the session in the system's own spelling; classification writes `/`. */
function sessionFolderOf(location: string, sessionFolder: string, rules: PlatformPath): string {
  // Not of `D:/`, which it calls `D:`.
  if (rules.sep === "/" && location.startsWith(`${sessionFolder}/`)) return sessionFolder;
  let folder = location;
  for (let up = partsOf(location) - partsOf(sessionFolder); up > 0; up--) folder = rules.dirname(folder);
  return folder;
}

function partsOf(path: string): number {
  return path.split(/[\\/]+/).filter((part) => part !== "" && part !== ".").length;
}
