import { AsyncLocalStorage } from "node:async_hooks";
import { type DestinationStream, type Logger, pino } from "pino";
import { SmartemError } from "./errors.js";

export type { DestinationStream, Logger };

/** What is under way: a request, a batch of messages. */
const underWay = new AsyncLocalStorage<Readonly<Record<string, unknown>>>();

/** Does `work`; every line that is logged meanwhile, by whomever, carries `fields` too. */
export function withLogFields<T>(fields: Readonly<Record<string, unknown>>, work: () => T): T {
  return underWay.run({ ...underWay.getStore(), ...fields }, work);
}

/** The id of the request that is under way; null where there is none. */
export function requestUnderWay(): string | null {
  const id = underWay.getStore()?.request_id;
  return typeof id === "string" ? id : null;
}

/** Keys whose values never reach a log, wherever they stand in the logged object. */
const SECRETS = ["password", "secret", "token", "authorization", "client_secret", "clientSecret", "accessToken"];

/** Pino's levels, the most talkative first. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The names of levels in Python's logging, where they differ. */
const PYTHON_LEVELS: Readonly<Record<string, LogLevel>> = { warning: "warn", critical: "fatal" };

/** A level by its name in any case, Python's names too; null where there is none of that name. */
export function logLevelOf(text: string): LogLevel | null {
  const name = text.trim().toLowerCase();
  return LOG_LEVELS.find((level) => level === (PYTHON_LEVELS[name] ?? name)) ?? null;
}

/**
 * A JSON-lines logger with secrets removed.
 *
 * @param name which part of the system speaks
 * @param level as {@link logLevelOf} reads it; `SMARTEM_LOG_LEVEL` by default, else `info`
 * @throws SmartemError `invalid_log_level`
 */
export function createLogger(name: string, level?: string, destination?: DestinationStream): Logger {
  const written = level ?? process.env.SMARTEM_LOG_LEVEL ?? "info";
  const known = logLevelOf(written);
  if (known === null) {
    throw new SmartemError("invalid_log_level", 400, `There is no log level ${JSON.stringify(written)}.`, {
      hint: `SMARTEM_LOG_LEVEL may be ${LOG_LEVELS.join(", ")}.`,
    });
  }
  const options = {
    name,
    level: known,
    redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[removed]" },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => ({ ...underWay.getStore() }),
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Lines that wait for a disk which takes none; the newest beyond that are lost. */
const MOST_WAITING_CHARACTERS = 8_000_000;

/**
 * A file that log lines are added to, made if need be. That it can't be written to, because the disk is full or has gone
 * away, is said once on standard error and ends nothing: lines are lost until it can be again.
 *
 * @param file its path, or a file descriptor
 */
export function logFile(file: string | number, options: { readonly sync?: boolean } = {}): DestinationStream {
  const stream = pino.destination({
    dest: file,
    append: true,
    mkdir: true,
    sync: options.sync ?? false,
    maxLength: MOST_WAITING_CHARACTERS,
  });
  let said = false;
  stream.on("error", (error: Error) => {
    if (!said && file !== process.stderr.fd) process.stderr.write(`The log can't be written: ${error.message}\n`);
    said = true;
  });
  return stream;
}

/** A logger for tests and libraries whose caller gave none. */
export const silentLogger: Logger = pino({ level: "silent" });
