import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { AgentStatus } from "./agent-status.js";

const FILE = "status.json";
/** Telling how it is must not cost the agent more than this part of its time. */
const COST_FACTOR = 400;

/** Writes the status to the state folder every now and then, so that others can read how the agent is. */
export async function keepStatusFile(
  stateFolder: string,
  status: () => AgentStatus,
  intervalMs: () => number,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const path = join(stateFolder, FILE);
  let failed = false;
  while (!signal.aborted) {
    const begunAt = performance.now();
    try {
      writeFileSync(`${path}.new`, JSON.stringify(status()));
      renameSync(`${path}.new`, path);
      failed = false;
    } catch (thrown) {
      if (!failed) log.warn({ reason: messageOf(thrown) }, "the status file can't be written");
      failed = true;
    }
    const tookMs = performance.now() - begunAt;
    await delay(Math.max(intervalMs(), tookMs * COST_FACTOR), signal);
  }
}

/** The last status of an agent, and whether that agent still runs; null where there is none. */
export function readStatusFile(
  stateFolder: string,
): { readonly status: AgentStatus; readonly running: boolean } | null {
  try {
    const status = JSON.parse(readFileSync(join(stateFolder, FILE), "utf8")) as AgentStatus;
    return { status, running: isRunning(status.pid) };
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}
