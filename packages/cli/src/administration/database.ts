import { resolve } from "node:path";
import { backUp, restore } from "@smartem/backend/administration/backup";
import { databaseStatus, findDuplicates, tableTotals } from "@smartem/backend/administration/inventory";
import { migrate } from "@smartem/backend/database/migrate";
import type { Command } from "commander";
import { type DatabaseOptions, onDatabase, print, withDatabase } from "./context.js";
import { progressBar } from "./progress-bar.js";
import { size, table } from "./table.js";

/** `smartem db …` */
export function defineDatabaseCommands(program: Command): void {
  const db = program
    .command("db")
    .description("The database: schema, contents, backups")
    .addHelpText("after", "\nExamples:\n  smartem db status\n  POSTGRES_HOST=db smartem db backup smartem.backup.gz");
  withDatabase(db.command("migrate").description("Bring the schema to that of this version"))
    .addHelpText("after", "\nBackends do the same when they start.\n\nExample:\n  POSTGRES_HOST=db smartem db migrate")
    .action(async (options: DatabaseOptions) => {
      const ran = await onDatabase(options, ({ pool }) => migrate(pool), { anySchema: true });
      print(options, { migrations: ran }, () =>
        ran.length === 0 ? "The schema is up to date." : `Migrated: ${ran.join(", ")}.`,
      );
    });
  withDatabase(
    db
      .command("status")
      .description("Server, size and schema; exit 1 where migrations are pending, or a later version did some"),
  )
    .addHelpText("after", "\nExample:\n  smartem db status --json")
    .action(async (options: DatabaseOptions) => {
      const status = await onDatabase(options, async ({ pool, kind }) => ({ kind, ...(await databaseStatus(pool)) }), {
        anySchema: true,
      });
      print(options, status, () =>
        [
          `PostgreSQL ${status.server_version} (${status.kind}), database ${status.database}, ${size(status.size_bytes)}, ${status.connections} connections`,
          `Schema   ${status.migrations_done.at(-1) ?? "none yet"}`,
          `Pending  ${status.migrations_pending.join(", ") || "nothing"}`,
          ...(status.newer_schema === null
            ? []
            : ["Of a later version of SmartEM Decisions: this one does not work with it."]),
        ].join("\n"),
      );
      if (status.migrations_pending.length > 0 || status.newer_schema !== null) process.exitCode = 1;
    });
  withDatabase(db.command("totals").description("How many rows each table has, and how much room it takes"))
    .addHelpText("after", "\nExample:\n  smartem db totals")
    .action(async (options: DatabaseOptions) => {
      const totals = await onDatabase(options, ({ pool }) => tableTotals(pool), { anySchema: true });
      print(options, totals, () =>
        table(
          ["table", "rows", "size"],
          totals.map((row) => [row.table, row.rows, size(row.bytes)]),
        ),
      );
    });
  withDatabase(
    db.command("duplicates").description("Entities that look like the same thing twice; exit 1 where there are any"),
  )
    .addHelpText(
      "after",
      "\nSquares, holes and micrographs of one hole can't be doubled: the schema forbids it.\n\nExample:\n  smartem db duplicates --json",
    )
    .action(async (options: DatabaseOptions) => {
      const found = await onDatabase(options, ({ pool }) => findDuplicates(pool));
      print(options, found, () =>
        found.length === 0
          ? "No duplicates."
          : table(
              ["entity", "same", "uuids"],
              found.map(({ entity, same, uuids }) => [entity, same, uuids.join(" ")]),
            ),
      );
      if (found.length > 0) process.exitCode = 1;
    });
  withDatabase(
    db
      .command("backup")
      .description("Write everything into one file, while the system goes on")
      .argument("<file>", "for example smartem.backup.gz")
      .option("--replace", "replace the file if it is there"),
  )
    .addHelpText(
      "after",
      "\nImages are not in it: they stay where the microscope wrote them.\n\nExample:\n  smartem db backup /backups/smartem-$(date +%F).gz",
    )
    .action(async (file: string, options: DatabaseOptions & { replace?: boolean }) => {
      const bar = progressBar("backup");
      const summary = await onDatabase(
        options,
        ({ pool }) => backUp(pool, resolve(file), { replace: options.replace === true }, bar.update),
        { anySchema: true },
      ).finally(bar.stop);
      print(options, summary, () => `Wrote ${summary.rows} rows of ${summary.tables} tables to ${summary.file}.`);
    });
  withDatabase(
    db
      .command("restore")
      .description("Put a backup into an empty database, of this or another PostgreSQL; backends have to be stopped")
      .argument("<file>", "that `smartem db backup` wrote, with this or an older version")
      .option("--replace", "replace what the database holds"),
  )
    .addHelpText("after", "\nExample:\n  POSTGRES_HOST=db smartem db restore smartem.backup.gz")
    .action(async (file: string, options: DatabaseOptions & { replace?: boolean }) => {
      const bar = progressBar("restore");
      const summary = await onDatabase(
        options,
        ({ pool }) => restore(pool, resolve(file), { replace: options.replace === true }, bar.update),
        { anySchema: true },
      ).finally(bar.stop);
      print(
        options,
        summary,
        () => `Restored ${summary.rows} rows of ${summary.tables} tables, as of ${summary.created_at}.`,
      );
    });
}
