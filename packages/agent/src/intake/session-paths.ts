import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type PathMap, resolveWindowsPath, windowsPathCandidates } from "@smartem/epu/windows-paths";

export interface SessionPathOptions {
  readonly watchFolder: string;
  readonly pathMaps: readonly PathMap[];
}

/** `Sample<n>/Atlas/Atlas.dm`: with less than that in common, two atlases can't be told apart. */
const TELLING_PARTS = 3;

/** Finds on this computer what EpuSession.dm names by Windows paths. */
export class SessionPaths {
  readonly #options: SessionPathOptions;

  constructor(options: SessionPathOptions) {
    this.#options = options;
  }

  /**
   * Where a session or an atlas is stored; null while there is no such folder here.
   *
   * @param holder the folder that its own is in: of folders that are alike, this or one above it is meant
   */
  async storage(windowsPath: string, holder: string): Promise<string | null> {
    const found = await resolveWindowsPath(windowsPath, this.#options, (path) => exists(path, "folder"));
    const isByTail = found?.by === "beneath_watch_folder" || found?.by === "beside_watch_folder";
    if (found !== null && !isByTail) return found.path;
    const wanted = partsOf(windowsPath);
    const [above] = foldersUpTo(dirname(this.#options.watchFolder), holder)
      .map((path) => ({ path, common: commonEnd(partsOf(path), wanted) }))
      .sort((a, b) => b.common - a.common);
    const least = found === null ? 1 : commonEnd(partsOf(found.path), wanted);
    return above !== undefined && above.common >= least ? above.path : (found?.path ?? null);
  }

  /**
   * Where an Atlas.dm is.
   *
   * @param known Atlas.dm files found in the watched tree: there it may lie anywhere, and is taken for the one that is
   *   meant when it has the longest end of its path in common with it, and is alone in that
   * @returns null while it is not found
   */
  async atlas(
    windowsPath: string | null,
    known: readonly { readonly folder: string; readonly name: string }[],
  ): Promise<string | null> {
    if (windowsPath === null) return null;
    if (process.platform === "win32" && (await exists(windowsPath, "file"))) return windowsPath;
    const telling = partsOf(windowsPath).slice(-TELLING_PARTS);
    for (const { path, by } of windowsPathCandidates(windowsPath, this.#options)) {
      if (by !== "path_map" && commonEnd(partsOf(path), telling) < telling.length) continue;
      if (await exists(path, "file")) return path;
    }
    const wanted = partsOf(windowsPath);
    const alike = known
      .map(({ folder, name }) => join(folder, name))
      .map((path) => ({ path, common: commonEnd(partsOf(path), wanted) }))
      .filter(({ common }) => common >= TELLING_PARTS)
      .sort((a, b) => b.common - a.common);
    const [best, second] = alike;
    return best === undefined || best.common === second?.common ? null : best.path;
  }
}

/** A folder and those above it, the nearest first, up to one that is left out; none where it is not below that. */
function foldersUpTo(top: string, folder: string): string[] {
  const folders: string[] = [];
  let each = folder;
  for (; each !== top && each !== dirname(each); each = dirname(each)) folders.push(each);
  return each === top ? folders : [];
}

function partsOf(path: string): string[] {
  return path
    .toLowerCase()
    .split(/[\\/]+/)
    .filter((part) => part !== "");
}

function commonEnd(a: readonly string[], b: readonly string[]): number {
  let common = 0;
  while (common < Math.min(a.length, b.length) && a[a.length - 1 - common] === b[b.length - 1 - common]) common++;
  return common;
}

async function exists(path: string, what: "file" | "folder"): Promise<boolean> {
  return stat(path).then(
    (found) => (what === "file" ? found.isFile() : found.isDirectory()),
    () => false,
  );
}
