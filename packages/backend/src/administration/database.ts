import { join, resolve } from "node:path";
import { SmartemError } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import type { BackendConfig } from "../config.js";
import { type DatabaseConfig, openPool, type Pool } from "../database/connection.js";
import { findRunningCluster } from "../embedded-postgres/running-cluster.js";
import { DATABASE, startEmbeddedPostgres } from "../embedded-postgres/start-embedded-postgres.js";

/** The database that the configuration names, opened for a command. */
export interface AdministeredDatabase {
  readonly pool: Pool;
  readonly kind: "embedded" | "external";
  close(): Promise<void>;
}

/**
 * Opens the database that the configuration names. The embedded one is used where it runs already, beside the application, and
 * started for as long as the command takes where it does not.
 *
 * @throws SmartemError `database_unavailable`, or what the embedded database says
 */
export async function openForAdministration(
  config: Pick<BackendConfig, "database" | "dataDir">,
  logger: Logger,
): Promise<AdministeredDatabase> {
  if (config.database !== null) return opened("external", config.database, logger);
  const dataDir = resolve(config.dataDir, "database");
  const running = await findRunningCluster(dataDir);
  if (running !== null) {
    const beside = await opened("embedded", { ...running, database: DATABASE }, logger).catch(() => null);
    if (beside !== null) return beside;
  }
  const started = await startEmbeddedPostgres({ dataDir: join(dataDir), logger });
  return opened("embedded", started, logger, () => started.stop());
}

async function opened(
  kind: "embedded" | "external",
  config: DatabaseConfig,
  logger: Logger,
  stop: () => Promise<void> = () => Promise.resolve(),
): Promise<AdministeredDatabase> {
  const pool = openPool({ ...config, maxConnections: 4, queryTimeoutMs: 0 }, logger);
  const close = async (): Promise<void> => {
    await pool.end();
    await stop();
  };
  try {
    await pool.query("select 1");
  } catch (error) {
    await close();
    throw new SmartemError(
      "database_unavailable",
      503,
      `The database ${config.database} at ${config.host}:${config.port} can't be reached: ${error instanceof Error ? error.message : String(error)}.`,
      { hint: "Check POSTGRES_HOST, POSTGRES_PORT, POSTGRES_DB, POSTGRES_USER and POSTGRES_PASSWORD.", cause: error },
    );
  }
  return { pool, kind, close };
}
