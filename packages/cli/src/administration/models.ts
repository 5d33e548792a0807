import { initialiseModelWeight, registerPredictionModel } from "@smartem/backend/administration/models";
import { sendRandomPredictions, sendRandomResults } from "@smartem/backend/administration/simulated-messages";
import { type Command, Option } from "commander";
import { numberBetween, wholeNumber } from "../numbers.js";
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

/** `smartem.init-model-weight` */
export function defineInitModelWeight(command: Command): void {
  withDatabase(
    command
      .description(
        "Write the weight with which the chart of a model begins on a grid; decisions learn theirs from results",
      )
      .argument("<grid>", "the grid's uuid")
      .argument("<model>", "the model's name")
      .option("--weight <number>", "the weight", numberBetween(0, 1_000), 1)
      .option("--metric <name>", "of the model's predictions for one metric"),
  )
    .addHelpText("after", "\nExample:\n  smartem.init-model-weight 3Nk0eUwXQ5m1bJr7cVfYzA resnet-holes --weight 0.5")
    .action(async (grid: string, model: string, options: DatabaseOptions & { weight: number; metric?: string }) => {
      const { weight, metric = null } = options;
      const { id } = await onDatabase(options, ({ pool }) =>
        initialiseModelWeight(pool, { gridUuid: grid, model, metric, weight }),
      );
      print(
        options,
        { id, grid, model, metric, weight },
        () => `The chart of ${model} begins with the weight ${weight} on grid ${grid}.`,
      );
    });
}

/** `smartem.random-model-predictions` */
export function defineRandomModelPredictions(command: Command): void {
  withDatabase(
    command
      .description("SIMULATION: send a random prediction for each hole or square of a grid")
      .argument("<grid>", "the grid's uuid")
      .argument("<model>", "the name under which they are sent")
      .addOption(
        new Option("--level <level>", "what is predicted").choices(["foilhole", "gridsquare"]).default("foilhole"),
      )
      .option("--seed <n>", "the same seed gives the same numbers", wholeNumber(0, SEED_MAX), 1),
  )
    .addHelpText(
      "after",
      "\nNever on a grid that counts. A worker has to run for them to take effect.\n\nExample:\n  smartem.random-model-predictions 3Nk0eUwXQ5m1bJr7cVfYzA noise --seed 7",
    )
    .action(
      async (
        grid: string,
        model: string,
        options: DatabaseOptions & { level: "foilhole" | "gridsquare"; seed: number },
      ) => {
        const bar = progressBar("predictions");
        const sent = await onDatabase(options, ({ pool }) =>
          sendRandomPredictions(pool, { gridUuid: grid, model, level: options.level, seed: options.seed }, bar.update),
        ).finally(bar.stop);
        print(
          options,
          { grid, model, level: options.level, sent },
          () => `Sent ${sent} random predictions of ${model}.`,
        );
      },
    );
}

/** `smartem.random-prior-updates` */
export function defineRandomPriorUpdates(command: Command): void {
  withDatabase(
    command
      .description(
        "SIMULATION: send random results for the micrographs of a grid that have none, from which decisions learn",
      )
      .argument("<grid>", "the grid's uuid")
      .option("--good <share>", "share of good ones", numberBetween(0, 1), 0.5)
      .option("--seed <n>", "the same seed gives the same numbers", wholeNumber(0, SEED_MAX), 1),
  )
    .addHelpText(
      "after",
      "\nNever on a grid that counts. A worker has to run for them to take effect.\n\nExample:\n  smartem.random-prior-updates 3Nk0eUwXQ5m1bJr7cVfYzA --good 0.3",
    )
    .action(async (grid: string, options: DatabaseOptions & { good: number; seed: number }) => {
      const bar = progressBar("results");
      const micrographs = await onDatabase(options, ({ pool }) =>
        sendRandomResults(pool, { gridUuid: grid, good: options.good, seed: options.seed }, bar.update),
      ).finally(bar.stop);
      print(options, { grid, micrographs }, () => `Sent random results for ${micrographs} micrographs.`);
    });
}
