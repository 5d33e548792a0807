import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { posix, sep, win32 } from "node:path";
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

function isWithin(path: string, folder: string): boolean {
  return plain(path).startsWith(plain(folder));
}

function plain(path: string): string {
  const absolute = whole(path, process.platform);
  return absolute.endsWith(sep) ? absolute : absolute + sep;
}

/** A path by which folders are told apart: Windows compares names without regard to case. */
function whole(path: string, platform: NodeJS.Platform): string {
  return platform === "win32" ? win32.resolve(path).toLowerCase() : posix.resolve(path);
}
