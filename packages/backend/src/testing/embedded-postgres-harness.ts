import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SmartemError } from "@smartem/common/errors";
import { nodeArguments } from "@smartem/common/testing/compiled";
import { delay } from "@smartem/common/time";
import pg from "pg";
import type { RunUser } from "../embedded-postgres/run-user.js";
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from "../embedded-postgres/start-embedded-postgres.js";
import { exitOf, type StartReport, spawnEmbeddedPostgres, startReportOf } from "./embedded-postgres-child.js";

export const APPLICATION_DIR = fileURLToPath(new URL(".", import.meta.url));

const PROGRAM = nodeArguments(["backend", "common"], "testing/embedded-postgres-process");

/** An application in a process of its own, and what it said about its start. */
export interface Application extends StartReport {
  readonly process: ChildProcess;
}

/** A temporary folder with the embedded databases that a test starts beneath it. */
export interface EmbeddedPostgresHarness {
  readonly dir: string;
  start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres>;
  /** An application in a process (and process group) of its own, not waited for. */
  spawnApplication(options: EmbeddedPostgresOptions, user?: RunUser): ChildProcess;
  startApplication(options: EmbeddedPostgresOptions, user?: RunUser): Promise<Application>;
  /** Stops everything and waits until no process is left that uses the folder. */
  stopAll(): Promise<void>;
  /** The same, and removes the folder. */
  cleanUp(): Promise<void>;
}

export function embeddedPostgresHarness(): EmbeddedPostgresHarness {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "smartem-pg-")));
  chmodSync(dir, 0o755);
  const servers: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  /** Tests do not wait for the disk unless they are about that. */
  const hasty = (options: EmbeddedPostgresOptions): EmbeddedPostgresOptions => ({
    ...options,
    settings: { fsync: false, ...options.settings },
  });
  const spawnApplication = (options: EmbeddedPostgresOptions, user?: RunUser): ChildProcess => {
    const child = spawnEmbeddedPostgres(hasty(options), user, PROGRAM);
    children.push(child);
    return child;
  };

  const stopAll = async (): Promise<void> => {
    for (const server of servers.splice(0)) await server.stop();
    for (const child of children.splice(0)) {
      child.stdin?.end();
      await exitOf(child);
    }
    await until(() => processesUsing(dir).length === 0);
  };

  return {
    dir,
    stopAll,
    spawnApplication,
    start: async (options) => {
      const started = await startEmbeddedPostgres(hasty(options));
      servers.push(started);
      return started;
    },
    startApplication: async (options, user) => {
      const child = spawnApplication(options, user);
      return { process: child, ...(await startReportOf(child)) };
    },
    cleanUp: async () => {
      await stopAll();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The error of a start that fails as it should: with a whole sentence and a hint. */
export async function failureOf(starting: Promise<unknown>): Promise<SmartemError> {
  try {
    await starting;
  } catch (error) {
    if (!(error instanceof SmartemError)) throw error;
    if (!/^[A-Z].*\.$/.test(error.message) || !error.hint) throw new Error("no sentence with a hint", { cause: error });
    return error;
  }
  throw new Error("nothing failed");
}

export async function query(server: { readonly url: string }, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url });
  // A server that is killed under a session is no failure of the test.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(20);
}

/** Ids of all living processes whose command line names `dir` or that work in it; PostgreSQL's work in the cluster. */
export function processesUsing(dir: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return (
        readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(dir) || readlinkSync(`/proc/${pid}/cwd`).startsWith(dir)
      );
    } catch {
      return false;
    }
  });
}

/** The parent of a process: of PostgreSQL's main process, the watchdog. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
