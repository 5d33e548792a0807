import type { Queryable } from "../database/connection.js";
import { UUIDS_PER_SUMMARY } from "../events/outbox.js";

export type PredictionLevel = "gridsquare" | "foilhole" | "group";

export interface NewPrediction {
  /** Square, hole or group, by its own uuid. */
  readonly entityUuid: string;
  readonly model: string;
  readonly metric: string | null;
  readonly value: number;
  /** Its place among all that is taken in, as the inbox's ids have it: the youngest word counts, whenever it is applied. */
  readonly messageOrder: number;
  /** When it was taken in, ISO 8601. */
  readonly receivedAt: string;
}

/** A place behind all that has been taken in so far, for what does not come through the inbox. */
export async function nextMessageOrder(db: Queryable): Promise<Pick<NewPrediction, "messageOrder" | "receivedAt">> {
  const { rows } = await db.query<{ n: number; at: string }>(
    "select nextval(pg_get_serial_sequence('inbox', 'id')) as n, now() as at",
  );
  return { messageOrder: rows[0]?.n ?? 0, receivedAt: rows[0]?.at ?? "" };
}

/** Where the grid of a prediction `r` is found. */
const GRID_JOINS: Readonly<Record<PredictionLevel, string>> = {
  gridsquare: "join gridsquares s on s.uuid = r.entity_uuid join grids g on g.uuid = s.grid_uuid",
  foilhole: `join foilholes h on h.uuid = r.entity_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
    join grids g on g.uuid = s.grid_uuid`,
  group: "join foilhole_groups f on f.uuid = r.entity_uuid join grids g on g.uuid = f.grid_uuid",
};

/**
 * Stores predictions of one level: all of them in the history, the youngest of each entity, model and metric as the current one.
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
      message_order: prediction.messageOrder,
      at: prediction.receivedAt,
    })),
  );
  const record =
    "jsonb_to_recordset($1::jsonb) as r(n int, entity_uuid text, model text, metric text, value float8, message_order bigint, at timestamptz)";
  const history = {
    gridsquare: `select model, metric, value, message_order, at, entity_uuid, null from ${record} order by n`,
    foilhole: `select model, metric, value, message_order, at, null, entity_uuid from ${record} order by n`,
    // A group's prediction is one of each of its holes.
    group: `select model, metric, value, message_order, at, null, g.foilhole_uuid from ${record}
      join foilhole_group_members g on g.group_uuid = r.entity_uuid order by n`,
  }[level];
  const { rows: stored } = await tx.query<{ id: number }>(
    `insert into quality_predictions (prediction_model_name, metric_name, value, message_order, timestamp, gridsquare_uuid, foilhole_uuid)
     ${history} returning id`,
    [rows],
  );
  await tx.query(
    `insert into current_predictions as c (entity_uuid, prediction_model_name, metric_name, level, value, message_order, timestamp)
     select distinct on (entity_uuid, model, coalesce(metric, '')) entity_uuid, model, coalesce(metric, ''), $2, value, message_order, at
     from ${record} order by entity_uuid, model, coalesce(metric, ''), message_order desc, n desc
     on conflict (entity_uuid, prediction_model_name, metric_name) do update
       set value = excluded.value, message_order = excluded.message_order, timestamp = excluded.timestamp, level = excluded.level
       where excluded.message_order >= c.message_order`,
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
  return stored.map((row) => row.id);
}
