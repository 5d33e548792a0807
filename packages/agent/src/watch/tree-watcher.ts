import type { FSWatcher, Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { classifyPath, isNoiseFolder } from "@smartem/epu/classify";
import { type FileStamp, fileStamp, type KnownFile, type SeenFile } from "../journal/files.js";
import type { Journal } from "../journal/journal.js";
import { restByCostMs } from "../rest-by-cost.js";
import { steadyNow } from "../steady-clock.js";
import { isAtOrBelow, locationOf } from "./file-location.js";
import { Mounts } from "./mounts.js";
import { type Notifier, SYSTEM_NOTIFIER } from "./notifier.js";
import { isReadByName, isSmall, seenFile, UNSEEN } from "./seen-file.js";

export interface WatchTimes {
  /** How long changes are gathered before they are looked at. */
  readonly gatherMs: number;
  /** How often folders, and files that may be rewritten, are looked at whether or not there was a notification. */
  readonly scanIntervalMs: number;
  /** How often every file is looked at. */
  readonly fullScanIntervalMs: number;
}

export const WATCH_TIMES: WatchTimes = { gatherMs: 25, scanIntervalMs: 5_000, fullScanIntervalMs: 300_000 };

export interface TreeWatcherOptions {
  readonly folder: string;
  readonly journal: Journal;
  readonly log: Logger;
  readonly times: WatchTimes;
  readonly nowMs?: () => number;
  /** Whether to ask the system for notifications at all. */
  readonly notifications?: boolean;
  readonly notifier?: Notifier;
  /** New or changed files are in the journal. */
  readonly onSeen: (count: number) => void;
  /** Files are gone; to be called within a transaction. */
  readonly onGone: (files: readonly { id: number; session: string | null }[], locations: readonly string[]) => void;
}

export interface WatchStatus {
  readonly folders: number;
  readonly watchedFolders: number;
  /** Why the watched folder, or one that belongs to it, can't be looked into; null while all can. */
  readonly trouble: string | null;
  readonly lastFullScanAtMs: number | null;
}

interface Folder {
  /** As it was before it was last listed; -1: never. */
  mtimeMs: number;
  listedAtMs: number;
  /** When it was first listed with this time. */
  newSinceMs: number;
  /** A folder that was made anew is another one, of which the old one's notifications don't tell. */
  ino: number;
  /** The device that it is on; -1: not known. */
  dev: number;
  watcher: Pick<FSWatcher, "close" | "on"> | null;
  /** The folders in it when it was last listed, or looked into by an agent before this one. */
  subfolders: readonly string[];
  readonly recursive: boolean;
}

const UNLISTED = {
  mtimeMs: -1,
  listedAtMs: 0,
  newSinceMs: 0,
  ino: -1,
  dev: -1,
  watcher: null,
  subfolders: [],
} as const;
const CONCURRENT_STATS = 32;
const FILES_PER_TRANSACTION = 1_000;
/** A folder may change again within its clock's tick without its time showing it. */
const FOLDER_TICK_MS = 3_000;
/** What has not changed for so long, of old sessions mostly, is looked at in every so many-th scan only, or seldomer where it is much. */
const QUIET_MS = 3_600_000;
const SCANS_PER_QUIET_LOOK = 6;
const SURELY_QUIET_MS = 60_000;
/** The clock of a file server and this computer's differ by less. */
const MOST_SKEW_MS = 24 * 3_600_000;
/** The last so many files that changed are looked at in every scan for a while: they may change again. */
const RECENT_FILES = 300;
const RECENT_MS = 120_000;
/** Of the folders and files that can't be read, so many are named in the status. */
const NAMED_UNREADABLE = 3;
/** Stands in a name for what is not UTF-8 in it: by the name as it is read then, nothing is there. */
const NOT_UTF8 = "\ufffd";

/**
 * Notes every file below a folder, and every change, in the journal. Notifications of the file system say where to look
 * sooner; scans find what they miss (network drives send none). Nothing is ever written below the folder. What is in a
 * recycle bin, a snapshot or another folder of the system's is not there: what is moved into one is gone.
 */
export class TreeWatcher {
  readonly #options: TreeWatcherOptions;
  readonly #now: () => number;
  readonly #folders = new Map<string, Folder>();
  /** Those that are looked at in every scan: new or changed, and not quiet since. */
  readonly #lively = new Set<string>();
  /** Of how many of them the system tells; null where they are to be counted anew. */
  #watched: number | null = null;
  /** Folders to be looked at; names, or null for all of it. */
  #dirty = new Map<string, Set<string> | null>();
  readonly #recent = new Map<string, { readonly folder: string; readonly name: string; readonly seenMs: number }>();
  #wake = new AbortController();
  #notifications: boolean;
  readonly #notifier: Notifier;
  #trouble: string | null = null;
  /** Other folders that can't be read, with the reasons. */
  readonly #unreadable = new Map<string, string>();
  /** What is in a folder whose name is not UTF-8. */
  readonly #misnamed = new Map<string, readonly string[]>();
  /** The device that the watched folder was last seen on. */
  #device: number | null = null;
  readonly #mounts: Mounts;
  #lastFullScanAtMs: number | null = null;
  #fullScanWanted = true;
  #nextScanAtMs = 0;
  #nextQuietLookAtMs = 0;
  #working = false;
  #waiters: (() => void)[] = [];

  constructor(options: TreeWatcherOptions) {
    this.#options = options;
    this.#now = options.nowMs ?? steadyNow;
    this.#notifications = options.notifications ?? true;
    this.#notifier = options.notifier ?? SYSTEM_NOTIFIER;
    this.#mounts = new Mounts(options.journal, options.log);
  }

  get idle(): boolean {
    return !this.#working && this.#dirty.size === 0 && !this.#fullScanWanted;
  }

  /** Whether every file has been looked at. */
  get hasSeenAll(): boolean {
    return this.#lastFullScanAtMs !== null;
  }

  /** Whether the watched folder, or a share below it, is not as it was: what is new in it can't be seen. */
  get isDisturbed(): boolean {
    return this.#trouble !== null || this.#mounts.troubles.length > 0;
  }

  status(): WatchStatus {
    return {
      folders: this.#folders.size,
      watchedFolders: this.#watchedFolders(),
      trouble: this.#trouble ?? ([...this.#mounts.troubles, ...this.#unreadableInWords()].join(" ") || null),
      lastFullScanAtMs: this.#lastFullScanAtMs,
    };
  }

  #unreadableInWords(): string[] {
    const all = [...this.#unreadable].map(([path, reason]) => `${path} can't be read: ${reason}.`);
    for (const path of [...this.#misnamed.values()].flat()) {
      all.push(
        `${path} can't be read: its name is not UTF-8. Rename it, or mount its share with the character set of its names.`,
      );
    }
    const more = all.length - NAMED_UNREADABLE;
    return more > 0 ? [...all.slice(0, NAMED_UNREADABLE), `Nor can ${more} more.`] : all;
  }

  #watchedFolders(): number {
    this.#watched ??= this.#countWatched();
    return this.#watched;
  }

  #countWatched(): number {
    const { folder: root } = this.#options;
    const isWhole = this.#notifier.wholeTree && this.#folders.get(root)?.watcher != null;
    let watched = 0;
    for (const { watcher, recursive } of this.#folders.values())
      if (watcher !== null || (isWhole && recursive)) watched++;
    return watched;
  }

  /** Watches one more folder, which may lie outside of the tree, without what is below it. */
  addFolder(folder: string): void {
    if (this.#folders.has(folder) || this.#isBelow(folder)) return;
    this.#folders.set(folder, { ...UNLISTED, recursive: false });
    this.#hint(folder, null);
  }

  /** Looks at every file, now. Resolves when that is done. */
  fullScan(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#fullScanWanted = true;
      this.#wake.abort();
    });
  }

  /** Works until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { times } = this.#options;
    signal.addEventListener("abort", () => this.#wake.abort(), { once: true });
    while (!signal.aborted) {
      this.#working = true;
      await this.#work(signal);
      this.#working = false;
      if (signal.aborted) break;
      this.#wake = new AbortController();
      if (this.#dirty.size === 0 && !this.#fullScanWanted) {
        await delay(Math.max(1, this.#nextScanAtMs - this.#now()), this.#wake.signal);
      }
      // More of the same is likely to come at once: a file is rarely written in one go.
      if (!this.#fullScanWanted && this.#dirty.size > 0) await delay(times.gatherMs, signal);
    }
    for (const folder of this.#folders.values()) folder.watcher?.close();
    this.#folders.clear();
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { log, times } = this.#options;
    try {
      const now = this.#now();
      const full = this.#fullScanWanted || now - (this.#lastFullScanAtMs ?? 0) >= times.fullScanIntervalMs;
      if (full) {
        const waiters = this.#waiters.splice(0);
        this.#fullScanWanted = false;
        this.#dirty.clear();
        await this.#scanEverything(signal);
        this.#lastFullScanAtMs = this.#now();
        for (const resolve of waiters) resolve();
      } else if (now >= this.#nextScanAtMs) {
        await this.#scanChanged(signal);
      }
      if (full || now >= this.#nextScanAtMs) {
        this.#nextScanAtMs = this.#now() + times.scanIntervalMs;
      }
      const dirty = this.#dirty;
      this.#dirty = new Map();
      for (const [folder, names] of dirty) {
        if (signal.aborted) return;
        if (names === null) await this.#list(folder, signal);
        else await this.#lookAt(folder, [...names], signal);
      }
    } catch (thrown) {
      log.error({ error: messageOf(thrown) }, "scan failed; it will be repeated");
      this.#nextScanAtMs = this.#now() + times.scanIntervalMs;
    }
  }

  async #scanEverything(signal: AbortSignal): Promise<void> {
    const { folder: root } = this.#options;
    const others = [...this.#folders.keys()].filter((folder) => !this.#isBelow(folder));
    await this.#lookAtMounts();
    await this.#list(root, signal, true);
    for (const folder of others) await this.#list(folder, signal);
  }

  /** Looks at folders that changed, and at files that change without their folder showing it. */
  async #scanChanged(signal: AbortSignal): Promise<void> {
    const { folder: root, journal, times } = this.#options;
    if (await this.#isAway()) return;
    if (!this.#folders.has(root)) await this.#list(root, signal);
    await this.#lookAtMounts();
    const quietToo = this.#now() >= this.#nextQuietLookAtMs;
    const before = process.cpuUsage();
    const now = this.#now();
    const folders: [path: string, folder: Folder][] = [];
    for (const path of quietToo ? this.#folders.keys() : this.#lively) {
      const folder = this.#folders.get(path);
      if (folder === undefined || this.#mounts.isAway(path)) continue;
      if (isQuiet(path, folder, now)) this.#lively.delete(path);
      if (quietToo || this.#lively.has(path)) folders.push([path, folder]);
    }
    for (let start = 0; start < folders.length; start += CONCURRENT_STATS) {
      const some = folders.slice(start, start + CONCURRENT_STATS);
      const found = await Promise.all(
        some.map(([path]) => stat(path).catch((thrown: NodeJS.ErrnoException) => thrown)),
      );
      for (const [index, [path, folder]] of some.entries()) {
        if (signal.aborted) return;
        // It may have been forgotten with one that it was in.
        if (this.#folders.get(path) === folder)
          await this.#compare(path, folder, found[index] as Stats | Error, signal);
      }
    }
    const longAgo = this.#now() - RECENT_MS;
    for (const [location, { seenMs }] of this.#recent) if (seenMs < longAgo) this.#recent.delete(location);
    const byFolder = new Map<string, string[]>();
    const rewrittenSinceMs = quietToo ? 0 : this.#now() - QUIET_MS;
    for (const { folder, name } of [...journal.files.rewritable(rewrittenSinceMs), ...this.#recent.values()]) {
      const names = byFolder.get(folder);
      if (names === undefined) byFolder.set(folder, [name]);
      else names.push(name);
    }
    for (const [folder, names] of byFolder) {
      if (signal.aborted) return;
      await this.#lookAt(folder, names, signal);
    }
    if (!quietToo) return;
    const { scanIntervalMs, fullScanIntervalMs } = times;
    const leastMs = Math.min(scanIntervalMs * SCANS_PER_QUIET_LOOK, fullScanIntervalMs);
    this.#nextQuietLookAtMs = this.#now() + restByCostMs(before, leastMs, fullScanIntervalMs);
  }

  /** Looks into a folder that is not as it was. */
  async #compare(path: string, folder: Folder, found: Stats | Error, signal: AbortSignal): Promise<void> {
    if (found instanceof Error) await this.#unreachable(path, found);
    else if (
      found.mtimeMs !== folder.mtimeMs ||
      found.ino !== folder.ino ||
      this.#unreadable.has(path) ||
      (folder.watcher === null && this.#isToBeWatched(path)) ||
      this.#mayHaveChangedUnseen(folder)
    ) {
      await this.#list(path, signal);
    }
  }

  /** Whether it was last listed within a tick of its clock, which may be any other than this computer's. */
  #mayHaveChangedUnseen({ mtimeMs, listedAtMs, newSinceMs }: Folder): boolean {
    return listedAtMs - newSinceMs < FOLDER_TICK_MS && listedAtMs - mtimeMs < MOST_SKEW_MS;
  }

  /** Lists a folder and notes what is new, changed or gone; new folders in it are listed too. */
  async #list(path: string, signal: AbortSignal, everything = false): Promise<void> {
    if (signal.aborted) return;
    const { folder: root, journal } = this.#options;
    if (path === root ? await this.#isAway() : await this.#mounts.look(path)) return;
    const folder = this.#folders.get(path) ?? {
      ...UNLISTED,
      // What was in it when an agent last ran may be gone: then this listing tells.
      subfolders: this.#isBelow(path) ? journal.files.subfolders(path, sep) : [],
      recursive: this.#isBelow(path),
    };
    const isFirst = folder.listedAtMs === UNLISTED.listedAtMs;
    let entries: { name: string; folder: boolean; file: boolean }[];
    try {
      // Watch first, then look: what comes between is then seen twice rather than never.
      const { mtimeMs, ino, dev } = await stat(path);
      const above = path === root ? undefined : this.#folders.get(dirname(path))?.dev;
      if (above !== undefined && above !== dev) this.#mounts.add(path);
      if (folder.watcher === null || folder.ino !== ino) {
        folder.watcher?.close();
        folder.watcher = this.#watch(path);
      }
      const listedAtMs = this.#now();
      entries = (await readdir(path, { withFileTypes: true }))
        .filter((entry) => entry.isFile() || entry.isDirectory() || entry.isSymbolicLink())
        .map((entry) => ({ name: entry.name, folder: entry.isDirectory(), file: entry.isFile() }));
      if (mtimeMs !== folder.mtimeMs) {
        folder.newSinceMs = listedAtMs;
        this.#lively.add(path);
      }
      Object.assign(folder, { mtimeMs, listedAtMs, ino, dev });
    } catch (thrown) {
      this.#unwatch(folder);
      await this.#unreachable(path, thrown as NodeJS.ErrnoException);
      return;
    }
    const isNoise = (entry: { readonly name: string; readonly folder: boolean }) =>
      entry.folder && isNoiseFolder(entry.name);
    // An earlier version looked into them.
    for (const { name } of entries.filter(isNoise)) this.#mounts.giveUp(join(path, name));
    entries = entries.filter((entry) => !isNoise(entry));
    const misnamed = await this.#noteMisnamed(path, entries);
    entries = entries.filter(({ name }) => !misnamed.has(name));
    this.#folders.set(path, folder);
    this.#watched = null;
    if (this.#unreadable.delete(path)) this.#options.log.info({ folder: path }, "folder can be read again");

    const known = journal.files.inFolder(path);
    const subfolders = entries.filter((entry) => entry.folder).map((entry) => join(path, entry.name));
    const names = entries.filter((entry) => !entry.folder).map((entry) => entry.name);
    const files = new Set(entries.filter((entry) => entry.file).map((entry) => entry.name));
    const gone = new Set(await this.#noteFiles(path, names, known, signal, { files, isFirst }));
    for (const name of names) if (!gone.has(name)) known.delete(name);
    if (signal.aborted) return;
    const present = new Set(subfolders);
    const lost = folder.subfolders.filter((each) => !present.has(each));
    if ((known.size > 0 || lost.length > 0) && (await this.#isAwayAt(path))) return;
    folder.subfolders = subfolders;
    if (known.size > 0) this.#forgetFiles(path, [...known.keys()]);
    if (!folder.recursive) return;
    for (const each of lost) await this.#lose(each);
    for (const subfolder of subfolders) {
      if (everything || !this.#folders.has(subfolder)) await this.#list(subfolder, signal, everything);
    }
  }

  /** @returns the names by which nothing is there, since they are not UTF-8 */
  async #noteMisnamed(path: string, entries: readonly { readonly name: string }[]): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (const { name } of entries) {
      if (!name.includes(NOT_UTF8)) continue;
      const isThere = await lstat(join(path, name)).catch((thrown) => !isMissing(thrown));
      if (isThere === false) names.add(name);
    }
    const before = this.#misnamed.get(path) ?? [];
    this.#misnamed.delete(path);
    if (names.size === 0) return names;
    const locations = [...names].map((name) => join(path, name));
    this.#misnamed.set(path, locations);
    for (const location of locations) {
      if (before.includes(location)) continue;
      this.#options.log.warn({ path: location }, "the name of a folder or file is not UTF-8: it can't be read");
    }
    return names;
  }

  /** Looks at some entries of a folder. */
  async #lookAt(path: string, names: readonly string[], signal: AbortSignal): Promise<void> {
    const { journal } = this.#options;
    if (!this.#folders.has(path)) return;
    const known = new Map<string, KnownFile>();
    for (const name of names) {
      const file = journal.files.stampOf(path, name);
      if (file !== null) known.set(name, file);
    }
    const folders: string[] = [];
    const gone = await this.#noteFiles(path, names, known, signal, { folders });
    if (gone.length > 0 && (await this.#isAwayAt(path))) return;
    const lost = gone.filter((name) => known.has(name));
    if (lost.length > 0) this.#forgetFiles(path, lost);
    for (const name of gone) {
      const folder = join(path, name);
      if (this.#folders.has(folder) && this.#isBelow(folder)) await this.#lose(folder);
    }
    if (this.#folders.get(path)?.recursive === true) {
      for (const folder of folders) if (!isNoiseFolder(basename(folder))) await this.#list(folder, signal);
    }
  }

  /**
   * Journals those of the named files that are new or changed.
   *
   * @param of `folders` takes in what turns out to be a folder; `files`: those of the names that are known to be files;
   *   `isFirst`: whether the folder has not been looked into before
   * @returns the names that are not there
   */
  async #noteFiles(
    path: string,
    names: readonly string[],
    known: ReadonlyMap<string, KnownFile>,
    signal: AbortSignal,
    of: { readonly folders?: string[]; readonly files?: ReadonlySet<string>; readonly isFirst?: boolean },
  ): Promise<string[]> {
    const { folders = [], files, isFirst = false } = of;
    const { journal, onSeen } = this.#options;
    const missing: string[] = [];
    for (let start = 0; start < names.length && !signal.aborted; start += FILES_PER_TRANSACTION) {
      const seen: SeenFile[] = [];
      const part = names.slice(start, start + FILES_PER_TRANSACTION);
      let next = 0;
      const worker = async (): Promise<void> => {
        for (let index = next++; index < part.length; index = next++) {
          const name = part[index] as string;
          const location = locationOf(path, name);
          const before = known.get(name);
          // Of files that are known, all but the changed ones need not be classified again.
          const classified = before === undefined ? classifyPath(location) : null;
          const seenAs = (found: FileStamp): SeenFile =>
            seenFile(path, name, classified ?? classifyPath(location), found);
          const kind = before?.kind ?? classified?.kind ?? "other";
          // Of most files nothing but the name counts, and most others tell their stamp when they are read.
          const nameCounts = isReadByName(kind);
          if (files?.has(name) === true) {
            if (before === undefined && (nameCounts || isSmall(kind))) {
              seen.push(seenAs(UNSEEN));
              continue;
            }
            if (before !== undefined && (nameCounts || isToBeRead(before))) continue;
          }
          try {
            const found = await stat(location);
            if (found.isDirectory()) {
              // A link to a folder is not followed: it may lead back up.
              if (!(await lstat(location)).isSymbolicLink()) folders.push(location);
              continue;
            }
            if (!found.isFile() || (nameCounts && before !== undefined)) continue;
            const stamp = fileStamp(found);
            if (
              before === undefined ||
              before.size !== stamp.size ||
              before.mtimeMs !== stamp.mtimeMs ||
              before.ctimeMs !== stamp.ctimeMs
            ) {
              seen.push(seenAs(stamp));
            }
          } catch (thrown) {
            // Anything but "not there" is found out, and reported, when the file is read.
            if (isMissing(thrown)) missing.push(name);
            else if (before === undefined) seen.push(seenAs(UNSEEN));
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(CONCURRENT_STATS, part.length) }, worker));
      if (seen.length === 0) continue;
      journal.transaction(() => journal.files.see(seen, this.#now(), !isFirst));
      this.#remember(seen);
      onSeen(seen.length);
    }
    return missing;
  }

  #remember(seen: readonly SeenFile[]): void {
    for (const { folder, name } of seen.slice(-RECENT_FILES)) {
      const location = locationOf(folder, name);
      this.#recent.delete(location);
      this.#recent.set(location, { folder, name, seenMs: this.#now() });
    }
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= RECENT_FILES) break;
      this.#recent.delete(oldest);
    }
  }

  /** A folder that is gone is forgotten, one beside the watched one if that is sure; anything else is trouble that may pass. */
  async #unreachable(path: string, reason: NodeJS.ErrnoException): Promise<void> {
    const { folder: root, log } = this.#options;
    const known = this.#folders.get(path);
    if (known !== undefined) this.#unwatch(known);
    if (path === root) {
      this.#setTrouble(messageOf(reason));
    } else if (!isMissing(reason) || (!this.#isBelow(path) && !(await isGone(path, known?.dev ?? UNLISTED.dev)))) {
      const error = messageOf(reason);
      if (!this.#unreadable.has(path)) {
        log.warn({ folder: path, error }, "folder can't be read; it is tried again and again");
      }
      this.#unreadable.set(path, error);
    } else if (!(await this.#isAwayAt(path))) {
      await this.#lose(path);
    }
  }

  /** Forgets a folder that is gone, unless a share is mounted below it, or was. */
  async #lose(path: string): Promise<void> {
    if (await this.#mounts.lookBelow(path)) return;
    this.#forgetFolder(path);
  }

  /** Whether what is in a folder can't be seen as it is: then nothing in it is known to be gone. */
  async #isAwayAt(path: string): Promise<boolean> {
    return (await this.#isAway()) || (await this.#mounts.look(path));
  }

  /** What is mounted again is looked at anew: notifications may be those of a share that is gone. */
  async #lookAtMounts(): Promise<void> {
    for (const mount of await this.#mounts.lookAtAll()) {
      for (const [path, folder] of this.#folders) {
        if (isAtOrBelow(path, mount)) this.#unwatch(folder);
      }
      this.#hint(mount, null);
      this.#fullScanWanted = true;
    }
  }

  /**
   * Whether the watched folder can't be seen as it is: then nothing below it is known to be gone. A share that is not
   * mounted leaves no folder, or an empty one, or what lies on the disk beneath.
   */
  async #isAway(): Promise<boolean> {
    const { folder: root } = this.#options;
    try {
      const { dev } = await stat(root);
      const names = await readdir(root);
      this.#setTrouble(this.#whatIsAmiss(names, dev));
      if (this.#trouble === null) this.#device = dev;
    } catch (thrown) {
      this.#setTrouble(messageOf(thrown));
    }
    return this.#trouble !== null;
  }

  #whatIsAmiss(names: readonly string[], device: number): string | null {
    const { folder: root, journal } = this.#options;
    if (names.length > 0 && (this.#device === null || device === this.#device)) return null;
    const subfolders = this.#folders.get(root)?.subfolders ?? [];
    const known = new Set([...subfolders.map((folder) => basename(folder)), ...journal.files.inFolder(root).keys()]);
    if (names.length > 0) {
      if (known.size === 0 || names.some((name) => known.has(name))) return null;
      return `${root} is on another drive than before, and nothing that was in it is: is its drive mounted? If it was exchanged, start the agent anew.`;
    }
    if (known.size === 0 && !journal.sessions.all().some((session) => this.#isBelow(session.folder))) return null;
    return `${root} is empty, and was not: is its drive mounted? If it was emptied, make any folder in it.`;
  }

  #setTrouble(trouble: string | null): void {
    const { folder: root, log } = this.#options;
    if (this.#trouble === null && trouble !== null) {
      log.error({ folder: root, error: trouble }, "the watched folder is not as it was; nothing in it is forgotten");
    }
    if (this.#trouble !== null && trouble === null) {
      log.info({ folder: root }, "the watched folder is there again");
      // Notifications may be those of a drive that is gone.
      for (const folder of this.#folders.values()) this.#unwatch(folder);
      this.#fullScanWanted = true;
    }
    this.#trouble = trouble;
  }

  #forgetFiles(path: string, names: readonly string[]): void {
    const { journal, onGone } = this.#options;
    journal.transaction(() => {
      const files = names.map((name) => journal.files.find(path, name)).filter((file) => file !== null);
      onGone(
        files,
        names.map((name) => join(path, name)),
      );
    });
  }

  #forgetFolder(path: string): void {
    const { journal, onGone } = this.#options;
    for (const [each, folder] of [...this.#folders]) {
      if (!isAtOrBelow(each, path)) continue;
      this.#unwatch(folder);
      this.#folders.delete(each);
      this.#lively.delete(each);
      this.#dirty.delete(each);
    }
    for (const troubled of [this.#unreadable, this.#misnamed]) {
      for (const each of troubled.keys()) if (isAtOrBelow(each, path)) troubled.delete(each);
    }
    journal.transaction(() => onGone(journal.files.under(path, sep), [path]));
  }

  #isBelow(path: string): boolean {
    return isAtOrBelow(path, this.#options.folder);
  }

  #unwatch(folder: Folder): void {
    folder.watcher?.close();
    folder.watcher = null;
    this.#watched = null;
  }

  #isToBeWatched(path: string): boolean {
    return this.#notifications && (!this.#notifier.wholeTree || path === this.#options.folder);
  }

  #watch(path: string): Folder["watcher"] {
    if (!this.#isToBeWatched(path)) return null;
    const { log } = this.#options;
    try {
      const watcher = this.#notifier.watch(path, (event, name) => this.#notified(path, event, name));
      watcher.on("error", () => {
        watcher.close();
        const folder = this.#folders.get(path);
        if (folder?.watcher === watcher) this.#unwatch(folder);
        this.#hint(path, null);
      });
      return watcher;
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === "ENOSPC" || code === "EMFILE") {
        this.#notifications = false;
        log.warn({ code }, "the system gives no more notifications; changes are found by scanning alone");
      }
      return null;
    }
  }

  #notified(path: string, event: string, name: string | null): void {
    if (!this.#notifier.wholeTree) {
      this.#hint(path, name);
    } else if (name === null) {
      // More has changed at once than the system can tell: it may be anywhere.
      this.#nextScanAtMs = 0;
      this.#hint(path, null);
    } else {
      const location = join(path, name);
      // Of what changes in a folder that is known, its own notification tells.
      if (event === "change" && this.#folders.has(location)) return;
      this.#hint(dirname(location), basename(location));
    }
  }

  #hint(path: string, name: string | null): void {
    const names = this.#dirty.get(path);
    if (name === null) this.#dirty.set(path, null);
    else if (names === undefined) this.#dirty.set(path, new Set([name]));
    else names?.add(name);
    this.#wake.abort();
  }
}

/** New folders appear in others: those that have any are always looked at, but for those of squares, in which all have come. */
function isQuiet(path: string, { mtimeMs, newSinceMs, subfolders }: Folder, nowMs: number): boolean {
  if (nowMs - mtimeMs <= QUIET_MS || nowMs - newSinceMs <= SURELY_QUIET_MS) return false;
  return subfolders.length === 0 || path.startsWith("GridSquare_", path.lastIndexOf(sep) + 1);
}

/** It was not looked at, and waits to be read for the first time. */
function isToBeRead(file: KnownFile): boolean {
  return file.mtimeMs === UNSEEN.mtimeMs && file.state === "pending";
}

/**
 * Whether a folder that is not there is gone for good. If its share were not mounted, the nearest folder above it that is there
 * would be on another device than it was (-1: not known), or empty.
 */
async function isGone(path: string, device: number): Promise<boolean> {
  for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
    try {
      const { dev } = await stat(above);
      return device === UNLISTED.dev ? (await readdir(above)).length > 0 : dev === device;
    } catch (thrown) {
      if (!isMissing(thrown)) return false;
    }
  }
  return false;
}

function isMissing(thrown: unknown): boolean {
  const { code } = thrown as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
