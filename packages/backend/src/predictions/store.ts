import type { Queryable } from "../database/connection.js";
import { EVENTS_CHANNEL, UUIDS_PER_SUMMARY } from "../events/outbox.js";

export type PredictionLevel = "gridsquare" | "foilhole" | "group";

export interface NewPrediction {
  /** Square, hole or group, by its own uuid. */
  readonly entityUuid: string;
  readonly model: string;
  readonly metric: string | null;
  readonly value: number;
}

/** Where the grid of a prediction `r` is found. */
const GRID_JOINS: Readonly<Record<PredictionLevel, string>> = {
  gridsquare: "join gridsquares s on s.uuid = r.entity_uuid join grids g on g.uuid = s.grid_uuid",
  foilhole: `join foilholes h on h.uuid = r.entity_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
    join grids g on g.uuid = s.grid_uuid`,
  group: "join foilhole_groups f on f.uuid = r.entity_uuid join grids g on g.uuid = f.grid_uuid",
};

/**
 * Stores predictions of one level: all of them in the history, the last of each entity, model and metric as the current one.
 * A model that nobody registered is registered by its first prediction. Those who watch are told of them by grid and model.
 *
 * @returns the ids of the rows of history
 */
export async function storePredictions(
  tx: Queryable,
  level: PredictionLevel,
  predictions: readonly NewPrediction[],
): Promise<number[]> {
  if (predictions.length === 0) return [];
  await tx.query(
    `insert into prediction_models (name) select distinct m from unnest($1::text[]) as x(m) order by m on conflict do nothing`,
    [predictions.map((prediction) => prediction.model)],
  );
  const rows = JSON.stringify(
    predictions.map((prediction, n) => ({
      n,
      entity_uuid: prediction.entityUuid,
      model: prediction.model,
      metric: prediction.metric,
      value: prediction.value,
    })),
  );
  const record =
    "jsonb_to_recordset($1::jsonb) as r(n int, entity_uuid text, model text, metric text, value double precision)";
  const history = {
    gridsquare: `select model, metric, value, entity_uuid, null from ${record} order by n`,
    foilhole: `select model, metric, value, null, entity_uuid from ${record} order by n`,
    // A group's prediction is one of each of its holes.
    group: `select model, metric, value, null, g.foilhole_uuid from ${record}
      join foilhole_group_members g on g.group_uuid = r.entity_uuid order by n`,
  }[level];
  const { rows: stored } = await tx.query<{ id: number }>(
    `insert into quality_predictions (prediction_model_name, metric_name, value, gridsquare_uuid, foilhole_uuid) ${history}
     returning id`,
    [rows],
  );
  await tx.query(
    `insert into current_predictions (entity_uuid, prediction_model_name, metric_name, level, value, timestamp)
     select distinct on (entity_uuid, model, coalesce(metric, '')) entity_uuid, model, coalesce(metric, ''), $2, value, now()
     from ${record} order by entity_uuid, model, coalesce(metric, ''), n desc
     on conflict (entity_uuid, prediction_model_name, metric_name) do update
       set value = excluded.value, timestamp = excluded.timestamp, level = excluded.level`,
    [rows, level],
  );
  await tx.query(
    `insert into events (event_type, acquisition_uuid, grid_uuid, payload)
     select 'predictions.changed', g.acquisition_uuid, g.uuid, jsonb_build_object('level', $2::text,
       'prediction_model_name', r.model, 'metric_name', r.metric, 'acquisition_uuid', g.acquisition_uuid, 'grid_uuid', g.uuid,
       'count', count(*), 'uuids', to_jsonb((array_agg(r.entity_uuid order by r.n))[1:${UUIDS_PER_SUMMARY}]))
     from ${record} ${GRID_JOINS[level]} group by g.acquisition_uuid, g.uuid, r.model, r.metric`,
    [rows, level],
  );
  await tx.query(`notify ${EVENTS_CHANNEL}`);
  return stored.map((row) => row.id);
}
