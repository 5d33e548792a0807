import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../embedded-postgres/start-embedded-postgres.js";
import type { DatabaseConfig } from "./connection.js";

const RESTART_MAX_MS = 10_000;

/** The embedded database, started again whenever it ends by itself. */
export interface SupervisedDatabase {
  /** Changes when the server is started again; read it at each connection. */
  readonly config: DatabaseConfig;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function superviseEmbeddedDatabase(
  dataDir: string,
  logger: Logger,
  settings: Readonly<Record<string, string | number | boolean>> = {},
): Promise<SupervisedDatabase> {
  const stopping = new AbortController();
  let restarting: Promise<void> | null = null;
  const start = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({
      dataDir,
      logger,
      settings,
      onExit: () => {
        restarting = restart();
      },
    });
  const restart = async (): Promise<void> => {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      try {
        server = await start();
        return;
      } catch (error) {
        logger.error({ reason: messageOf(error) }, "the database could not be started again; another try follows");
        await delay(Math.min(RESTART_MAX_MS, 250 * 2 ** attempt), stopping.signal);
      }
    }
  };
  let server = await start();
  return {
    config: {
      get host() {
        return server.host;
      },
      get port() {
        return server.port;
      },
      get database() {
        return server.database;
      },
      get user() {
        return server.user;
      },
      get password() {
        return server.password;
      },
      maxConnections: 20,
    },
    get pid() {
      return server.pid;
    },
    async stop() {
      stopping.abort();
      await restarting;
      await server.stop();
    },
  };
}
