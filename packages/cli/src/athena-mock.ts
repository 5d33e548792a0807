import { runAthenaMock } from "@smartem/athena-api/mock/cli";
import { untilStopSignal } from "@smartem/common/signals";
import type { Command } from "commander";
import { portNumber } from "./numbers.js";

const DEFAULT_PORT = 8110;

/** `smartem athena-mock`: the Decision Service without a microscope. */
export function registerAthenaMock(program: Command): void {
  program
    .command("athena-mock")
    .description("Run a mock of Athena's whole Decision Service, in memory or persistent")
    .option("--port <n>", "0: any free one", portNumber, DEFAULT_PORT)
    .option("--host <address>", "the service knows no authentication: any other address opens it", "127.0.0.1")
    .option("--persist <file>", "keep the records in this file; without it they are gone at the end")
    .addHelpText("after", "\nExample:\n  smartem athena-mock --port 8110 --persist /var/lib/smartem/athena.json")
    .action(async (options: { port: number; host: string; persist?: string }) => {
      const stopping = new AbortController();
      const stopped = untilStopSignal().then((signal) => {
        if (signal === "SIGINT") process.exitCode = 130;
        stopping.abort();
      });
      await runAthenaMock({
        port: options.port,
        host: options.host,
        ...(options.persist === undefined ? {} : { persistPath: options.persist }),
        signal: stopping.signal,
        write: (text) => process.stdout.write(text),
      });
      await stopped;
    });
}
