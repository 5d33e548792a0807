import { OVER_STATUSES } from "@smartem/common/states";
import type { Queryable } from "../database/connection.js";

/** The channel on which workers learn that a grid wants to be decided on. */
export const DECISIONS_CHANNEL = "smartem_decisions";

/** Asks for the plans of grids to be computed anew, in the transaction that changed what they rest on. */
export async function requestDecisions(tx: Queryable, gridUuids: readonly string[]): Promise<void> {
  if (gridUuids.length === 0) return;
  await tx.query("insert into decision_requests (grid_uuid) select g from unnest($1::text[]) as x(g) order by g", [
    [...new Set(gridUuids)],
  ]);
  await tx.query(`notify ${DECISIONS_CHANNEL}`);
}

/** The same of all grids that have a plan, of these acquisitions or of all, as far as they are under way: where what changed is of no grid. */
export async function requestDecisionsUnderWay(
  tx: Queryable,
  acquisitionUuids: readonly string[] | null = null,
): Promise<void> {
  const { rows } = await tx.query<{ uuid: string }>(
    `select g.uuid from acquisitions a join grids g on g.acquisition_uuid = a.uuid
     where ($1::text[] is null or a.uuid = any($1)) and coalesce(a.status, '') <> all($2)
       and exists (select from square_plans p where p.grid_uuid = g.uuid)`,
    [acquisitionUuids, OVER_STATUSES],
  );
  await requestDecisions(
    tx,
    rows.map(({ uuid }) => uuid),
  );
}

/**
 * Asks for plans where results of micrographs are the cause: of each grid the last one of its own.
 *
 * @param micrographUuids in the order of their results
 */
export async function requestDecisionsOnResults(tx: Queryable, micrographUuids: readonly string[]): Promise<void> {
  if (micrographUuids.length === 0) return;
  await tx.query(
    `insert into decision_requests (grid_uuid, micrograph_uuid)
     select distinct on (m.grid_uuid) m.grid_uuid, m.uuid
     from unnest($1::text[]) with ordinality as x(uuid, n) join micrographs m on m.uuid = x.uuid
     order by m.grid_uuid, x.n desc`,
    [micrographUuids],
  );
  await tx.query(`notify ${DECISIONS_CHANNEL}`);
}

/** Asks for a grid to be decided on again after a while; a request that comes before takes its place. */
export async function requestDecisionLater(db: Queryable, gridUuid: string, afterMs: number): Promise<void> {
  await db.query(
    `insert into decision_requests (grid_uuid, not_before)
     select uuid, now() + make_interval(secs => $2) from grids where uuid = $1`,
    [gridUuid, afterMs / 1000],
  );
}

/** A grid that wants to be decided on, with all that has been asked for so far. */
export interface DecisionRequest {
  readonly grid_uuid: string;
  readonly ids: readonly string[];
  /** The micrograph whose result was the last cause, where it was one. */
  readonly micrograph_uuid: string | null;
}

/**
 * Grids to be decided on, the longest waiting first.
 *
 * @param intervalMs those that were decided on within this time are left out
 * @param gridUuid the only one that is looked at, where it is given
 */
export async function dueRequests(
  db: Queryable,
  intervalMs: number,
  limit: number,
  gridUuid: string | null = null,
): Promise<DecisionRequest[]> {
  const { rows } = await db.query<DecisionRequest>(
    `select r.grid_uuid, array_agg(r.id) as ids,
       (array_agg(r.micrograph_uuid order by r.id desc) filter (where r.micrograph_uuid is not null))[1] as micrograph_uuid
     from decision_requests r
     where $3::text is null or r.grid_uuid = $3
     group by r.grid_uuid having min(r.not_before) <= now()
       -- Only the last of them is looked at: a grid has tens of thousands.
       and coalesce((select d.created_at from decisions d where d.grid_uuid = r.grid_uuid order by d.id desc limit 1)
         <= now() - make_interval(secs => $1), true)
     order by min(r.id) limit $2`,
    [intervalMs / 1000, limit, gridUuid],
  );
  return rows;
}

/** Notes that these requests have been answered. */
export async function closeRequests(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query("delete from decision_requests where id = any($1)", [ids]);
}
