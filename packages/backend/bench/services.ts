import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DatabaseConfig, openPool, type Pool } from "@smartem/backend/database/connection";
import { migrate } from "@smartem/backend/database/migrate";
import { startEmbeddedPostgres } from "@smartem/backend/embedded-postgres/start-embedded-postgres";
import { silentLogger } from "@smartem/common/logging";
import pg from "pg";

const SMARTEM = fileURLToPath(new URL("../../cli/bin/smartem.js", import.meta.url));
const KIBIBYTE = 1_024;
const MEGABYTE = 1_000_000;

/** A migrated database for one benchmark: on the server that `SMARTEM_TEST_POSTGRES_URL` names, or embedded, waiting for its disk. */
export interface BenchDatabase {
  readonly config: DatabaseConfig;
  readonly pool: Pool;
  close(): Promise<void>;
}

/** @param name of a database that stays, for data that take long to make; by default one that is removed in the end */
export async function openBenchDatabase(name?: string): Promise<BenchDatabase> {
  const server = process.env.SMARTEM_TEST_POSTGRES_URL;
  if (server === undefined) {
    const dir = mkdtempSync(join(tmpdir(), "smartem-bench-database-"));
    chmodSync(dir, 0o755);
    const embedded = await startEmbeddedPostgres({ dataDir: dir });
    const pool = openPool({ ...embedded, maxConnections: 4, queryTimeoutMs: 0 }, silentLogger);
    await migrate(pool);
    return {
      config: embedded,
      pool,
      async close() {
        await pool.end();
        await embedded.stop();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  }
  const url = new URL(server);
  const database = name ?? `smartem_bench_${randomBytes(5).toString("hex")}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  const { rowCount } = await client.query("select from pg_database where datname = $1", [database]);
  if (rowCount === 0) await client.query(`create database ${database} template template0 encoding 'UTF8'`);
  const config: DatabaseConfig = {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
  const pool = openPool({ ...config, maxConnections: 4, queryTimeoutMs: 0 }, silentLogger);
  await migrate(pool);
  return {
    config,
    pool,
    async close() {
      await pool.end();
      if (name === undefined) await client.query(`drop database ${database} with (force)`);
      await client.end();
    },
  };
}

/** A backend in a process of its own, as it is run in production. */
export interface BenchBackend {
  readonly url: string;
  /** Resident memory in MB. */
  memoryMb(): number;
  stop(): Promise<void>;
}

export async function startBenchBackend(
  { host, port, database, user, password }: DatabaseConfig,
  role: "api" | "worker" | "all",
  environment: Readonly<Record<string, string>> = {},
): Promise<BenchBackend> {
  const httpPort = await freePort();
  const child = spawn(process.execPath, [SMARTEM, "serve"], {
    env: {
      PATH: process.env.PATH,
      ROLE: role,
      HTTP_API_PORT: String(httpPort),
      FRONTEND_SSE_MAX_CONNECTIONS: "20000",
      POSTGRES_HOST: host,
      POSTGRES_PORT: String(port),
      POSTGRES_DB: database,
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
      ...environment,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await ready(child);
  return {
    url: `http://127.0.0.1:${httpPort}`,
    memoryMb: () =>
      (Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) * KIBIBYTE) / MEGABYTE,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-10_000);
      if (output.includes('"msg":"ready"')) resolve();
    });
    child.once("exit", (code) => reject(new Error(`the backend ended with ${code}: ${output}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
