import type { ModelWeights } from "../api/additions.js";
import { groupBy } from "../shared/group-by.js";

/** The weights of one model, for one metric where it names one, over time. */
export interface WeightSeries {
  readonly label: string;
  /** Seconds since 1970, increasing. */
  readonly times: readonly number[];
  readonly weights: readonly number[];
  readonly sds: readonly (number | null)[];
}

/** Charts have fewer pixels than that. */
const MOST_POINTS = 1_500;

/** The stored weights of models as lines, in the models' order: one per model and metric, thinned out evenly where there are more than can be seen. */
export function weightSeries(weights: ModelWeights, models: readonly string[]): WeightSeries[] {
  return models.flatMap((model) =>
    [...groupBy(weights[model] ?? [], (row) => row.metric_name ?? "")].map(([metric, own]) => {
      const every = Math.ceil(own.length / MOST_POINTS);
      const kept = own.filter((_row, index) => index % every === 0 || index === own.length - 1);
      return {
        label: metric === "" ? model : `${model} · ${metric}`,
        times: kept.map((row) => Date.parse(row.timestamp ?? "") / 1000),
        weights: kept.map((row) => row.weight),
        sds: kept.map((row) => row.weight_sd ?? null),
      };
    }),
  );
}
