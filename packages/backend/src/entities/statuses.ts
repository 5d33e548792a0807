import type { Transaction } from "../database/connection.js";
import { type EntityChange, recordChanges } from "../events/outbox.js";

/*
 * The statuses that follow from what is known. They only move forward: what a client has said, or a later step has reached, is
 * never taken back. Each change is an event, as if a client had made it.
 */

/** A grid of which squares are seen is being scanned. */
export async function advanceOnSquares(tx: Transaction, created: readonly string[]): Promise<void> {
  if (created.length === 0) return;
  const { rows } = await tx.query<EntityChange>(
    `update grids set status = 'scan started'
     where uuid in (select grid_uuid from gridsquares where uuid = any($1)) and status is null returning uuid, false as created`,
    [created],
  );
  await recordChanges(tx, "grid", rows);
}

/** A hole of which there is a micrograph has been imaged, and its acquisition has started. */
export async function advanceOnMicrographs(tx: Transaction, created: readonly string[]): Promise<void> {
  if (created.length === 0) return;
  const { rows: holes } = await tx.query<EntityChange>(
    `update foilholes set status = 'micrographs detected'
     where uuid in (select foilhole_uuid from micrographs where uuid = any($1)) and status is distinct from 'micrographs detected'
     returning uuid, false as created`,
    [created],
  );
  await recordChanges(tx, "foilhole", holes);
  const { rows: acquisitions } = await tx.query<EntityChange>(
    `update acquisitions set status = 'started'
     where (status is null or status = 'planned') and uuid in (
       select g.acquisition_uuid from micrographs m join foilholes h on h.uuid = m.foilhole_uuid
         join gridsquares s on s.uuid = h.gridsquare_uuid join grids g on g.uuid = s.grid_uuid where m.uuid = any($1))
     returning uuid, false as created`,
    [created],
  );
  await recordChanges(tx, "acquisition", acquisitions);
}

/** An acquisition that has ended is completed, and with it the decisions on its grids and squares. */
export async function advanceOnAcquisitions(tx: Transaction, changed: readonly string[]): Promise<void> {
  if (changed.length === 0) return;
  const { rows: ended } = await tx.query<EntityChange>(
    `update acquisitions set status = 'completed'
     where uuid = any($1) and end_time is not null and (status is null or status in ('planned', 'started'))
     returning uuid, false as created`,
    [changed],
  );
  await recordChanges(tx, "acquisition", ended);
  const { rows: grids } = await tx.query<EntityChange>(
    `update grids g set status = 'grid squares decision completed' from acquisitions a
     where a.uuid = g.acquisition_uuid and a.uuid = any($1) and a.status = 'completed' and g.status = 'grid squares decision started'
     returning g.uuid, false as created`,
    [changed],
  );
  await recordChanges(tx, "grid", grids);
  const { rows: squares } = await tx.query<EntityChange>(
    `update gridsquares s set status = 'foil holes decision completed' from grids g, acquisitions a
     where g.uuid = s.grid_uuid and a.uuid = g.acquisition_uuid and a.uuid = any($1) and a.status = 'completed'
       and s.status = 'foil holes decision started'
     returning s.uuid, false as created`,
    [changed],
  );
  await recordChanges(tx, "gridsquare", squares, { undecisive: true });
}

/** What a decision says of a grid and its squares. */
export interface DecidedGrid {
  readonly gridUuid: string;
  /** Squares of which holes are planned. */
  readonly squaresStarted: readonly string[];
  /** Squares of which nothing is left to decide: every hole is imaged or skipped. */
  readonly squaresCompleted: readonly string[];
  /** Every square is completed or skipped. */
  readonly completed: boolean;
}

/** A grid that is decided on is being decided on; what has nothing left to decide is done. */
export async function advanceOnDecision(tx: Transaction, decided: DecidedGrid): Promise<void> {
  const { rows: squares } = await tx.query<EntityChange>(
    `update gridsquares set status = case when uuid = any($2) then 'foil holes decision completed' else 'foil holes decision started' end
     where uuid = any($1) and (status is null or status in ('none', 'all foil holes registered')
       or (status = 'foil holes decision started' and uuid = any($2)))
     returning uuid, false as created`,
    [[...decided.squaresStarted, ...decided.squaresCompleted], decided.squaresCompleted],
  );
  // The decision that moves a status needs no other decision because of it.
  await recordChanges(tx, "gridsquare", squares, { undecisive: true });
  const { rows: grids } = await tx.query<EntityChange>(
    `update grids set status = case when $2 then 'grid squares decision completed' else 'grid squares decision started' end
     where uuid = $1 and (status is null or status in ('none', 'scan started', 'scan completed')
       or (status = 'grid squares decision started' and $2))
     returning uuid, false as created`,
    [decided.gridUuid, decided.completed],
  );
  await recordChanges(tx, "grid", grids);
}
