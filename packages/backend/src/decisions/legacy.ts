import type { CarriedOver, PreviousPlan, TimeDemand } from "@smartem/decision/types";
import type { Queryable } from "../database/connection.js";
import type { GridFacts, ImagedPeriod } from "./load.js";

/** What the last decision on a grid leaves for later ones: on it, on the next grid of the instrument, on other grids of the acquisition. */
export interface DecisionLegacy {
  readonly plan: PreviousPlan;
  readonly carryOver: CarriedOver;
  /** Missing in decisions of before there were these. */
  readonly demand?: TimeDemand;
  readonly imaged?: ImagedPeriod | null;
  /** How many of its holes had results. */
  readonly results?: number;
  readonly completed?: CompletedByDecisions;
}

/** What decisions have found to be done; what a client has said to be is not among it. */
export interface CompletedByDecisions {
  readonly grid: boolean;
  /** By uuid. */
  readonly squares: readonly string[];
}

/** Another grid of the same acquisition, as its last decision left it. */
export interface OtherGrid {
  readonly gridUuid: string;
  readonly status: string | null;
  /** Minutes that the acquisition had left when it was decided on; null: without an end. */
  readonly timeLeftMin: number | null;
  readonly legacy: DecisionLegacy;
}

/**
 * What earlier decisions left: on this grid, on the newest of the grids with results that the same instrument (or acquisition) began to image
 * before it, on the other grids of the acquisition.
 */
export async function readLegacies(
  db: Queryable,
  { gridUuid, acquisition, imaged }: Pick<GridFacts, "gridUuid" | "acquisition" | "imaged">,
): Promise<{ previous: DecisionLegacy | null; carriedOver: CarriedOver | null; others: OtherGrid[] }> {
  const { rows: own } = await db.query<{ legacy: DecisionLegacy }>(
    "select legacy from decision_legacies where grid_uuid = $1",
    [gridUuid],
  );
  const { rows: earlier } = await db.query<{ legacy: DecisionLegacy }>(
    `select l.legacy from acquisitions a join grids g on g.acquisition_uuid = a.uuid join decision_legacies l on l.grid_uuid = g.uuid
     where (a.instrument_id = $1 or a.uuid = $2) and g.uuid <> $3 and l.imaged_from_ms < coalesce($4, 'infinity'::float8)
       -- Not known of decisions of before they told it.
       and coalesce(l.results, 1) > 0
     order by l.imaged_to_ms desc, g.seq desc limit 1`,
    [acquisition.instrument_id, acquisition.uuid, gridUuid, imaged?.firstMs ?? null],
  );
  const { rows: others } = await db.query<OtherGrid>(
    `select g.uuid as "gridUuid", g.status, l.time_left_min as "timeLeftMin", l.legacy
     from grids g join decision_legacies l on l.grid_uuid = g.uuid
     where g.acquisition_uuid = $1 and g.uuid <> $2 order by g.seq`,
    [acquisition.uuid, gridUuid],
  );
  return { previous: own[0]?.legacy ?? null, carriedOver: earlier[0]?.legacy.carryOver ?? null, others };
}

export async function storeLegacy(
  db: Queryable,
  gridUuid: string,
  timeLeftMin: number | null,
  legacy: DecisionLegacy,
): Promise<void> {
  await db.query(
    `insert into decision_legacies (grid_uuid, time_left_min, legacy) values ($1, $2, $3)
     on conflict (grid_uuid) do update set time_left_min = excluded.time_left_min, legacy = excluded.legacy`,
    [gridUuid, timeLeftMin, JSON.stringify(legacy)],
  );
}
