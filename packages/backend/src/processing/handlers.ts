import { MicrographStatus } from "@smartem/common/entities";
import type { QualityMetric } from "@smartem/common/metrics";
import type { Transaction } from "../database/connection.js";
import { requestDecisionsOnResults } from "../decisions/requests.js";
import { DEFAULT_LIMITS } from "../decisions/settings.js";
import { type EntityChange, recordChanges, recordEvents } from "../events/outbox.js";
import type { Handler, InboxMessage } from "../inbox/message.js";
import { resolveEntities } from "../inbox/resolve.js";
import { keepPredictionsBeforeResults } from "../predictions/before-results.js";
import { judgeMicrographs } from "../quality/metrics.js";

/** What a processing result sets on its micrograph: column → the message's field. */
interface ResultColumns {
  readonly columns: Readonly<Record<string, { readonly field: string; readonly type: string }>>;
  /** Keeps which message told it. */
  readonly order: string;
  readonly status: string;
  /** The metric that the result is of, and the event that tells whether it is good by it. */
  readonly judged?: { readonly metric: QualityMetric; readonly eventType: string };
}

const STATUSES = (MicrographStatus as unknown as { enum: readonly string[] }).enum;

function resultHandler({ columns, order, status, judged }: ResultColumns): Handler {
  const names = Object.keys(columns);
  const definition = names.map((name) => `${name} ${columns[name]?.type}`).join(", ");
  return async (tx, messages) => {
    const { found, setbacks } = await resolveEntities(
      tx,
      "micrograph",
      messages,
      (message) => message.body.micrograph_uuid as string | undefined,
    );
    // The youngest word on a micrograph counts; one row each keeps the update from meeting itself.
    const inOrder = [...found].sort((a, b) => a.message.id - b.message.id);
    const rows = new Map(inOrder.map(({ message, uuid }) => [uuid, rowOf(message, uuid)]));
    await keepPredictionsBeforeResults(
      tx,
      found.map(({ message, uuid }) => ({ micrographUuid: uuid, messageOrder: message.id })),
    );
    const changed = await update(tx, [...rows.values()]);
    await recordChanges(tx, "micrograph", changed);
    await recordMetrics(tx, changed);
    if (judged !== undefined) await recordVerdicts(tx, judged.metric, judged.eventType, changed);
    await requestDecisionsOnResults(
      tx,
      inOrder.map(({ uuid }) => uuid),
    );
    return setbacks;
  };

  function rowOf(message: InboxMessage, uuid: string): Record<string, unknown> {
    const values = Object.entries(columns).map(([name, { field }]) => {
      const value = message.body[field];
      return [name, typeof value === "object" && value !== null ? JSON.stringify(value) : (value ?? null)];
    });
    return { uuid, message_order: message.id, ...Object.fromEntries(values) };
  }

  async function update(tx: Transaction, rows: readonly Record<string, unknown>[]): Promise<EntityChange[]> {
    const result = await tx.query<EntityChange>(
      `update micrographs t set ${names.map((name) => `${name} = r.${name}`).join(", ")}, ${order} = r.message_order,
         -- results come in any order: the status tells the furthest step that is done
         status = case when coalesce(array_position($2::text[], t.status), 1) < array_position($2::text[], $3)
           then $3 else t.status end
       from (select * from jsonb_to_recordset($1::jsonb) as x(uuid text, message_order bigint, ${definition}) order by uuid) r
       where t.uuid = r.uuid and (t.${order} is null or t.${order} <= r.message_order) returning t.uuid, false as created`,
      [JSON.stringify(rows), STATUSES, status],
    );
    return result.rows;
  }
}

/** Tells those who watch what is known of these micrographs by now. */
async function recordMetrics(tx: Transaction, changed: readonly EntityChange[]): Promise<void> {
  const { rows } = await tx.query<{ acquisition_uuid: string; grid_uuid: string; payload: Record<string, unknown> }>(
    `select g.acquisition_uuid, m.grid_uuid, jsonb_build_object('micrograph_uuid', m.uuid, 'foilhole_uuid', m.foilhole_uuid,
       'total_motion', m.total_motion, 'average_motion', m.average_motion,
       'ctf_max_resolution_estimate', m.ctf_max_resolution_estimate,
       'number_of_particles_picked', m.number_of_particles_picked,
       'number_of_particles_selected', m.number_of_particles_selected) as payload
     from unnest($1::text[]) with ordinality as x(uuid, n) join micrographs m on m.uuid = x.uuid
       join grids g on g.uuid = m.grid_uuid
     order by x.n`,
    [changed.map((change) => change.uuid)],
  );
  await recordEvents(
    tx,
    rows.map((row) => ({
      eventType: "processing.metric",
      payload: row.payload,
      acquisitionUuid: row.acquisition_uuid,
      gridUuid: row.grid_uuid,
    })),
  );
}

/** Tells other systems which of these micrographs are good by one metric. Those that can't be judged yet are not told of. */
async function recordVerdicts(
  tx: Transaction,
  metric: QualityMetric,
  eventType: string,
  changed: readonly EntityChange[],
): Promise<void> {
  const verdicts = await judgeMicrographs(
    tx,
    metric,
    changed.map((change) => change.uuid),
    DEFAULT_LIMITS,
  );
  await recordEvents(
    tx,
    verdicts.map(({ micrographUuid, good, gridUuid, acquisitionUuid }) => ({
      eventType,
      gridUuid,
      acquisitionUuid,
      payload: { micrograph_uuid: micrographUuid, quality: good, metric_name: metric },
    })),
  );
}

export const motionCorrectionCompleted = resultHandler({
  columns: {
    total_motion: { field: "total_motion", type: "double precision" },
    average_motion: { field: "average_motion", type: "double precision" },
  },
  order: "motion_order",
  status: "motion correction completed",
  judged: { metric: "motioncorrection", eventType: "motion_correction.registered" },
});

export const ctfCompleted = resultHandler({
  columns: { ctf_max_resolution_estimate: { field: "ctf_max_resolution_estimate", type: "double precision" } },
  order: "ctf_order",
  status: "ctf completed",
  judged: { metric: "ctfmaxresolution", eventType: "ctf.registered" },
});

export const particlePickingCompleted = resultHandler({
  columns: { number_of_particles_picked: { field: "number_of_particles_picked", type: "integer" } },
  order: "picking_order",
  status: "particle picking completed",
  judged: { metric: "numparticles", eventType: "particle_picking.registered" },
});

export const particleSelectionCompleted = resultHandler({
  columns: {
    number_of_particles_selected: { field: "number_of_particles_selected", type: "integer" },
    number_of_particles_rejected: { field: "number_of_particles_rejected", type: "integer" },
    selection_distribution: { field: "selection_distribution", type: "text" },
  },
  order: "selection_order",
  status: "particle selection completed",
});
