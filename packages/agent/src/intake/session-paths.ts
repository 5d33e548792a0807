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

/** What a Windows path begins with that is no folder: a drive, or a server and its share. */
const ROOT = /^(?:[a-z]:|[\\/]{2}[^\\/]+[\\/]+[^\\/]+)/i;

/** A session as far as it is known which atlas it uses. */
export interface AtlasUser {
  readonly folder: string;
  /** Windows path of Atlas.dm as EPU wrote it. */
  readonly atlasPath: string | null;
  /** Where that was found before; null where it was not. */
  readonly atlasFile: string | null;
}

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
   * Where a session's Atlas.dm is, spelled as the watched tree has it where it lies there.
   *
   * @param known Atlas.dm files found in the watched tree: there it may lie anywhere, and is taken for the one that is
   *   meant when nothing tells that it is not, and it has the longest end of its path in common with it; of several, the
   *   one that the session has already, or that is nearest to it and alone in that
   * @returns null while it is not found
   */
  async atlas(
    session: AtlasUser,
    known: readonly { readonly folder: string; readonly name: string }[],
  ): Promise<string | null> {
    const { atlasPath, atlasFile } = session;
    if (atlasPath === null) return null;
    const wanted = partsOf(atlasPath);
    const telling = wanted.slice(-TELLING_PARTS);
    for (const { path, by } of windowsPathCandidates(atlasPath, this.#options)) {
      if (by !== "path_map" && commonEnd(partsOf(path), telling) < telling.length) continue;
      // It may be out of sight for a while.
      if (atlasFile !== null && this.#isSame(path, atlasFile)) return atlasFile;
      if (await this.#disk.has(path, "file")) return this.#asInTree(path);
    }
    const alike = known
      .map(({ folder, name }) => this.#disk.rules.join(folder, name))
      .filter((path) => this.mayBeAtlasOf(session, path))
      .map((path) => ({ path, common: commonEnd(partsOf(path), wanted) }))
      .sort((a, b) => b.common - a.common);
    const best = alike.filter(({ common }) => common === alike[0]?.common).map(({ path }) => path);
    if (atlasFile !== null && best.includes(atlasFile)) return atlasFile;
    // Of copies of a visit each session has its own.
    const near = best
      .map((path) => ({ path, common: commonStart(partsOf(path), partsOf(session.folder)) }))
      .sort((a, b) => b.common - a.common);
    return near[0] === undefined || near[0].common === near[1]?.common ? null : near[0].path;
  }

  /**
   * Whether an Atlas.dm may be the one that a session names, by the ends of their paths. It is not that of another run of
   * the atlas software, `Supervisor_2\Sample9\Atlas\Atlas.dm` for `Supervisor_1\Sample9\Atlas\Atlas.dm`, which shows another
   * grid in the same slot, nor that of another visit where the session is in the folder of the one that is named.
   */
  mayBeAtlasOf({ folder, atlasPath }: Omit<AtlasUser, "atlasFile">, path: string): boolean {
    if (atlasPath === null) return false;
    const { rules } = this.#disk;
    const { watchFolder } = this.#options;
    const wanted = partsOf(atlasPath.replace(ROOT, ""));
    const has = this.#isIn(watchFolder, path) ? partsOf(rules.relative(watchFolder, path)) : partsOf(path);
    const common = commonEnd(partsOf(path), wanted);
    if (common < TELLING_PARTS) return false;
    // One of them ends there: nothing else can differ.
    if (common >= wanted.length || common >= has.length) return true;
    const next = wanted.at(-1 - common);
    const named = this.#foldersUpTo(rules.dirname(watchFolder), folder).filter(
      (above) => rules.basename(above).toLowerCase() === next,
    );
    if (named.length > 0 && !named.some((above) => this.#isIn(above, path))) return false;
    if (common > TELLING_PARTS) return true;
    // A copy may lack levels of the path, and lie in a folder of any name together with the session.
    const shared = commonStart(has, partsOf(rules.relative(watchFolder, folder)));
    return isLeftOf(has.slice(shared), wanted);
  }

  /** The path of a folder within the watched one, with `/` on every system; empty for that itself. */
  placeOf(folder: string): string {
    const { rules } = this.#disk;
    return rules.relative(this.#options.watchFolder, folder).split(rules.sep).join("/");
  }

  #isIn(folder: string, path: string): boolean {
    const { rules } = this.#disk;
    const within = rules.relative(folder, path);
    return within !== "" && within !== ".." && !within.startsWith(`..${rules.sep}`) && !rules.isAbsolute(within);
  }

  #isSame(path: string, other: string): boolean {
    return path === other || (this.#disk.rules.sep === "\\" && path.toLowerCase() === other.toLowerCase());
  }

  /** Windows finds a file by its name in any case, but the journal knows it by the one that its folder gives it. */
  async #asInTree(path: string): Promise<string> {
    const { rules } = this.#disk;
    const { watchFolder } = this.#options;
    if (rules.sep !== "\\" || !this.#isIn(watchFolder, path)) return path;
    let spelled = watchFolder;
    for (const part of rules.relative(watchFolder, path).split(rules.sep)) {
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

function commonStart(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((part, index) => part !== b[index]);
  return differs === -1 ? a.length : differs;
}

/** Whether `some` is what is left of `all` when parts are left out. */
function isLeftOf(some: readonly string[], all: readonly string[]): boolean {
  let found = 0;
  for (const part of all) if (part === some[found]) found++;
  return found === some.length;
}
