import type { Transaction } from "../database/connection.js";
import { requestDecisions } from "../decisions/requests.js";
import type { Handler, InboxMessage, Setback } from "../inbox/message.js";
import { releaseParked } from "../inbox/parking.js";
import { existing, gridsOf, resolveEntities } from "../inbox/resolve.js";
import { type NewPrediction, storePredictions } from "./store.js";

function predictionOf(message: InboxMessage, entityUuid: string): NewPrediction {
  const { prediction_model_name, prediction_value, metric } = message.body;
  return {
    entityUuid,
    model: String(prediction_model_name),
    metric: typeof metric === "string" ? metric : null,
    value: Number(prediction_value),
    messageOrder: message.id,
    receivedAt: message.received_at,
  };
}

export const gridsquarePrediction: Handler = async (tx, messages) => {
  const { found, setbacks } = await resolveEntities(
    tx,
    "gridsquare",
    messages,
    (message) => message.body.gridsquare_uuid as string | undefined,
  );
  await storePredictions(
    tx,
    "gridsquare",
    found.map(({ message, uuid }) => predictionOf(message, uuid)),
  );
  await requestDecisions(
    tx,
    await gridsOf(
      tx,
      "gridsquare",
      found.map(({ uuid }) => uuid),
    ),
  );
  return setbacks;
};

/** Holes of a message that names several; where one is unknown, the message waits for it as a whole. */
async function holesOf(
  tx: Transaction,
  messages: readonly InboxMessage[],
): Promise<{ complete: { message: InboxMessage; holes: string[] }[]; setbacks: Map<number, Setback> }> {
  const uuidsOf = (message: InboxMessage): readonly string[] => message.body.foilhole_uuids as readonly string[];
  const known = await existing(tx, "foilhole", messages.flatMap(uuidsOf));
  const complete: { message: InboxMessage; holes: string[] }[] = [];
  const setbacks = new Map<number, Setback>();
  for (const message of messages) {
    const missing = uuidsOf(message).find((uuid) => !known.has(uuid));
    if (missing === undefined)
      complete.push({ message, holes: [...new Set(uuidsOf(message).flatMap((uuid) => known.get(uuid) ?? []))] });
    else
      setbacks.set(message.id, { kind: "park", waitingFor: missing, reason: `foilhole ${missing} is not known yet` });
  }
  return { complete, setbacks };
}

/** Predictions of one hole and of several, as they come: the youngest word on a hole counts, whichever way it is said. */
export const foilholePredictions: Handler = async (tx, messages) => {
  const ofSeveral = (message: InboxMessage): boolean => message.event_type === "foilhole.model_multi_prediction";
  const single = await resolveEntities(
    tx,
    "foilhole",
    messages.filter((message) => !ofSeveral(message)),
    (message) => message.body.foilhole_uuid as string | undefined,
  );
  const several = await holesOf(tx, messages.filter(ofSeveral));
  const holesOfMessage = new Map<number, readonly string[]>([
    ...single.found.map(({ message, uuid }) => [message.id, [uuid]] as const),
    ...several.complete.map(({ message, holes }) => [message.id, holes] as const),
  ]);
  await storePredictions(
    tx,
    "foilhole",
    messages.flatMap((message) => (holesOfMessage.get(message.id) ?? []).map((uuid) => predictionOf(message, uuid))),
  );
  await requestDecisions(
    tx,
    await gridsOf(
      tx,
      "foilhole",
      [...holesOfMessage.values()].flatMap((holes) => holes.slice(0, 1)),
    ),
  );
  return new Map([...single.setbacks, ...several.setbacks]);
};

export const groupCreate: Handler = async (tx, messages) => {
  const grids = await existing(
    tx,
    "grid",
    messages.map((message) => String(message.body.grid_uuid)),
  );
  const { complete, setbacks } = await holesOf(tx, messages);
  const ready = complete.flatMap(({ message, holes }) => {
    const grid = grids.get(String(message.body.grid_uuid));
    if (grid !== undefined) return [{ message, holes, grid }];
    setbacks.set(message.id, {
      kind: "park",
      waitingFor: String(message.body.grid_uuid),
      reason: `grid ${String(message.body.grid_uuid)} is not known yet`,
    });
    return [];
  });
  if (ready.length === 0) return setbacks;
  await tx.query(
    `insert into foilhole_groups (uuid, grid_uuid, name)
     select distinct on (uuid) uuid, grid_uuid, name from jsonb_to_recordset($1::jsonb) as r(uuid text, grid_uuid text, name text) order by uuid
     on conflict (uuid) do update set name = coalesce(excluded.name, foilhole_groups.name)`,
    [
      JSON.stringify(
        ready.map(({ message, grid }) => ({
          uuid: message.body.group_uuid,
          grid_uuid: grid,
          name: message.body.name ?? null,
        })),
      ),
    ],
  );
  // What was said of the group before is said of its new members too.
  await tx.query(
    `with added as (
       insert into foilhole_group_members (group_uuid, foilhole_uuid) select * from unnest($1::text[], $2::text[]) order by 1, 2
       on conflict do nothing returning group_uuid, foilhole_uuid)
     insert into quality_predictions (prediction_model_name, metric_name, value, message_order, timestamp, foilhole_uuid)
     select c.prediction_model_name, nullif(c.metric_name, ''), c.value, c.message_order, c.timestamp, a.foilhole_uuid
     from added a join current_predictions c on c.entity_uuid = a.group_uuid order by c.message_order, a.foilhole_uuid`,
    [
      ready.flatMap(({ message, holes }) => holes.map(() => String(message.body.group_uuid))),
      ready.flatMap(({ holes }) => holes),
    ],
  );
  await releaseParked(
    tx,
    "group",
    ready.map(({ message }) => String(message.body.group_uuid)),
  );
  await requestDecisions(
    tx,
    ready.map(({ grid }) => grid),
  );
  return setbacks;
};

export const groupPrediction: Handler = async (tx, messages) => {
  const { rows } = await tx.query<{ uuid: string; grid_uuid: string }>(
    "select uuid, grid_uuid from foilhole_groups where uuid = any($1)",
    [messages.map((message) => message.body.group_uuid)],
  );
  const grids = new Map(rows.map((row) => [row.uuid, row.grid_uuid]));
  const setbacks = new Map<number, Setback>();
  const known = messages.filter((message) => {
    const group = String(message.body.group_uuid);
    if (grids.has(group)) return true;
    setbacks.set(message.id, { kind: "park", waitingFor: group, reason: `group ${group} is not known yet` });
    return false;
  });
  await storePredictions(
    tx,
    "group",
    known.map((message) => predictionOf(message, String(message.body.group_uuid))),
  );
  await requestDecisions(
    tx,
    known.flatMap((message) => grids.get(String(message.body.group_uuid)) ?? []),
  );
  return setbacks;
};

interface Parameter {
  readonly grid: string;
  readonly model: string;
  readonly group: string;
  readonly key: string;
  readonly metric: string;
  readonly value: number;
  readonly message_order: number;
  readonly at: string;
}

async function storeParameters(tx: Transaction, parameters: readonly Parameter[]): Promise<void> {
  if (parameters.length === 0) return;
  await tx.query(
    `insert into model_parameters as c (grid_uuid, prediction_model_name, group_name, key, metric_name, value, message_order, timestamp)
     select distinct on (1, 2, 3, 4, 5) grid, model, "group", key, metric, value, message_order, at
     from jsonb_to_recordset($1::jsonb) as r(
       grid text, model text, "group" text, key text, metric text, value float8, message_order bigint, at timestamptz)
     order by 1, 2, 3, 4, 5, message_order desc
     on conflict (grid_uuid, prediction_model_name, group_name, key, metric_name) do update
       set value = excluded.value, message_order = excluded.message_order, timestamp = excluded.timestamp
       where excluded.message_order >= c.message_order`,
    [JSON.stringify(parameters)],
  );
  await requestDecisions(
    tx,
    parameters.map((parameter) => parameter.grid),
  );
}

export const modelParameterUpdate: Handler = async (tx, messages) => {
  const { found, setbacks } = await resolveEntities(tx, "grid", messages, (message) => String(message.body.grid_uuid));
  await storeParameters(
    tx,
    found.map(({ message: { id, body, received_at }, uuid }) => ({
      grid: uuid,
      model: String(body.prediction_model_name),
      group: String(body.group ?? ""),
      key: String(body.key),
      metric: String(body.metric ?? ""),
      value: Number(body.value),
      message_order: id,
      at: received_at,
    })),
  );
  return setbacks;
};

/** The group under which a model's score of an atlas as a whole is kept among its parameters. */
const ATLAS_GROUP = "atlas_prediction";

export const atlasPrediction: Handler = async (tx, messages) => {
  const { found, setbacks } = await resolveEntities(tx, "atlas", messages, (message) => String(message.body.uuid));
  const { rows } = await tx.query<{ uuid: string; grid_uuid: string }>(
    "select uuid, grid_uuid from atlases where uuid = any($1)",
    [found.map(({ uuid }) => uuid)],
  );
  const grids = new Map(rows.map((row) => [row.uuid, row.grid_uuid]));
  await storeParameters(
    tx,
    found.map(({ message: { id, body, received_at }, uuid }) => ({
      grid: grids.get(uuid) ?? "",
      model: String(body.model_name),
      group: ATLAS_GROUP,
      key: uuid,
      metric: "",
      value: Number(body.prediction_value),
      message_order: id,
      at: received_at,
    })),
  );
  return setbacks;
};

export const refreshPredictions: Handler = async (tx, messages) => {
  const { found, setbacks } = await resolveEntities(tx, "grid", messages, (message) => String(message.body.grid_uuid));
  await requestDecisions(
    tx,
    found.map(({ uuid }) => uuid),
  );
  return setbacks;
};
