import { createLogger, type DestinationStream, type Logger } from "@smartem/common/logging";
import { pino } from "pino";
import type { BackendConfig } from "../config.js";
import { type GraylogDestination, openGraylog } from "./gelf.js";

/** The level that `-v` (debug) and `-vv` (everything) ask for; what is configured where they are not given. */
export function levelOf(verbose: number, configured: string): string {
  if (verbose === 0) return configured;
  return verbose === 1 ? "debug" : "trace";
}

/**
 * The backend's logger: JSON lines to `destination` (standard output by default), and to Graylog where it is configured.
 */
export function openLog(
  config: Pick<BackendConfig, "graylog" | "logLevel">,
  options: { readonly verbose?: number; readonly destination?: DestinationStream } = {},
): { readonly logger: Logger; readonly graylog: GraylogDestination | null } {
  const level = levelOf(options.verbose ?? 0, config.logLevel);
  const destination = options.destination ?? pino.destination(1);
  if (config.graylog === null) return { logger: createLogger("smartem", level, destination), graylog: null };
  const graylog = openGraylog(config.graylog);
  // Each takes what the logger lets through.
  const both = pino.multistream([destination, graylog].map((stream) => ({ level: "trace" as const, stream })));
  return { logger: createLogger("smartem", level, both), graylog };
}
