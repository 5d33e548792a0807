/**
 * Vitest's global setup: one PostgreSQL for all test processes of a run, started when the first test asks for it.
 * Named in vitest.config.ts as `globalSetup`; tests use createTestDatabase.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { exitOf, spawnEmbeddedPostgres, startReportOf } from "./embedded-postgres-child.js";
import { keepTemporaryFilesInMemory } from "./memory-folder.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Answers GET with the URL of the run's PostgreSQL. */
    postgresForTests: string;
    /** Name of the database that those with the current schema are copies of. */
    templateForTests: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  keepTemporaryFilesInMemory();
  let dataDir: string | undefined;
  let child: ChildProcess | undefined;
  let url: Promise<string> | undefined;

  const start = async (): Promise<string> => {
    dataDir = await mkdtemp(join(tmpdir(), "smartem-test-postgres-"));
    // As root, PostgreSQL runs as nobody; a folder that nobody may not enter would have its cluster put elsewhere.
    await chmod(dataDir, 0o755);
    child = spawnEmbeddedPostgres({
      dataDir,
      settings: { fsync: false, full_page_writes: false, max_connections: 300 },
    });
    const { started, failed } = await startReportOf(child);
    if (started === undefined) throw new Error(failed?.message);
    return started.url;
  };

  const server = createServer((_, response) => {
    // Kept open, a connection might be closed in the very moment in which a test asks again.
    response.setHeader("connection", "close");
    url ??= start();
    url.then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(503).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  project.provide("postgresForTests", `http://127.0.0.1:${address.port}/`);

  const template = `smartem_test_template_${Date.now().toString(36)}_${randomBytes(5).toString("hex")}`;
  project.provide("templateForTests", template);

  return async () => {
    await dropFromLastingServer(template);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await url?.catch(() => undefined);
    child?.stdin?.end();
    if (child !== undefined) await exitOf(child);
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  };
}

/** From a server that outlives the run; what is on the embedded one goes with it. */
async function dropFromLastingServer(database: string): Promise<void> {
  const connectionString = process.env.SMARTEM_TEST_POSTGRES_URL;
  if (!connectionString) return;
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${database}`);
  await client.end();
}
