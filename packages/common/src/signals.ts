const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** Nobody presses Ctrl+C twice on purpose within so short a time. */
const REPEATED_MS = 1_000;
const INTERRUPTED = 130;

/** By which a process is asked to end: by Ctrl+C, or by whatever supervises it. */
export type StopSignal = (typeof SIGNALS)[number];

/**
 * Calls `stop` at the first SIGINT or SIGTERM. A second one ends the process at once, with 130: whoever asks twice does not want to wait.
 * The same signal again within a second is none: npm and npx pass on to their program the Ctrl+C that the terminal has
 * sent to both.
 *
 * @returns what takes this back
 */
export function onStopSignal(stop: (signal: StopSignal) => void): () => void {
  let first: { readonly signal: StopSignal; readonly atMs: number } | null = null;
  const hear = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (first === null) {
      first = { signal: signal as StopSignal, atMs: nowMs };
      stop(first.signal);
    } else if (signal !== first.signal || nowMs - first.atMs >= REPEATED_MS) process.exit(INTERRUPTED);
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return () => {
    for (const signal of SIGNALS) process.off(signal, hear);
  };
}

/** Waits for the first of them; a second one ends the process at once. */
export function untilStopSignal(): Promise<StopSignal> {
  return new Promise((resolve) => void onStopSignal(resolve));
}
