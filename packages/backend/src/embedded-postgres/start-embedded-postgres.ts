import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@smartem/common/logging";
import { silentLogger } from "@smartem/common/logging";
import { makeFolder } from "@smartem/common/make-folder";
import pg from "pg";
import { clusterHome, DEFAULT_CLUSTER_ROOT } from "./cluster-home.js";
import { type ClusterLock, lockCluster } from "./cluster-lock.js";
import { embeddedPostgresError, fileSystemError } from "./errors.js";
import { CLUSTER_USER, ensureCluster } from "./initialise-cluster.js";
import { installedNativeDir, usableBinaries } from "./postgres-binaries.js";
import { type PostgresSettings, type PostmasterExit, SERVER_HOST, startPostmaster } from "./postmaster.js";
import { settlePreviousPostmaster } from "./previous-postmaster.js";
import { openServerLog } from "./server-log.js";

/** The application's database in its own cluster. */
export const DATABASE = "smartem";
const START_TIMEOUT_MS = 600_000;

export interface EmbeddedPostgresOptions {
  /** Made if it is not there. Holds the cluster (`pgdata`), its password, PostgreSQL's log; see clusterHome. */
  readonly dataDir: string;
  readonly logger?: Logger;
  /** PostgreSQL's settings, for example `{ shared_buffers: "1GB" }`; `fsync: false` is for tests. */
  readonly settings?: PostgresSettings;
  /** Called once if the server ends although nobody asked it to. Starting again on the same folder recovers. */
  readonly onExit?: (exit: UnexpectedExit) => void;
  /**
   * Where root keeps what the unprivileged user must reach: clusters whose data folder only root may enter, and a
   * copy of the programs where the installation is out of reach; /var/lib/smartem-decisions by default.
   */
  readonly clusterRoot?: string;
  /** The folder with PostgreSQL's `bin`, `lib` and `share`; by default that of the installed package. */
  readonly nativeDir?: string;
}

export interface UnexpectedExit extends PostmasterExit {
  /** The end of PostgreSQL's log. */
  readonly log: string;
}

export interface EmbeddedPostgres {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** All of the above; holds the password. */
  readonly url: string;
  /** Of PostgreSQL's main process. */
  readonly pid: number;
  /** PostgreSQL's own data directory, which is not always in the data folder. */
  readonly clusterDir: string;
  readonly logFile: string;
  /** Ends all sessions, writes a checkpoint and waits until the last process is gone. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts the application's own PostgreSQL in a folder, creating the database at the first start. It listens on
 * 127.0.0.1 alone, on a port that is free, and asks for a password. It ends with this process, however that ends.
 *
 * One application at a time may run on a folder. As root, PostgreSQL runs as `nobody`.
 *
 * @example
 * const postgres = await startEmbeddedPostgres({ dataDir: "data", logger, onExit: () => shutDown() });
 * const pool = new pg.Pool({ connectionString: postgres.url });
 * await postgres.stop();
 *
 * @throws SmartemError with an EmbeddedPostgresErrorCode: a sentence on what is wrong and a hint on what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { logger = silentLogger, settings = {}, clusterRoot = DEFAULT_CLUSTER_ROOT } = options;
  const startedAt = performance.now();
  const nativeDir = options.nativeDir ?? installedNativeDir();
  const dataDir = await madeFolder(options.dataDir);
  const releases: (() => Promise<void>)[] = [];
  const releaseAll = async () => {
    const failures: unknown[] = [];
    for (const release of releases.splice(0).reverse()) await release().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    const hold = (lock: ClusterLock) => releases.push(lock.release);
    hold(await lockCluster(dataDir));
    const home = await clusterHome(dataDir, clusterRoot, logger);
    // A copied data folder points to the cluster of the original.
    if (home.dir !== dataDir) hold(await lockCluster(home.dir));
    // Root's copy of the programs, where one is needed, serves all of its clusters.
    const copyRoots = home.user === undefined ? [home.dir] : [clusterRoot, home.dir];
    const binaries = await usableBinaries(nativeDir, copyRoots, home.user, logger);
    await settlePreviousPostmaster(home.pgdata, logger);
    const durable = settings.fsync !== false && settings.fsync !== "off";
    const { password } = await ensureCluster(dataDir, home, binaries, durable, logger);
    const log = await openServerLog(join(dataDir, "postgresql.log")).catch((error: unknown) => {
      throw fileSystemError(dataDir, error);
    });
    releases.push(log.close);
    const server = await startPostmaster(home, binaries, settings, log, logger, START_TIMEOUT_MS);
    releases.push(server.stop);
    const access = { host: SERVER_HOST, port: server.port, user: CLUSTER_USER, password };
    await ensureDatabase({ ...access, database: "postgres" });

    let stopping: Promise<void> | undefined;
    const stop = () => {
      stopping ??= releaseAll().then(() => logger.info({ postgresPid: server.pid }, "database stopped"));
      return stopping;
    };
    server.exited
      .then(async (exit) => {
        if (stopping !== undefined) return;
        const said = await log.tail();
        await stop();
        logger.error({ ...exit, log: said }, "the database ended unexpectedly");
        options.onExit?.({ ...exit, log: said });
      })
      .catch((error: unknown) => logger.error({ err: error }, "the database's end could not be handled"));
    const durationMs = Math.round(performance.now() - startedAt);
    logger.info(
      { postgresPid: server.pid, port: server.port, clusterDir: home.pgdata, durationMs },
      "database started",
    );
    return {
      ...access,
      database: DATABASE,
      url: `postgres://${CLUSTER_USER}:${password}@${SERVER_HOST}:${server.port}/${DATABASE}`,
      pid: server.pid,
      clusterDir: home.pgdata,
      logFile: log.path,
      stop,
    };
  } catch (error) {
    await releaseAll().catch((failure: unknown) => logger.error({ err: failure }, "the failed start left something"));
    throw error;
  }
}

async function madeFolder(dir: string): Promise<string> {
  try {
    makeFolder(dir);
    return await realpath(dir);
  } catch (error) {
    throw fileSystemError(dir, error);
  }
}

/** The application's database in the cluster; also proves that the password fits. */
async function ensureDatabase(access: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(access);
  try {
    await client.connect();
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === "28P01") {
      throw embeddedPostgresError(
        "cluster_password_refused",
        "The stored password does not fit the embedded database.",
        "Restore the file postgres-password that belongs to this database.",
        { cause: error },
      );
    }
    throw error;
  } finally {
    await client.end();
  }
}
