import { QUALITY_METRICS, type QualityMetric } from "@smartem/common/metrics";
import { hasFailed, judgeMetric, METRIC_RULES, type MetricRule, type Verdict } from "@smartem/decision/quality";
import type { Queryable } from "../database/connection.js";
import type { QualityLimits } from "../decisions/settings.js";

/** What holds a metric's value on a micrograph `m`. */
export const METRIC_SQL: Readonly<Record<QualityMetric, string>> = {
  motioncorrection: "m.total_motion",
  ctfmaxresolution: "m.ctf_max_resolution_estimate",
  numparticles: "coalesce(m.number_of_particles_selected, m.number_of_particles_picked)::float8",
};

/** A row per metric of one acquisition, and of the predictions for it: a fixed number of statements, whatever its size. */
export async function acquisitionMetrics(db: Queryable, acquisitionUuid: string, limits: QualityLimits) {
  const names = Object.keys(QUALITY_METRICS) as QualityMetric[];
  const { rows: metrics } = await db.query<Record<string, unknown> & { metric_name: QualityMetric; total: number }>(
    `with own as (
       select ${names.map((name) => `${METRIC_SQL[name]} as ${name}`).join(", ")}
       from grids g join gridsquares s on s.grid_uuid = g.uuid join foilholes h on h.gridsquare_uuid = s.uuid
         join micrographs m on m.foilhole_uuid = h.uuid where g.acquisition_uuid = $1),
     judged as (
       select r.metric_name, r.better, r.upto, x.value, r.n, x.value is not null and (x.value < 0 or x.value >= r.failed_from) as failed
       from jsonb_to_recordset($2::jsonb) as r(n int, metric_name text, better text, upto float8, failed_from float8)
         left join (select v.metric_name, v.value from own cross join lateral
           (values ${names.map((name) => `('${name}', own.${name})`).join(", ")}) v(metric_name, value)) x using (metric_name))
     select metric_name, (select count(*)::int from own) as total,
       count(value)::int as count, (count(*) filter (where failed))::int as failed,
       case when max(upto) is null then null else (count(*) filter (where value is not null and not failed and
         case better when 'lower' then value <= upto else value >= upto end))::int end as within_limit,
       min(value) filter (where not failed) as min, max(value) filter (where not failed) as max,
       avg(value) filter (where not failed) as mean, stddev_samp(value) filter (where not failed) as sd,
       percentile_cont(0.5) within group (order by value) filter (where not failed) as median,
       percentile_cont(0.1) within group (order by value) filter (where not failed) as p10,
       percentile_cont(0.9) within group (order by value) filter (where not failed) as p90
     from judged group by metric_name, n order by n`,
    [
      acquisitionUuid,
      JSON.stringify(
        METRIC_RULES.map(({ metric, better, failedFrom }, n) => ({
          n,
          metric_name: metric,
          better,
          upto: limits[metric as QualityMetric],
          failed_from: failedFrom ?? Number.MAX_VALUE,
        })),
      ),
    ],
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
  readonly mean: number | null;
  readonly sd: number | null;
  readonly n: number;
}

/**
 * Judges one metric of micrographs: by the limit of their acquisition or its instrument, or, where there is none, against the values of the same grid
 * (mean and standard deviation). Those that can't be judged yet, because their grid has shown too little, are left out.
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
       select m.uuid, ${value} as value, s.grid_uuid, g.acquisition_uuid, x.ordinality,
         case when d.settings -> 'limits' ? $3 then (d.settings -> 'limits' ->> $3)::float8
           when i.limits ? $3 then (i.limits ->> $3)::float8 else $4::float8 end as "limit"
       from unnest($1::text[]) with ordinality as x(uuid, ordinality) join micrographs m on m.uuid = x.uuid
         join foilholes h on h.uuid = m.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid join grids g on g.uuid = s.grid_uuid
         join acquisitions a on a.uuid = g.acquisition_uuid left join decision_settings d on d.acquisition_uuid = a.uuid
         left join instrument_quality_limits i on i.instrument_id = a.instrument_id),
     spreads as (
       select r.grid_uuid, avg(o.value) as mean, stddev_samp(o.value) as sd, count(o.value)::int as n
       from (select distinct grid_uuid from judged where "limit" is null) r cross join lateral (
         select ${value} as value from gridsquares s join foilholes h on h.gridsquare_uuid = s.uuid
           join micrographs m on m.foilhole_uuid = h.uuid where s.grid_uuid = r.grid_uuid) o
       where o.value >= 0 and o.value < $2 group by r.grid_uuid)
     select j.uuid, j.value, j.grid_uuid, j.acquisition_uuid, j."limit", sp.mean, sp.sd, coalesce(sp.n, 0) as n
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

function verdictOf(rule: MetricRule, { value, mean, sd, n }: JudgedRow): Verdict {
  if (value !== null && hasFailed(rule, value)) return "bad";
  const spread = mean === null ? null : { centre: mean, sd: sd ?? 0, count: n };
  return judgeMetric(rule, value ?? undefined, spread);
}
