import type { NewEvent } from "../events/outbox.js";

/** What a model counts for on a grid. */
export interface ModelWeight {
  readonly model: string;
  readonly metric: string | null;
  readonly weight: number;
  /** Standard deviation; null where it was not learned. */
  readonly weight_sd: number | null;
}

/** Tells of new weights of models on a grid. @param micrographUuid whose result moved them; null where somebody has set them */
export function weightsChanged(
  grid: { readonly gridUuid: string; readonly acquisitionUuid: string | null },
  micrographUuid: string | null,
  weights: readonly ModelWeight[],
): NewEvent {
  return {
    ...grid,
    eventType: "weights.changed",
    payload: {
      grid_uuid: grid.gridUuid,
      acquisition_uuid: grid.acquisitionUuid,
      micrograph_uuid: micrographUuid,
      weights: weights.map(({ model, metric, weight, weight_sd }) => ({
        prediction_model_name: model,
        metric_name: metric,
        weight,
        weight_sd,
      })),
    },
  };
}
