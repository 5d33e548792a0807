import { onStopSignal } from "@smartem/common/signals";
import type { Command } from "commander";
import { wholeNumber } from "../numbers.js";
import type { DemoOptions, DemoSummary } from "./run.js";

const INTERRUPTED = 130;

/** `smartem demo`: does the loop close? */
export function registerDemo(program: Command): void {
  program
    .command("demo")
    .description(
      "Play one simulated session through the whole system, fast, to its end; exit 0 only if the loop closed",
    )
    .option("--seed <n>", "of grid, files and processing", wholeNumber(0, 2 ** 31), 1)
    .option("--squares <n>", "grid squares to collect from", wholeNumber(1, 200), 12)
    .option("--holes-per-square <n>", "foil holes per square", wholeNumber(1, 1_000), 50)
    .option("--micrographs-per-hole <n>", "exposures per hole", wholeNumber(1, 10), 1)
    .option("--minutes <n>", "simulated minutes of automated acquisition", wholeNumber(10, 10_000), 180)
    .option("--json", "print the summary as JSON")
    .option("-v, --verbose", "print the log")
    .addHelpText("after", "\nExample:\n  smartem demo --seed 1 --json")
    .action(
      async (options: {
        seed: number;
        squares: number;
        holesPerSquare: number;
        micrographsPerHole: number;
        minutes: number;
        json?: boolean;
        verbose?: boolean;
      }) => {
        const { runDemo } = await import("./run.js");
        const demo: DemoOptions = { ...options, chaos: 0.3, doubledShare: 0.05, verbose: options.verbose === true };
        const terminal = process.stderr.isTTY === true;
        const stopping = new AbortController();
        const release = onStopSignal(() => stopping.abort());
        const summary = await runDemo(
          demo,
          (line) => {
            if (terminal && options.verbose !== true) process.stderr.write(`\r\u001b[2K${line}`);
          },
          stopping.signal,
        )
          .catch((error: unknown) => {
            if (!stopping.signal.aborted) throw error;
            return null;
          })
          .finally(release);
        if (terminal) process.stderr.write("\r\u001b[2K");
        if (summary === null) {
          process.exitCode = INTERRUPTED;
          return;
        }
        process.stdout.write(options.json === true ? `${JSON.stringify(summary, null, 2)}\n` : describe(summary));
        process.exitCode = summary.closed ? 0 : 1;
      },
    );
}

function describe({
  closed,
  problems,
  entities,
  instructions,
  messages,
  decisions,
  on,
  off,
  bound,
  wallSeconds,
}: DemoSummary): string {
  const rate = (value: number): string => value.toFixed(1).padStart(6);
  const gain = off.goodPerHour > 0 ? ` (${((on.goodPerHour / off.goodPerHour - 1) * 100).toFixed(0)} % more)` : "";
  return [
    "Entities           written   stored",
    ...entities.map(
      ({ entity, written, stored }) =>
        `  ${entity.padEnd(16)} ${String(written).padStart(7)}  ${String(stored).padStart(7)}`,
    ),
    "",
    `Messages           ${messages.sent} sent, ${messages.parked} parked, ${messages.dead} dead letters`,
    `Decisions          ${decisions}`,
    `Instructions       ${instructions.total} given, ${instructions.withdrawn} withdrawn, ${instructions.processed} processed by the microscope's Athena;`,
    `                   ${instructions.followed} followed, ${instructions.superseded} superseded, ${instructions.notFollowed} not followed, ${instructions.unverified} unverified`,
    "",
    "Good micrographs   per hour    total   (same grid, same clock)",
    `  decisions off      ${rate(off.goodPerHour)}   ${String(off.goodMicrographs).padStart(6)}`,
    `  decisions on       ${rate(on.goodPerHour)}   ${String(on.goodMicrographs).padStart(6)}${gain}`,
    `  upper bound                 ${bound.toFixed(0).padStart(6)}`,
    "",
    closed ? `The loop closed, in ${wallSeconds.toFixed(1)} s.` : `The loop did NOT close:\n  ${problems.join("\n  ")}`,
    "",
  ].join("\n");
}
