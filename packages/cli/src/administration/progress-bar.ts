import { Presets, SingleBar } from "cli-progress";

/** A bar on the terminal; nothing where nobody looks at one. */
export interface ProgressBar {
  update(done: number, total: number): void;
  stop(): void;
}

export function progressBar(what: string): ProgressBar {
  if (process.stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: `${what} {bar} {percentage}% | {value}/{total} | {eta_formatted} left`,
      stream: process.stderr,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update(done, total) {
      if (started) bar.update(done);
      else bar.start(total, done);
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
