import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { numberBetween } from "../numbers.js";
import { PROVING_MINUTES } from "./agenda.js";
import type { SoakReport } from "./run.js";

const SEEDS = 1_000_000;
const SHOWN_DIFFERENCES = 20;

interface SoakFlags {
  readonly minutes: number;
  readonly microscopes: number;
  readonly seed?: number;
  readonly dir?: string;
}

/** `smartem soak`, and the commands by which it starts its parts, which are not for people. */
export function registerSoak(program: Command): void {
  program
    .command("soak")
    .description(
      "Run simulated microscopes against the whole system, break one part after the other, compare in the end",
    )
    .option("--minutes <n>", "how long things are broken", numberBetween(0.1, 100_000), 3)
    .option("--microscopes <n>", "microscopes, each with its agent", numberBetween(1, 50), 1)
    .option("--seed <n>", "chooses grids and faults; default: another one each time", numberBetween(0, SEEDS))
    .option("--dir <folder>", "where everything is kept; default: a folder that is removed when all went well")
    .addHelpText(
      "after",
      "\nUses the PostgreSQL and the RabbitMQ that SMARTEM_TEST_POSTGRES_URL, SMARTEM_TEST_RABBITMQ_URL and\n" +
        "SMARTEM_TEST_RABBITMQ_MANAGEMENT_URL name, else the embedded ones; that a database's disk is full befalls\n" +
        "the embedded one only, restarts of the services those whose folder SMARTEM_TEST_SERVICES_DIR names. Every\n" +
        "other agent has no notifications of changes and scans. Exit code 1 on any difference, on messages that the\n" +
        "backend would not take or gave up, where a minute or more passed without an order that was carried out and\n" +
        `followed, and where a kind of fault did not come about in ${PROVING_MINUTES} minutes or more.\n\n` +
        "Example:\n  smartem soak --minutes 10 --microscopes 3",
    )
    .action(async (flags: SoakFlags) => {
      process.exitCode = (await runSoak(flags)) ? 0 : 1;
    });
  program.command("internal-soak-agent <options>", { hidden: true }).action(async (options: string) => {
    const { runSoakAgentChild } = await import("./agent-child.js");
    await runSoakAgentChild(JSON.parse(options));
  });
  program.command("internal-soak-microscope <options>", { hidden: true }).action(async (options: string) => {
    const { runSoakMicroscopeChild } = await import("./microscope-child.js");
    await runSoakMicroscopeChild(JSON.parse(options));
  });
}

async function runSoak(flags: SoakFlags): Promise<boolean> {
  const seed = flags.seed ?? randomInt(SEEDS);
  const dir = flags.dir ?? mkdtempSync(join(tmpdir(), "smartem-soak-"));
  const say = (line: string): void => void process.stdout.write(`soak: ${line}\n`);
  say(`seed ${seed}, ${flags.minutes} minutes`);
  const { soak } = await import("./run.js");
  const report = await soak({ ...flags, seed, dir, say });
  for (const line of summary(report)) say(line);
  const isGood = report.differences.length === 0 && report.failures.length === 0;
  say(isGood ? `no difference (seed ${seed})` : `FAILED (seed ${seed}); everything is in ${dir}`);
  if (isGood && flags.dir === undefined) rmSync(dir, { recursive: true, force: true });
  return isGood;
}

function summary(report: SoakReport): string[] {
  const faults = [...report.faults].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...faults.map(([name, times]) => `${String(times).padStart(4)} × ${name}`),
    `${report.sessions} sessions, ${report.entities} entities, ${report.fields} fields and ${report.instructions} instructions compared`,
    `${report.carriedOut} instructions carried out, as Athena holds them`,
    `${report.verifications} of them verified; ${report.followed} were followed`,
    ...report.failures.map((failure) => `failure: ${failure}`),
    ...report.differences
      .slice(0, SHOWN_DIFFERENCES)
      .map(
        ({ entity, id, field, expected, stored }) =>
          `${entity} ${id}${field === null ? "" : `, ${field}`}: expected ${JSON.stringify(expected)}, stored ${JSON.stringify(stored)}`,
      ),
    ...(report.differences.length > 0 ? [`${report.differences.length} differences`] : []),
  ];
}
