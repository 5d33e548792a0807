import { runAthenaMock } from "@smartem/athena-api/mock/cli";
import { type Command, InvalidArgumentError } from "commander";
import { until } from "./signals.js";

const DEFAULT_PORT = 8110;
const MAX_PORT = 65_535;

/** `smartem athena-mock`: the Decision Service without a microscope. */
export function registerAthenaMock(program: Command): void {
  program
    .command("athena-mock")
    .description("Run a mock of Athena's whole Decision Service, in memory or persistent")
    .option("--port <n>", "0: any free one", port, DEFAULT_PORT)
    .option("--host <address>", "the service knows no authentication: any other address opens it", "127.0.0.1")
    .option("--persist <file>", "keep the records in this file; without it they are gone at the end")
    .addHelpText("after", "\nExample:\n  smartem athena-mock --port 8110 --persist /var/lib/smartem/athena.json")
    .action(async (options: { port: number; host: string; persist?: string }) => {
      const stopping = new AbortController();
      const stopped = until(["SIGINT", "SIGTERM"]).then((signal) => {
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

function port(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= MAX_PORT) return value;
  throw new InvalidArgumentError(`It has to be a whole number from 0 to ${MAX_PORT}.`);
}
