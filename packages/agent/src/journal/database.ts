import { readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { makeFolder } from "@smartem/common/make-folder";
import Database from "libsql";
import { SCHEMA, SCHEMA_VERSION } from "./schema.js";

export type Row = Readonly<Record<string, unknown>>;
export type Parameter = string | number | null;

/** A prepared statement. Parameters are positional. */
export interface Statement {
  run(...parameters: Parameter[]): { readonly changes: number };
  get(...parameters: Parameter[]): Row | undefined;
  all(...parameters: Parameter[]): Row[];
}

/** The embedded SQL store. All calls are synchronous: what has returned is in the file and survives a killed process. */
export interface JournalDatabase {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  /** Runs `work` in one transaction. A call within another belongs to the outer one. */
  transaction<T>(work: () => T): T;
  /** Gives back memory that it can do without. */
  shrink(): void;
  close(): void;
}

export interface OpenedDatabase {
  readonly database: JournalDatabase;
  /** What was moved aside; null where nothing was in the way. */
  readonly replaced: Replaced | null;
}

/** Why an earlier journal was moved aside, and where it is now. */
export interface Replaced {
  readonly reason: string;
  readonly movedTo: string;
  /** Others of which nothing was carried over into the one that is in use; where they are now. */
  readonly notCarriedOver: readonly string[];
}

/** The first journal of a state folder, and those that have taken the place of another. */
const JOURNAL_NAME = /^journal(?:-(\d+))?\.db$/;
/** Locked for as long as an agent runs; the system unlocks it when that is killed. */
export const LOCK_FILE = "lock.db";
/** While much is taken in, the same pages change over and over: they are copied to the database less often so. */
const CHECKPOINT_PAGES = 16_000;
const CACHE_KIB = 16_384;
/** What SQLite says where it is the content that is wrong; anything else, such as a full disk, may pass. */
const OF_THE_CONTENT = /^SQLITE_(CORRUPT|NOTADB)/;
/** What it says where it is not the content that is wrong. */
const OF_THE_DISK = /^SQLITE_(FULL|IOERR|CANTOPEN|READONLY|NOMEM)/;
/** What SQLite keeps beside the database. */
const COMPANIONS = ["-wal", "-shm"];

/**
 * Tables of what does not follow from the watched folder: what has come from the API and from which of its databases, what
 * it has yet to be told, what it has been told to be complete or registered, and what is to be given back to the microscope's own software.
 */
const CARRIED_OVER = [
  "instructions",
  "confirming_database",
  "outbox",
  "registrations",
  "verifications",
  "takeovers",
  "complete_acquisitions",
];
/** Up to version 9 it was known of sessions alone that they were complete; in version 10 nothing else was of acquisitions. */
const COMPLETE_SESSIONS = `
  insert or ignore into main.complete_acquisitions (acquisition)
  select acquisition_uuid from moved.sessions where complete_at is not null`;
/** Up to this version metadata did not say of holes that they are listed no longer. */
const LAST_WITHOUT_REMOVED = 8;
/**
 * Up to version 10 what files had listed was known of the entities alone, by the sources that list: atlas and metadata. Where
 * nothing said what is listed no longer, every hole that is known is taken for one that was.
 */
const earlierRegistrations = (version: number): string => `
  insert or ignore into main.registrations (uuid, kind, acquisition, count, listed, state)
  select r.uuid, r.kind, g.acquisition, r.count, (
    select json_group_array(distinct coalesce(c.identity ->> 'foilhole_id', c.identity ->> 'gridsquare_id'))
    from moved.entities c left join moved.facts f on f.entity = c.id
    where c.parent = g.id and (c.kind = 'foilhole' and (substr(f.precedence, 1, 2) = '4|' or ${version} <= ${LAST_WITHOUT_REMOVED})
      or c.kind = 'gridsquare' and substr(f.precedence, 1, 2) = '1|')
  ), r.state from moved.registrations r join moved.entities g on g.uuid = r.uuid`;
const COMPLETE_ACQUISITIONS = `
  insert or ignore into main.complete_acquisitions (acquisition) select acquisition from moved.complete_acquisitions`;
/** Up to version 5 those that had been told of were kept too, up to 7 none of them. */
const EARLIER_VERIFICATIONS: Readonly<Record<string, string>> = {
  "instruction_id,session_id,acquisition,watch,state,created_at": "where state = 'open'",
  "instruction_id,session_id,acquisition,watch,created_at": "",
};

/**
 * The journals of a state folder, the one that is in use last: it was written last, whichever version of the agent did. One that
 * takes the place of another has a name of its own: Windows renames no file that is open, and libsql lets go of one only some time
 * after it was closed.
 */
export function journalsIn(stateFolder: string): string[] {
  return readdirSync(stateFolder)
    .filter((name) => JOURNAL_NAME.test(name))
    .map((name) => join(stateFolder, name))
    .map((path) => ({ path, writtenMs: writtenMs(path) }))
    .sort((one, other) => one.writtenMs - other.writtenMs || numberOf(one.path) - numberOf(other.path))
    .map(({ path }) => path);
}

function numberOf(path: string): number {
  return Number(JOURNAL_NAME.exec(basename(path))?.[1] ?? 1);
}

/** When something was last written to a journal; 0 where nothing was. */
function writtenMs(path: string): number {
  const times = [path, `${path}-wal`].map((file) => {
    const found = statSync(file, { throwIfNoEntry: false });
    return found === undefined || found.size === 0 ? 0 : found.mtimeMs;
  });
  return Math.max(...times);
}

/**
 * Opens the journal of a state folder, making it if there is none. A journal that this version can't use (corrupt, or
 * of another version) is left aside and a new one begun: what it held follows from the watched folder, and ids are
 * natural, so reading everything again neither loses nor doubles anything. What does not follow from it is carried over
 * where the other version keeps it alike. Where there is no room to read or replace it, or the disk is in trouble, it
 * stays where it is.
 *
 * @throws SmartemError `state_folder_in_use` when another agent has it open, `state_folder_unusable`
 */
export function openDatabase(stateFolder: string): OpenedDatabase {
  try {
    makeFolder(stateFolder);
  } catch (thrown) {
    throw unusable(stateFolder, thrown);
  }
  const unlock = lock(stateFolder);
  try {
    const journals = journalsIn(stateFolder);
    // Where there are two, the last may have been left unfinished.
    const before = journals.at(-2) ?? null;
    const current = journals.at(-1) ?? join(stateFolder, "journal.db");
    const opened = tryOpen(current, before, unlock);
    if ("database" in opened) return finished(opened, current, journals.slice(0, -1), "it was not finished");
    if (journals.length === 0) throw unusable(stateFolder, opened.reason);
    const next = join(stateFolder, `journal-${Math.max(...journals.map(numberOf)) + 1}.db`);
    // One that is older than what is lost with a corrupt one would bring back what has long been done.
    const fresh = tryOpen(next, opened.isCorrupt ? null : current, unlock);
    if (!("database" in fresh)) throw unusable(stateFolder, fresh.reason);
    return finished(fresh, next, journals, opened.reason);
  } catch (thrown) {
    unlock();
    throw thrown instanceof SmartemError ? thrown : unusable(stateFolder, thrown);
  }
}

/** @param others what it has taken the place of, that which it was to carry over last */
function finished(
  { database, isNew, lost }: Opened,
  path: string,
  others: readonly string[],
  why: string,
): OpenedDatabase {
  const [last, ...rest] = others
    .map((other) => ({ other, isEmpty: writtenMs(other) === 0, movedTo: moveAside(other) }))
    .reverse();
  if (last === undefined) return { database, replaced: null };
  const placesOf = (moved: readonly (typeof last)[]) =>
    moved.filter(({ isEmpty }) => !isEmpty).map(({ movedTo }) => movedTo);
  if (isNew) {
    const reason = lost === null ? why : `${why}; instructions in it are lost: ${lost}`;
    return { database, replaced: { reason, movedTo: last.movedTo, notCarriedOver: placesOf(rest) } };
  }
  // What it has taken the place of, and could not be moved then, has lower numbers.
  const [movedTo, ...notCarriedOver] = placesOf(
    [last, ...rest].filter(({ other }) => numberOf(other) > numberOf(path)),
  );
  if (movedTo === undefined) return { database, replaced: null };
  return { database, replaced: { reason: "the one in use was written later", movedTo, notCarriedOver } };
}

function discardCompanions(path: string): void {
  for (const suffix of COMPANIONS) rmSync(path + suffix, { force: true });
}

/** A second agent on the same state would upload the same things at the same time. @returns what unlocks it */
function lock(stateFolder: string): () => void {
  const path = join(stateFolder, LOCK_FILE);
  let database: Database.Database;
  try {
    database = new Database(path);
    database.exec("BEGIN EXCLUSIVE");
  } catch (thrown) {
    if (/database is locked/.test(messageOf(thrown))) {
      throw new SmartemError("state_folder_in_use", 409, `Another agent is using the state folder ${stateFolder}.`, {
        hint: "Stop that agent, or give this one another state folder with --state-dir.",
        cause: thrown,
      });
    }
    throw unusable(stateFolder, thrown);
  }
  return () => {
    database.exec("ROLLBACK");
    database.close();
  };
}

interface Opened {
  readonly database: JournalDatabase;
  readonly isNew: boolean;
  /** Why nothing was carried over to a new one; null where all was that there is. */
  readonly lost: string | null;
}

interface Unusable {
  readonly reason: string;
  readonly isCorrupt: boolean;
}

/**
 * The database, or why it can't be used.
 *
 * @param from what a new one is to carry over from; null: nothing
 * @throws what may pass
 */
function tryOpen(path: string, from: string | null, onClose: () => void): Opened | Unusable {
  let raw: Database.Database | null = null;
  const refuse = (reason: string, isCorrupt = false): Unusable => {
    if (raw?.open === true) raw.close();
    return { reason, isCorrupt };
  };
  try {
    raw = new Database(path);
    raw.pragma("journal_mode = WAL");
    // A killed process loses nothing; after a power cut the last files are read once more.
    raw.pragma("synchronous = NORMAL");
    raw.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    raw.pragma(`cache_size = -${CACHE_KIB}`);
    const check = raw.prepare("PRAGMA quick_check").get() as { quick_check?: string } | undefined;
    if (check?.quick_check !== "ok") return refuse(`corrupt: ${check?.quick_check ?? "no answer to the check"}`, true);
    const { user_version: version } = raw.prepare("PRAGMA user_version").get() as { user_version: number };
    if (version === SCHEMA_VERSION) return { database: wrap(raw, onClose), isNew: false, lost: null };
    if (version === 0) return { database: wrap(raw, onClose), isNew: true, lost: begin(raw, from) };
    // It is left aside without what a killed agent has left beside it.
    raw.pragma("wal_checkpoint(TRUNCATE)");
    return refuse(
      version > SCHEMA_VERSION
        ? `of a newer version (${version}; this agent knows ${SCHEMA_VERSION})`
        : `of an older version (${version}; this agent needs ${SCHEMA_VERSION})`,
    );
  } catch (thrown) {
    const refused = refuse(`corrupt: ${messageOf(thrown)}`, true);
    if (!OF_THE_CONTENT.test(codeOf(thrown))) throw thrown;
    return refused;
  }
}

/**
 * Makes the tables of a new journal, with what is carried over, all at once: one that is left unfinished is empty.
 *
 * @returns why nothing was carried over; null where it was
 */
function begin(raw: Database.Database, from: string | null): string | null {
  const attached = from === null ? null : attach(raw, from);
  raw.exec(`BEGIN;${SCHEMA};PRAGMA user_version = ${SCHEMA_VERSION}`);
  const lost = attached ?? (from === null ? null : carryOver(raw));
  raw.exec("COMMIT");
  if (from !== null && attached === null) raw.exec("DETACH moved");
  return lost;
}

/** @returns why it can't be; null where it is. @throws what is the disk's fault */
function attach(raw: Database.Database, from: string): string | null {
  return reasonOf(() => {
    // Nobody writes to it any more: nothing is to be made beside it. Where somebody else reads it, it is not all in one file.
    const isWhole = (statSync(`${from}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0;
    raw.prepare("attach ? as moved").run(`${pathToFileURL(from).href}?${isWhole ? "immutable=1" : "mode=ro"}`);
    raw.prepare("select count(*) from moved.sqlite_master").get();
  });
}

/** @returns why something failed; null where it did not. @throws what is the disk's fault */
function reasonOf(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (thrown) {
    if (OF_THE_DISK.test(codeOf(thrown))) throw thrown;
    return messageOf(thrown);
  }
}

/** @returns why not; null where it is done. @throws what is the disk's fault */
function carryOver(raw: Database.Database): string | null {
  return reasonOf(() => {
    const columns = raw.prepare("select group_concat(name) as names from pragma_table_info(?, ?)");
    const columnsOf = (table: string, database: "moved" | "main"): string =>
      String((columns.get(table, database) as Row | undefined)?.names);
    for (const table of CARRIED_OVER) {
      const theirs = columnsOf(table, "moved");
      const open = table === "verifications" ? EARLIER_VERIFICATIONS[theirs] : undefined;
      if (open !== undefined) {
        raw.exec(`
          insert or ignore into main.verifications (instruction_id, session_id, acquisition, watch, created_at)
          select instruction_id, session_id, acquisition, watch, created_at from moved.verifications ${open}`);
      }
      if (table === "complete_acquisitions" && theirs === "acquisition") raw.exec(COMPLETE_ACQUISITIONS);
      if (theirs !== columnsOf(table, "main")) continue;
      // What this version does not allow is left out.
      raw.exec(`insert or ignore into main.${table} select * from moved.${table}`);
    }
    const has = (table: string, ...names: string[]) => {
      const theirs = columnsOf(table, "moved").split(",");
      return names.every((name) => theirs.includes(name));
    };
    if (has("sessions", "acquisition_uuid", "complete_at")) raw.exec(COMPLETE_SESSIONS);
    if (
      has("registrations", "uuid", "kind", "count", "state") &&
      !has("registrations", "listed") &&
      has("entities", "id", "uuid", "kind", "acquisition", "parent", "identity") &&
      has("facts", "entity", "precedence")
    ) {
      const { user_version: version } = raw.prepare("pragma moved.user_version").get() as { user_version: number };
      raw.exec(earlierRegistrations(version));
    }
  });
}

function codeOf(thrown: unknown): string {
  return String((thrown as { code?: unknown } | null)?.code ?? "");
}

/** @returns where it is now: in its place as long as it can't be moved, until the next start */
function moveAside(path: string): string {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const movedTo = `${path}.replaced-${stamp}`;
  try {
    renameSync(path, movedTo);
    discardCompanions(path);
    return movedTo;
  } catch {
    return path;
  }
}

function unusable(stateFolder: string, reason: unknown): SmartemError {
  return new SmartemError(
    "state_folder_unusable",
    500,
    `The state folder ${stateFolder} can't be used: ${messageOf(reason)}`,
    { hint: "Give the agent a folder on a local disk that has room and that it may write to, with --state-dir." },
  );
}

function wrap(raw: Database.Database, onClose: () => void): JournalDatabase {
  let depth = 0;
  return {
    prepare: (sql) => raw.prepare(sql) as unknown as Statement,
    exec: (sql) => {
      raw.exec(sql);
    },
    transaction: (work) => {
      if (depth > 0) return work();
      raw.exec("BEGIN IMMEDIATE");
      depth++;
      try {
        const result = work();
        raw.exec("COMMIT");
        return result;
      } catch (thrown) {
        // A full disk and its like have it rolled back already.
        if (raw.inTransaction) raw.exec("ROLLBACK");
        throw thrown;
      } finally {
        depth--;
      }
    },
    shrink: () => {
      raw.pragma("shrink_memory");
    },
    close: () => {
      if (!raw.open) return;
      raw.pragma("wal_checkpoint(TRUNCATE)");
      raw.close();
      onClose();
    },
  };
}
