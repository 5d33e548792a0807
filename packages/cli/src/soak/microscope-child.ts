import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startAthenaMock } from "@smartem/athena-api/mock/server";
import { messageOf } from "@smartem/common/errors";
import { createLogger, logFile } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { createMicroscope, recallMicroscope } from "@smartem/simulator/microscope";
import { runChild } from "../start/children.js";

export interface SoakMicroscopeOptions {
  /** Each session gets a folder of its own in it: the visit's. */
  readonly dir: string;
  readonly stateDir: string;
  readonly athenaPort: number;
  readonly seed: number;
  readonly squares: number;
  readonly holesPerSquare: number;
  /** Between two steps. */
  readonly stepMs: number;
  readonly logFile: string;
}

export interface Visit {
  readonly dir: string;
  readonly logFile: string;
}

export function visitOf({ dir, stateDir }: SoakMicroscopeOptions, number: number): Visit {
  return { dir: join(dir, `visit-${number}`), logFile: join(stateDir, `visit-${number}.jsonl`) };
}

/** Where its Athena keeps what it is told. */
export function athenaJournalOf({ stateDir }: SoakMicroscopeOptions): string {
  return join(stateDir, "athena.jsonl");
}

/** Sessions of different microscopes and visits share no seed: else they would be the same one. */
const SEEDS_PER_MICROSCOPE = 1_000;
const DAY_MS = 86_400_000;

/**
 * A microscope of a soak run, with its Athena. Says `{ session }` before each session and `{ clockMs }` after each step;
 * understands "pause" (answered with `{ paused: true }` between two steps), "resume" and "finish": no more waiting, the
 * session under way is the last; `{ finished: n }` tells of how many visits there were.
 */
export function runSoakMicroscopeChild(options: SoakMicroscopeOptions): Promise<void> {
  return runChild(async () => {
    const log = createLogger("microscope", "info", logFile(options.logFile));
    await mkdir(options.stateDir, { recursive: true });
    const athena = await startAthenaMock({
      port: options.athenaPort,
      persistPath: athenaJournalOf(options),
    });
    const stopping = new AbortController();
    const pace: Pace = { paused: false, finishing: false, changed: new AbortController() };
    process.on("message", (message) => {
      if (message === "pause") pace.paused = true;
      else if (message === "resume") pace.paused = false;
      else if (message === "finish") Object.assign(pace, { finishing: true, paused: false });
      else return;
      pace.changed.abort();
      pace.changed = new AbortController();
    });
    const running = run(options, athena.url, pace, stopping.signal).catch((thrown: unknown) => {
      log.error({ err: thrown }, "the microscope has failed");
      process.stderr.write(`microscope: ${messageOf(thrown)}\n`);
      process.exit(1);
    });
    return {
      ready: { ready: true },
      async stop() {
        stopping.abort();
        pace.changed.abort();
        await running;
        await athena.close();
      },
    };
  });
}

interface Pace {
  paused: boolean;
  finishing: boolean;
  changed: AbortController;
}

async function run(options: SoakMicroscopeOptions, athenaUrl: string, pace: Pace, signal: AbortSignal): Promise<void> {
  let number = 1;
  for (;;) {
    const visit = visitOf(options, number);
    const before = await recallMicroscope(visit.dir, visit.logFile);
    if (before?.done !== true) {
      const seed = options.seed * SEEDS_PER_MICROSCOPE + number;
      const microscope = await createMicroscope({
        ...visit,
        visit: `visit-${number}`,
        seed,
        squares: options.squares,
        unselectedSquares: 4,
        holesPerSquare: options.holesPerSquare,
        nearGridBarHoles: 2,
        micrographsPerHole: 1 + (seed % 2),
        pictures: "low magnification",
        startedAtMs: Date.UTC(2025, 5, 2, 8) + number * DAY_MS,
        chaos: 0.5,
        athenaUrl,
      });
      process.send?.({ session: { name: microscope.sessionName, options: microscope.options } });
      try {
        while (!microscope.done && !signal.aborted) {
          if (pace.paused) {
            process.send?.({ paused: true });
            await delay(60_000, AbortSignal.any([signal, pace.changed.signal]));
            continue;
          }
          await microscope.step();
          process.send?.({ clockMs: microscope.clockMs });
          if (!pace.finishing) await delay(options.stepMs, AbortSignal.any([signal, pace.changed.signal]));
        }
      } finally {
        await microscope.close();
      }
    }
    if (signal.aborted) return;
    // Started again, it comes by the visits that are over; the last is the one that nothing follows yet.
    if (pace.finishing && !existsSync(visitOf(options, number + 1).logFile)) {
      process.send?.({ finished: number });
      return;
    }
    number++;
  }
}
