import { ENTITIES } from "@smartem/common/entities";
import type { EntityName } from "@smartem/common/entity-names";
import type { Queryable, Transaction } from "../database/connection.js";
import { requestDecisions } from "../decisions/requests.js";

/** The channel on which processes learn that there are new events. */
export const EVENTS_CHANNEL = "smartem_events";

export interface EntityChange {
  readonly uuid: string;
  readonly created: boolean;
}

/** How an event of each kind names its entity (`e`) and its parents, and where its grid and acquisition are found. */
const EVENT_SELECT: Record<EntityName, { payload: string; joins: string; grid: string; acquisition: string }> = {
  acquisition: { payload: "'uuid', e.uuid", joins: "", grid: "null::text", acquisition: "e.uuid" },
  grid: {
    payload: "'uuid', e.uuid, 'acquisition_uuid', e.acquisition_uuid",
    joins: "",
    grid: "e.uuid",
    acquisition: "e.acquisition_uuid",
  },
  atlas: {
    payload: "'uuid', e.uuid, 'id', e.atlas_id, 'grid_uuid', e.grid_uuid",
    joins: "join grids g on g.uuid = e.grid_uuid",
    grid: "e.grid_uuid",
    acquisition: "g.acquisition_uuid",
  },
  atlas_tile: {
    payload: "'uuid', e.uuid, 'id', e.tile_id, 'atlas_uuid', e.atlas_uuid",
    joins: "join atlases a on a.uuid = e.atlas_uuid join grids g on g.uuid = a.grid_uuid",
    grid: "a.grid_uuid",
    acquisition: "g.acquisition_uuid",
  },
  gridsquare: {
    payload:
      "'uuid', e.uuid, 'grid_uuid', e.grid_uuid, 'gridsquare_id', e.gridsquare_id, 'acquisition_uuid', g.acquisition_uuid",
    joins: "join grids g on g.uuid = e.grid_uuid",
    grid: "e.grid_uuid",
    acquisition: "g.acquisition_uuid",
  },
  foilhole: {
    payload: `'uuid', e.uuid, 'foilhole_id', e.foilhole_id, 'gridsquare_uuid', e.gridsquare_uuid,
      'gridsquare_id', s.gridsquare_id, 'grid_uuid', s.grid_uuid, 'acquisition_uuid', g.acquisition_uuid`,
    joins: "join gridsquares s on s.uuid = e.gridsquare_uuid join grids g on g.uuid = s.grid_uuid",
    grid: "s.grid_uuid",
    acquisition: "g.acquisition_uuid",
  },
  micrograph: {
    payload: `'uuid', e.uuid, 'foilhole_uuid', e.foilhole_uuid, 'foilhole_id', h.foilhole_id,
      'micrograph_id', e.micrograph_id, 'grid_uuid', s.grid_uuid, 'acquisition_uuid', g.acquisition_uuid`,
    joins: `join foilholes h on h.uuid = e.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
      join grids g on g.uuid = s.grid_uuid`,
    grid: "s.grid_uuid",
    acquisition: "g.acquisition_uuid",
  },
};

/** Changes about which there is something new to decide. */
const DECISIVE: ReadonlySet<EntityName> = new Set(["gridsquare", "foilhole", "micrograph"]);

/**
 * Records that entities were created or updated, in the transaction that does it, and asks for the plans of their
 * grids to be looked at again, unless the change is `undecisive`: one that gives nothing new to decide on.
 */
export async function recordChanges(
  tx: Transaction,
  entity: EntityName,
  changes: readonly EntityChange[],
  options: { lowmag?: boolean; undecisive?: boolean } = {},
): Promise<void> {
  if (changes.length === 0) return;
  const { payload, joins, grid, acquisition } = EVENT_SELECT[entity];
  const { rows } = await tx.query<{ grid_uuid: string | null }>(
    `with added as (
       insert into events (event_type, acquisition_uuid, grid_uuid, payload)
       select $3 || case when x.created then '.created' else '.updated' end, ${acquisition}, ${grid},
         jsonb_build_object(${payload})
       from unnest($1::text[], $2::boolean[]) with ordinality as x(uuid, created, n)
         join ${ENTITIES[entity].table} e on e.uuid = x.uuid ${joins}
       order by x.n
       returning grid_uuid)
     select distinct grid_uuid from added where grid_uuid is not null`,
    [
      changes.map((change) => change.uuid),
      changes.map((change) => change.created),
      entity === "gridsquare" && options.lowmag === true ? "gridsquare_lowmag" : entity,
    ],
  );
  if (DECISIVE.has(entity) && options.undecisive !== true) {
    await requestDecisions(
      tx,
      rows.flatMap((row) => row.grid_uuid ?? []),
    );
  }
  await tx.query(`notify ${EVENTS_CHANNEL}`);
}

export async function recordDeletion(tx: Transaction, entity: EntityName, uuid: string): Promise<void> {
  await recordEvents(tx, [{ eventType: `${entity}.deleted`, payload: { uuid } }]);
}

export interface NewEvent {
  readonly eventType: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly acquisitionUuid?: string | null;
  readonly gridUuid?: string | null;
}

/** Records events other than those of entities, in the transaction that causes them. */
export async function recordEvents(tx: Queryable, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tx.query(
    `insert into events (event_type, acquisition_uuid, grid_uuid, payload)
     select event_type, acquisition_uuid, grid_uuid, payload
     from jsonb_to_recordset($1::jsonb) as r(event_type text, acquisition_uuid text, grid_uuid text, payload jsonb)`,
    [
      JSON.stringify(
        events.map((event) => ({
          event_type: event.eventType,
          acquisition_uuid: event.acquisitionUuid ?? null,
          grid_uuid: event.gridUuid ?? null,
          payload: event.payload,
        })),
      ),
    ],
  );
  await tx.query(`notify ${EVENTS_CHANNEL}`);
}
