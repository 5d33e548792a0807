import type { DecisionMode } from "../config.js";
import type { Queryable } from "../database/connection.js";
import { judgeMicrographs, type MicrographMetrics } from "../decisions/quality.js";
import { type QualityLimits, readSettings } from "../decisions/settings.js";
import { IN_ORDER, METRIC_SQL } from "../quality/metrics.js";

/** The limits by which the micrographs of a grid are judged: those of its acquisition. */
export async function limitsOfGrid(db: Queryable, gridUuid: string, defaultMode: DecisionMode): Promise<QualityLimits> {
  const { rows } = await db.query<{ acquisition_uuid: string }>("select acquisition_uuid from grids where uuid = $1", [
    gridUuid,
  ]);
  return (await readSettings(db, rows[0]?.acquisition_uuid ?? "", defaultMode)).limits;
}

/** What all micrographs of a grid are judged by, in the order in which they were taken: as columns, a fraction of what rows are. */
export async function readMetrics(db: Queryable, gridUuid: string): Promise<MicrographMetrics[]> {
  const { rows } = await db.query<Record<keyof MicrographMetrics, (number | null)[] | null>>(
    `select json_agg(motion) as total_motion, json_agg(ctf) as ctf_max_resolution, json_agg(particles) as particles
     from (select ${METRIC_SQL.motioncorrection} as motion, ${METRIC_SQL.ctfmaxresolution} as ctf, ${METRIC_SQL.numparticles} as particles
       from micrographs m where m.grid_uuid = $1 order by ${IN_ORDER}) x`,
    [gridUuid],
  );
  const { total_motion, ctf_max_resolution, particles } = rows[0] ?? {};
  return (total_motion ?? []).map((motion, place) => ({
    total_motion: motion,
    ctf_max_resolution: ctf_max_resolution?.[place] ?? null,
    particles: particles?.[place] ?? null,
  }));
}

/**
 * Judges micrographs of a grid as the decisions do.
 *
 * @param micrographs some that were taken one after the other
 * @returns for each, in their order, whether it is good; null: not known yet
 */
export async function goodOnGrid(
  db: Queryable,
  gridUuid: string,
  micrographs: readonly MicrographMetrics[],
  limits: QualityLimits,
): Promise<(boolean | null)[]> {
  // Without limits each is compared with all others.
  const isRelative = Object.values(limits).every((limit) => limit === null);
  return goodByLimits(micrographs, limits, isRelative ? await readMetrics(db, gridUuid) : micrographs);
}

/** {@link goodOnGrid} where those that they are compared with are at hand. */
export function goodByLimits(
  micrographs: readonly MicrographMetrics[],
  limits: QualityLimits,
  among: readonly MicrographMetrics[] = micrographs,
): (boolean | null)[] {
  return judgeMicrographs(micrographs, { limits }, among).map((verdict) =>
    verdict === "unknown" ? null : verdict === "good",
  );
}
