import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger };

/** Keys whose values never reach a log, wherever they stand in the logged object. */
const SECRETS = ["password", "secret", "token", "authorization", "client_secret", "clientSecret", "accessToken"];

/**
 * A JSON-lines logger with secrets removed.
 *
 * @param name which part of the system speaks
 * @param level pino's level names; `SMARTEM_LOG_LEVEL` by default, else `info`
 */
export function createLogger(name: string, level?: string, destination?: DestinationStream): Logger {
  const options = {
    name,
    level: (level ?? process.env.SMARTEM_LOG_LEVEL ?? "info").toLowerCase(),
    redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[removed]" },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** A logger for tests and libraries whose caller gave none. */
export const silentLogger: Logger = pino({ level: "silent" });
