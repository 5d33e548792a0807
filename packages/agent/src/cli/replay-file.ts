import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { classifyPath, type EpuPath } from "@smartem/epu/classify";
import type { EpuFile } from "@smartem/epu/records";
import { contributionsOfContent, contributionsOfName } from "../intake/contributions.js";
import { FILE_KINDS } from "../intake/file-kinds.js";
import { readAndParse } from "../intake/read-and-parse.js";
import { readWholeFile } from "../intake/read-file.js";
import { acquisitionOfSession } from "../mapping/acquisition.js";
import { contributionsOfAtlas } from "../mapping/atlas.js";
import type { Contribution } from "../mapping/contribution.js";
import { gridOfSession } from "../mapping/grid.js";
import { type SessionContext, sessionContext } from "../mapping/session-context.js";

/** What an agent makes of a file. */
export interface ReplayedFile {
  readonly file: string;
  readonly path: EpuPath;
  /** The session's folder; null where no EpuSession.dm that can be read is above the file. */
  readonly session: string | null;
  /** Why nothing is said; null where something is. */
  readonly problem: { readonly code: string; readonly reason: string } | null;
  /** Values that could not be read. */
  readonly issues: readonly string[];
  readonly record: unknown;
  readonly says: readonly Contribution[];
}

/** Ids of an atlas are its grid's; without a session any will do. */
const NO_GRID = { acquisitionUuid: "(acquisition)", gridUuid: "(grid)", name: null };

/** Reads one file as the agent does, and says what it would add to which entities. */
export function replayFile(file: string): ReplayedFile {
  const location = resolve(file);
  const path = classifyPath(location);
  const { read } = FILE_KINDS[path.kind];
  const context = contextOf(location);
  const of = { file: location, path, session: context?.folder ?? null, issues: [], record: null, says: [] };
  if (!existsSync(location)) return { ...of, problem: { code: "missing", reason: "There is no such file." } };
  if (read === null) {
    return { ...of, problem: { code: "not_needed", reason: "Nothing is read from files of this kind." } };
  }
  if (read === "name") {
    if (context === null) return { ...of, problem: NO_SESSION };
    return { ...of, problem: null, says: contributionsOfName(context, path, location, basename(location)) };
  }
  const reading = parse(location, read);
  if (reading.is !== "parsed") return { ...of, problem: reading };
  const { content, issues } = reading;
  const parsed = { ...of, issues, record: content.record };
  if (content.kind === "atlas") {
    return { ...parsed, problem: null, says: contributionsOfAtlas(NO_GRID, content.record, location) };
  }
  if (content.kind === "session") {
    const own = sessionContext(dirname(location), content.record);
    const paths = { storagePath: content.record.storagePath, atlasPath: content.record.atlasPath };
    const says = [
      acquisitionOfSession(own, content.record, paths, location),
      gridOfSession(own, content.record, null, location),
    ];
    return { ...parsed, problem: null, says };
  }
  if (context === null) return { ...parsed, problem: NO_SESSION };
  return {
    ...parsed,
    problem: null,
    says: contributionsOfContent(context, path, content, location, basename(location)),
  };
}

const NO_SESSION = { code: "waiting_for_session", reason: "No EpuSession.dm that can be read is above it." };

function parse(location: string, kind: EpuFile["kind"]) {
  let stamp = { size: 0, mtimeMs: 0, ctimeMs: 0 };
  try {
    stamp = statSync(location);
  } catch {
    // Reading it says what is wrong.
  }
  const reading = readAndParse({ location, kind, expected: stamp, knownHash: null }, readWholeFile);
  if (reading.is === "unchanged") throw new Error("nothing is known, so nothing can be unchanged");
  return reading;
}

/** From the nearest EpuSession.dm above. */
function contextOf(location: string): SessionContext | null {
  for (let folder = dirname(location); folder !== dirname(folder); folder = dirname(folder)) {
    const found = parse(join(folder, "EpuSession.dm"), "session");
    if (found.is === "parsed" && found.content.kind === "session") return sessionContext(folder, found.content.record);
  }
  return null;
}
