import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
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
  /** Why an earlier journal was moved aside, and where it is now; null where nothing was in the way. */
  readonly replaced: { readonly reason: string; readonly movedTo: string } | null;
}

export const JOURNAL_FILE = "journal.db";
/** Locked for as long as an agent runs; the system unlocks it when that is killed. */
export const LOCK_FILE = "lock.db";
/** While much is taken in, the same pages change over and over: they are copied to the database less often so. */
const CHECKPOINT_PAGES = 16_000;
const CACHE_KIB = 16_384;
/** How reasons begin why there is nothing to be had from a journal. */
const CORRUPT = "corrupt";
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
/** Up to version 10 what files had listed was known of the entities alone, by the sources that list: atlas and metadata. */
const EARLIER_REGISTRATIONS = `
  insert or ignore into main.registrations (uuid, kind, acquisition, count, listed, state)
  select r.uuid, r.kind, g.acquisition, r.count, (
    select json_group_array(distinct coalesce(c.identity ->> 'foilhole_id', c.identity ->> 'gridsquare_id'))
    from moved.entities c join moved.facts f on f.entity = c.id
    where c.parent = g.id and (c.kind = 'foilhole' and substr(f.precedence, 1, 2) = '4|'
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
 * Opens the journal of a state folder, making it if there is none. A journal that this version can't use (corrupt, or
 * of another version) is moved aside and a new one begun: what it held follows from the watched folder, and ids are
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
    const path = join(stateFolder, JOURNAL_FILE);
    const existed = existsSync(path);
    const opened = tryOpen(path, unlock);
    if (typeof opened !== "string") return { database: opened, replaced: null };
    if (!existed) throw unusable(stateFolder, opened);
    const begun = `${path}.new`;
    const failure = begin(begun, opened.startsWith(CORRUPT) ? null : path);
    const movedTo = moveAside(path);
    renameSync(begun, path);
    const fresh = tryOpen(path, unlock);
    if (typeof fresh === "string") throw unusable(stateFolder, fresh);
    const reason = failure === null ? opened : `${opened}; instructions in it are lost: ${failure}`;
    return { database: fresh, replaced: { reason, movedTo } };
  } catch (thrown) {
    unlock();
    throw thrown instanceof SmartemError ? thrown : unusable(stateFolder, thrown);
  }
}

/**
 * Makes a new journal beside the one that it is to replace.
 *
 * @param from what is carried over from; null: nothing
 * @returns why nothing was; null where it was
 */
function begin(path: string, from: string | null): string | null {
  rmSync(path, { force: true });
  discardCompanions(path);
  const fresh = tryOpen(path, () => undefined);
  if (typeof fresh === "string") throw new Error(fresh);
  try {
    return from === null ? null : carryOver(fresh, from);
  } finally {
    fresh.close();
    discardCompanions(path);
  }
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

/** The database, or why it can't be used. @throws what may pass */
function tryOpen(path: string, onClose: () => void): JournalDatabase | string {
  let raw: Database.Database | null = null;
  try {
    raw = new Database(path);
    raw.pragma("journal_mode = WAL");
    // A killed process loses nothing; after a power cut the last files are read once more.
    raw.pragma("synchronous = NORMAL");
    raw.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    raw.pragma(`cache_size = -${CACHE_KIB}`);
    const check = raw.prepare("PRAGMA quick_check").get() as { quick_check?: string } | undefined;
    if (check?.quick_check !== "ok")
      return closing(raw, `${CORRUPT}: ${check?.quick_check ?? "no answer to the check"}`);
    const { user_version: version } = raw.prepare("PRAGMA user_version").get() as { user_version: number };
    // It is moved aside without what a killed agent has left beside it.
    if (version !== SCHEMA_VERSION && version > 0) raw.pragma("wal_checkpoint(TRUNCATE)");
    if (version > SCHEMA_VERSION) {
      return closing(raw, `of a newer version (${version}; this agent knows ${SCHEMA_VERSION})`);
    }
    if (version < SCHEMA_VERSION) {
      if (version > 0) return closing(raw, `of an older version (${version}; this agent needs ${SCHEMA_VERSION})`);
      raw.exec(`BEGIN IMMEDIATE;${SCHEMA};PRAGMA user_version = ${SCHEMA_VERSION};COMMIT`);
    }
    return wrap(raw, onClose);
  } catch (thrown) {
    if (raw?.open === true) raw.close();
    if (!OF_THE_CONTENT.test(codeOf(thrown))) throw thrown;
    return `${CORRUPT}: ${messageOf(thrown)}`;
  }
}

/** @returns why not; null where it is done. @throws what is the disk's fault */
function carryOver(database: JournalDatabase, from: string): string | null {
  try {
    // Nobody writes to it any more: nothing is to be made beside it.
    database.prepare("attach ? as moved").run(`${pathToFileURL(from).href}?immutable=1`);
    const columns = database.prepare("select group_concat(name) as names from pragma_table_info(?, ?)");
    for (const table of CARRIED_OVER) {
      const theirs = String(columns.get(table, "moved")?.names);
      const open = table === "verifications" ? EARLIER_VERIFICATIONS[theirs] : undefined;
      if (open !== undefined) {
        database.exec(`
          insert or ignore into main.verifications (instruction_id, session_id, acquisition, watch, created_at)
          select instruction_id, session_id, acquisition, watch, created_at from moved.verifications ${open}`);
      }
      if (table === "complete_acquisitions" && theirs === "acquisition") database.exec(COMPLETE_ACQUISITIONS);
      if (theirs !== columns.get(table, "main")?.names) continue;
      // What this version does not allow is left out.
      database.exec(`insert or ignore into main.${table} select * from moved.${table}`);
    }
    const has = (table: string, ...names: string[]) => {
      const theirs = String(columns.get(table, "moved")?.names).split(",");
      return names.every((name) => theirs.includes(name));
    };
    if (has("sessions", "acquisition_uuid", "complete_at")) database.exec(COMPLETE_SESSIONS);
    if (
      has("registrations", "uuid", "kind", "count", "state") &&
      !has("registrations", "listed") &&
      has("entities", "id", "uuid", "kind", "acquisition", "parent", "identity") &&
      has("facts", "entity", "precedence")
    ) {
      database.exec(EARLIER_REGISTRATIONS);
    }
    database.exec("detach moved");
    return null;
  } catch (thrown) {
    if (OF_THE_DISK.test(codeOf(thrown))) throw thrown;
    return messageOf(thrown);
  }
}

function codeOf(thrown: unknown): string {
  return String((thrown as { code?: unknown } | null)?.code ?? "");
}

function closing(raw: Database.Database, reason: string): string {
  raw.close();
  return reason;
}

function moveAside(path: string): string {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const movedTo = `${path}.replaced-${stamp}`;
  renameSync(path, movedTo);
  discardCompanions(path);
  return movedTo;
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
