import { SmartemError } from "@smartem/common/errors";
import { Kysely, type Migration, type MigrationResultSet, Migrator, PostgresDialect } from "kysely";
import type { Pool } from "./connection.js";
import * as initial from "./migrations/0001-initial.js";
import * as administration from "./migrations/0010-administration.js";
import * as eventOrder from "./migrations/0050-event-order.js";
import * as instrumentLimits from "./migrations/0070-instrument-limits.js";

/** Every change of the schema, in order. A migration that has landed is never edited. */
const MIGRATIONS: Record<string, Migration> = {
  "0001-initial": initial,
  "0010-administration": administration,
  "0050-event-order": eventOrder,
  "0070-instrument-limits": instrumentLimits,
};

function migratorOf(pool: Pool): Migrator {
  // Kysely ends the pool that it is destroyed with, so it is not destroyed: the pool is the caller's.
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  return new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
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

/**
 * Brings the schema to the newest version. Safe to call from several processes at once: they wait for one another.
 *
 * @returns the names of the migrations that ran now
 */
export async function migrate(pool: Pool): Promise<string[]> {
  return migratedBy(await migratorOf(pool).migrateToLatest());
}

/**
 * Brings an empty database to the schema of an earlier version, for data of that version.
 *
 * @throws SmartemError `newer_schema` where this program does not know that version
 */
export async function migrateTo(pool: Pool, name: string): Promise<string[]> {
  if (!(name in MIGRATIONS)) {
    throw new SmartemError("newer_schema", 409, `This version of SmartEM Decisions does not know the schema ${name}.`, {
      hint: "Use the version that wrote it, or a newer one.",
    });
  }
  return migratedBy(await migratorOf(pool).migrateTo(name));
}

/** Which migrations have run, and which are still to run. */
export async function migrationStatus(pool: Pool): Promise<{ done: string[]; pending: string[] }> {
  const { rows } = await pool.query<{ there: boolean }>("select to_regclass('kysely_migration') is not null as there");
  if (rows[0]?.there !== true) return { done: [], pending: Object.keys(MIGRATIONS) };
  const { rows: done } = await pool.query<{ name: string }>("select name from kysely_migration order by name");
  const names = new Set(done.map(({ name }) => name));
  return { done: [...names], pending: Object.keys(MIGRATIONS).filter((name) => !names.has(name)) };
}
