import type { EpuPathKind } from "@smartem/epu/classify";
import type { JournalDatabase, Row } from "./database.js";

export type FileState = "pending" | "waiting" | "done" | "refused" | "ignored";

/** What the file system says of a file's content without reading it. */
export interface FileStamp {
  readonly size: number;
  /** ms since 1970 */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export interface KnownFile extends FileStamp {
  readonly id: number;
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

  constructor(db: JournalDatabase) {
    this.#db = db;
    this.#statements = {
      inFolder: db.prepare("select id, name, state, size, mtime, ctime from files where folder = ?"),
      stampOf: db.prepare("select id, state, size, mtime, ctime from files where folder = ? and name = ?"),
      see: db.prepare(`
        insert into files (folder, name, kind, session, state, urgency, size, mtime, ctime, reason, seen_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (folder, name) do update set
          state = excluded.state, size = excluded.size, mtime = excluded.mtime, ctime = excluded.ctime,
          reason = excluded.reason, code = null, change = change + 1, attempts = 0, next_attempt = 0,
          seen_at = excluded.seen_at`),
      due: db.prepare(`
        select id, folder, name, kind, session, size, mtime, ctime, hash, change, attempts
        from files where state = 'pending' and next_attempt <= ? order by urgency, next_attempt, id limit ?`),
      nextDue: db.prepare("select min(next_attempt) as at from files where state = 'pending'"),
      countDue: db.prepare(
        "select count(*) as n from files where state = 'pending' and attempts = 0 and next_attempt <= ?",
      ),
      // A change seen since it was taken up keeps it pending.
      read: db.prepare(`
        update files set hash = ?, size = ?, mtime = ?, ctime = ?, read_at = ?, attempts = 0, code = null, reason = null,
          state = case when change = ? and ? is null then 'done' else 'pending' end,
          next_attempt = case when change = ? then coalesce(?, 0) else 0 end
        where id = ?`),
      retry: db.prepare(`
        update files set attempts = attempts + 1, code = ?, reason = ?, next_attempt = ? where id = ? and change = ?`),
      settle: db.prepare("update files set state = ?, code = ?, reason = ?, read_at = ? where id = ? and change = ?"),
      wake: db.prepare(`
        update files set state = 'pending', next_attempt = 0, attempts = 0, code = null, reason = null
        where session = ? and state = 'waiting'`),
      reread: db.prepare(`
        update files set state = 'pending', hash = null, change = change + 1, next_attempt = 0, attempts = 0
        where folder = ? and name = ? and state in ('done', 'waiting', 'pending')`),
      rereadSession: db.prepare(`
        update files set state = 'pending', hash = null, change = change + 1, next_attempt = 0, attempts = 0
        where session = ? and id <> ? and state in ('done', 'waiting')`),
      find: db.prepare("select id, kind, session from files where folder = ? and name = ?"),
      under: db.prepare("select id, kind, session from files where folder = ? or (folder >= ? and folder < ?)"),
      forget: db.prepare("delete from files where id = ?"),
      left: db.prepare("select 1 from files where session = ? limit 1"),
      atlases: db.prepare("select folder, name from files where kind = 'atlas'"),
      rewritable: db.prepare(`
        select folder, name from files
        where kind in ('epuSession', 'gridSquareMetadata', 'atlas') or (state = 'pending' and attempts > 0)
        union select folder, name from files where mtime > ?`),
      latest: db.prepare("select max(seen_at) as at from files where session = ?"),
      problems: db.prepare(`
        select folder, name, kind, state, code, reason, attempts from files
        where (state = 'pending' and attempts > 0) or state in ('waiting', 'refused') order by state, folder, name limit ?`),
      counts: db.prepare("select kind, state, code, count(*) as n from files group by kind, state, code"),
      waitingSessions: db.prepare(`
        select session, count(*) as n from files where state = 'waiting' and session is not null group by session`),
    };
  }

  inFolder(folder: string): Map<string, KnownFile> {
    const known = new Map<string, KnownFile>();
    for (const row of this.#statements.inFolder.all(folder)) {
      known.set(row.name as string, knownFileOf(row));
    }
    return known;
  }

  stampOf(folder: string, name: string): KnownFile | null {
    const row = this.#statements.stampOf.get(folder, name);
    return row === undefined ? null : knownFileOf(row);
  }

  see(file: SeenFile, nowMs: number): void {
    this.#statements.see.run(
      file.folder,
      file.name,
      file.kind,
      file.session,
      file.state,
      file.urgency,
      file.size,
      file.mtimeMs,
      file.ctimeMs,
      file.reason,
      nowMs,
    );
  }

  /** What is to be read now, the most needed first. */
  due(nowMs: number, limit: number): PendingFile[] {
    return this.#statements.due.all(nowMs, limit).map((row) => ({
      id: row.id as number,
      folder: row.folder as string,
      name: row.name as string,
      kind: row.kind as EpuPathKind,
      session: row.session as string | null,
      size: row.size as number,
      mtimeMs: row.mtime as number,
      ctimeMs: row.ctime as number,
      hash: row.hash as string | null,
      change: row.change as number,
      attempts: row.attempts as number,
    }));
  }

  /** When the next file is due; null where none is pending. */
  nextDueMs(): number | null {
    return (this.#statements.nextDue.get()?.at as number | null | undefined) ?? null;
  }

  /** How many files are to be read now and have not failed yet. */
  fresh(nowMs: number): number {
    return this.#statements.countDue.get(nowMs)?.n as number;
  }

  /** @param againAtMs when to look once more, for content that may have changed without a trace; null for not at all */
  markRead(file: PendingFile, stamp: FileStamp, hash: string | null, nowMs: number, againAtMs: number | null): void {
    this.#statements.read.run(
      hash,
      stamp.size,
      stamp.mtimeMs,
      stamp.ctimeMs,
      nowMs,
      file.change,
      againAtMs,
      file.change,
      againAtMs,
      file.id,
    );
  }

  markRetry(file: PendingFile, code: string, reason: string, atMs: number): void {
    this.#statements.retry.run(code, reason, atMs, file.id, file.change);
  }

  markSettled(
    file: PendingFile,
    state: "waiting" | "refused" | "ignored",
    code: string,
    reason: string,
    nowMs: number,
  ): void {
    this.#statements.settle.run(state, code, reason, nowMs, file.id, file.change);
  }

  /** Takes in what waited for a session. */
  wakeSession(folder: string): void {
    this.#statements.wake.run(folder);
  }

  /** Has a file read again although it did not change. */
  readAgain(folder: string, name: string): void {
    this.#statements.reread.run(folder, name);
  }

  /** Has everything of a session but one file read again: its identity changed. */
  readSessionAgain(folder: string, butFile: number): void {
    this.#statements.rereadSession.run(folder, butFile);
  }

  find(folder: string, name: string): { id: number; kind: EpuPathKind; session: string | null } | null {
    const row = this.#statements.find.get(folder, name);
    return row === undefined
      ? null
      : { id: row.id as number, kind: row.kind as EpuPathKind, session: row.session as string | null };
  }

  /** The files in a folder and in all folders below it. */
  under(folder: string, separator: string): { id: number; session: string | null }[] {
    const from = folder + separator;
    // The first text after everything that begins with `from`.
    const to = folder + String.fromCharCode(separator.charCodeAt(0) + 1);
    return this.#statements.under
      .all(folder, from, to)
      .map((row) => ({ id: row.id as number, session: row.session as string | null }));
  }

  forget(id: number): void {
    this.#statements.forget.run(id);
  }

  hasFilesOf(session: string): boolean {
    return this.#statements.left.get(session) !== undefined;
  }

  atlases(): { folder: string; name: string }[] {
    return this.#statements.atlases.all().map((row) => ({ folder: row.folder as string, name: row.name as string }));
  }

  /** Files that may change without their folder showing it. */
  rewritable(changedSinceMs: number): { folder: string; name: string }[] {
    return this.#statements.rewritable
      .all(changedSinceMs)
      .map((row) => ({ folder: row.folder as string, name: row.name as string }));
  }

  /** When something new was last seen of a session. */
  lastSeenMs(session: string): number | null {
    return (this.#statements.latest.get(session)?.at as number | null | undefined) ?? null;
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

  /** One transaction around many calls. */
  transaction<T>(work: () => T): T {
    return this.#db.transaction(work);
  }
}

function knownFileOf(row: Row): KnownFile {
  return {
    id: row.id as number,
    state: row.state as FileState,
    size: row.size as number,
    mtimeMs: row.mtime as number,
    ctimeMs: row.ctime as number,
  };
}
