import { createHash } from "node:crypto";
import { readlinkSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, posix, resolve, sep, win32 } from "node:path";
import { SmartemError } from "@smartem/common/errors";

/**
 * Where the agent keeps its journal for a watched folder when nobody says otherwise: with the user's other state, one
 * folder for each watched one.
 */
export function defaultStateFolder(
  watchFolder: string,
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { join } = platform === "win32" ? win32 : posix;
  const base =
    platform === "win32"
      ? (environment.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"))
      : (environment.XDG_STATE_HOME ?? join(homedir(), ".local", "state"));
  const of = createHash("sha1").update(whole(watchFolder, platform)).digest("hex").slice(0, 12);
  return join(base, "smartem-agent", of);
}

/** @throws SmartemError `state_folder_watched`: the agent writes nothing into what it watches */
export function requireOutside(stateFolder: string, watchFolder: string): void {
  if (!isWithin(stateFolder, watchFolder)) return;
  throw new SmartemError("state_folder_watched", 400, `The state folder ${stateFolder} lies in the watched folder.`, {
    hint: "Name a folder elsewhere with --state-dir.",
  });
}

/** @throws SmartemError `log_file_watched`: the agent writes nothing into what it watches */
export function requireLogOutside(logFile: string, watchFolder: string): void {
  if (!isWithin(logFile, watchFolder)) return;
  throw new SmartemError("log_file_watched", 400, `The log file ${logFile} lies in the watched folder.`, {
    hint: "Name a file elsewhere with --log-file.",
  });
}

/** By name, or by where links lead. */
function isWithin(path: string, folder: string): boolean {
  return plain(path).startsWith(plain(folder)) || plain(followed(path)).startsWith(plain(followed(folder)));
}

/** More links than that lead nowhere. */
const MAX_LINKS = 40;

/** Where a path leads, as far as it exists: what is made there would be made below that. */
function followed(path: string, links = 0): string {
  const absolute = resolve(path);
  const folder = dirname(absolute);
  try {
    return realpathSync.native(absolute);
  } catch {
    if (folder === absolute) return absolute;
  }
  const place = followed(folder, links);
  try {
    // A link to what does not exist yet.
    if (links < MAX_LINKS) return followed(resolve(place, readlinkSync(absolute)), links + 1);
  } catch {
    // It is none.
  }
  return join(place, basename(absolute));
}

function plain(path: string): string {
  const absolute = whole(path, process.platform);
  return absolute.endsWith(sep) ? absolute : absolute + sep;
}

/** A path by which folders are told apart: Windows compares names without regard to case. */
function whole(path: string, platform: NodeJS.Platform): string {
  return platform === "win32" ? win32.resolve(path).toLowerCase() : posix.resolve(path);
}
