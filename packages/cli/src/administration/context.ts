import { type AdministeredDatabase, openForAdministration } from "@smartem/backend/administration/database";
import { type BackendConfig, readConfig } from "@smartem/backend/config";
import { requireSchema } from "@smartem/backend/database/migrate";
import { createLogger } from "@smartem/common/logging";
import type { Command } from "commander";
import { destination } from "pino";

const STANDARD_ERROR = 2;

/** What every command has that works on the database. */
export interface DatabaseOptions {
  readonly dataDir?: string;
  readonly envFile: string;
  readonly json?: boolean;
}

/** Adds the options that say which database, and how to print. */
export function withDatabase(command: Command): Command {
  return command
    .option(
      "--data-dir <dir>",
      "where the embedded database is kept, if POSTGRES_HOST is not set (default: SMARTEM_DATA_DIR or .smartem)",
    )
    .option("--env-file <file>", "file with settings that the environment does not give", ".env")
    .option("--json", "print JSON");
}

/**
 * Opens the database, does the work, and closes it whatever happens.
 *
 * @param anySchema the work does with the schema of whichever version
 */
export async function onDatabase<T>(
  options: DatabaseOptions,
  work: (database: AdministeredDatabase, config: BackendConfig) => Promise<T>,
  { anySchema = false }: { anySchema?: boolean } = {},
): Promise<T> {
  const config = readConfig(
    options.dataDir === undefined ? process.env : { ...process.env, SMARTEM_DATA_DIR: options.dataDir },
    { envFile: options.envFile },
  );
  // Results go to the standard output, everything else elsewhere.
  const logger = createLogger("smartem", process.env.SMARTEM_LOG_LEVEL ?? "warn", destination(STANDARD_ERROR));
  const database = await openForAdministration(config, logger);
  try {
    if (!anySchema) await requireSchema(database.pool);
    return await work(database, config);
  } finally {
    await database.close();
  }
}

/** Prints a result: as JSON where asked for, else as text. */
export function print(options: { readonly json?: boolean }, value: unknown, text: () => string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(value, null, 2)}\n` : `${text()}\n`);
}
