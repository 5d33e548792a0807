import { QUALITY_METRICS, type QualityMetric } from "@smartem/common/metrics";
import { hasFailed, judgeMetric, METRIC_RULES, type MetricRule, type Verdict } from "@smartem/decision/quality";
import { SD_PER_MAD } from "@smartem/decision/robust";
import type { Queryable } from "../database/connection.js";
import type { QualityLimits } from "../decisions/settings.js";

/** What holds a metric's value on a micrograph `m`. */
export const METRIC_SQL: Readonly<Record<QualityMetric, string>> = {
  motioncorrection: "m.total_motion",
  ctfmaxresolution: "m.ctf_max_resolution_estimate",
  numparticles: "coalesce(m.number_of_particles_selected, m.number_of_particles_picked)::float8",
};

/** The order in which the micrographs `m` of a grid were taken, as an index has it. */
export const IN_ORDER = "m.acquisition_datetime nulls first, m.seq";

/** A row per metric of one acquisition, and of the predictions for it: a fixed number of statements, whatever its size. */
export async function acquisitionMetrics(db: Queryable, acquisitionUuid: string, limits: QualityLimits) {
  const { rows: metrics } = await db.query<Record<string, unknown> & { metric_name: QualityMetric; total: number }>(
    `with own as materialized (
       select ${METRIC_RULES.map(({ metric }) => `${METRIC_SQL[metric as QualityMetric]} as ${metric}`).join(", ")}
       from grids g join micrographs m on m.grid_uuid = g.uuid where g.acquisition_uuid = $1)
     ${METRIC_RULES.map(
       ({ metric, better, failedFrom }, n) => `
     select '${metric}' as metric_name, total, count, failed, case when limits.upto is null then null else within_limit end,
       min, max, mean, sd, quantiles[2] as median, quantiles[1] as p10, quantiles[3] as p90
     from (select $${n + 2}::float8 as upto) limits cross join lateral (
       select count(*)::int as total, count(value)::int as count, (count(value) - count(*) filter (where is_one))::int as failed,
         (count(*) filter (where is_one and value ${better === "lower" ? "<=" : ">="} limits.upto))::int as within_limit,
         min(value) filter (where is_one) as min, max(value) filter (where is_one) as max,
         avg(value) filter (where is_one) as mean, stddev_samp(value) filter (where is_one) as sd,
         percentile_cont(array[0.1, 0.5, 0.9]) within group (order by value) filter (where is_one) as quantiles
       from (select ${metric} as value, ${metric} >= 0 and ${metric} < ${failedFrom ?? "'Infinity'"} as is_one from own) x) y`,
     ).join(" union all")}`,
    [acquisitionUuid, ...METRIC_RULES.map(({ metric }) => limits[metric as QualityMetric])],
  );
  const { rows: predictions } = await db.query(
    `select avg(p.value) as average_quality, max(p.value) as max_quality, min(p.value) as min_quality,
       count(distinct p.prediction_model_name) as models_count, count(*) as total_predictions
     from (
       select p.* from grids g join gridsquares s on s.grid_uuid = g.uuid join quality_predictions p on p.gridsquare_uuid = s.uuid
         where g.acquisition_uuid = $1
       union all
       select p.* from grids g join gridsquares s on s.grid_uuid = g.uuid join foilholes h on h.gridsquare_uuid = s.uuid
         join quality_predictions p on p.foilhole_uuid = h.uuid where g.acquisition_uuid = $1) p`,
    [acquisitionUuid],
  );
  return {
    acquisition_uuid: acquisitionUuid,
    micrograph_count: metrics[0]?.total ?? 0,
    metrics: metrics.map(({ total: _total, ...metric }) => ({
      ...metric,
      unit: QUALITY_METRICS[metric.metric_name].unit,
      better: QUALITY_METRICS[metric.metric_name].better,
      limit: limits[metric.metric_name],
    })),
    predictions: predictions[0],
  };
}

export interface MetricVerdict {
  readonly micrographUuid: string;
  readonly metric: QualityMetric;
  readonly good: boolean;
  readonly gridUuid: string;
  readonly acquisitionUuid: string;
}

interface JudgedRow {
  readonly uuid: string;
  readonly value: number | null;
  readonly grid_uuid: string;
  readonly acquisition_uuid: string;
  readonly limit: number | null;
  readonly median: number | null;
  readonly sd: number | null;
  readonly n: number;
}

/**
 * Judges one metric of micrographs: by the limit of their acquisition or its instrument, or, where there is none, against the values of the same grid
 * (median and median absolute deviation, as the decisions do). Those that can't be judged yet, because their grid has shown too little, are left out.
 */
export async function judgeMicrographs(
  db: Queryable,
  metric: QualityMetric,
  micrographUuids: readonly string[],
  defaults: QualityLimits,
): Promise<MetricVerdict[]> {
  const base = METRIC_RULES.find((rule) => rule.metric === metric);
  if (base === undefined || micrographUuids.length === 0) return [];
  const value = METRIC_SQL[metric];
  const { rows } = await db.query<JudgedRow>(
    `with judged as (
       select m.uuid, ${value} as value, m.grid_uuid, g.acquisition_uuid, x.ordinality,
         case when d.settings -> 'limits' ? $3 then (d.settings -> 'limits' ->> $3)::float8
           when i.limits ? $3 then (i.limits ->> $3)::float8 else $4::float8 end as "limit"
       from unnest($1::text[]) with ordinality as x(uuid, ordinality) join micrographs m on m.uuid = x.uuid
         join grids g on g.uuid = m.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid left join decision_settings d on d.acquisition_uuid = a.uuid
         left join instrument_quality_limits i on i.instrument_id = a.instrument_id),
     among as materialized (
       select r.grid_uuid, o.value
       from (select distinct grid_uuid from judged where "limit" is null) r cross join lateral (
         select ${value} as value from micrographs m where m.grid_uuid = r.grid_uuid) o
       where o.value >= 0 and o.value < $2),
     centres as (
       select grid_uuid, percentile_cont(0.5) within group (order by value) as median, count(*)::int as n from among group by 1),
     spreads as (
       select grid_uuid, median, n, ${SD_PER_MAD} * percentile_cont(0.5) within group (order by abs(value - median)) as sd
       from centres join among using (grid_uuid) group by 1, 2, 3)
     select j.uuid, j.value, j.grid_uuid, j.acquisition_uuid, j."limit", sp.median, sp.sd, coalesce(sp.n, 0) as n
     from judged j left join spreads sp using (grid_uuid) order by j.ordinality`,
    [micrographUuids, base.failedFrom ?? Number.MAX_VALUE, metric, defaults[metric]],
  );
  return rows.flatMap((row) => {
    const rule: MetricRule = { ...base, limit: row.limit };
    const verdict = verdictOf(rule, row);
    return verdict === "unknown"
      ? []
      : [
          {
            micrographUuid: row.uuid,
            metric,
            good: verdict === "good",
            gridUuid: row.grid_uuid,
            acquisitionUuid: row.acquisition_uuid,
          },
        ];
  });
}

function verdictOf(rule: MetricRule, { value, median, sd, n }: JudgedRow): Verdict {
  if (value !== null && hasFailed(rule, value)) return "bad";
  const spread = median === null ? null : { centre: median, sd: sd ?? 0, count: n };
  return judgeMetric(rule, value ?? undefined, spread);
}
