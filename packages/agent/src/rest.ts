import { Session } from "node:inspector/promises";
import { delay } from "@smartem/common/time";

export interface RestOptions {
  /** Nothing can be done right now. */
  readonly isIdle: () => boolean;
  /** Of the process. */
  readonly residentBytes?: () => number;
  /** Gives back memory that only work needs; the next work takes it again. */
  readonly giveBack: () => Promise<void>;
  /** Has the garbage of the work under way collected, which engines with much memory around them put off for long. */
  readonly collect: () => Promise<void>;
  readonly checkMs?: number;
}

const CHECK_MS = 2_000;
/** Work often comes in bursts with short breaks, in which giving back would be for nothing. */
const IDLE_CHECKS = 4;
/** Less is not worth it. */
const GROWN_BYTES = 24 * 1024 * 1024;
/** Less need not be looked after beside a microscope's own programs. */
const MUCH_BYTES = 130 * 1024 * 1024;
/** Collecting throws compiled code away as well: each few seconds it would take a tenth of what an agent that catches up can do. */
const CHECKS_BETWEEN_COLLECTIONS = 5;

/**
 * Taking in a session of hundreds of thousands of files needs memory that engines keep for more of the same; beside a
 * microscope's own programs it is better given back when the work is done. Works until `signal` is aborted.
 */
export async function restAfterWork(options: RestOptions, signal: AbortSignal): Promise<void> {
  const residentBytes = options.residentBytes ?? (() => process.memoryUsage.rss());
  let atRestBytes = residentBytes();
  let muchBytes = MUCH_BYTES;
  let idleChecks = 0;
  let busyChecks = 0;
  while (!signal.aborted) {
    await delay(options.checkMs ?? CHECK_MS, signal);
    if (signal.aborted) return;
    idleChecks = options.isIdle() ? idleChecks + 1 : 0;
    const bytes = residentBytes();
    busyChecks = idleChecks === 0 ? busyChecks + 1 : 0;
    if (busyChecks > CHECKS_BETWEEN_COLLECTIONS && bytes > muchBytes) {
      await options.collect();
      busyChecks = 0;
      // What is in use can't be collected: the next time is worth it when there is more.
      muchBytes = Math.max(MUCH_BYTES, residentBytes() + GROWN_BYTES);
    }
    if (idleChecks < IDLE_CHECKS || bytes < atRestBytes + GROWN_BYTES) continue;
    await options.giveBack();
    atRestBytes = residentBytes();
    idleChecks = 0;
  }
}

/** Collects all garbage of the thread that calls, and shrinks its heap to what is in use. */
export async function shrinkHeap(): Promise<void> {
  const session = new Session();
  session.connect();
  try {
    // It is done a little later; disconnecting before would call it off.
    await session.post("HeapProfiler.collectGarbage");
  } finally {
    session.disconnect();
  }
}
