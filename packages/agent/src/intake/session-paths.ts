import { readdir, stat } from "node:fs/promises";
import system, { type PlatformPath } from "node:path";
import { type PathMap, resolveWindowsPath, windowsPathCandidates } from "@smartem/epu/windows-paths";

export interface SessionPathOptions {
  readonly watchFolder: string;
  readonly pathMaps: readonly PathMap[];
  /** Where it is; this computer by default. */
  readonly disk?: Disk;
}

/** A file system, of Windows or any other. */
export interface Disk {
  /** How it writes paths. */
  readonly rules: PlatformPath;
  has(path: string, what: "file" | "folder"): Promise<boolean>;
  /** The names in a folder; none where it can't be read. */
  names(folder: string): Promise<readonly string[]>;
}

const THIS_DISK: Disk = {
  rules: system,
  has: (path, what) =>
    stat(path).then(
      (found) => (what === "file" ? found.isFile() : found.isDirectory()),
      () => false,
    ),
  names: (folder) => readdir(folder).catch(() => []),
};

/** `Sample<n>/Atlas/Atlas.dm`: with less than that in common, two atlases can't be told apart. */
const TELLING_PARTS = 3;

/** Finds on this computer what EpuSession.dm names by Windows paths. */
export class SessionPaths {
  readonly #options: SessionPathOptions & { readonly rules: PlatformPath };
  readonly #disk: Disk;

  constructor(options: SessionPathOptions) {
    this.#disk = options.disk ?? THIS_DISK;
    this.#options = { ...options, rules: this.#disk.rules };
  }

  /**
   * Where a session or an atlas is stored; null while there is no such folder here.
   *
   * @param holder the folder that its own is in: of folders that are alike, this or one above it is meant
   */
  async storage(windowsPath: string, holder: string): Promise<string | null> {
    const found = await resolveWindowsPath(windowsPath, this.#options, (path) => this.#disk.has(path, "folder"));
    const isByTail = found?.by === "beneath_watch_folder" || found?.by === "beside_watch_folder";
    if (found !== null && !isByTail) return found.path;
    const wanted = partsOf(windowsPath);
    const [above] = this.#foldersUpTo(this.#disk.rules.dirname(this.#options.watchFolder), holder)
      .map((path) => ({ path, common: commonEnd(partsOf(path), wanted) }))
      .sort((a, b) => b.common - a.common);
    const least = found === null ? 1 : commonEnd(partsOf(found.path), wanted);
    return above !== undefined && above.common >= least ? above.path : (found?.path ?? null);
  }

  /**
   * Where an Atlas.dm is, spelled as the watched tree has it where it lies there.
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
    const telling = partsOf(windowsPath).slice(-TELLING_PARTS);
    for (const { path, by } of windowsPathCandidates(windowsPath, this.#options)) {
      if (by !== "path_map" && commonEnd(partsOf(path), telling) < telling.length) continue;
      if (await this.#disk.has(path, "file")) return this.#asInTree(path);
    }
    const wanted = partsOf(windowsPath);
    const alike = known
      .map(({ folder, name }) => this.#disk.rules.join(folder, name))
      .map((path) => ({ path, common: commonEnd(partsOf(path), wanted) }))
      .filter(({ common }) => common >= TELLING_PARTS)
      .sort((a, b) => b.common - a.common);
    const [best, second] = alike;
    return best === undefined || best.common === second?.common ? null : best.path;
  }

  /** Windows finds a file by its name in any case, but the journal knows it by the one that its folder gives it. */
  async #asInTree(path: string): Promise<string> {
    const { rules } = this.#disk;
    const { watchFolder } = this.#options;
    const within = rules.relative(watchFolder, path);
    if (rules.sep !== "\\" || within.startsWith("..") || rules.isAbsolute(within)) return path;
    let spelled = watchFolder;
    for (const part of within.split(rules.sep)) {
      const names = await this.#disk.names(spelled);
      const name = names.find((each) => each.toLowerCase() === part.toLowerCase());
      spelled = rules.join(spelled, name ?? part);
    }
    return spelled;
  }

  /** A folder and those above it, the nearest first, up to one that is left out; none where it is not below that. */
  #foldersUpTo(top: string, folder: string): string[] {
    const { dirname } = this.#disk.rules;
    const folders: string[] = [];
    let each = folder;
    for (; each !== top && each !== dirname(each); each = dirname(each)) folders.push(each);
    return each === top ? folders : [];
  }
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
