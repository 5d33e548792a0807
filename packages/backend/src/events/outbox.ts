import { ENTITIES } from "@smartem/common/entities";
import { ENTITY_NAMES, type EntityName } from "@smartem/common/entity-names";
import type { Queryable, Transaction } from "../database/connection.js";
import { requestDecisions, requestDecisionsUnderWay } from "../decisions/requests.js";

/** The channel on which processes learn that there are new events: the database tells of all that are recorded (migration 0190). */
export const EVENTS_CHANNEL = "smartem_events";

export interface EntityChange {
  readonly uuid: string;
  readonly created: boolean;
  /** Of a grid square: told of at the atlas's magnification. Left out: as far as it is known by now. */
  readonly lowmag?: boolean;
}

interface EventSelect {
  readonly payload: string;
  readonly joins: string;
  /** Its grid, its acquisition, and what else it lies below. */
  readonly grid: string;
  readonly acquisition: string;
  readonly parents: Readonly<Partial<Record<EntityName, string>>>;
}

/** How an event of each kind names its entity (`e`) and its parents, and where what it lies below is found. Parents come first. */
const EVENT_SELECT: Record<EntityName, EventSelect> = {
  acquisition: { payload: "'uuid', e.uuid", joins: "", grid: "null::text", acquisition: "e.uuid", parents: {} },
  grid: {
    payload: "'uuid', e.uuid, 'acquisition_uuid', e.acquisition_uuid",
    joins: "",
    grid: "e.uuid",
    acquisition: "e.acquisition_uuid",
    parents: { acquisition: "e.acquisition_uuid" },
  },
  atlas: {
    payload: "'uuid', e.uuid, 'id', e.atlas_id, 'grid_uuid', e.grid_uuid",
    joins: "join grids g on g.uuid = e.grid_uuid",
    grid: "e.grid_uuid",
    acquisition: "g.acquisition_uuid",
    parents: { acquisition: "g.acquisition_uuid", grid: "e.grid_uuid" },
  },
  atlas_tile: {
    payload: "'uuid', e.uuid, 'id', e.tile_id, 'atlas_uuid', e.atlas_uuid",
    joins: "join atlases a on a.uuid = e.atlas_uuid join grids g on g.uuid = a.grid_uuid",
    grid: "a.grid_uuid",
    acquisition: "g.acquisition_uuid",
    parents: { acquisition: "g.acquisition_uuid", grid: "a.grid_uuid", atlas: "e.atlas_uuid" },
  },
  gridsquare: {
    payload:
      "'uuid', e.uuid, 'grid_uuid', e.grid_uuid, 'gridsquare_id', e.gridsquare_id, 'acquisition_uuid', g.acquisition_uuid",
    joins: "join grids g on g.uuid = e.grid_uuid",
    grid: "e.grid_uuid",
    acquisition: "g.acquisition_uuid",
    parents: { acquisition: "g.acquisition_uuid", grid: "e.grid_uuid" },
  },
  foilhole: {
    payload: `'uuid', e.uuid, 'foilhole_id', e.foilhole_id, 'gridsquare_uuid', e.gridsquare_uuid,
      'gridsquare_id', s.gridsquare_id, 'grid_uuid', s.grid_uuid, 'acquisition_uuid', g.acquisition_uuid`,
    joins: "join gridsquares s on s.uuid = e.gridsquare_uuid join grids g on g.uuid = s.grid_uuid",
    grid: "s.grid_uuid",
    acquisition: "g.acquisition_uuid",
    parents: { acquisition: "g.acquisition_uuid", grid: "s.grid_uuid", gridsquare: "e.gridsquare_uuid" },
  },
  micrograph: {
    payload: `'uuid', e.uuid, 'foilhole_uuid', e.foilhole_uuid, 'foilhole_id', h.foilhole_id,
      'micrograph_id', e.micrograph_id, 'grid_uuid', s.grid_uuid, 'acquisition_uuid', g.acquisition_uuid`,
    joins: `join foilholes h on h.uuid = e.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
      join grids g on g.uuid = s.grid_uuid`,
    grid: "s.grid_uuid",
    acquisition: "g.acquisition_uuid",
    parents: {
      acquisition: "g.acquisition_uuid",
      grid: "s.grid_uuid",
      gridsquare: "h.gridsquare_uuid",
      foilhole: "e.foilhole_uuid",
    },
  },
};

/** What the events of an entity `e` begin with. */
function eventPrefix(entity: EntityName, lowmag: string): string {
  return entity === "gridsquare" ? `case when ${lowmag} then 'gridsquare_lowmag' else 'gridsquare' end` : `'${entity}'`;
}

/** Uuids that one summary names; the count says how many there are. */
export const UUIDS_PER_SUMMARY = 200;

/**
 * An expression of a query that tells those who watch of many changes at once (`entities.changed`): one event per grid and kind of
 * change, whatever the number of entities.
 *
 * @param recorded the query's expression that records the entities' own events, returning what this sums up
 */
function summaryOf(recorded: string, entity: string): string {
  return `summed_up as (
       insert into events (event_type, acquisition_uuid, grid_uuid, payload)
       select 'entities.changed', acquisition_uuid, grid_uuid, jsonb_build_object('entity', ${entity},
         'action', split_part(event_type, '.', 2), 'acquisition_uuid', acquisition_uuid, 'grid_uuid', grid_uuid,
         'count', count(*), 'uuids', to_jsonb((array_agg(uuid order by id))[1:${UUIDS_PER_SUMMARY}]))
       from ${recorded} group by acquisition_uuid, grid_uuid, event_type)`;
}

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
  options: { undecisive?: boolean } = {},
): Promise<void> {
  if (changes.length === 0) return;
  const { payload, joins, grid, acquisition } = EVENT_SELECT[entity];
  const { rows } = await tx.query<{ grid_uuid: string | null }>(
    `with added as (
       insert into events (event_type, acquisition_uuid, grid_uuid, payload)
       select ${eventPrefix(entity, "coalesce(x.lowmag, e.lowmag)")} || case when x.created then '.created' else '.updated' end,
         ${acquisition}, ${grid}, jsonb_build_object(${payload})
       from unnest($1::text[], $2::boolean[], $3::boolean[]) with ordinality as x(uuid, created, lowmag, n)
         join ${ENTITIES[entity].table} e on e.uuid = x.uuid ${joins}
       order by x.n
       returning id, event_type, acquisition_uuid, grid_uuid, payload ->> 'uuid' as uuid),
     ${summaryOf("added", `'${entity}'`)}
     select distinct grid_uuid from added where grid_uuid is not null`,
    [
      changes.map((change) => change.uuid),
      changes.map((change) => change.created),
      changes.map((change) => change.lowmag ?? null),
    ],
  );
  if (options.undecisive === true) return;
  // How much time is left, which limits hold, how far beam shift reaches.
  if (entity === "acquisition") {
    await requestDecisionsUnderWay(
      tx,
      changes.map((change) => change.uuid),
    );
  }
  if (DECISIVE.has(entity)) {
    await requestDecisions(
      tx,
      rows.flatMap((row) => row.grid_uuid ?? []),
    );
  }
}

/** Groups of holes go with their grid. */
const GROUPS_OF_GONE = " union all select g.uuid from foilhole_groups g where g.grid_uuid in (select uuid from gone)";

/**
 * Records, in the transaction that is about to delete an entity, that it and everything below it is deleted, parents first, and forgets
 * what is kept of them by their uuids alone. Locks them, so that nothing comes to lie below them meanwhile. A statement per kind,
 * whatever their number.
 */
export async function recordDeletion(tx: Transaction, entity: EntityName, uuid: string): Promise<void> {
  let gridUuid: string | null = null;
  for (const kind of ENTITY_NAMES) {
    const { joins, grid, acquisition, parents } = EVENT_SELECT[kind];
    const named = kind === entity ? "e.uuid" : parents[entity];
    if (named === undefined) continue;
    const { rows } = await tx.query<{ grid_uuid: string | null }>(
      `with gone as materialized (
         select e.uuid, ${eventPrefix(kind, "e.lowmag")} as prefix, ${acquisition} as acquisition_uuid, ${grid} as grid_uuid
         from ${ENTITIES[kind].table} e ${joins} where ${named} = $1 order by e.uuid for update of e),
       aliases as (delete from entity_aliases where uuid in (select uuid from gone)),
       predictions as (delete from current_predictions where entity_uuid in (select uuid from gone${kind === "grid" ? GROUPS_OF_GONE : ""})),
       choices as (delete from operator_choices where entity_uuid in (select uuid from gone)),
       marks as (delete from registrations where entity_uuid in (select uuid from gone)),
       told as (
         insert into events (event_type, acquisition_uuid, grid_uuid, payload)
         select prefix || '.deleted', acquisition_uuid, grid_uuid, jsonb_build_object('uuid', uuid) from gone
         returning id, event_type, acquisition_uuid, grid_uuid, payload ->> 'uuid' as uuid),
       ${summaryOf("told", `'${kind}'`)}
       select grid_uuid from gone limit 1`,
      [uuid],
    );
    if (kind === entity) gridUuid = rows[0]?.grid_uuid ?? null;
  }
  if (DECISIVE.has(entity) && gridUuid !== null) await requestDecisions(tx, [gridUuid]);
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
}
