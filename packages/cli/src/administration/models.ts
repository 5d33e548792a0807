import { initialiseModelWeight, registerPredictionModel } from "@smartem/backend/administration/models";
import { theOnlyGrid, whatIsNamed } from "@smartem/backend/administration/names";
import { sendRandomPredictions, sendRandomResults } from "@smartem/backend/administration/simulated-messages";
import type { Pool } from "@smartem/backend/database/connection";
import { SmartemError } from "@smartem/common/errors";
import { QUALITY_METRICS, type QualityMetric } from "@smartem/common/metrics";
import { type Command, Option } from "commander";
import { numberBetween, pairOfNumbers, takesTwo, wholeNumber } from "../numbers.js";
import { type DatabaseOptions, onDatabase, print, withDatabase } from "./context.js";
import { progressBar } from "./progress-bar.js";

const SEED_MAX = 2 ** 31;

/** `smartem.register-prediction-model` */
export function defineRegisterPredictionModel(command: Command): void {
  withDatabase(
    command
      .description("Register a prediction model; one that is known gets what is given and keeps the rest")
      .argument("<name>", "the model's name, as it stands in its predictions")
      .argument("[description]", "what it predicts, and from what")
      .option("--can-train", "it can be trained")
      .option("--can-update", "it can be updated while it is used")
      .option("--no-infer", "it makes no predictions"),
  )
    .addHelpText(
      "after",
      '\nExample:\n  smartem.register-prediction-model resnet-holes "ice thickness from hole images" --can-train',
    )
    .action(
      async (
        name: string,
        description: string | undefined,
        options: DatabaseOptions & { canTrain?: boolean; canUpdate?: boolean; infer: boolean },
      ) => {
        const { created } = await onDatabase(options, ({ pool }) =>
          registerPredictionModel(pool, {
            name,
            description,
            canTrain: options.canTrain,
            canUpdate: options.canUpdate,
            canInfer: options.infer ? undefined : false,
          }),
        );
        print(options, { name, created }, () =>
          created ? `Registered ${name}.` : `${name} was known already; it is up to date.`,
        );
      },
    );
}

/*
 * The commands below also take the arguments that they have in the original SmartEM, where the model comes first and the grid is an
 * option. Which form it is follows from --grid-uuid, from how many arguments there are, or from what the first of them names, and
 * is refused where it does not.
 */

const WEIGHT_MAX = 1_000;
const GRID_OPTION = [
  "--grid-uuid <grid>",
  "the grid, where no argument names it; may be left out where there is only one",
] as const;
const RANGE = "--random-range";

function refuse(message: string, hint: string): never {
  throw new SmartemError("invalid_arguments", 400, message, { hint });
}

function refuseUnknown(name: string): never {
  refuse(
    `${name} is neither a known grid nor a registered model.`,
    "Register a model first: smartem register-prediction-model NAME.",
  );
}

/** `smartem.init-model-weight` */
export function defineInitModelWeight(command: Command): void {
  withDatabase(
    command
      .description(
        "Write the weight with which the chart of a model begins on a grid; decisions learn theirs from results",
      )
      .usage("[options] <grid> <model> | <model> <weight>")
      .argument("<grid or model>", "the grid's uuid; or, as in the original SmartEM, the model's name")
      .argument("<model or weight>", "the model's name; behind a model, the weight")
      .option("--weight <number>", "the weight, where no argument says it (default: 1)", numberBetween(0, WEIGHT_MAX))
      .option(...GRID_OPTION)
      .option("--metric <name>", "of the model's predictions for one metric"),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  smartem.init-model-weight 3Nk0eUwXQ5m1bJr7cVfYzA resnet-holes --weight 0.5\n" +
        "  smartem.init-model-weight resnet-holes 0.5 --grid-uuid 3Nk0eUwXQ5m1bJr7cVfYzA",
    )
    .action(
      async (
        first: string,
        second: string,
        options: DatabaseOptions & { weight?: number; gridUuid?: string; metric?: string },
      ) => {
        const { metric = null } = options;
        const done = await onDatabase(options, async ({ pool }) => {
          const { grid, model, weight } = await weightMeant(pool, first, second, options);
          const { id } = await initialiseModelWeight(pool, { gridUuid: grid, model, metric, weight });
          return { id, grid, model, metric, weight };
        });
        print(
          options,
          done,
          () => `The chart of ${done.model} begins with the weight ${done.weight} on grid ${done.grid}.`,
        );
      },
    );
}

async function weightMeant(
  pool: Pool,
  first: string,
  second: string,
  { gridUuid, weight }: { gridUuid?: string; weight?: number },
): Promise<{ grid: string; model: string; weight: number }> {
  if (gridUuid === undefined) {
    const { isGrid, isModel } = await whatIsNamed(pool, first);
    if (isGrid && isModel)
      refuse(`${first} is both a grid and a model.`, "Say MODEL WEIGHT, and name the grid with --grid-uuid.");
    if (isGrid) return { grid: first, model: second, weight: weight ?? 1 };
    if (!isModel) refuseUnknown(first);
  }
  const written = second.trim() === "" ? Number.NaN : Number(second);
  if (!(written >= 0 && written <= WEIGHT_MAX))
    refuse(`${second} is no weight from 0 to ${WEIGHT_MAX}.`, "It is GRID MODEL, or MODEL WEIGHT with --grid-uuid.");
  if (weight !== undefined) refuse("The weight is given twice.", "Leave out --weight behind MODEL WEIGHT.");
  return { grid: gridUuid ?? (await theOnlyGrid(pool)), model: first, weight: written };
}

/** What is predicted, under the names of the original too. */
const LEVELS = { foilhole: "foilhole", gridsquare: "gridsquare", hole: "foilhole", square: "gridsquare" } as const;

/** `smartem.random-model-predictions` */
export function defineRandomModelPredictions(command: Command): void {
  withDatabase(
    takesTwo(command, RANGE)
      .description("SIMULATION: send a random prediction for each hole or square of a grid")
      .usage("[options] <grid> <model> | <model>")
      .argument("<grid or model>", "the grid's uuid; or, as in the original SmartEM, a registered model alone")
      .argument("[model]", "behind a grid, the name under which they are sent")
      .addOption(new Option("--level <level>", "what is predicted").choices(Object.keys(LEVELS)).default("foilhole"))
      .option(...GRID_OPTION)
      .option(`${RANGE} <from to>`, "two numbers between which they lie (default: 0 1)", pairOfNumbers(0, 1))
      .option("--seed <n>", "the same seed gives the same numbers", wholeNumber(0, SEED_MAX), 1),
  )
    .addHelpText(
      "after",
      "\nNever on a grid that counts. A worker has to run for them to take effect.\n\n" +
        "Examples:\n  smartem.random-model-predictions 3Nk0eUwXQ5m1bJr7cVfYzA noise --seed 7\n" +
        "  smartem.random-model-predictions noise --grid-uuid 3Nk0eUwXQ5m1bJr7cVfYzA --random-range 0.2 0.8 --level hole",
    )
    .action(
      async (
        first: string,
        second: string | undefined,
        options: DatabaseOptions & {
          gridUuid?: string;
          level: keyof typeof LEVELS;
          randomRange?: readonly [number, number];
          seed: number;
        },
      ) => {
        const { seed, randomRange: range } = options;
        const level = LEVELS[options.level];
        const bar = progressBar("predictions");
        const done = await onDatabase(options, async ({ pool }) => {
          const { grid, model } = await predictionsMeant(pool, first, second, options.gridUuid);
          const sent = await sendRandomPredictions(pool, { gridUuid: grid, model, level, range, seed }, bar.update);
          return { grid, model, level, sent };
        }).finally(bar.stop);
        print(options, done, () => `Sent ${done.sent} random predictions of ${done.model} for grid ${done.grid}.`);
      },
    );
}

async function predictionsMeant(
  pool: Pool,
  first: string,
  second: string | undefined,
  gridUuid: string | undefined,
): Promise<{ grid: string; model: string }> {
  const { isGrid, isModel } = await whatIsNamed(pool, first);
  if (!isGrid && !isModel) refuseUnknown(first);
  if (second === undefined) {
    if (!isModel) refuse(`${first} is a grid, and no model is named.`, "Say GRID MODEL.");
    return { grid: gridUuid ?? (await theOnlyGrid(pool)), model: first };
  }
  if (gridUuid !== undefined) refuse("The grid is named twice.", "Leave out --grid-uuid, or say MODEL alone.");
  if (!isGrid) refuse(`${first} is a model, no grid.`, "Say GRID MODEL, or MODEL alone with --grid-uuid.");
  return { grid: first, model: second };
}

/** `smartem.random-prior-updates` */
export function defineRandomPriorUpdates(command: Command): void {
  withDatabase(
    takesTwo(command, RANGE)
      .description(
        "SIMULATION: send random results for the micrographs of a grid that have none, from which decisions learn",
      )
      .argument("[grid]", "the grid's uuid")
      .option(...GRID_OPTION)
      .option("--good <share>", "share of good ones (default: 0.5)", numberBetween(0, 1))
      .addOption(
        new Option(
          `${RANGE} <from to>`,
          "as in the original SmartEM: good are those for which a number between these two is below 0.5",
        )
          .argParser(pairOfNumbers(0, 1))
          .conflicts("good"),
      )
      .addOption(
        new Option("--metric <name>", "results of one metric alone (default: of all)").choices(
          Object.keys(QUALITY_METRICS),
        ),
      )
      .option("--seed <n>", "the same seed gives the same numbers", wholeNumber(0, SEED_MAX), 1),
  )
    .addHelpText(
      "after",
      "\nNever on a grid that counts. A worker has to run for them to take effect.\n\n" +
        "Examples:\n  smartem.random-prior-updates 3Nk0eUwXQ5m1bJr7cVfYzA --good 0.3\n" +
        "  smartem.random-prior-updates --grid-uuid 3Nk0eUwXQ5m1bJr7cVfYzA --random-range 0 0.6 --metric motioncorrection",
    )
    .action(
      async (
        named: string | undefined,
        options: DatabaseOptions & {
          gridUuid?: string;
          good?: number;
          randomRange?: readonly [number, number];
          metric?: QualityMetric;
          seed: number;
        },
      ) => {
        const { gridUuid, metric, seed, randomRange } = options;
        if (named !== undefined && gridUuid !== undefined)
          refuse("The grid is named twice.", "Leave out --grid-uuid, or the argument.");
        const good = options.good ?? (randomRange === undefined ? 0.5 : shareBelowHalf(randomRange));
        const bar = progressBar("results");
        const done = await onDatabase(options, async ({ pool }) => {
          const grid = named ?? gridUuid ?? (await theOnlyGrid(pool));
          return {
            grid,
            micrographs: await sendRandomResults(pool, { gridUuid: grid, good, metric, seed }, bar.update),
          };
        }).finally(bar.stop);
        print(options, done, () => `Sent random results for ${done.micrographs} micrographs of grid ${done.grid}.`);
      },
    );
}

/** How likely a number between the two is below 0.5. */
function shareBelowHalf([from, to]: readonly [number, number]): number {
  const [low, high] = from < to ? [from, to] : [to, from];
  if (low >= 0.5) return 0;
  return high < 0.5 ? 1 : (0.5 - low) / (high - low);
}
