import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startAthenaMock } from "@smartem/athena-api/mock/server";
import { messageOf } from "@smartem/common/errors";
import { createLogger, type Logger, logFile } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { httpChannel } from "@smartem/simulator/channel";
import type { GridTruth } from "@smartem/simulator/grid-truth";
import { createMicroscope, type Microscope } from "@smartem/simulator/microscope";
import { startPipelines } from "@smartem/simulator/pipelines";
import { runChild } from "./children.js";

export interface MicroscopeChildOptions {
  readonly dir: string;
  readonly stateDir: string;
  readonly apiUrl: string;
  readonly seed: number;
  readonly squares: number;
  readonly holesPerSquare: number;
  /** Simulated minutes per minute. */
  readonly speed: number;
  readonly logFile: string;
  readonly logLevel: string;
}

/** Simulated minutes of a session's automated acquisition: a night. */
const ACQUISITION_MIN = 12 * 60;
const TICK_MS = 250;

/** The simulated microscope, its Athena, and the pipelines that process what it records: one session after the other. */
export function runMicroscopeChild(options: MicroscopeChildOptions): Promise<void> {
  return runChild(async () => {
    const logger = createLogger("microscope", options.logLevel, logFile(options.logFile));
    await mkdir(options.stateDir, { recursive: true });
    const athena = await startAthenaMock({ persistPath: join(options.stateDir, "athena.jsonl") });
    const stopping = new AbortController();
    const running = run(options, athena.url, logger, stopping.signal);
    running.catch((error: unknown) => {
      if (stopping.signal.aborted) return;
      logger.error({ err: error }, "the simulated microscope has failed");
      process.exit(1);
    });
    return {
      ready: { athenaUrl: athena.url },
      async stop() {
        stopping.abort();
        // Before the API was there, stopping is an error.
        await running.catch(() => undefined);
        await athena.close();
      },
    };
  });
}

async function run(
  options: MicroscopeChildOptions,
  athenaUrl: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const truths = new Map<string, GridTruth>();
  const next = async (): Promise<Microscope> => {
    const microscope = await createMicroscope({
      dir: options.dir,
      logFile: join(options.stateDir, "run.jsonl"),
      seed: options.seed,
      squares: options.squares,
      holesPerSquare: options.holesPerSquare,
      acquisitionMin: ACQUISITION_MIN,
      startedAtMs: Date.now(),
      chaos: 0.3,
      athenaUrl,
    });
    truths.set(microscope.sessionName, microscope.truth);
    return microscope;
  };
  let microscope = await next();
  const pipelines = await startPipelines({
    apiUrl: options.apiUrl,
    channel: httpChannel({ apiUrl: options.apiUrl }),
    truthOf: ({ name }) => truths.get(name),
    seed: options.seed,
    startMs: microscope.clockMs,
    doubledShare: 0.02,
    form: "mixed",
    logger,
    signal,
  });
  try {
    while (!signal.aborted) {
      if (microscope.done) {
        await microscope.close();
        microscope = await next();
      }
      const before = microscope.clockMs;
      const step = await microscope.step();
      if (step.kind === "hole" && microscope.acquired.length === 1) await bookEnd(options.apiUrl, microscope, logger);
      // The step's simulated time passes at the chosen speed; results come in meanwhile.
      const waitMs = (step.endedAtMs - before) / options.speed;
      const until = Date.now() + waitMs;
      while (!signal.aborted) {
        const left = Math.max(0, until - Date.now());
        await pipelines.advanceTo(step.endedAtMs - left * options.speed);
        if (left === 0) break;
        await delay(Math.min(TICK_MS, left), signal);
      }
    }
  } finally {
    await pipelines.stop();
    await microscope.close();
  }
}

/** Tells the API when the session ends, as whoever booked the microscope would. */
async function bookEnd(apiUrl: string, microscope: Microscope, logger: Logger): Promise<void> {
  try {
    const list = await fetch(`${apiUrl}/acquisitions?name=${encodeURIComponent(microscope.sessionName)}`);
    const [acquisition] = (await list.json()) as { uuid: string }[];
    if (acquisition === undefined) return;
    const end = microscope.clockMs + ((microscope.options.acquisitionMin ?? 0) - microscope.acquisitionMin) * 60_000;
    const answer = await fetch(`${apiUrl}/acquisitions/${acquisition.uuid}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ planned_end_time: new Date(end).toISOString() }),
    });
    if (!answer.ok) logger.warn({ status: answer.status }, "the session's end was refused");
  } catch (error) {
    logger.warn({ reason: messageOf(error) }, "the session's end could not be told");
  }
}
