import type { EntityName } from "@smartem/common/entity-names";
import type { Transaction } from "../database/connection.js";
import { TABLES } from "../entities/columns.js";
import type { InboxMessage, Setback } from "./message.js";
import { naturalKey } from "./parking.js";

type Named = Extract<EntityName, "grid" | "gridsquare" | "foilhole" | "micrograph" | "atlas">;

/**
 * How a row of each kind is found by EPU's ids (columns of `r`), newest first where the ids leave a choice. A micrograph may be named by
 * any of its uuids in the place of EPU's id: one that came without an id has no other.
 */
const BY_NATURAL_ID: Partial<Record<Named, string>> = {
  gridsquare: `select t.uuid, t.seq from gridsquares t
    where t.gridsquare_id = r.gridsquare_id and (r.grid_uuid is null or t.grid_uuid = r.grid_uuid)`,
  foilhole: `select t.uuid, t.seq from foilholes t join gridsquares s on s.uuid = t.gridsquare_uuid
    where t.foilhole_id = r.foilhole_id and s.gridsquare_id = coalesce(r.gridsquare_id, s.gridsquare_id)
      and (r.grid_uuid is null or s.grid_uuid = r.grid_uuid)`,
  micrograph: `select t.uuid, t.seq from micrographs t join foilholes h on h.uuid = t.foilhole_uuid
      join gridsquares s on s.uuid = h.gridsquare_uuid
    where (t.micrograph_id = r.micrograph_id or t.uuid = r.micrograph_uuid)
      and s.gridsquare_id = coalesce(r.gridsquare_id, s.gridsquare_id) and (r.grid_uuid is null or s.grid_uuid = r.grid_uuid)`,
};

export interface Resolved<M> {
  readonly found: readonly { readonly message: M; readonly uuid: string }[];
  readonly setbacks: Map<number, Setback>;
}

/**
 * Finds the entity that each message speaks of, by uuid, alias or EPU's ids. Messages whose entity is not known yet are to be
 * parked. One statement for uuids and one for natural ids, however many messages.
 */
export async function resolveEntities<M extends InboxMessage>(
  tx: Transaction,
  entity: Named,
  messages: readonly M[],
  uuidOf: (message: M) => string | undefined,
): Promise<Resolved<M>> {
  const known = await existing(
    tx,
    entity,
    messages.flatMap((message) => uuidOf(message) ?? []),
  );
  const natural = messages.filter((message) => uuidOf(message) === undefined && message.body.natural !== undefined);
  const byMessage = new Map<number, string>();
  const select = BY_NATURAL_ID[entity];
  if (natural.length > 0 && select !== undefined) {
    const { rows } = await tx.query<{ id: number; uuid: string }>(
      `select r.id, f.uuid
       from (select g.id, g.gridsquare_id, g.foilhole_id, g.micrograph_id,
           coalesce((select uuid from entity_aliases where alias = g.grid_uuid), g.grid_uuid) as grid_uuid,
           coalesce((select uuid from entity_aliases where alias = g.micrograph_id), g.micrograph_id) as micrograph_uuid
         from jsonb_to_recordset($1::jsonb)
           as g(id bigint, grid_uuid text, gridsquare_id text, foilhole_id text, micrograph_id text)) r
         cross join lateral (select uuid from (${select}) c order by c.seq desc limit 1) f`,
      [JSON.stringify(natural.map((message) => ({ id: message.id, ...message.body.natural })))],
    );
    for (const row of rows) byMessage.set(row.id, row.uuid);
  }
  const found: { message: M; uuid: string }[] = [];
  const setbacks = new Map<number, Setback>();
  for (const message of messages) {
    const given = uuidOf(message);
    const uuid = given === undefined ? byMessage.get(message.id) : known.get(given);
    if (uuid !== undefined) found.push({ message, uuid });
    else
      setbacks.set(message.id, {
        kind: "park",
        waitingFor: given ?? naturalKey(entity, message.body.natural),
        reason: `${entity} ${given ?? JSON.stringify(message.body.natural)} is not known yet`,
      });
  }
  return { found, setbacks };
}

/** Of these uuids and aliases those that exist, with the uuid under which each is kept. */
export async function existing(
  tx: Transaction,
  entity: EntityName,
  uuids: readonly string[],
): Promise<Map<string, string>> {
  if (uuids.length === 0) return new Map();
  const { rows } = await tx.query<{ given: string; uuid: string }>(
    `select x.given, t.uuid from unnest($1::text[]) as x(given)
       left join entity_aliases a on a.alias = x.given
       join ${TABLES[entity].name} t on t.uuid = coalesce(a.uuid, x.given)`,
    [[...new Set(uuids)]],
  );
  return new Map(rows.map((row) => [row.given, row.uuid]));
}

/** The grids that these squares or holes belong to. */
export async function gridsOf(
  tx: Transaction,
  entity: "gridsquare" | "foilhole",
  uuids: readonly string[],
): Promise<string[]> {
  if (uuids.length === 0) return [];
  const from = {
    gridsquare: "gridsquares s where s.uuid = any($1)",
    foilhole: "gridsquares s join foilholes h on h.gridsquare_uuid = s.uuid where h.uuid = any($1)",
  }[entity];
  const { rows } = await tx.query<{ grid_uuid: string }>(`select distinct s.grid_uuid from ${from}`, [
    [...new Set(uuids)],
  ]);
  return rows.map((row) => row.grid_uuid);
}
