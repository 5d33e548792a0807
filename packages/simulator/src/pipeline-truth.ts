import type { GridTruth } from "./grid-truth.js";
import { createPredictor, DEFAULT_PREDICTORS, latentRepresentation, type PredictorOptions } from "./predictors.js";
import { at } from "./statistics.js";

/** What one model says of a square or hole. */
export interface SaidPrediction {
  readonly model: string;
  readonly metric: string | null;
  readonly value: number;
}

/** What pipelines that lose nothing say of a square or hole in the end. */
export interface SaidOf {
  readonly level: "gridsquare" | "foilhole";
  /** Of its square, and of itself where it is a hole. */
  readonly gridSquareId: string;
  readonly foilHoleId: string | null;
  readonly predictions: readonly SaidPrediction[];
  /** In the latent representation: parameter → value, `cluster` the group's number. */
  readonly latent: { readonly cluster: number; readonly x: number; readonly y: number };
}

/** What pipelines say of every square and hole of a grid; when, and in which messages, is another matter. */
export function saidByPipelines(
  truth: GridTruth,
  predictors: readonly PredictorOptions[] = DEFAULT_PREDICTORS,
): SaidOf[] {
  const models = predictors.map((options) => createPredictor(truth, options));
  const latent = latentRepresentation(truth);
  const predictionsAt = (
    level: PredictorOptions["level"],
    scoreOf: (model: (typeof models)[number]) => number,
  ): SaidPrediction[] =>
    models
      .filter(({ options }) => options.level === level)
      .map((model) => ({ model: model.options.name, metric: model.options.metric, value: scoreOf(model) }));
  return [
    ...truth.squares.map(
      (square): SaidOf => ({
        level: "gridsquare",
        gridSquareId: String(square.id),
        foilHoleId: null,
        predictions: predictionsAt("square", (model) => model.square(square)),
        latent: latent.square(square),
      }),
    ),
    ...truth.squares
      .flatMap(({ holes }) => holes)
      .map(
        (hole): SaidOf => ({
          level: "foilhole",
          gridSquareId: String(at(truth.squares, hole.square).id),
          foilHoleId: String(hole.id),
          predictions: predictionsAt("hole", (model) => model.hole(hole)),
          latent: latent.hole(hole),
        }),
      ),
  ];
}
