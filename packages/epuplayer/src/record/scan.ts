import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join as joinPath } from "node:path";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { parsePath } from "../recording/schema.js";
import { type Emit, type FileCapture, isUnchanged } from "./capture.js";
import { createKnownTree, identityOf, isSame, join, type KnownFile, type KnownTree } from "./known.js";

/** Files larger than this are read when they have not changed for a while, not again for every block that comes. */
const LARGE_BYTES = 8 * 1024 * 1024;
const QUIET_MS = 1_000;
const GONE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/** What the scanner is in the middle of: all it finds was there before, happens now, or is found for the last time. */
export type ScanPhase = "initial" | "recording" | "final";

export interface ScanContext {
  readonly root: string;
  readonly capture: FileCapture;
  readonly emit: Emit;
  readonly phase: () => ScanPhase;
  /** Absolute paths that are no part of the recording. */
  readonly excluded: ReadonlySet<string>;
  /** A folder is now there, or is there under this name. */
  readonly onFolder: (path: string) => void;
  readonly onFolderGone: (path: string) => void;
  /** A folder is to be looked at again after that time. */
  readonly lookAgain: (path: string, afterMs: number) => void;
  readonly warn: (message: string) => void;
}

/** Compares a folder with what was recorded of it and records what is different. */
export interface Scanner {
  readonly known: KnownTree;
  /**
   * @param folders recorded folders, parents before children
   * @param deep whether their subfolders are looked through too; new ones always are
   * @throws SmartemError `record_output_failed`
   */
  scan(folders: readonly string[], deep: boolean): Promise<void>;
  /** Files that could not be read so far. */
  unreadable(): string[];
  /** How many symbolic links were passed over. */
  links(): number;
}

export function createScanner(context: ScanContext): Scanner {
  const { emit, capture, warn } = context;
  const known = createKnownTree();
  const unreadable = new Set<string>();
  const links = new Set<string>();
  /** Large files that are still changing: how they were, and since when. */
  const restless = new Map<string, { readonly stats: BigIntStats; readonly sinceMs: number }>();
  const absolute = (path: string): string => (path === "" ? context.root : joinPath(context.root, path));

  async function scanFolder(folder: string, deep: boolean, missing: string[]): Promise<void> {
    let names: string[];
    try {
      names = await readdir(absolute(folder));
    } catch (thrown) {
      // A folder that is gone is found missing in its parent. One that can't be read now has not lost its files.
      if (!GONE.has(codeOf(thrown)) || folder === "") warn(`${absolute(folder)} cannot be read: ${messageOf(thrown)}`);
      return;
    }
    const seen = new Set(names);
    for (const name of known.namesIn(folder)) if (!seen.has(name)) missing.push(join(folder, name));
    for (const name of names.sort()) {
      const path = join(folder, name);
      if (context.excluded.has(absolute(path))) continue;
      try {
        await scanEntry(path, deep, missing);
      } catch (thrown) {
        if (thrown instanceof SmartemError) throw thrown;
        warn(`${absolute(path)} cannot be looked at: ${messageOf(thrown)}`);
      }
    }
  }

  async function scanEntry(path: string, deep: boolean, missing: string[]): Promise<void> {
    const stats = await lstatOrNull(path);
    if (stats === null) return;
    const kind = stats.isDirectory() ? "folder" : stats.isFile() ? "file" : null;
    const before = known.get(path);
    if (before !== undefined && before.kind !== kind) await forget(path);
    if (stats.isSymbolicLink()) links.add(path);
    if (kind === null) return;
    if (known.get(path) === undefined) {
      const replayable = parsePath(path);
      if (!replayable.ok || replayable.value !== path) {
        warn(`${absolute(path)} is left out: it could not be replayed under that name.`);
        return;
      }
      const from = await movedFrom(stats, kind);
      if (from !== null) await move(from, path);
    }
    if (kind === "folder") await scanSubfolder(path, stats, deep, missing);
    else await scanFile(path, stats);
  }

  async function scanSubfolder(path: string, stats: BigIntStats, deep: boolean, missing: string[]): Promise<void> {
    const before = known.get(path);
    const identity = identityOf(stats);
    const isNew = before === undefined || !isSame(before, identity);
    if (before === undefined)
      await emit(context.phase() === "initial" ? "initial_dir" : "created", path, { is_directory: true });
    known.set(path, { kind: "folder", ...identity });
    // Watched first and looked through then, so that nothing can come in between.
    if (isNew) context.onFolder(path);
    if (isNew || deep) await scanFolder(path, true, missing);
  }

  async function scanFile(path: string, stats: BigIntStats): Promise<void> {
    const before = known.get(path) as KnownFile | undefined;
    if (before !== undefined && isUnchanged(before, stats)) return;
    if (!isQuiet(path, stats)) return;
    try {
      known.set(path, await capture.capture(path, absolute(path), stats, before));
      unreadable.delete(path);
    } catch (thrown) {
      if (thrown instanceof SmartemError) throw thrown;
      if (GONE.has(codeOf(thrown))) return;
      // It is tried again at every scan, and given up only at the end.
      if (!unreadable.has(path)) warn(`${absolute(path)} cannot be read for now: ${messageOf(thrown)}`);
      unreadable.add(path);
      if (context.phase() === "final") known.set(path, await capture.captureUnreadable(path, stats, before));
    }
  }

  /** Where a file or folder that is new here has been until now; null where it is really new. */
  async function movedFrom(stats: BigIntStats, kind: "file" | "folder"): Promise<string | null> {
    const from = known.find(identityOf(stats));
    if (from === undefined || known.get(from)?.kind !== kind) return null;
    // It may have a second name, or another may have taken its place: then it was not moved away.
    return (await lstatOrNull(from)) === null ? from : null;
  }

  async function move(from: string, to: string): Promise<void> {
    const isFolder = known.get(from)?.kind === "folder";
    for (const folder of known.folders(from)) context.onFolderGone(folder);
    known.rename(from, to);
    for (const folder of known.folders(to)) context.onFolder(folder);
    await emit("moved", from, { dest_path: to, is_directory: isFolder });
    if (isFolder) context.lookAgain(to, 0);
  }

  async function forget(path: string): Promise<void> {
    const isFolder = known.get(path)?.kind === "folder";
    for (const folder of known.folders(path)) context.onFolderGone(folder);
    known.remove(path);
    await emit("deleted", path, { is_directory: isFolder });
  }

  function isQuiet(path: string, stats: BigIntStats): boolean {
    if (context.phase() !== "recording" || stats.size < BigInt(LARGE_BYTES)) return true;
    const last = restless.get(path);
    if (last?.stats.size !== stats.size || last.stats.mtimeNs !== stats.mtimeNs)
      restless.set(path, { stats, sinceMs: performance.now() });
    else if (performance.now() - last.sinceMs >= QUIET_MS) {
      restless.delete(path);
      return true;
    }
    context.lookAgain(path.slice(0, Math.max(0, path.lastIndexOf("/"))), QUIET_MS);
    return false;
  }

  async function lstatOrNull(path: string): Promise<BigIntStats | null> {
    return lstat(absolute(path), { bigint: true }).catch((thrown: unknown) => {
      if (GONE.has(codeOf(thrown))) return null;
      throw thrown;
    });
  }

  return {
    known,
    async scan(folders, deep) {
      // What is missing is dealt with last, when it is known what has turned up elsewhere.
      const missing: string[] = [];
      for (const folder of folders) {
        if (known.get(folder)?.kind === "folder") await scanFolder(folder, deep, missing);
      }
      for (const path of missing) {
        const isBack = await lstatOrNull(path).catch(() => undefined);
        if (isBack === null && known.get(path) !== undefined) await forget(path);
      }
    },
    unreadable: () => [...unreadable].filter((path) => known.get(path) !== undefined).sort(),
    links: () => links.size,
  };
}

function codeOf(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException).code ?? "";
}
