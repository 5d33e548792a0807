/**
 * SQL of the value that a model's parameter has now: that of no metric in particular goes before those of metrics, and of these the
 * youngest counts.
 *
 * @param at SQL expressions of where it is
 */
export function currentParameter(at: { grid: string; model: string; group: string; key: string }): string {
  return `(select c.value from model_parameters c where c.grid_uuid = ${at.grid} and c.prediction_model_name = ${at.model}
    and c.group_name = ${at.group} and c.key = ${at.key} order by c.metric_name = '' desc, c.message_order desc, c.timestamp desc limit 1)`;
}
