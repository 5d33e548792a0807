import type { Queryable } from "../database/connection.js";

/** The channel on which workers learn that a grid wants to be decided on. */
export const DECISIONS_CHANNEL = "smartem_decisions";

/**
 * Asks for the plans of grids to be computed anew, in the transaction that changed what they rest on.
 *
 * @param micrographUuid the micrograph whose result is the cause, where it is one
 */
export async function requestDecisions(
  tx: Queryable,
  gridUuids: readonly string[],
  micrographUuid: string | null = null,
): Promise<void> {
  if (gridUuids.length === 0) return;
  await tx.query(
    `insert into decision_requests (grid_uuid, micrograph_uuid)
     select g, $2 from unnest($1::text[]) as x(g) order by g
     on conflict (grid_uuid) do update
       set requested_at = clock_timestamp(), not_before = now(), micrograph_uuid = coalesce(excluded.micrograph_uuid, decision_requests.micrograph_uuid)`,
    [[...new Set(gridUuids)], micrographUuid],
  );
  await tx.query(`notify ${DECISIONS_CHANNEL}`);
}

/** Asks for a grid to be decided on again after a while, unless something changes before. */
export async function requestDecisionLater(tx: Queryable, gridUuid: string, afterMs: number): Promise<void> {
  await tx.query(
    `insert into decision_requests (grid_uuid, not_before) values ($1, now() + make_interval(secs => $2))
     on conflict (grid_uuid) do nothing`,
    [gridUuid, afterMs / 1000],
  );
}
