import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { messageOf } from "@smartem/common/errors";
import { areaUnderRoc } from "../calibration.js";
import { allTasks, COST_CASES, DEFAULT_STARTS, DELAY_HOLES, DURATIONS_MIN } from "./compare.js";
import { writeDocs } from "./docs.js";
import { readMeasuredGrid } from "./measured-grid.js";
import { compareInParallel } from "./pool.js";
import { type Report, render } from "./report.js";
import { measureScale } from "./scale.js";
import { syntheticGrid } from "./synthetic.js";
import { validate } from "./validate.js";

const ROOT = new URL("../../../../", import.meta.url);
const DEFAULT_HOLES = new URL("../shared/data/cryorl-aldolase/holes.csv", ROOT);
/** Å: a micrograph is good at or below. */
const GOOD_LIMIT_A = 6;
const SYNTHETIC_SHAPE = { grids: 2, squares: 24 };
const SYNTHETIC_DURATIONS_MIN = [120, 240, 480];
const SCALE = { holes: 50_000, models: 10, results: 10_000 };

const USAGE = `Usage: npm run bench:decision -- [options]

Replays measured holes under a clock and compares policies with the best that anyone could have done.

  --holes FILE     CSV with the columns hole, grid, square, patch, x, y, ctf_max_resolution, predicted_ctf_max_resolution
  --starts N       random start holes per case, at least ${DEFAULT_STARTS} (default ${DEFAULT_STARTS})
  --synthetic N    compare on N synthetic grids too (default 0)
  --validate       cross-validate the belief's priors by square (a few minutes more)
  --json           print everything as JSON instead of tables
  --docs           write the tables and plots into docs/ (implies --synthetic 12 --validate)
  --quick          one cost model, 24 starts, no scale measurement
`;

/**
 * The command line of the benchmark.
 *
 * @returns exit code: 0 = measured, 1 = could not measure, 2 = wrong arguments
 */
export async function benchmark(args: readonly string[]): Promise<number> {
  const options = {
    holes: { type: "string" },
    starts: { type: "string" },
    synthetic: { type: "string" },
    validate: { type: "boolean" },
    json: { type: "boolean" },
    docs: { type: "boolean" },
    quick: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
    return 2;
  }
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const starts = Number(values.starts ?? DEFAULT_STARTS);
  const syntheticCount = Number(values.synthetic ?? (values.docs === true ? 12 : 0));
  if (!Number.isInteger(starts) || starts < DEFAULT_STARTS || !Number.isInteger(syntheticCount) || syntheticCount < 0) {
    process.stderr.write(`--starts is a whole number from ${DEFAULT_STARTS}, --synthetic one from 0.\n\n${USAGE}`);
    return 2;
  }
  const file = values.holes ?? fileURLToPath(DEFAULT_HOLES);
  try {
    const grid = readMeasuredGrid(await readFile(file, "utf8"), GOOD_LIMIT_A);
    const begun = performance.now();
    // First, so that its memory is its own.
    const scale = values.quick === true ? null : measureScale(SCALE);
    const tell =
      (what: string) =>
      (done: number): void => {
        if (process.stderr.isTTY) process.stderr.write(`\r${what}: ${done} done `);
      };
    const tasks = allTasks(values.quick === true ? COST_CASES.slice(0, 1) : COST_CASES);
    const rows = await compareInParallel(
      tasks,
      { grids: [grid], starts, durations: DURATIONS_MIN },
      tell("measured grid"),
    );
    const synthetic = Array.from({ length: syntheticCount }, (_, i) => syntheticGrid(SYNTHETIC_SHAPE, 100 + i));
    const syntheticRows =
      syntheticCount === 0
        ? []
        : await compareInParallel(
            allTasks(COST_CASES.slice(0, 1)),
            { grids: synthetic, starts: Math.max(starts, syntheticCount), durations: SYNTHETIC_DURATIONS_MIN },
            tell("synthetic grids"),
          );
    const scored = Int32Array.from(grid.score.keys()).filter((h) => !Number.isNaN(grid.score[h]));
    const report: Report = {
      file,
      limitA: GOOD_LIMIT_A,
      holes: grid.holeIds.length,
      clusters: grid.clusterIds.length,
      squares: grid.squareIds.length,
      grids: grid.gridIds.length,
      goodShare: grid.good.reduce((sum, good) => sum + good, 0) / grid.good.length,
      predictorAuc: areaUnderRoc(
        Float64Array.from(scored, (h) => grid.score[h]),
        Float64Array.from(scored, (h) => grid.good[h]),
      ),
      starts,
      delayHoles: DELAY_HOLES,
      rows,
      synthetic: { grids: syntheticCount, rows: syntheticRows },
      validation: values.validate === true || values.docs === true ? validate(grid) : null,
      scale,
      seconds: (performance.now() - begun) / 1000,
    };
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
    if (values.docs === true) {
      for (const { path, content } of writeDocs(report)) {
        const target = new URL(path, ROOT);
        const existing = await readFile(target, "utf8").catch(() => "");
        await writeFile(target, content(existing));
      }
    }
    process.stdout.write(values.json === true ? `${JSON.stringify(report, null, 2)}\n` : render(report));
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}
