import { SmartemError } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import pg from "pg";

export type Pool = pg.Pool;
/** A connection inside a transaction. */
export type Transaction = pg.PoolClient;
/** Anything that runs a statement: the pool or a transaction. */
export type Queryable = Pick<pg.PoolClient, "query">;

export interface DatabaseConfig {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly maxConnections?: number;
  /** A statement that has no answer by then has lost its connection: half-open ones say nothing else. 0 = it may take for ever. */
  readonly queryTimeoutMs?: number;
}

const QUERY_TIMEOUT_MS = 120_000;
const TIMESTAMPTZ = 1184;
const INT8 = 20;

/** Server times are UTC (the pool sets the zone), so `2024-04-05 11:51:13.5+00` becomes ISO 8601 by its letters alone. */
function isoTime(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11).replace(/\+00(:00)?$/, "Z")}`;
}

const parsers: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === TIMESTAMPTZ) return isoTime;
    // Sequence numbers stay far below 2^53.
    if (oid === INT8) return Number;
    return pg.types.getTypeParser(oid, format);
  },
} as pg.CustomTypesConfig;

function clientOptions(config: DatabaseConfig): pg.ClientConfig {
  return {
    host: config.host,
    port: config.port,
    database: config.database,
    user: config.user,
    password: config.password,
    types: parsers,
    application_name: "smartem",
    // A half-open connection is noticed by its keep-alives instead of never.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    query_timeout: config.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
    // Compiling a statement takes longer than the largest of ours do. What is asked about again and again lies in memory, where an index
    // that gives rows in their order is faster than to sort them: as the embedded server's settings have it, on any server.
    options: "-c TimeZone=UTC -c idle_in_transaction_session_timeout=60s -c jit=off -c random_page_cost=1.1",
  };
}

/** Connections for statements and transactions; times come back as ISO 8601 text in UTC. */
export function openPool(config: DatabaseConfig, logger: Logger): Pool {
  const pool = new pg.Pool({
    max: config.maxConnections ?? 10,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 10_000,
    // Each connection reads the configuration anew: an embedded server that was restarted listens on another port.
    Client: class extends pg.Client {
      constructor() {
        super(clientOptions(config));
        // A connection that is lost in the middle of a transaction fails the statement under way; its event alone must
        // not end the process.
        this.on("error", (error) => logger.debug({ err: error }, "a database connection was lost"));
      }
    },
  });
  // Without a listener, an idle connection that the server ends would end the process.
  pool.on("error", (error) => logger.warn({ err: error }, "an idle database connection was lost"));
  return pool;
}

/** A connection of its own, for LISTEN. */
export function openClient(config: DatabaseConfig): pg.Client {
  return new pg.Client(clientOptions(config));
}

/** Two transactions met: doing one of them again succeeds. */
const TRY_AGAIN = new Set(["40001", "40P01", "23505"]);
/** The server went away or is starting. */
const UNAVAILABLE = new Set(["57P01", "57P02", "57P03", "53300", "08000", "08003", "08006", "08001", "08004"]);
const UNREACHABLE = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EHOSTUNREACH"]);

export function sqlState(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : undefined;
}

/** Whether the failure lies in reaching the database, so that the same statement may succeed later. */
export function isUnavailable(error: unknown): boolean {
  const code = sqlState(error);
  if (error instanceof SmartemError && error.cause !== undefined) return isUnavailable(error.cause);
  if (code !== undefined && (UNAVAILABLE.has(code) || UNREACHABLE.has(code))) return true;
  return (
    error instanceof Error &&
    /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      error.message,
    )
  );
}

/**
 * Whether the failure is the server's and would be the same for anything else that is stored: a full disk, no memory, read-only,
 * two transactions that met.
 */
export function isServersTrouble(error: unknown): boolean {
  return isUnavailable(error) || /^(40|53|55|57P|58|25006)/.test(sqlState(error) ?? "");
}

/** Whether the database says that the data are at fault, so that trying again is in vain. */
export function isDataError(error: unknown): boolean {
  return /^(22|23)/.test(sqlState(error) ?? "");
}

/** An error of the database in the API's terms. */
export function databaseError(error: unknown): unknown {
  if (isUnavailable(error)) {
    return new SmartemError("database_unavailable", 503, "The database does not answer.", {
      hint: "Send the request again in a few seconds.",
      cause: error,
    });
  }
  return error;
}

const ATTEMPTS = 5;

/**
 * Runs `work` in one transaction. A deadlock, a serialisation failure or a race for the same natural key rolls back
 * and runs `work` again from its beginning, so `work` must have no effects outside the transaction.
 */
export async function transaction<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect();
    let broken: Error | boolean = false;
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      // A connection that does not answer would not answer this either.
      if (isUnavailable(error)) broken = true;
      else {
        await client.query("ROLLBACK").catch((rollbackError: Error) => {
          broken = rollbackError;
        });
      }
      if (attempt >= ATTEMPTS || !TRY_AGAIN.has(sqlState(error) ?? "")) throw error;
    } finally {
      client.release(broken);
    }
    await delay(Math.random() * 20 * 2 ** attempt);
  }
}
