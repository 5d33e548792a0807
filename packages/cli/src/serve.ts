import { startBackend } from "@smartem/backend/backend";
import { readConfig } from "@smartem/backend/config";
import { openLog } from "@smartem/backend/observability/log";
import { untilStopSignal } from "@smartem/common/signals";
import type { Command } from "commander";
import { portNumber } from "./numbers.js";
import { leaveConnections } from "./signals.js";
import { webRoot } from "./web-root.js";

/** `smartem serve`: the backend alone, told by the environment what it is (`ROLE`, `POSTGRES_*`, `RABBITMQ_*`, …). */
export function registerServe(program: Command): void {
  program
    .command("serve")
    .description(
      "Run the backend alone: API, worker or both, as ROLE says; settings come from the environment, .env and a YAML file",
    )
    .option("--env-file <file>", "file with settings that the environment does not give", ".env")
    .option("--port <n>", "port of API and web UI (default: HTTP_API_PORT, or 8000)", portNumber)
    .option("-v, --verbose", "log more; twice: everything", (_: string, n: number) => n + 1, 0)
    .addHelpText(
      "after",
      "\nExamples:\n  smartem serve --port 8080\n  ROLE=worker POSTGRES_HOST=db smartem serve -v\n  smartem serve --env-file /etc/smartem/backend.env",
    )
    .action(async (options: { envFile: string; verbose: number; port?: number }) => {
      const port = options.port === undefined ? {} : { HTTP_API_PORT: String(options.port) };
      const config = readConfig({ ...process.env, ...port }, { envFile: options.envFile });
      const { logger, graylog } = openLog(config, { verbose: options.verbose });
      const root = await webRoot();
      const backend = await startBackend({ config, logger, graylog, ...(root === undefined ? {} : { webRoot: root }) });
      logger.info({ url: backend.url, role: config.role }, "ready");
      const signal = await untilStopSignal();
      logger.info({ signal }, "stopping");
      await backend.stop();
      leaveConnections();
      if (signal === "SIGINT") process.exitCode = 130;
    });
}
