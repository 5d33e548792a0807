import { dirname, join, sep } from "node:path";
import { classifyPath, type EpuPathKind } from "@smartem/epu/classify";
import { FILE_KINDS } from "../intake/file-kinds.js";
import type { FileStamp, SeenFile } from "../journal/files.js";

/** Of a file that was not looked at. */
export const UNSEEN: FileStamp = { size: 0, mtimeMs: 0, ctimeMs: 0 };

/** Whether a file's content is of no interest, so that it does not matter whether it changes. */
export function isReadByName(kind: EpuPathKind): boolean {
  const { read } = FILE_KINDS[kind];
  return read === null || read === "name";
}

/** What the journal is told of a file that was found. */
export function seenFile(folder: string, name: string, { size, mtimeMs, ctimeMs }: FileStamp): SeenFile {
  const location = join(folder, name);
  const path = classifyPath(location);
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
