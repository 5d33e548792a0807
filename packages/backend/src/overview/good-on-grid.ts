import type { DecisionMode } from "../config.js";
import type { Queryable } from "../database/connection.js";
import { judgeMicrographs, type MicrographMetrics } from "../decisions/quality.js";
import { readSettings } from "../decisions/settings.js";

/**
 * Judges the micrographs of a grid as the decisions do, by the settings of its acquisition. All of them are needed: without
 * limits, each is compared with all others.
 *
 * @returns for each, in their order, whether it is good; null: not known yet
 */
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
  const verdicts = judgeMicrographs(
    micrographs,
    await readSettings(db, owners[0]?.acquisition_uuid ?? "", defaultMode),
  );
  return micrographs.map(({ uuid }) => {
    const verdict = verdicts.get(uuid) ?? "unknown";
    return verdict === "unknown" ? null : verdict === "good";
  });
}
