import { randomBytes } from "node:crypto";
import { silentLogger } from "@smartem/common/logging";
import pg from "pg";
import { inject } from "vitest";
import { openPool } from "../database/connection.js";
import { migrate } from "../database/migrate.js";
import type {} from "./global-setup.js";

/** An empty UTF-8 database that one test, or one test file, has for itself. */
export interface TestDatabase {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Ends all sessions in it and removes it. */
  drop(): Promise<void>;
}

/**
 * Makes a fresh database on the server that `SMARTEM_TEST_POSTGRES_URL` names, or else on the embedded one that all
 * tests of a run share.
 *
 * @example
 * let db: TestDatabase;
 * beforeAll(async () => { db = await createTestDatabase(); });
 * afterAll(() => db.drop());
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = new URL(await serverUrl());
  const database = newName();
  await onServer(server, createEmpty(database));
  return testDatabase(server, database);
}

/** The same with the current schema in it: a copy of one that was migrated once in this run, for a fourth of the time. */
export async function createMigratedTestDatabase(): Promise<TestDatabase> {
  const server = new URL(await serverUrl());
  template ??= madeTemplate(server);
  const database = newName();
  await onServer(server, `CREATE DATABASE ${database} TEMPLATE ${await template}`);
  return testDatabase(server, database);
}

/** Of this process. */
let template: Promise<string> | undefined;

/** The run's migrated database, which nobody connects to. Whichever process comes first makes it, and the others wait. */
async function madeTemplate(server: URL): Promise<string> {
  const name = inject("templateForTests");
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock(hashtextextended($1, 0))", [name]);
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (rowCount === 0) {
      const unfinished = newName();
      await client.query(createEmpty(unfinished));
      const pool = openPool({ ...testDatabase(server, unfinished), maxConnections: 2 }, silentLogger);
      await migrate(pool).finally(() => pool.end());
      // Autovacuum, too, would be a connection, and a database with connections is not copied.
      await client.query(`ALTER DATABASE ${unfinished} ALLOW_CONNECTIONS false`);
      await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
    }
    return name;
  } finally {
    await client.end();
  }
}

function newName(): string {
  return `smartem_test_${Date.now().toString(36)}_${randomBytes(5).toString("hex")}`;
}

function createEmpty(database: string): string {
  // template0: whatever an administrator put into template1, and in whichever encoding, is not the tests' concern.
  return `CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8'`;
}

function testDatabase(server: URL, database: string): TestDatabase {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return {
    url: url.href,
    host: server.hostname,
    port: Number(server.port || 5432),
    user: decodeURIComponent(server.username),
    password: decodeURIComponent(server.password),
    database,
    drop: () => onServer(server, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
  };
}

async function serverUrl(): Promise<string> {
  const configured = process.env.SMARTEM_TEST_POSTGRES_URL;
  if (configured) return configured;
  const provider = inject("postgresForTests");
  if (provider === undefined) throw new Error("vitest.config.ts must name src/testing/global-setup.ts as globalSetup");
  const response = await fetch(provider);
  const text = await response.text();
  if (!response.ok) throw new Error(`the PostgreSQL for tests did not start: ${text}`);
  return text;
}

async function onServer(server: URL, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
