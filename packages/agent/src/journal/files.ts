import type { EpuPathKind } from "@smartem/epu/classify";
import type { JournalDatabase, Row } from "./database.js";

export type FileState = "pending" | "waiting" | "done" | "refused" | "ignored";

/** What the file system says of a file's content without reading it. */
export interface FileStamp {
  readonly size: number;
  /** ms since 1970, to the microsecond */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

const US_PER_MS = 1_000;
/** Two clocks that are right differ by less. */
const MOST_SKEW_MS = 24 * 3_600_000;

/** Before the hash of what was read, where it is to be read once more whether it has changed or not. */
const TO_BE_READ_AGAIN = "!";
const AGAIN = `'${TO_BE_READ_AGAIN}'`;

/** The stamp of a file by what `stat` says. Of its times as much is kept as the journal keeps, so that they compare. */
export function fileStamp({ size, mtimeMs, ctimeMs }: FileStamp): FileStamp {
  return { size, mtimeMs: toMs(toUs(mtimeMs)), ctimeMs: toMs(toUs(ctimeMs)) };
}

export interface KnownFile extends FileStamp {
  readonly id: number;
  readonly kind: EpuPathKind;
  readonly state: FileState;
}

export interface PendingFile extends FileStamp {
  readonly id: number;
  readonly folder: string;
  readonly name: string;
  readonly kind: EpuPathKind;
  readonly session: string | null;
  readonly hash: string | null;
  readonly change: number;
  readonly attempts: number;
}

/** A file that a scan found new or changed. */
export interface SeenFile extends FileStamp {
  readonly folder: string;
  readonly name: string;
  readonly kind: EpuPathKind;
  readonly session: string | null;
  readonly state: "pending" | "refused" | "ignored";
  readonly urgency: number;
  readonly reason: string | null;
}

/** A file whose content, or name, has been taken in. */
export interface TakenFile {
  readonly file: PendingFile;
  readonly stamp: FileStamp;
  /** Of the content; null where only the name counts. */
  readonly hash: string | null;
  /** When to look once more, for content that may have changed without a trace; null for not at all. */
  readonly againAtMs: number | null;
}

export interface FileProblem {
  readonly path: string;
  readonly kind: EpuPathKind;
  readonly state: FileState;
  readonly code: string | null;
  readonly reason: string | null;
  readonly attempts: number;
}

/** Which files there are, what has been read of them, and what is to be read when. */
export class FileJournal {
  readonly #db: JournalDatabase;
  readonly #statements;
  /** By path; there are few folders, and each is named with each of its files. */
  readonly #folders = new Map<string, number>();
  /** Files of sessions that came, or changed, while they were watched, and are still to be read. */
  readonly #watched = new Set<number>();

  constructor(db: JournalDatabase) {
    this.#db = db;
    const located = "from files f join folders o on o.id = f.folder left join folders s on s.id = f.session";
    this.#statements = {
      folders: db.prepare("select id, path from folders"),
      addFolder: db.prepare("insert into folders (path) values (?) returning id"),
      mounts: db.prepare("select path from mounts order by path"),
      addMount: db.prepare("insert into mounts values (?) on conflict (path) do nothing"),
      removeMount: db.prepare("delete from mounts where path = ?"),
      foldersUnder: db.prepare("select id, path from folders where path = ? or (path >= ? and path < ?)"),
      filledUnder: db.prepare(`
        select path from folders o
        where path >= ? and path < ? and exists (select 1 from files where folder = o.id)`),
      inFolder: db.prepare("select id, name, kind, state, size, mtime, ctime from files where folder = ?"),
      stampOf: db.prepare("select id, kind, state, size, mtime, ctime from files where folder = ? and name = ?"),
      isFresh: db.prepare("select 1 from files where folder = ? and name = ? and state = 'pending' and attempts = 0"),
      see: db.prepare(`
        insert into files (folder, name, kind, session, state, urgency, size, mtime, ctime, reason)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
          value ->> 8, value ->> 9 from json_each(?) where true
        on conflict (folder, name) do update set
          state = excluded.state, size = excluded.size, mtime = excluded.mtime, ctime = excluded.ctime,
          reason = excluded.reason, code = null, change = change + 1, attempts = 0, next_attempt = 0
        returning id, session, change`),
      seen: db.prepare("update folders set seen_at = ? where id = ?"),
      written: db.prepare("update folders set written_at = max(coalesce(written_at, 0), ?) where id = ?"),
      lastSeen: db.prepare("select seen_at, written_at from folders where path = ?"),
      due: db.prepare(`
        select f.id, o.path as folder, f.name, f.kind, s.path as session, f.size, f.mtime, f.ctime, f.hash, f.change,
          f.attempts ${located}
        where f.state = 'pending' and f.next_attempt <= ? and f.id not in (select value from json_each(?))
        order by f.urgency, f.next_attempt, f.id limit ?`),
      nextDue: db.prepare("select min(next_attempt) as at from files where state = 'pending'"),
      anyDue: db.prepare("select 1 from files where state = 'pending' and attempts = 0 and next_attempt <= ? limit 1"),
      countDue: db.prepare(
        "select count(*) as n from files where state = 'pending' and attempts = 0 and next_attempt <= ?",
      ),
      // A change seen since it was taken up keeps it pending, and to be read as if for the first time.
      read: db.prepare(`
        update files set hash = case when change = j.seen then j.hash else ${AGAIN} || j.hash end, size = j.size, mtime = j.mtime, ctime = j.ctime,
          attempts = 0, code = null, reason = null,
          state = case when change = j.seen and j.again is null then 'done' else 'pending' end,
          next_attempt = case when change = j.seen then coalesce(j.again, 0) else 0 end
        from (select value ->> 0 as file, value ->> 1 as seen, value ->> 2 as hash, value ->> 3 as size,
          value ->> 4 as mtime, value ->> 5 as ctime, value ->> 6 as again from json_each(?)) j where id = j.file`),
      retry: db.prepare(`
        update files set attempts = attempts + 1, code = ?, reason = ?, next_attempt = ? where id = ? and change = ?`),
      settle: db.prepare("update files set state = ?, code = ?, reason = ? where id = ? and change = ?"),
      retryRefused: db.prepare(
        "update files set state = 'pending', attempts = 0, next_attempt = 0 where state = 'refused'",
      ),
      wake: db.prepare(`
        update files set state = 'pending', next_attempt = 0, attempts = 0, code = null, reason = null
        where session = ? and state = 'waiting'`),
      reread: db.prepare(`
        update files set state = 'pending', hash = ${AGAIN} || ltrim(hash, ${AGAIN}), change = change + 1, next_attempt = 0, attempts = 0
        where folder = ? and name = ? and state in ('done', 'waiting', 'pending')`),
      rereadSession: db.prepare(`
        update files set state = 'pending', hash = ${AGAIN} || ltrim(hash, ${AGAIN}), change = change + 1, next_attempt = 0, attempts = 0
        where session = ? and id <> ? and state in ('done', 'waiting', 'pending')`),
      find: db.prepare(`select f.id, f.kind, s.path as session ${located} where f.folder = ? and f.name = ?`),
      ofFolder: db.prepare(`select f.id, s.path as session ${located} where f.folder = ?`),
      forget: db.prepare("delete from files where id = ?"),
      located: db.prepare(`select o.path as folder, f.name ${located} where f.id = ?`),
      present: db.prepare("select id from files where id in (select value from json_each(?))"),
      left: db.prepare("select 1 from files where session = ? limit 1"),
      atlases: db.prepare(`
        select o.path as folder, f.name ${located}
        where f.kind = 'atlas' and f.kind in ('epuSession', 'gridSquareMetadata', 'atlas')`),
      rewritable: db.prepare(`
        select o.path as folder, f.name ${located}
        where f.kind in ('epuSession', 'gridSquareMetadata', 'atlas') and f.mtime >= ?
        union select o.path as folder, f.name ${located} where f.state = 'pending' and f.attempts > 0`),
      problems: db.prepare(`
        with troubled as (
          select * from (select id from files where state = 'pending' and attempts > 0 limit ?1)
          union all select * from (select id from files where state = 'refused' limit ?1)
          union all select * from (select id from files where state = 'waiting' limit ?1)
        )
        select o.path as folder, f.name, f.kind, f.state, f.code, f.reason, f.attempts
        from troubled t join files f on f.id = t.id join folders o on o.id = f.folder
        order by f.state, o.path, f.name limit ?1`),
      counts: db.prepare(
        "select kind, state, nullif(code, '') as code, n from file_counts where n > 0 order by 1, 2, 3",
      ),
      waitingSessions: db.prepare(`
        select s.path as session, count(*) as n from files f join folders s on s.id = f.session
        where f.state = 'waiting' group by s.path`),
    };
    for (const row of this.#statements.folders.all()) this.#folders.set(row.path as string, row.id as number);
  }

  /** The id of a folder; made if need be. */
  idOfFolder(folder: string): number {
    return this.#idOf(folder);
  }

  #idOf(folder: string): number {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const id = this.#statements.addFolder.get(folder)?.id as number;
    this.#folders.set(folder, id);
    return id;
  }

  /** To be called when a transaction was rolled back. */
  afterRollback(): void {
    this.#folders.clear();
    for (const row of this.#statements.folders.all()) this.#folders.set(row.path as string, row.id as number);
  }

  /** Those of these files that have not been forgotten. */
  present(ids: readonly number[]): ReadonlySet<number> {
    return new Set(this.#statements.present.all(JSON.stringify(ids)).map((row) => row.id as number));
  }

  /** Folders on which shares are mounted, or were when they were last seen. */
  mounts(): string[] {
    return this.#statements.mounts.all().map((row) => row.path as string);
  }

  addMount(path: string): void {
    this.#statements.addMount.run(path);
  }

  removeMount(path: string): void {
    this.#statements.removeMount.run(path);
  }

  inFolder(folder: string): Map<string, KnownFile> {
    const known = new Map<string, KnownFile>();
    const id = this.#folders.get(folder);
    if (id === undefined) return known;
    for (const row of this.#statements.inFolder.all(id)) known.set(row.name as string, knownFileOf(row));
    return known;
  }

  stampOf(folder: string, name: string): KnownFile | null {
    const row = this.#statements.stampOf.get(this.#folders.get(folder) ?? null, name);
    return row === undefined ? null : knownFileOf(row);
  }

  /** Whether a file is to be read and has not failed yet. */
  isFresh(folder: string, name: string): boolean {
    return this.#statements.isFresh.get(this.#folders.get(folder) ?? null, name) !== undefined;
  }

  /** @param isWatched whether they came, or changed, while their folder was watched; what was there is as old as it says */
  see(files: readonly SeenFile[], nowMs: number, isWatched = false): void {
    this.#db.transaction(() => {
      const rows = files.map((file) => {
        const session = file.session === null ? null : this.#idOf(file.session);
        const { name, kind, state, urgency, size, mtimeMs, ctimeMs, reason } = file;
        const folder = this.#idOf(file.folder);
        return [folder, name, kind, session, state, urgency, size, toUs(mtimeMs), toUs(ctimeMs), reason];
      });
      // Whether there is anything new in one that is known already turns out when it is read.
      const noted = this.#statements.see.all(JSON.stringify(rows));
      if (isWatched) for (const { id, session } of noted) if (session !== null) this.#watched.add(id as number);
      const added = noted.filter(({ change }) => change === 0);
      const sessions = new Set(added.flatMap(({ session }) => (session as number | null) ?? []));
      for (const session of sessions) this.#statements.seen.run(nowMs, session);
    });
  }

  /**
   * What is to be read now, the most needed first.
   *
   * @param exclude ids of those that are in hand already
   */
  due(nowMs: number, limit: number, exclude: readonly number[] = []): PendingFile[] {
    return this.#statements.due.all(nowMs, JSON.stringify(exclude), limit).map((row) => ({
      id: row.id as number,
      folder: row.folder as string,
      name: row.name as string,
      kind: row.kind as EpuPathKind,
      session: row.session as string | null,
      size: row.size as number,
      mtimeMs: toMs(row.mtime as number),
      ctimeMs: toMs(row.ctime as number),
      hash: row.hash as string | null,
      change: row.change as number,
      attempts: row.attempts as number,
    }));
  }

  /** When the next file is due; null where none is pending. */
  nextDueMs(): number | null {
    return (this.#statements.nextDue.get()?.at as number | null | undefined) ?? null;
  }

  /** Whether a file is to be read now that has not failed yet. */
  hasFresh(nowMs: number): boolean {
    return this.#statements.anyDue.get(nowMs) !== undefined;
  }

  /** How many files are to be read now and have not failed yet. */
  fresh(nowMs: number): number {
    return this.#statements.countDue.get(nowMs)?.n as number;
  }

  /** Notes what has been taken in; of files that have changed since, that they are to be read once more. */
  markRead(files: readonly TakenFile[], nowMs: number): void {
    if (files.length === 0) return;
    const writtenMs = new Map<string, number>();
    for (const { file, stamp, hash } of files) {
      const isWatched = this.#watched.delete(file.id);
      if (file.session === null || hash === null || hash === file.hash?.replace(TO_BE_READ_AGAIN, "")) continue;
      // The clock by which it was written may be wrong; but what has its time from long before it came here is a copy.
      const isCopy = stamp.mtimeMs < stamp.ctimeMs - MOST_SKEW_MS;
      const at = isWatched && !isCopy ? nowMs : Math.min(stamp.mtimeMs, nowMs);
      writtenMs.set(file.session, Math.max(at, writtenMs.get(file.session) ?? 0));
    }
    for (const [session, at] of writtenMs) {
      this.#statements.seen.run(nowMs, this.#idOf(session));
      this.#statements.written.run(at, this.#idOf(session));
    }
    const rows = files.map(({ file, stamp, hash, againAtMs }) => {
      const { size, mtimeMs, ctimeMs } = stamp;
      return [file.id, file.change, hash, size, toUs(mtimeMs), toUs(ctimeMs), againAtMs];
    });
    this.#statements.read.run(JSON.stringify(rows));
  }

  markRetry(file: PendingFile, code: string, reason: string, atMs: number): void {
    this.#statements.retry.run(code, reason, atMs, file.id, file.change);
  }

  markSettled(file: PendingFile, state: "waiting" | "refused" | "ignored", code: string, reason: string): void {
    const { changes } = this.#statements.settle.run(state, code, reason, file.id, file.change);
    if (changes > 0 && state !== "waiting") this.#watched.delete(file.id);
  }

  /** Another version of the agent may cope with what this one's predecessor refused. */
  retryRefused(): void {
    this.#statements.retryRefused.run();
  }

  /** Takes in what waited for a session. */
  wakeSession(folder: string): void {
    this.#statements.wake.run(this.#folders.get(folder) ?? null);
  }

  /** Has a file read again although it did not change. */
  readAgain(folder: string, name: string): void {
    this.#statements.reread.run(this.#folders.get(folder) ?? null, name);
  }

  /** The same, by its id. */
  readFileAgain(id: number): void {
    const file = this.#statements.located.get(id);
    if (file !== undefined) this.readAgain(file.folder as string, file.name as string);
  }

  /** Has everything of a session but one file read again: its identity changed. */
  readSessionAgain(folder: string, butFile: number): void {
    this.#statements.rereadSession.run(this.#folders.get(folder) ?? null, butFile);
  }

  find(folder: string, name: string): { id: number; kind: EpuPathKind; session: string | null } | null {
    const row = this.#statements.find.get(this.#folders.get(folder) ?? null, name);
    return row === undefined
      ? null
      : { id: row.id as number, kind: row.kind as EpuPathKind, session: row.session as string | null };
  }

  /** The files in a folder and in all folders below it. */
  under(folder: string, separator: string): { id: number; session: string | null }[] {
    return this.#statements.foldersUnder
      .all(folder, ...rangeBelow(folder, separator))
      .flatMap((each) => this.#statements.ofFolder.all(each.id as number))
      .map((row) => ({ id: row.id as number, session: row.session as string | null }));
  }

  /** The folders directly in a folder in which, or below which, files are known. */
  subfolders(folder: string, separator: string): string[] {
    const [from, to] = rangeBelow(folder, separator);
    const found = new Set<string>();
    for (const row of this.#statements.filledUnder.all(from, to)) {
      const [name = ""] = (row.path as string).slice(from.length).split(separator, 1);
      found.add(from + name);
    }
    return [...found];
  }

  /** A folder as what is known below it is spelled, where that differs in case alone. */
  spellingOf(folder: string, separator: string): string {
    const start = (folder.endsWith(separator) ? folder : folder + separator).toLowerCase();
    const below = [...this.#folders.keys()].find((path) => path.toLowerCase().startsWith(start));
    return below === undefined ? folder : below.slice(0, folder.length);
  }

  forget(id: number): void {
    this.#statements.forget.run(id);
    this.#watched.delete(id);
  }

  hasFilesOf(session: string): boolean {
    return this.#statements.left.get(this.#folders.get(session) ?? null) !== undefined;
  }

  atlases(): { folder: string; name: string }[] {
    return this.#statements.atlases.all().map((row) => ({ folder: row.folder as string, name: row.name as string }));
  }

  /**
   * Files that EPU rewrites in place, written last since then, and those that may be about to be completed: their folder does
   * not show it.
   */
  rewritable(sinceMs: number): { folder: string; name: string }[] {
    return this.#statements.rewritable
      .all(toUs(sinceMs))
      .map((row) => ({ folder: row.folder as string, name: row.name as string }));
  }

  /** When something new was last seen of a session; 0 where nothing was. */
  lastSeenMs(session: string): number {
    return (this.#statements.lastSeen.get(session)?.seen_at as number | null | undefined) ?? 0;
  }

  /**
   * When something last happened in a session: when that was seen, or, of what was there before its folder was watched, when
   * it was written. A session is not at work because it is read. 0 where nothing of it was read.
   */
  lastActiveMs(session: string): number {
    return (this.#statements.lastSeen.get(session)?.written_at as number | null | undefined) ?? 0;
  }

  problems(limit: number, separator: string): FileProblem[] {
    return this.#statements.problems.all(limit).map((row) => ({
      path: `${row.folder as string}${separator}${row.name as string}`,
      kind: row.kind as EpuPathKind,
      state: row.state as FileState,
      code: row.code as string | null,
      reason: row.reason as string | null,
      attempts: row.attempts as number,
    }));
  }

  counts(): { kind: EpuPathKind; state: FileState; code: string | null; count: number }[] {
    return this.#statements.counts.all().map((row) => ({
      kind: row.kind as EpuPathKind,
      state: row.state as FileState,
      code: row.code as string | null,
      count: row.n as number,
    }));
  }

  /** Session folders without a readable EpuSession.dm, and how many of their files wait for it. */
  waitingSessions(): { session: string; count: number }[] {
    return this.#statements.waitingSessions
      .all()
      .map((row) => ({ session: row.session as string, count: row.n as number }));
  }
}

function knownFileOf(row: Row): KnownFile {
  return {
    id: row.id as number,
    kind: row.kind as EpuPathKind,
    state: row.state as FileState,
    size: row.size as number,
    mtimeMs: toMs(row.mtime as number),
    ctimeMs: toMs(row.ctime as number),
  };
}

/** Every path below a folder is one of these texts, from the first to before the second. */
function rangeBelow(folder: string, separator: string): [string, string] {
  const from = folder.endsWith(separator) ? folder : folder + separator;
  return [from, from.slice(0, -1) + String.fromCharCode(separator.charCodeAt(0) + 1)];
}

function toUs(ms: number): number {
  return Math.round(ms * US_PER_MS);
}

function toMs(us: number): number {
  return us / US_PER_MS;
}
