import { delay } from "@smartem/common/time";

export interface RestOptions {
  /** Nothing can be done right now. */
  readonly isIdle: () => boolean;
  /** Of the process. */
  readonly residentBytes?: () => number;
  /** Gives back memory that only work needs; the next work takes it again. */
  readonly giveBack: () => Promise<void>;
  readonly checkMs?: number;
}

const CHECK_MS = 2_000;
/** Work often comes in bursts with short breaks, in which giving back would be for nothing. */
const IDLE_CHECKS = 4;
/** Less is not worth it. */
const GROWN_BYTES = 24 * 1024 * 1024;

/**
 * Taking in a session of hundreds of thousands of files needs memory that engines keep for more of the same; beside a
 * microscope's own programs it is better given back when the work is done. Works until `signal` is aborted.
 */
export async function restAfterWork(options: RestOptions, signal: AbortSignal): Promise<void> {
  const residentBytes = options.residentBytes ?? (() => process.memoryUsage.rss());
  let atRestBytes = residentBytes();
  let idleChecks = 0;
  while (!signal.aborted) {
    await delay(options.checkMs ?? CHECK_MS, signal);
    if (signal.aborted) return;
    const isGrown = residentBytes() >= atRestBytes + GROWN_BYTES;
    idleChecks = isGrown && options.isIdle() ? idleChecks + 1 : 0;
    if (idleChecks < IDLE_CHECKS) continue;
    await options.giveBack();
    atRestBytes = residentBytes();
    idleChecks = 0;
  }
}
