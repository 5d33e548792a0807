// Imports types only of the project: vitest's global setup cannot resolve packages of the workspace from their sources.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RunUser } from "../embedded-postgres/run-user.js";
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from "../embedded-postgres/start-embedded-postgres.js";

const FROM_SOURCES = [
  ...["--conditions=source", "--import", "tsx"],
  fileURLToPath(new URL("./embedded-postgres-process.ts", import.meta.url)),
];

/** What the process says about its start. */
export interface StartReport {
  readonly started?: Omit<EmbeddedPostgres, "stop">;
  readonly failed?: { readonly code: string; readonly message: string; readonly hint: string };
}

/**
 * Runs embedded-postgres-process.ts, in a process group of its own; it ends when its standard input is closed.
 *
 * @param program what Node.js is to be started with for it
 */
export function spawnEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
  user?: RunUser,
  program: readonly string[] = FROM_SOURCES,
): ChildProcess {
  return spawn(process.execPath, [...program, JSON.stringify(options)], {
    ...user,
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
    // Of the environment only what it needs; tsx keeps its cache in HOME or TMPDIR, wherever it may write.
    env: { PATH: process.env.PATH },
  });
}

export async function startReportOf(child: ChildProcess): Promise<StartReport> {
  if (child.stdout === null) throw new Error("the process has no output");
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error("the process ended without a word");
}

export function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}
