import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { messageOf } from "@smartem/common/errors";
import { replaceBlock } from "@smartem/decision/bench/docs";
import { compareLoops } from "./compare.js";
import { type LoopReport, markdown, render, together } from "./report.js";

const PAGE = new URL("../../../../docs/decisions.md", import.meta.url);

const USAGE = `Usage: npm run bench:loop -- [options]

Plays simulated sessions with decisions on, off, and under other policies, on the same truth, and compares them in pairs.
The engine and its input are the backend's own; files, messages and servers are left out (smartem demo has them all).

  --seeds N               sessions (default 50)
  --first-seed N          seed of the first (default 1)
  --minutes N[,N...]      minutes of acquisition (default 120,240)
  --squares N             (default 16)
  --holes-per-square N    (default 60)
  --json                  print everything as JSON instead of tables
  --docs                  write the tables into docs/decisions.md
  --from FILE             do not measure: take what --json printed before; may be repeated for sessions played apart
`;

const OPTIONS = {
  seeds: { type: "string", default: "50" },
  "first-seed": { type: "string", default: "1" },
  minutes: { type: "string", default: "120,240" },
  squares: { type: "string", default: "16" },
  "holes-per-square": { type: "string", default: "60" },
  json: { type: "boolean" },
  docs: { type: "boolean" },
  from: { type: "string", multiple: true },
  help: { type: "boolean", short: "h" },
} as const;

/** @returns exit code: 0 = measured, 1 = could not measure, 2 = wrong arguments */
async function main(args: readonly string[]): Promise<number> {
  let values: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS }));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
    return 2;
  }
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const durationsMin = values.minutes.split(",").map(Number);
  const seeds = Number(values.seeds);
  const firstSeed = Number(values["first-seed"]);
  const grid = { squares: Number(values.squares), holesPerSquare: Number(values["holes-per-square"]) };
  if (
    ![seeds, grid.squares, grid.holesPerSquare, ...durationsMin].every(isPositiveInteger) ||
    !Number.isInteger(firstSeed)
  ) {
    process.stderr.write(`Numbers are whole and positive.\n\n${USAGE}`);
    return 2;
  }
  try {
    const report: LoopReport =
      values.from === undefined
        ? measure({ seeds, firstSeed, durationsMin, grid })
        : together(
            await Promise.all(values.from.map(async (file) => JSON.parse(await readFile(file, "utf8")) as LoopReport)),
          );
    if (values.docs === true)
      await writeFile(PAGE, replaceBlock(await readFile(PAGE, "utf8"), "loop", markdown(report)));
    process.stdout.write(values.json === true ? `${JSON.stringify(report, null, 2)}\n` : render(report));
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}

function measure(options: LoopReport["options"]): LoopReport {
  const begun = performance.now();
  const rows = compareLoops(options, (sessions) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${sessions} of ${options.seeds} sessions `);
  });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  return { options, rows, seconds: (performance.now() - begun) / 1000 };
}

function isPositiveInteger(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

process.exitCode = await main(process.argv.slice(2));
