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

/** What predictions say, by the sums `p` that are kept of squares and models; see the migration that made them. */
export const PREDICTION_METRICS = `sum(p.value_sum) / sum(p.predictions)::float8 as average_quality, max(p.value_max) as max_quality,
  min(p.value_min) as min_quality, count(distinct p.prediction_model_name) as models_count,
  coalesce(sum(p.predictions), 0)::bigint as total_predictions`;

/** A row per metric of one acquisition, and of the predictions for it: a fixed number of statements, whatever its size. */
export async function acquisitionMetrics(db: Queryable, acquisitionUuid: string, limits: QualityLimits) {
  // All metrics in one pass; what is not believed is null, which aggregates leave out.
  const { rows: metrics } = await db.query<Record<string, unknown> & { metric_name: QualityMetric; total: number }>(
    `select said.* from (
       select count(*)::int as total, ${METRIC_RULES.map(
         (
           { metric, better },
           n,
         ) => `count(${metric})::int as ${metric}_count, count(${metric}_one)::int as ${metric}_ones,
         (count(*) filter (where ${metric}_one ${better === "lower" ? "<=" : ">="} $${n + 2}::float8))::int as ${metric}_within,
         min(${metric}_one) as ${metric}_min, max(${metric}_one) as ${metric}_max, avg(${metric}_one) as ${metric}_mean,
         stddev_samp(${metric}_one) as ${metric}_sd,
         percentile_cont(array[0.1, 0.5, 0.9]) within group (order by ${metric}_one) as ${metric}_quantiles`,
       ).join(", ")}
       from (
         select ${METRIC_RULES.map(
           ({ metric, failedFrom }) =>
             `${metric}, case when ${metric} >= 0 and ${metric} < ${failedFrom ?? "'Infinity'"} then ${metric} end as ${metric}_one`,
         ).join(", ")}
         from (
           select ${METRIC_RULES.map(({ metric }) => `${METRIC_SQL[metric as QualityMetric]} as ${metric}`).join(", ")}
           from grids g join micrographs m on m.grid_uuid = g.uuid where g.acquisition_uuid = $1) own
         -- Judged once, not by each aggregate.
         offset 0) judged) x
     cross join lateral (values ${METRIC_RULES.map(
       ({ metric }, n) => `('${metric}', total, ${metric}_count, ${metric}_count - ${metric}_ones,
         case when $${n + 2}::float8 is not null then ${metric}_within end, ${metric}_min, ${metric}_max, ${metric}_mean, ${metric}_sd,
         ${metric}_quantiles[2], ${metric}_quantiles[1], ${metric}_quantiles[3])`,
     ).join(", ")}) as said(metric_name, total, count, failed, within_limit, min, max, mean, sd, median, p10, p90)`,
    [acquisitionUuid, ...METRIC_RULES.map(({ metric }) => limits[metric as QualityMetric])],
  );
  const { rows: predictions } = await db.query(
    `select ${PREDICTION_METRICS} from grids g join gridsquares s on s.grid_uuid = g.uuid
       join prediction_sums p on p.gridsquare_uuid = s.uuid where g.acquisition_uuid = $1`,
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
