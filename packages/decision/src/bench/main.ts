import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { messageOf } from "@smartem/common/errors";
import { areaUnderRoc } from "../calibration.js";
import { allTasks, COST_CASES, type CostCase, DEFAULT_STARTS, DELAY_HOLES, DURATIONS_MIN } from "./compare.js";
import { writeDocs } from "./docs.js";
import { type MeasuredGrid, readMeasuredGrid } from "./measured-grid.js";
import { compareInParallel } from "./pool.js";
import { type MeasuredReport, type Report, render, type SyntheticReport, together } from "./report.js";
import { measureScale } from "./scale.js";
import { sampleSquares } from "./square-samples.js";
import { SYNTHETIC_KINDS, syntheticGrid } from "./synthetic.js";
import { validate } from "./validate.js";

const ROOT = new URL("../../../../", import.meta.url);
const DEFAULT_HOLES = new URL("../shared/data/cryorl-aldolase/holes.csv", ROOT);
/** Å: a micrograph is good at or below. */
const GOOD_LIMIT_A = 6;
const SYNTHETIC_DURATIONS_MIN = [120, 360];
const SYNTHETIC_PREDICTORS: readonly string[] = ["as given", "square-biased", "none"];
const DEFAULT_SYNTHETIC = 8;
const PARTS = ["measured", "synthetic", "validation", "squares", "scale"] as const;
type Part = (typeof PARTS)[number];
const DEFAULT_PARTS: readonly Part[] = ["measured", "scale"];
const SCALE = { holes: 50_000, models: 10, results: 10_000 };

const USAGE = `Usage: npm run bench:decision -- [options]

Replays measured holes under a clock and compares policies with the best that anyone could have done.

  --holes FILE     CSV with the columns hole, grid, square, patch, x, y, ctf_max_resolution, predicted_ctf_max_resolution
  --starts N       random start holes per case, at least ${DEFAULT_STARTS} (default ${DEFAULT_STARTS})
  --costs NAME     only this cost model: ${COST_CASES.map(({ name }) => name).join(" or ")} (default: all)
  --part PART      measured, synthetic, validation (by square), squares (samples of them) or scale; may be repeated (default ${DEFAULT_PARTS.join(" and ")})
  --synthetic N    synthetic grids of each kind (default ${DEFAULT_SYNTHETIC})
  --json           print everything as JSON instead of tables
  --from FILE      do not measure: take what --json printed before; may be repeated to put parts together
  --docs           write the tables and the plot into docs/
`;

const OPTIONS = {
  holes: { type: "string", default: fileURLToPath(DEFAULT_HOLES) },
  starts: { type: "string", default: String(DEFAULT_STARTS) },
  costs: { type: "string" },
  part: { type: "string", multiple: true },
  synthetic: { type: "string", default: String(DEFAULT_SYNTHETIC) },
  json: { type: "boolean" },
  from: { type: "string", multiple: true },
  docs: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * The command line of the benchmark.
 *
 * @returns exit code: 0 = measured, 1 = could not measure, 2 = wrong arguments
 */
export async function benchmark(args: readonly string[]): Promise<number> {
  let values: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS }));
  } catch (error) {
    return refuse(messageOf(error));
  }
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const starts = Number(values.starts);
  const syntheticCount = Number(values.synthetic);
  const costs = COST_CASES.filter(({ name }) => values.costs === undefined || name === values.costs);
  const parts = values.part ?? DEFAULT_PARTS;
  const strange = parts.find((part) => !PARTS.some((known) => known === part));
  if (!Number.isInteger(starts) || starts < DEFAULT_STARTS || !Number.isInteger(syntheticCount) || syntheticCount < 1)
    return refuse(`--starts is a whole number from ${DEFAULT_STARTS}, --synthetic one from 1.`);
  if (costs.length === 0) return refuse(`There is no cost model ${values.costs}.`);
  if (strange !== undefined) return refuse(`There is no part ${strange}.`);
  try {
    const report =
      values.from === undefined
        ? await measure({ file: values.holes, starts, costs, parts, syntheticCount })
        : together(
            await Promise.all(values.from.map(async (file) => JSON.parse(await readFile(file, "utf8")) as Report)),
          );
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

function refuse(why: string): number {
  process.stderr.write(`${why}\n\n${USAGE}`);
  return 2;
}

async function measure(options: {
  readonly file: string;
  readonly starts: number;
  readonly costs: readonly CostCase[];
  readonly parts: readonly string[];
  readonly syntheticCount: number;
}): Promise<Report> {
  const { file, starts, costs, parts, syntheticCount } = options;
  const begun = performance.now();
  const tell =
    (what: string) =>
    (done: number): void => {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}: ${done} done `);
    };
  const asked = (part: Part): boolean => parts.includes(part);
  // First, so that its memory is its own.
  const scale = asked("scale") ? measureScale(SCALE) : null;
  const grid =
    asked("measured") || asked("validation") || asked("squares")
      ? readMeasuredGrid(await readFile(file, "utf8"), GOOD_LIMIT_A)
      : null;
  const measured =
    grid === null || !asked("measured")
      ? null
      : {
          ...describe(grid),
          file,
          starts,
          rows: await compareInParallel(
            allTasks(costs),
            { grids: [grid], starts, durations: DURATIONS_MIN },
            tell("measured grid"),
          ),
        };
  const synthetic: SyntheticReport[] = [];
  for (const kind of asked("synthetic") ? SYNTHETIC_KINDS : []) {
    const grids = Array.from({ length: syntheticCount }, (_, i) => syntheticGrid(kind, 100 + i));
    const rows = await compareInParallel(
      allTasks([COST_CASES[0]]).filter(({ predictor }) => SYNTHETIC_PREDICTORS.includes(predictor)),
      { grids, starts: syntheticCount, durations: SYNTHETIC_DURATIONS_MIN },
      tell(`synthetic grids, ${kind.name}`),
    );
    synthetic.push({ kind: kind.name, about: kind.about, grids: syntheticCount, rows });
  }
  const validation = grid === null || !asked("validation") ? null : validate(grid);
  const squares = grid === null || !asked("squares") ? [] : sampleSquares(grid);
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  return { measured, synthetic, validation, squares, scale, seconds: (performance.now() - begun) / 1000 };
}

function describe(grid: MeasuredGrid): Omit<MeasuredReport, "file" | "starts" | "rows"> {
  const scored = Int32Array.from(grid.score.keys()).filter((h) => !Number.isNaN(grid.score[h]));
  return {
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
    delayHoles: DELAY_HOLES,
  };
}
