import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { isLocked } from "../journal/is-locked.js";
import { restByCostMs } from "../rest-by-cost.js";
import type { AgentStatus } from "./agent-status.js";

const FILE = "status.json";
/** What people read there must not be older than this, whatever it costs to tell. */
const MOST_INTERVAL_MS = 15_000;

/** The status in the state folder, where others can read how the agent is. */
export class StatusFile {
  readonly #path: string;
  readonly #status: () => AgentStatus;
  readonly #log: Logger;
  #wake = new AbortController();
  #failed = false;

  constructor(stateFolder: string, status: () => AgentStatus, log: Logger) {
    this.#path = join(stateFolder, FILE);
    this.#status = status;
    this.#log = log;
  }

  /** Something has changed that people wait for: it is to be written at once. */
  wake(): void {
    this.#wake.abort();
  }

  /** Writes it every now and then. */
  async run(intervalMs: () => number, signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.wake(), { once: true });
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const before = process.cpuUsage();
      this.write();
      await delay(restByCostMs(before, intervalMs(), MOST_INTERVAL_MS), this.#wake.signal);
    }
  }

  write(): void {
    try {
      writeFileSync(`${this.#path}.new`, JSON.stringify(this.#status()));
      renameSync(`${this.#path}.new`, this.#path);
      this.#failed = false;
    } catch (thrown) {
      if (!this.#failed) this.#log.warn({ reason: messageOf(thrown) }, "the status file can't be written");
      this.#failed = true;
    }
  }
}

/** The last status of an agent, and whether that agent still runs; null where there is none. */
export function readStatusFile(
  stateFolder: string,
): { readonly status: AgentStatus; readonly running: boolean } | null {
  try {
    const status = JSON.parse(readFileSync(join(stateFolder, FILE), "utf8")) as AgentStatus;
    // Its number may be that of another process by now; its lock is not.
    return { status, running: isAlive(status.pid) && isLocked(stateFolder) !== false };
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}
