import { createReadStream, createWriteStream } from "node:fs";
import { lstat, rename, rm } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { SmartemError } from "@smartem/common/errors";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import type { Pool, Queryable, Transaction } from "../database/connection.js";
import { migrateWithin, migrationStatus, newerSchema } from "../database/migrate.js";
import { forgetTold } from "../decisions/tell.js";
import { SettledEvents, waitUntilSettled } from "../events/feed.js";
import { skipGivenIds } from "../events/retention.js";
import { VERSION } from "../version.js";

/*
 * A backup is a gzipped text file: a line of JSON that says what it is; for each table a line of JSON with its columns and
 * row count, then its rows as PostgreSQL's COPY writes them, a line each, then a line `\.`; and a last line of JSON, which
 * proves that nothing is missing. It needs no programs of PostgreSQL, and goes from any version of the server to any other.
 */

const FORMAT = "smartem-backup";
const FORMAT_VERSION = 1;
const END_OF_ROWS = "\\.";
const END_OF_ROWS_LINE = Buffer.from(`${END_OF_ROWS}\n`);
const NEWLINE = 10;
const COPY_CHUNK_BYTES = 64 * 1024;
/** Kept by the server itself, counted again while the rest comes in, of that database alone, or about the moment. */
const LEFT_OUT_TABLES = new Set([
  "kysely_migration",
  "kysely_migration_lock",
  "square_counts",
  "prediction_sums",
  "prediction_recounts",
  "database_identity",
  "worker_seen",
]);
/** A transaction's number is that of one server: on another, events would lie in the future for ever. What is counted is counted again, and what follows from the rest is found again. */
const LEFT_OUT_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  events: ["txid"],
  foilholes: ["micrograph_count"],
  micrographs: ["gridsquare_uuid", "grid_uuid"],
  predictions_before_results: ["grid_uuid"],
};

interface Header {
  readonly format: string;
  readonly version: number;
  readonly created_at: string;
  readonly smartem_version: string;
  readonly schema: string;
  readonly total_rows: number;
  /** Up to which id all events are in it that anybody can have heard of. */
  readonly events_certain?: number;
}
interface TableHeader {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: number;
}
interface Trailer {
  readonly end: true;
  readonly tables: number;
  readonly rows: number;
  readonly sequences: Readonly<Record<string, number>>;
}

export interface BackupSummary {
  readonly file: string;
  readonly schema: string;
  readonly created_at: string;
  readonly tables: number;
  readonly rows: number;
}

type Progress = (doneRows: number, totalRows: number) => void;

interface TableShape {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: number;
}

/** Tables in an order in which each comes after those it refers to. */
async function tablesOf(db: Queryable): Promise<{ table: string; columns: string[] }[]> {
  const { rows: columns } = await db.query<{ table: string; columns: string[] }>(
    `select c.table_name as "table", array_agg(c.column_name::text order by c.ordinal_position) as columns
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER' group by 1 order by 1`,
  );
  const { rows: references } = await db.query<{ child: string; parent: string }>(
    `select distinct c.relname as child, p.relname as parent from pg_constraint k join pg_class c on c.oid = k.conrelid
       join pg_class p on p.oid = k.confrelid where k.contype = 'f' and k.connamespace = 'public'::regnamespace and c.oid <> p.oid`,
  );
  const left = new Map(columns.map((row) => [row.table, row]));
  const sorted: { table: string; columns: string[] }[] = [];
  while (left.size > 0) {
    const free = [...left.values()].filter(
      ({ table }) => !references.some(({ child, parent }) => child === table && left.has(parent)),
    );
    if (free.length === 0) throw new Error(`tables refer to one another in a circle: ${[...left.keys()].join(", ")}`);
    for (const row of free) {
      left.delete(row.table);
      if (LEFT_OUT_TABLES.has(row.table)) continue;
      const without = LEFT_OUT_COLUMNS[row.table] ?? [];
      sorted.push({ table: row.table, columns: row.columns.filter((column) => !without.includes(column)) });
    }
  }
  return sorted;
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");

/**
 * Writes everything that the database holds into a file, as it is at one moment, while others go on working. The file appears
 * under its name only when it is complete. With `replace`, it takes the place of one that is there. A database of an earlier version
 * is backed up as it is, for the way back from its migration.
 *
 * @throws SmartemError `no_schema`, `newer_schema`, `backup_exists`
 */
export async function backUp(
  pool: Pool,
  file: string,
  options: { replace?: boolean } = {},
  onProgress: Progress = () => undefined,
): Promise<BackupSummary> {
  if (options.replace !== true) await requireNew(file);
  const { done, unknown } = await migrationStatus(pool);
  const schema = done.at(-1);
  if (schema === undefined) {
    throw new SmartemError("no_schema", 409, "The database is empty: there is nothing to back up.", {
      hint: "Check POSTGRES_HOST and POSTGRES_DB, or --data-dir.",
    });
  }
  if (unknown !== null) throw newerSchema(unknown);
  const unfinished = `${file}.unfinished`;
  const events_certain = await certainEvents(pool);
  const client = await pool.connect();
  try {
    await client.query("begin isolation level repeatable read read only");
    const tables: TableShape[] = [];
    for (const { table, columns } of await tablesOf(client)) {
      const { rows } = await client.query<{ n: number }>(`select count(*) as n from "${table}"`);
      tables.push({ table, columns, rows: rows[0]?.n ?? 0 });
    }
    const total = tables.reduce((sum, { rows }) => sum + rows, 0);
    const created_at = new Date().toISOString();
    const header: Header = {
      format: FORMAT,
      version: FORMAT_VERSION,
      created_at,
      smartem_version: VERSION,
      schema,
      total_rows: total,
      events_certain,
    };
    await pipeline(
      Readable.from(backupText(client, header, tables, onProgress), { objectMode: false }),
      createGzip(),
      createWriteStream(unfinished, { mode: 0o600 }),
    );
    await client.query("commit");
    if (options.replace !== true) await requireNew(file);
    await rename(unfinished, file);
    return { file, schema, created_at, tables: tables.length, rows: total };
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    client.release();
  }
}

/** Up to which id a snapshot that is taken now has all events; 0 where that can't be told. */
async function certainEvents(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ standby: boolean }>("select pg_is_in_recovery() as standby");
  return rows[0]?.standby === false ? (await waitUntilSettled(new SettledEvents(pool))).upTo : 0;
}

/** An earlier backup may be the only one of what it holds. */
async function requireNew(file: string): Promise<void> {
  if ((await lstat(file).catch(() => null)) === null) return;
  throw new SmartemError("backup_exists", 409, `${file} exists already.`, {
    hint: "Name another file, or say --replace to have this one replaced.",
  });
}

async function* backupText(
  client: Transaction,
  header: Header,
  tables: readonly TableShape[],
  onProgress: Progress,
): AsyncGenerator<string | Buffer> {
  yield `${JSON.stringify(header)}\n`;
  let done = 0;
  for (const { table, columns, rows } of tables) {
    yield `${JSON.stringify({ table, columns, rows } satisfies TableHeader)}\n`;
    const before = done;
    for await (const chunk of client.query(copyTo(`copy "${table}" (${quoted(columns)}) to stdout`))) {
      const bytes = chunk as Buffer;
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) done += 1;
      yield bytes;
      onProgress(done, header.total_rows);
    }
    if (done - before !== rows) throw new Error(`${table} gave ${done - before} rows instead of ${rows}`);
    yield `${END_OF_ROWS}\n`;
  }
  const { rows: sequences } = await client.query<{ name: string; value: number }>(
    `select sequencename as name, last_value as value from pg_sequences where schemaname = 'public' and last_value is not null`,
  );
  const trailer: Trailer = {
    end: true,
    tables: tables.length,
    rows: done,
    sequences: Object.fromEntries(sequences.map(({ name, value }) => [name, value])),
  };
  yield `${JSON.stringify(trailer)}\n`;
}

/** Lines with their ends, told by the byte alone: COPY writes no other newline, and text may hold other line separators. */
async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let rest: Buffer[] = [];
  for await (const chunk of source) {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      const line = chunk.subarray(start, at + 1);
      yield rest.length === 0 ? line : Buffer.concat([...rest, line]);
      rest = [];
      start = at + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  return undefined;
}

/** What the parts of a backup are handed to, in their order. */
interface BackupReader {
  header(header: Header): Promise<void>;
  /** @returns where the rows of the table go */
  table(table: TableHeader): Promise<Writable | null>;
  end(trailer: Trailer): Promise<void>;
}

/** Reads a backup from beginning to end. @throws SmartemError `backup_unreadable` where it is none, or not complete */
async function readBackup(file: string, reader: BackupReader, onRow: () => void = () => undefined): Promise<void> {
  const source = createReadStream(file);
  const text = source.pipe(createGunzip());
  source.on("error", (error) => text.destroy(error));
  const lines = linesOf(text);
  const next = async (): Promise<Buffer> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("it ends too early");
    return value;
  };
  try {
    const header = JSON.parse((await next()).toString()) as Header;
    if (header.format !== FORMAT || header.version !== FORMAT_VERSION)
      throw new Error("it is no backup of this program");
    await reader.header(header);
    let rows = 0;
    let tables = 0;
    for (;;) {
      const part = JSON.parse((await next()).toString()) as TableHeader | Trailer;
      if ("end" in part) {
        if (part.rows !== rows || part.tables !== tables) throw new Error("rows are missing");
        await reader.end(part);
        return;
      }
      tables += 1;
      const target = await reader.table(part);
      let ofTable = 0;
      async function* rowsOfTable(): AsyncGenerator<Buffer> {
        let gathered: Buffer[] = [];
        let bytes = 0;
        for (let line = await next(); !line.equals(END_OF_ROWS_LINE); line = await next()) {
          ofTable += 1;
          onRow();
          gathered.push(line);
          bytes += line.length;
          if (bytes < COPY_CHUNK_BYTES) continue;
          yield Buffer.concat(gathered);
          gathered = [];
          bytes = 0;
        }
        if (bytes > 0) yield Buffer.concat(gathered);
      }
      if (target === null) for await (const _ of rowsOfTable());
      else await pipeline(Readable.from(rowsOfTable(), { objectMode: false }), target);
      if (ofTable !== part.rows) throw new Error(`${part.table} has ${ofTable} rows instead of ${part.rows}`);
      rows += ofTable;
    }
  } catch (error) {
    if (error instanceof SmartemError || (error instanceof Error && "severity" in error)) throw error;
    throw new SmartemError(
      "backup_unreadable",
      400,
      `${file} can't be restored: ${error instanceof Error ? error.message : String(error)}.`,
      { hint: "Take another backup file. Nothing was changed.", cause: error },
    );
  } finally {
    source.destroy();
    text.destroy();
  }
}

/**
 * Puts a backup into an empty database, then brings that to the schema of this version. The file is read once as a whole before
 * anything is changed. With `replace`, it takes the place of what is there. One transaction does all of it, so that it is never half
 * there. What microscopes were told since the backup is not known: all of it is told again.
 *
 * @throws SmartemError `backup_unreadable`, `newer_schema`, `database_not_empty`, `database_in_use`
 */
export async function restore(
  pool: Pool,
  file: string,
  options: { replace?: boolean } = {},
  onProgress: Progress = () => undefined,
): Promise<BackupSummary> {
  let header: Header | undefined;
  let trailer: Trailer | undefined;
  await readBackup(file, {
    header: async (read) => {
      header = read;
    },
    table: async () => null,
    end: async (read) => {
      trailer = read;
    },
  });
  if (header === undefined || trailer === undefined) throw new Error("a backup that was read has a header");
  const { schema, created_at, total_rows, events_certain = 0 } = header;
  await requireNobodyElse(pool);
  const client = await pool.connect();
  let failed = true;
  try {
    let done = 0;
    await client.query("begin");
    const replacedEvents = await makeRoom(client, options.replace === true);
    await migrateWithin(client, schema);
    await readBackup(
      file,
      {
        header: () => Promise.resolve(),
        table: async ({ table, columns }) =>
          // Earlier versions left out only what they knew of.
          LEFT_OUT_TABLES.has(table) ? null : client.query(copyFrom(`copy "${table}" (${quoted(columns)}) from stdin`)),
        end: async ({ sequences }) => {
          await client.query(
            `select setval(format('public.%I', name)::regclass, value) from jsonb_to_recordset($1::jsonb) as r(name text, value bigint)
             join pg_sequences s on s.schemaname = 'public' and s.sequencename = r.name`,
            [JSON.stringify(Object.entries(sequences).map(([name, value]) => ({ name, value })))],
          );
        },
      },
      () => {
        done += 1;
        if (done % 1_000 === 0 || done === total_rows) onProgress(done, total_rows);
      },
    );
    await migrateWithin(client);
    await skipGivenIds(client, events_certain, replacedEvents);
    await forgetTold(client);
    await client.query("update database_identity set id = gen_random_uuid()::text, restored_at = now()");
    await client.query("commit");
    failed = false;
  } finally {
    // The server takes everything back when the connection ends, whatever state that is in.
    client.release(failed);
  }
  await pool.query("analyze");
  return { file, schema, created_at, tables: trailer.tables, rows: trailer.rows };
}

/** A backend that works on the database while it is replaced would see half of it. */
async function requireNobodyElse(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*) as n from pg_stat_activity a where datname = current_database() and application_name = 'smartem'
       and client_port is distinct from (select client_port from pg_stat_activity where pid = pg_backend_pid())`,
  );
  const own = pool.totalCount - 1;
  if ((rows[0]?.n ?? 0) > own) {
    throw new SmartemError("database_in_use", 409, "A backend is working on this database.", {
      hint: "Stop it first (smartem serve, smartem start), restore, and start it again.",
    });
  }
}

/**
 * Drops what is there, in the transaction that restores: whatever ends that before it is through, be it a lost connection or the end
 * of this process or of the server, leaves everything as it was.
 *
 * @returns the last id of an event that was given there
 */
async function makeRoom(tx: Transaction, replace: boolean): Promise<number> {
  const { rows } = await tx.query<{ n: number }>(
    "select count(*) as n from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
  );
  if ((rows[0]?.n ?? 0) > 0 && !replace) {
    const { rows: acquisitions } = await tx.query<{ n: number }>(
      "select count(*) as n from pg_class where relnamespace = 'public'::regnamespace and relname = 'acquisitions'",
    );
    const filled =
      (acquisitions[0]?.n ?? 0) === 0 || ((await tx.query("select from acquisitions limit 1")).rowCount ?? 0) > 0;
    if (filled) {
      throw new SmartemError("database_not_empty", 409, "The database holds data already.", {
        hint: "Restore into an empty database, or say --replace to have what is there replaced.",
      });
    }
  }
  const { rows: given } = await tx.query<{ id: number }>(
    `select coalesce(max(last_value), 0) as id from pg_sequences where schemaname = 'public' and sequencename = 'events_id_seq'`,
  );
  await tx.query("drop schema public cascade; create schema public");
  return given[0]?.id ?? 0;
}
