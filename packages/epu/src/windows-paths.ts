import system, { type PlatformPath } from "node:path";

/** A folder as EPU's computer knows it and the same folder as this one does. */
export interface PathMap {
  /** e.g. `Z:\DoseFractions` or `\\server\share`. */
  readonly from: string;
  /** e.g. `/mnt/gpfs02`, or `D:\Data` on Windows. */
  readonly to: string;
}

export interface WindowsPathOptions {
  /** Absolute. */
  readonly watchFolder: string;
  readonly pathMaps?: readonly PathMap[];
  /** `posix` or `win32` of node:path: how paths are written here; as on this computer by default. */
  readonly rules?: PlatformPath;
}

export interface ResolvedPath {
  readonly path: string;
  /** Which rule found it. */
  readonly by: "path_map" | "cygdrive" | "as_it_is" | "beneath_watch_folder" | "beside_watch_folder";
}

/**
 * Where a path that EPU wrote may be found here, the likeliest first: configured path maps (the longest that fits),
 * then Cygwin's mount of the drive or, on Windows itself, the path as it is, then every tail of the path, the longest
 * first, beneath the watch folder and beside it.
 *
 * All are written as the system here writes them. No candidate leaves the folder it starts from, whatever `..` the path
 * contains.
 */
export function windowsPathCandidates(windowsPath: string, options: WindowsPathOptions): readonly ResolvedPath[] {
  const path = splitWindowsPath(windowsPath);
  if (path === null) return [];
  const { watchFolder, rules = system } = options;
  const candidates: ResolvedPath[] = [];

  const maps = (options.pathMaps ?? []).flatMap((map) => {
    const from = splitWindowsPath(map.from);
    return from !== null && !isNowhere(from) && startsWith(path, from)
      ? [{ to: map.to, depth: from.folders.length }]
      : [];
  });
  for (const { to, depth } of maps.sort((a, b) => b.depth - a.depth)) {
    candidates.push({ path: rules.join(to, ...path.folders.slice(depth)), by: "path_map" });
  }

  if (rules.sep === "\\") {
    if (path.root !== null) candidates.push({ path: path.root + path.folders.join("\\"), by: "as_it_is" });
  } else if (path.drive !== null) {
    candidates.push({ path: rules.join("/cygdrive", path.drive.toLowerCase(), ...path.folders), by: "cygdrive" });
  }

  const beside = rules.dirname(watchFolder);
  for (let start = 0; start < path.folders.length; start++) {
    const tail = path.folders.slice(start);
    candidates.push({ path: rules.join(watchFolder, ...tail), by: "beneath_watch_folder" });
    if (beside !== watchFolder) candidates.push({ path: rules.join(beside, ...tail), by: "beside_watch_folder" });
  }
  return candidates;
}

/**
 * Finds a path that EPU wrote, e.g. `Z:\DoseFractions\cm40598-8\atlas\Supervisor_1\Sample9\Atlas\Atlas.dm`, on this
 * computer.
 *
 * @param exists whether there is a file or folder of that path
 * @returns null where nothing of it is found: keep the path as it came, and report it
 */
export async function resolveWindowsPath(
  windowsPath: string,
  options: WindowsPathOptions,
  exists: (path: string) => boolean | Promise<boolean>,
): Promise<ResolvedPath | null> {
  for (const candidate of windowsPathCandidates(windowsPath, options)) {
    if (await exists(candidate.path)) return candidate;
  }
  return null;
}

interface SplitPath {
  /** The letter, or null for a path on a server or a relative one. */
  readonly drive: string | null;
  /** `Z:\` or `\\`, from which the folders lead on; null for a relative path. */
  readonly root: string | null;
  /** Server and share of `\\server\share\…` are its first two. */
  readonly folders: readonly string[];
}

function splitWindowsPath(path: string): SplitPath | null {
  if (path.includes("\0")) return null;
  const [, drive, rest = ""] = /^(?:([A-Za-z]):)?(.*)$/s.exec(path.trim()) ?? [];
  const folders: string[] = [];
  for (const part of rest.split(/[\\/]+/)) {
    if (part === "..") folders.pop();
    else if (part !== "" && part !== ".") folders.push(part);
  }
  const root = drive === undefined ? (/^[\\/]{2}/.test(rest) ? "\\\\" : null) : `${drive}:\\`;
  return { drive: drive ?? null, root, folders };
}

function isNowhere(path: SplitPath): boolean {
  return path.drive === null && path.folders.length === 0;
}

/** Windows compares names without regard to case. */
function startsWith(path: SplitPath, start: SplitPath): boolean {
  return (
    path.drive?.toLowerCase() === start.drive?.toLowerCase() &&
    start.folders.length <= path.folders.length &&
    start.folders.every((folder, index) => folder.toLowerCase() === path.folders[index]?.toLowerCase())
  );
}
