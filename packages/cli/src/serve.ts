import { startBackend } from "@smartem/backend/backend";
import { readConfig } from "@smartem/backend/config";
import { createLogger } from "@smartem/common/logging";
import type { Command } from "commander";
import { until } from "./signals.js";
import { webRoot } from "./web-root.js";

/** `smartem serve`: the backend alone, told by the environment what it is (`ROLE`, `POSTGRES_*`, `RABBITMQ_*`, …). */
export function registerServe(program: Command): void {
  program
    .command("serve")
    .description(
      "Run the backend alone: API, worker or both, as ROLE says; settings come from the environment, .env and a YAML file",
    )
    .option("--env-file <file>", "file with settings that the environment does not give", ".env")
    .action(async (options: { envFile: string }) => {
      const config = readConfig(process.env, { envFile: options.envFile });
      const logger = createLogger("smartem", config.logLevel);
      const root = await webRoot();
      const backend = await startBackend({ config, logger, ...(root === undefined ? {} : { webRoot: root }) });
      logger.info({ url: backend.url, role: config.role }, "ready");
      const signal = await until(["SIGINT", "SIGTERM"]);
      logger.info({ signal }, "stopping");
      await backend.stop();
      if (signal === "SIGINT") process.exitCode = 130;
    });
}
