import type { Logger } from "@smartem/common/logging";
import type { DestinationStream } from "pino";

/** Takes pino's lines and says them again with another logger, at their levels. */
export function forwardTo(log: Logger): DestinationStream {
  return {
    write(line) {
      const record = JSON.parse(line) as Record<string, unknown>;
      const { level, msg, time: _time, pid: _pid, hostname: _hostname, name: _name, ...facts } = record;
      const label = log.levels.labels[Number(level)];
      const text = typeof msg === "string" ? msg : "";
      switch (label) {
        case "fatal":
        case "error":
        case "warn":
        case "info":
        case "debug":
        case "trace":
          log[label](facts, text);
          break;
        default:
          log.info(facts, text);
      }
    },
  };
}
