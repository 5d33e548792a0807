import type { DecisionMode } from "../config.js";
import type { Queryable } from "../database/connection.js";
import { judgeMicrographs, type MicrographMetrics } from "../decisions/quality.js";
import { type AcquisitionDecisionSettings, readSettings } from "../decisions/settings.js";

/**
 * Judges the micrographs of a grid as the decisions do. All of them are needed: without limits, each is compared with all others.
 *
 * @returns for each, in their order, whether it is good; null: not known yet
 */
export function goodByLimits(
  micrographs: readonly MicrographMetrics[],
  settings: Pick<AcquisitionDecisionSettings, "limits">,
): (boolean | null)[] {
  const verdicts = judgeMicrographs(micrographs, settings);
  return micrographs.map(({ uuid }) => {
    const verdict = verdicts.get(uuid) ?? "unknown";
    return verdict === "unknown" ? null : verdict === "good";
  });
}

/** {@link goodByLimits} by the settings of the grid's acquisition. */
export async function goodOnGrid(
  db: Queryable,
  gridUuid: string,
  micrographs: readonly MicrographMetrics[],
  defaultMode: DecisionMode,
): Promise<(boolean | null)[]> {
  const { rows: owners } = await db.query<{ acquisition_uuid: string }>(
    "select acquisition_uuid from grids where uuid = $1",
    [gridUuid],
  );
  return goodByLimits(micrographs, await readSettings(db, owners[0]?.acquisition_uuid ?? "", defaultMode));
}
