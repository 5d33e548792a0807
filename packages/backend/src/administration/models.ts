import { SmartemError } from "@smartem/common/errors";
import { type Pool, transaction } from "../database/connection.js";
import { requestDecisions, requestDecisionsUnderWay } from "../decisions/requests.js";
import { weightsChanged } from "../decisions/weights-changed.js";
import { requireEntity } from "../entities/read.js";
import { recordEvents } from "../events/outbox.js";

export interface ModelRegistration {
  readonly name: string;
  readonly description?: string | undefined;
  readonly canTrain?: boolean | undefined;
  readonly canInfer?: boolean | undefined;
  readonly canUpdate?: boolean | undefined;
}

/** Registers a prediction model; one that is known gets what is given, and keeps the rest. @returns whether it is new */
export async function registerPredictionModel(pool: Pool, model: ModelRegistration): Promise<{ created: boolean }> {
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ created: boolean }>(
      `insert into prediction_models as m (name, description, can_train, can_infer, can_update)
     values ($1, coalesce($2, ''), coalesce($3, false), coalesce($4, true), coalesce($5, false))
     on conflict (name) do update set description = coalesce($2, m.description), can_train = coalesce($3, m.can_train),
       can_infer = coalesce($4, m.can_infer), can_update = coalesce($5, m.can_update)
     returning (xmax = 0) as created`,
      [model.name, model.description ?? null, model.canTrain ?? null, model.canInfer ?? null, model.canUpdate ?? null],
    );
    await requestDecisionsUnderWay(tx);
    return { created: rows[0]?.created ?? false };
  });
}

export interface InitialWeight {
  readonly gridUuid: string;
  readonly model: string;
  readonly metric: string | null;
  readonly weight: number;
}

/**
 * Writes the first weight of a model on a grid, from which its chart begins; the decisions learn the weights from then on.
 *
 * @throws SmartemError `not_found` where the grid or the model is unknown
 */
export async function initialiseModelWeight(pool: Pool, initial: InitialWeight): Promise<{ id: number }> {
  return transaction(pool, async (tx) => {
    const grid = await requireEntity(tx, "grid", initial.gridUuid);
    const { rows: models } = await tx.query("select from prediction_models where name = $1", [initial.model]);
    if (models.length === 0) {
      throw new SmartemError("not_found", 404, `Prediction model ${initial.model} not found`, {
        hint: "Register it first: smartem register-prediction-model NAME.",
      });
    }
    const { rows } = await tx.query<{ id: number; acquisition_uuid: string }>(
      `insert into model_weights (grid_uuid, prediction_model_name, metric_name, weight) values ($1, $2, $3, $4)
       returning id, (select acquisition_uuid from grids where uuid = $1) as acquisition_uuid`,
      [grid, initial.model, initial.metric, initial.weight],
    );
    const { id = 0, acquisition_uuid = null } = rows[0] ?? {};
    const changed = { gridUuid: grid, acquisitionUuid: acquisition_uuid };
    await recordEvents(tx, [weightsChanged(changed, null, [{ ...initial, weight_sd: null }])]);
    await requestDecisions(tx, [grid]);
    return { id };
  });
}
