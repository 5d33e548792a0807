import type { Transaction } from "../database/connection.js";

/** What was told of a micrograph, and its place among all messages. */
export interface ToldResult {
  readonly micrographUuid: string;
  readonly messageOrder: number;
}

/**
 * Keeps what each model and metric had said of holes before the first result of any of their micrographs: the finest level that had
 * spoken, of groups the newest. To be called before the results are applied. A hole that has results, but no such row, was judged before
 * there were any: what had been said of it then is not known any more. The history is read only where the newest word is the younger one.
 */
export async function keepPredictionsBeforeResults(tx: Transaction, results: readonly ToldResult[]): Promise<void> {
  if (results.length === 0) return;
  const before = (entity: string): string => `case when c.message_order < f.result_order then c.value else (
      select p.value from quality_predictions p
      where p.${entity} and p.prediction_model_name = c.prediction_model_name and coalesce(p.metric_name, '') = c.metric_name
        and p.message_order < f.result_order
      order by p.message_order desc, p.id desc limit 1) end`;
  await tx.query(
    `with told as (
       select m.foilhole_uuid, min(r.message_order) as result_order
       from unnest($1::text[], $2::bigint[]) as r(uuid, message_order) join micrographs m on m.uuid = r.uuid group by 1),
     first as materialized (
       select t.foilhole_uuid, t.result_order, h.gridsquare_uuid
       from told t join foilholes h on h.uuid = t.foilhole_uuid
         left join predictions_before_results b on b.foilhole_uuid = t.foilhole_uuid
       -- Results come in any order: one that was told before the first that was applied takes its place.
       where t.result_order < b.result_order or b.foilhole_uuid is null and not exists (
         select from micrographs m where m.foilhole_uuid = t.foilhole_uuid
           and num_nonnulls(m.motion_order, m.ctf_order, m.picking_order, m.selection_order, m.total_motion,
             m.ctf_max_resolution_estimate, m.number_of_particles_picked, m.number_of_particles_selected) > 0)),
     said as (
       select f.foilhole_uuid, 1 as coarseness, c.prediction_model_name as model, c.metric_name as metric, c.message_order,
         ${before("foilhole_uuid = f.foilhole_uuid")} as value
       from first f join current_predictions c on c.entity_uuid = f.foilhole_uuid
       union all
       select f.foilhole_uuid, 2, c.prediction_model_name, c.metric_name, c.message_order, ${before("foilhole_uuid = f.foilhole_uuid")}
       from first f join foilhole_group_members g on g.foilhole_uuid = f.foilhole_uuid
         join current_predictions c on c.entity_uuid = g.group_uuid
       union all
       select f.foilhole_uuid, 3, c.prediction_model_name, c.metric_name, c.message_order, ${before("gridsquare_uuid = f.gridsquare_uuid")}
       from first f join current_predictions c on c.entity_uuid = f.gridsquare_uuid),
     finest as (
       select distinct on (foilhole_uuid, model, metric) foilhole_uuid, model, metric, value from said where value is not null
       order by foilhole_uuid, model, metric, coarseness, message_order desc)
     insert into predictions_before_results as b (foilhole_uuid, result_order, models, metrics, values)
     select f.foilhole_uuid, f.result_order, ${["model", "metric", "value"]
       .map(
         (name) => `coalesce(array_agg(s.${name} order by s.model, s.metric) filter (where s.model is not null), '{}')`,
       )
       .join(", ")}
     from first f left join finest s on s.foilhole_uuid = f.foilhole_uuid group by 1, 2
     on conflict (foilhole_uuid) do update set result_order = excluded.result_order, models = excluded.models,
       metrics = excluded.metrics, values = excluded.values`,
    [results.map(({ micrographUuid }) => micrographUuid), results.map(({ messageOrder }) => messageOrder)],
  );
}
