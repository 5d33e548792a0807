import { posix } from "node:path";

/** A folder as EPU's computer knows it and the same folder as this one does. */
export interface PathMap {
  /** e.g. `Z:\DoseFractions` or `\\server\share`. */
  readonly from: string;
  /** e.g. `/mnt/gpfs02`. */
  readonly to: string;
}

export interface WindowsPathOptions {
  /** Absolute. */
  readonly watchFolder: string;
  readonly pathMaps?: readonly PathMap[];
}

export interface ResolvedPath {
  readonly path: string;
  /** Which rule found it. */
  readonly by: "path_map" | "cygdrive" | "as_it_is" | "beneath_watch_folder" | "beside_watch_folder";
}

/**
 * Where a path that EPU wrote may be found here, the likeliest first: configured path maps (the longest that fits),
 * then Cygwin's mount of the drive, then the path as it is (on Windows itself), then every tail of the path, the longest first, beneath the watch folder and beside it.
 *
 * No candidate leaves the folder it starts from, whatever `..` the path contains.
 */
export function windowsPathCandidates(windowsPath: string, options: WindowsPathOptions): readonly ResolvedPath[] {
  const path = splitWindowsPath(windowsPath);
  if (path === null) return [];
  const candidates: ResolvedPath[] = [];

  const maps = (options.pathMaps ?? []).flatMap((map) => {
    const from = splitWindowsPath(map.from);
    return from !== null && !isNowhere(from) && startsWith(path, from)
      ? [{ to: map.to, depth: from.folders.length }]
      : [];
  });
  for (const { to, depth } of maps.sort((a, b) => b.depth - a.depth)) {
    candidates.push({ path: posix.join(to, ...path.folders.slice(depth)), by: "path_map" });
  }

  if (path.drive !== null) {
    candidates.push({ path: posix.join("/cygdrive", path.drive.toLowerCase(), ...path.folders), by: "cygdrive" });
    candidates.push({ path: `${path.drive}:/${path.folders.join("/")}`, by: "as_it_is" });
  }

  const watchFolder = options.watchFolder.replaceAll("\\", "/");
  const beside = posix.dirname(watchFolder);
  for (let start = 0; start < path.folders.length; start++) {
    const tail = path.folders.slice(start);
    candidates.push({ path: posix.join(watchFolder, ...tail), by: "beneath_watch_folder" });
    if (beside !== watchFolder) candidates.push({ path: posix.join(beside, ...tail), by: "beside_watch_folder" });
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
  return { drive: drive ?? null, folders };
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
