import { SmartemError } from "@smartem/common/errors";
import { Kysely, type Migration, Migrator, PostgresDialect } from "kysely";
import type { Pool } from "./connection.js";
import * as initial from "./migrations/0001-initial.js";
import * as administration from "./migrations/0010-administration.js";

/** Every change of the schema, in order. A migration that has landed is never edited. */
const MIGRATIONS: Record<string, Migration> = {
  "0001-initial": initial,
  "0010-administration": administration,
};

/**
 * Brings the schema to the newest version. Safe to call from several processes at once: they wait for one another.
 *
 * @returns the names of the migrations that ran now
 */
export async function migrate(pool: Pool): Promise<string[]> {
  // Kysely ends the pool that it is destroyed with, so it is not destroyed: the pool is the caller's.
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(MIGRATIONS) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw new SmartemError("migration_failed", 500, `The database could not be brought to the current schema.`, {
      hint: "Nothing was changed. Read the cause, and restore a backup if the database was altered by hand.",
      cause: error,
    });
  }
  return (results ?? []).filter((result) => result.status === "Success").map((result) => result.migrationName);
}
