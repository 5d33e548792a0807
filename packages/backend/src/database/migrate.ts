import { SmartemError } from "@smartem/common/errors";
import type { Migration, MigrationResultSet, Migrator, PostgresPool, PostgresPoolClient } from "kysely";
import { type Pool, sqlState, type Transaction } from "./connection.js";

/** Every change of the schema, in order. A migration that has landed is never edited. */
const MIGRATIONS: Readonly<Record<string, () => Promise<Migration>>> = {
  "0001-initial": () => import("./migrations/0001-initial.js"),
  "0010-administration": () => import("./migrations/0010-administration.js"),
  "0050-event-order": () => import("./migrations/0050-event-order.js"),
  "0070-instrument-limits": () => import("./migrations/0070-instrument-limits.js"),
  "0080-decision-requests": () => import("./migrations/0080-decision-requests.js"),
  "0090-square-counts": () => import("./migrations/0090-square-counts.js"),
  "0100-decision-legacies": () => import("./migrations/0100-decision-legacies.js"),
  "0110-events-by-id": () => import("./migrations/0110-events-by-id.js"),
  "0120-lowmag-squares": () => import("./migrations/0120-lowmag-squares.js"),
  "0130-message-order": () => import("./migrations/0130-message-order.js"),
  "0140-session-closers": () => import("./migrations/0140-session-closers.js"),
  "0150-message-origins": () => import("./migrations/0150-message-origins.js"),
  "0160-result-order": () => import("./migrations/0160-result-order.js"),
  "0170-imaged-holes": () => import("./migrations/0170-imaged-holes.js"),
  "0180-instructions-of-decisions": () => import("./migrations/0180-instructions-of-decisions.js"),
  "0190-told-events": () => import("./migrations/0190-told-events.js"),
  "0195-connections-of-sessions": () => import("./migrations/0195-connections-of-sessions.js"),
  "0197-predictions-before-results": () => import("./migrations/0197-predictions-before-results.js"),
  "0198-imaged-legacies": () => import("./migrations/0198-imaged-legacies.js"),
  "0200-severe-logs": () => import("./migrations/0200-severe-logs.js"),
  "0205-database-identity": () => import("./migrations/0205-database-identity.js"),
  "0210-grids-of-micrographs": () => import("./migrations/0210-grids-of-micrographs.js"),
  "0220-worker-seen": () => import("./migrations/0220-worker-seen.js"),
  "0222-log-arrival": () => import("./migrations/0222-log-arrival.js"),
  "0230-deselections": () => import("./migrations/0230-deselections.js"),
  "0250-open-instructions": () => import("./migrations/0250-open-instructions.js"),
  "0260-given": () => import("./migrations/0260-given.js"),
  "0262-tellings-of-deselections": () => import("./migrations/0262-tellings-of-deselections.js"),
  "0264-restorations": () => import("./migrations/0264-restorations.js"),
  "0270-prediction-sums": () => import("./migrations/0270-prediction-sums.js"),
  "0280-grids-of-predictions": () => import("./migrations/0280-grids-of-predictions.js"),
  "0280-lost-connections": () => import("./migrations/0280-lost-connections.js"),
};

/**
 * A backend of the earlier version may still work on the database. It is waited for before anything is changed: after minutes of work,
 * the migration would wait for a table of somebody who waits for one of its own. Parents come first, as they do when they are stored;
 * they are older than what refers to them. Tables of others, as extensions bring them, are not ours to lock.
 */
const LOCK_TABLES = `do $$
declare
  tables text;
begin
  select string_agg(format('public.%I', relname), ', ' order by oid) into tables from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname !~ '^kysely_' and pg_has_role(relowner, 'usage');
  if tables is not null then
    execute 'lock table ' || tables;
  end if;
end $$`;
const LOCK_ATTEMPTS = 5;

async function migratorOf(pool: PostgresPool): Promise<Migrator> {
  // Loaded only where there is something to migrate: it would cost every command a quarter of its start.
  const { Kysely, Migrator, PostgresDialect, sql } = await import("kysely");
  const migrations: Record<string, Migration> = {};
  for (const [name, load] of Object.entries(MIGRATIONS)) {
    const migration = await load();
    const up: Migration["up"] = async (db) => {
      await sql.raw(LOCK_TABLES).execute(db);
      await migration.up(db);
    };
    migrations[name] = { ...migration, up };
  }
  return new Migrator({
    // Kysely ends the pool that it is destroyed with, so it is not destroyed: the pool is the caller's.
    db: new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }),
    provider: { getMigrations: () => Promise.resolve(migrations) },
    // Named, so that tables of the same name in another schema are not taken for its own.
    migrationTableSchema: "public",
  });
}

function migratedBy({ error, results }: MigrationResultSet): string[] {
  if (error !== undefined) {
    throw new SmartemError("migration_failed", 500, `The database could not be brought to the current schema.`, {
      hint: "Nothing was changed. Read the cause, and restore a backup if the database was altered by hand.",
      cause: error,
    });
  }
  return (results ?? []).filter((result) => result.status === "Success").map((result) => result.migrationName);
}

/** That a database, or a backup, is of a later version. */
export function newerSchema(name: string): SmartemError {
  const newest = Object.keys(MIGRATIONS).at(-1);
  return new SmartemError(
    "newer_schema",
    409,
    `This version of SmartEM Decisions does not know the schema ${name}; its newest is ${newest}.`,
    { hint: "Use the version that wrote it, or a newer one." },
  );
}

/**
 * Brings the schema to the newest version. Safe to call from several processes at once: they wait for one another.
 *
 * @returns the names of the migrations that ran now
 * @throws SmartemError `newer_schema` where a later version of this program has migrated it
 */
export async function migrate(pool: Pool): Promise<string[]> {
  const { pending, unknown } = await migrationStatus(pool);
  if (unknown !== null) throw newerSchema(unknown);
  if (pending.length === 0) return [];
  const migrator = await migratorOf(pool);
  for (let attempt = 1; ; attempt++) {
    const result = await migrator.migrateToLatest();
    // Somebody had locked them in another order. Nothing had been done yet.
    if (attempt >= LOCK_ATTEMPTS || sqlState(result.error) !== "40P01") return migratedBy(result);
  }
}

/**
 * Makes the schema where there is none. One of an earlier version is left alone: backends of that may be working with it.
 *
 * @throws SmartemError `schema_outdated`, `newer_schema`
 */
export async function requireSchema(pool: Pool): Promise<void> {
  const { done, pending } = await migrationStatus(pool);
  if (done.length > 0 && pending.length > 0) {
    throw new SmartemError("schema_outdated", 409, "The database has the schema of an earlier version.", {
      hint: "Back it up, stop the backends of that version, then start one of this version, or run `smartem db migrate`.",
    });
  }
  await migrate(pool);
}

/** What takes the place of a transaction inside another one. */
const STEPS: Readonly<Record<string, string>> = {
  begin: "savepoint migration",
  commit: "release savepoint migration",
  rollback: "rollback to savepoint migration",
};

/**
 * Brings the schema to the newest version, or to an earlier one for data of that version, in the caller's transaction.
 *
 * @throws SmartemError `newer_schema` where this program does not know that version
 */
export async function migrateWithin(tx: Transaction, name?: string): Promise<void> {
  if (name !== undefined && !(name in MIGRATIONS)) throw newerSchema(name);
  const query = (sql: string, parameters: unknown[]) => tx.query(STEPS[sql] ?? sql, parameters);
  const migrator = await migratorOf({
    connect: async () => ({ query, release: () => undefined }) as unknown as PostgresPoolClient,
    end: async () => undefined,
  });
  migratedBy(await (name === undefined ? migrator.migrateToLatest() : migrator.migrateTo(name)));
}

export interface MigrationStatus {
  readonly done: readonly string[];
  readonly pending: readonly string[];
  /** The last that this version does not know: a later one did it, and this one does not work with what that left. */
  readonly unknown: string | null;
}

/** Which migrations have run, and which are still to run. */
export async function migrationStatus(pool: Pool): Promise<MigrationStatus> {
  const { rows } = await pool.query<{ there: boolean }>(
    "select to_regclass('public.kysely_migration') is not null as there",
  );
  if (rows[0]?.there !== true) return { done: [], pending: Object.keys(MIGRATIONS), unknown: null };
  const { rows: done } = await pool.query<{ name: string }>("select name from public.kysely_migration order by name");
  const names = new Set(done.map(({ name }) => name));
  return {
    done: [...names],
    pending: Object.keys(MIGRATIONS).filter((name) => !names.has(name)),
    unknown: [...names].findLast((name) => !(name in MIGRATIONS)) ?? null,
  };
}
