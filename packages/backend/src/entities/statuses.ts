import { isOver } from "@smartem/common/states";
import type { Transaction } from "../database/connection.js";
import { type EntityChange, recordChanges } from "../events/outbox.js";

/*
 * The statuses that follow from what is known. They only move forward: what a client has said, or a later step has reached, is
 * never taken back, but where a client says that an acquisition that was over goes on, or takes a hole's last micrograph away, and where
 * there is something to do again on what a decision had found to be done. Each change is an event, as if a client had made it.
 */

/** A grid of which squares are seen is being scanned. */
export async function advanceOnSquares(tx: Transaction, created: readonly string[]): Promise<void> {
  if (created.length === 0) return;
  const { rows } = await tx.query<EntityChange>(
    `update grids set status = 'scan started'
     where uuid in (select grid_uuid from gridsquares where uuid = any($1)) and (status is null or status = 'none') returning uuid, false as created`,
    [created],
  );
  await recordChanges(tx, "grid", rows);
}

/** A grid's scan has started or is completed when there is a time at which it did. */
export async function advanceOnGrids(tx: Transaction, changed: readonly string[]): Promise<void> {
  if (changed.length === 0) return;
  const { rows } = await tx.query<EntityChange>(
    `update grids set status = case when scan_end_time is not null then 'scan completed' else 'scan started' end
     where uuid = any($1) and (status is null or status in ('none', 'scan started'))
       and (scan_end_time is not null or (scan_start_time is not null and status is distinct from 'scan started'))
     returning uuid, false as created`,
    [changed],
  );
  await recordChanges(tx, "grid", rows);
}

/** Those of these holes of which no micrograph is known yet. */
export async function holesToBeImaged(tx: Transaction, holes: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ uuid: string }>(
    "select uuid from foilholes where uuid = any($1) and status is distinct from 'micrographs detected'",
    [holes],
  );
  return new Set(rows.map(({ uuid }) => uuid));
}

/**
 * A hole of which there is a micrograph has been imaged; its acquisition has started, or goes on after a pause.
 *
 * @param created micrographs
 * @param imaged holes of which they are the first; that their status says so is done by what counts them (migration 0170)
 */
export async function advanceOnMicrographs(
  tx: Transaction,
  created: readonly string[],
  imaged: readonly string[],
): Promise<void> {
  await recordChanges(
    tx,
    "foilhole",
    imaged.map((uuid) => ({ uuid, created: false })),
  );
  if (created.length === 0) return;
  const { rows: acquisitions } = await tx.query<EntityChange>(
    `update acquisitions a set status = 'started'
     from (select g.acquisition_uuid, max(m.acquisition_datetime) as newest
       from micrographs m join foilholes h on h.uuid = m.foilhole_uuid
         join gridsquares s on s.uuid = h.gridsquare_uuid join grids g on g.uuid = s.grid_uuid where m.uuid = any($1) group by 1) seen
     where a.uuid = seen.acquisition_uuid and (a.status is null or a.status = 'planned'
       -- Files from before the pause may come late.
       or (a.status = 'paused' and seen.newest > a.paused_time))
     returning a.uuid, false as created`,
    [created],
  );
  await recordChanges(tx, "acquisition", acquisitions);
}

/** Holes whose last micrograph is gone have not been imaged; that their status says so is done by what counts them (migration 0210). */
export async function goBackOnMicrographs(tx: Transaction, holes: readonly string[]): Promise<void> {
  if (holes.length === 0) return;
  const { rows } = await tx.query<EntityChange>(
    "select uuid, false as created from foilholes where uuid = any($1) and micrograph_count = 0",
    [holes],
  );
  await recordChanges(tx, "foilhole", rows);
}

export interface AcquisitionNews {
  /** Of which a pause has become known. */
  readonly paused: readonly string[];
  /** Whose status the client itself has said. */
  readonly told: readonly string[];
}

/**
 * An acquisition is planned or has started as its start says, is paused when a pause becomes known, and is completed when it has ended,
 * and with it the decisions on its grids and squares.
 */
export async function advanceOnAcquisitions(
  tx: Transaction,
  changed: readonly string[],
  { paused, told }: AcquisitionNews,
): Promise<void> {
  if (changed.length === 0) return;
  const { rows: ended } = await tx.query<EntityChange>(
    `with next as (
       select uuid, case
         when end_time is not null and (coalesce(status, 'planned') in ('planned', 'started') or status = 'paused' and not uuid = any($3))
           then 'completed'
         when end_time is not null or uuid = any($3) then status
         when uuid = any($2) and coalesce(status, 'planned') in ('planned', 'started') then 'paused'
         when start_time <= now() and coalesce(status, 'planned') = 'planned' then 'started'
         when start_time > now() and status is null then 'planned'
         else status end as status
       from acquisitions where uuid = any($1) order by uuid for update)
     update acquisitions a set status = next.status from next
     where a.uuid = next.uuid and a.status is distinct from next.status
     returning a.uuid, false as created`,
    [changed, paused, told],
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

/** Whether an acquisition is completed or abandoned; it stays as it is until the transaction ends. */
export async function hasEnded(tx: Transaction, acquisitionUuid: string): Promise<boolean> {
  const { rows } = await tx.query<{ status: string | null }>(
    "select status from acquisitions where uuid = $1 for update",
    [acquisitionUuid],
  );
  return isOver(rows[0]?.status);
}

/** An acquisition that was over goes on: its grids and squares are decided on again. The next decision says what of them is done. */
export async function reopenDecisions(tx: Transaction, acquisitionUuid: string): Promise<void> {
  const { rows: squares } = await tx.query<EntityChange>(
    `update gridsquares s set status = 'foil holes decision started' from grids g
     where g.uuid = s.grid_uuid and g.acquisition_uuid = $1 and s.status = 'foil holes decision completed'
     returning s.uuid, false as created`,
    [acquisitionUuid],
  );
  await recordChanges(tx, "gridsquare", squares);
  const { rows: grids } = await tx.query<EntityChange>(
    `update grids set status = 'grid squares decision started'
     where acquisition_uuid = $1 and status = 'grid squares decision completed' returning uuid, false as created`,
    [acquisitionUuid],
  );
  await recordChanges(tx, "grid", grids);
}

/** What a decision says of a grid and its squares. */
export interface DecidedGrid {
  readonly gridUuid: string;
  /** Squares of which holes are planned. */
  readonly squaresStarted: readonly string[];
  /** Squares of which nothing is left to decide: every hole is imaged or skipped. */
  readonly squaresCompleted: readonly string[];
  /** Of those with planned holes, the ones that an earlier decision had found to be completed: they go back. */
  readonly squaresStartedAgain: readonly string[];
  /** Every square is completed or skipped. */
  readonly completed: boolean;
  /** There is something to do, though an earlier decision had found the grid to be completed: it goes back. */
  readonly startedAgain: boolean;
}

/**
 * A grid that is decided on is being decided on; what has nothing left to decide is done, and everything once its
 * acquisition is completed. As long as that is not over, what was done only as decisions go is begun again where there is something to do.
 */
export async function advanceOnDecision(tx: Transaction, decided: DecidedGrid): Promise<void> {
  const { rows: acquisitions } = await tx.query<{ status: string | null }>(
    `select a.status from grids g join acquisitions a on a.uuid = g.acquisition_uuid
     where g.uuid = $1 and (a.status = 'completed' or $2) for share of a`,
    [decided.gridUuid, decided.startedAgain || decided.squaresStartedAgain.length > 0],
  );
  const isDone = acquisitions[0]?.status === "completed";
  const goesOn = !isOver(acquisitions[0]?.status);
  const decidedSquares = [...decided.squaresStarted, ...decided.squaresCompleted];
  const { rows: squares } = await tx.query<EntityChange>(
    `update gridsquares set status = case when uuid = any($2) then 'foil holes decision completed' else 'foil holes decision started' end
     where uuid = any($1) and (status is null or status in ('none', 'all foil holes registered')
       or (status = 'foil holes decision started' and uuid = any($2))
       or (status = 'foil holes decision completed' and uuid = any($3)))
     returning uuid, false as created`,
    [decidedSquares, isDone ? decidedSquares : decided.squaresCompleted, goesOn ? decided.squaresStartedAgain : []],
  );
  // The decision that moves a status needs no other decision because of it.
  await recordChanges(tx, "gridsquare", squares, { undecisive: true });
  const { rows: grids } = await tx.query<EntityChange>(
    `update grids set status = case when $2 then 'grid squares decision completed' else 'grid squares decision started' end
     where uuid = $1 and (status = 'scan completed' or (status = 'grid squares decision started' and $2)
       -- As long as the scan goes on, a plan of squares alone decides nothing yet.
       or ((status is null or status in ('none', 'scan started')) and $3)
       or (status = 'grid squares decision completed' and $4))
     returning uuid, false as created`,
    [decided.gridUuid, decided.completed || isDone, decidedSquares.length > 0, goesOn && decided.startedAgain],
  );
  await recordChanges(tx, "grid", grids);
}
