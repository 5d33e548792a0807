/**
 * Vitest's global setup: one PostgreSQL for all test processes of a run, started when the first test asks for it.
 * Named in vitest.config.ts as `globalSetup`; tests use createTestDatabase.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "@smartem/common/errors";
import type { TestProject } from "vitest/node";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../embedded-postgres/start-embedded-postgres.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Answers GET with the URL of the run's PostgreSQL. */
    postgresForTests: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let dataDir: string | undefined;
  let starting: Promise<EmbeddedPostgres> | undefined;

  const start = async (): Promise<EmbeddedPostgres> => {
    dataDir = await mkdtemp(join(tmpdir(), "smartem-test-postgres-"));
    return startEmbeddedPostgres({
      dataDir,
      settings: { fsync: false, full_page_writes: false, max_connections: 300 },
    });
  };

  const server = createServer((_, response) => {
    starting ??= start();
    starting.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(503).end(messageOf(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  project.provide("postgresForTests", `http://127.0.0.1:${address.port}/`);

  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const postgres = await starting?.catch(() => undefined);
    await postgres?.stop();
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  };
}
