import type { EntityName } from "@smartem/common/entity-names";
import type { Queryable } from "../database/connection.js";
import type { NaturalReference } from "./normalise.js";

/** The channel on which workers learn that there are messages to apply. */
export const INBOX_CHANNEL = "smartem_inbox";

/** EPU's id of each kind of entity that messages may name by it: the column, and the field of a reference. */
const NATURAL_ID = { gridsquare: "gridsquare_id", foilhole: "foilhole_id", micrograph: "micrograph_id" } as const;

function hasNaturalId(entity: EntityName | "group" | "session"): entity is keyof typeof NATURAL_ID {
  return entity in NATURAL_ID;
}

/** What a message waits for that names an entity by EPU's ids. No uuid has a colon. */
export function naturalKey(entity: EntityName, natural: NaturalReference | undefined): string | null {
  const id = hasNaturalId(entity) ? natural?.[NATURAL_ID[entity]] : undefined;
  return id === undefined ? null : `${entity}:${id}`;
}

/** Wakes the messages that wait for one of these entities, in the transaction that creates them. */
export async function releaseParked(
  tx: Queryable,
  entity: EntityName | "group" | "session",
  uuids: readonly string[],
): Promise<void> {
  if (uuids.length === 0) return;
  const keys = hasNaturalId(entity)
    ? `$1::text[] || array(select '${entity}:' || ${NATURAL_ID[entity]} from ${entity}s where uuid = any($1)
         union all select '${entity}:' || u from unnest($1::text[]) as u)`
    : "$1::text[]";
  const { rowCount } = await tx.query(
    `update inbox i set status = 'ready', available_at = now(), waiting_for = null,
       -- From now on it keeps its place among the messages of its grid.
       grid_uuid = case when i.grid_uuid <> '' then i.grid_uuid else coalesce(
         (select s.grid_uuid from gridsquares s where s.uuid = i.waiting_for),
         (select s.grid_uuid from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid where h.uuid = i.waiting_for),
         (select s.grid_uuid from micrographs m join foilholes h on h.uuid = m.foilhole_uuid
            join gridsquares s on s.uuid = h.gridsquare_uuid where m.uuid = i.waiting_for),
         (select g.grid_uuid from foilhole_groups g where g.uuid = i.waiting_for), '') end
     where status = 'parked' and waiting_for = any(${keys})`,
    [uuids],
  );
  if (rowCount !== null && rowCount > 0) await tx.query(`notify ${INBOX_CHANNEL}`);
}
