import type { Queryable } from "@smartem/backend/database/connection";
import { saidByPipelines } from "@smartem/simulator/pipeline-truth";
import { DEFAULT_PREDICTORS, LATENT_MODEL_NAME } from "@smartem/simulator/predictors";
import type { SoakedSession } from "./compare.js";
import { compareRows, type ExpectedRow, type FactComparison, type StoredRow, together } from "./compare-rows.js";

/** Of a square `s` and, where it is one, a hole `h`: the natural ids from the session down. */
const ENTITY = "concat_ws('/', a.epu_session_id, s.gridsquare_id, h.foilhole_id)";
/**
 * A message counts once, however often it comes; pipelines that were started again may gather holes otherwise, in messages
 * that say the same again.
 */
const SAID = `jsonb_build_object('least', min(p.value), 'most', max(p.value),
  'times', case when bool_and(p.foilhole_uuid is null) then count(*) end)`;

/**
 * What is said of which square or hole: one that is not there, or of another grid than it says, has an id that nobody
 * expects. When something was said, and its place among the messages, is another in each run and not compared.
 */
const ROWS = {
  "current prediction": `select concat_ws(' ', p.level, ${ENTITY}, p.prediction_model_name, p.metric_name) as id,
      jsonb_build_object('value', p.value) as row
    from current_predictions p left join foilholes h on p.level = 'foilhole' and h.uuid = p.entity_uuid
      left join gridsquares s on s.uuid = case p.level when 'foilhole' then h.gridsquare_uuid else p.entity_uuid end
      left join grids g on g.uuid = s.grid_uuid left join acquisitions a on a.uuid = g.acquisition_uuid`,
  prediction: `select concat_ws(' ', case when h.uuid is null then 'gridsquare' else 'foilhole' end, ${ENTITY},
        p.prediction_model_name, coalesce(p.metric_name, '')) as id,
      ${SAID} as row
    from quality_predictions p left join foilholes h on h.uuid = p.foilhole_uuid
      left join gridsquares s on s.uuid = coalesce(h.gridsquare_uuid, p.gridsquare_uuid)
      left join grids g on g.uuid = s.grid_uuid left join acquisitions a on a.uuid = g.acquisition_uuid group by 1`,
  "sum of predictions": `select concat_ws(' ', ${ENTITY}, p.prediction_model_name) as id,
      jsonb_build_object('least', p.value_min, 'most', p.value_max, 'counted', p.predictions = said.n,
        'summed', abs(p.value_sum - said.sum) <= 1e-9 * said.n) as row
    from prediction_sums p join gridsquares s on s.uuid = p.gridsquare_uuid cross join (select null as foilhole_id) h
      join grids g on g.uuid = s.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid
      left join (
        select coalesce(q.gridsquare_uuid, h.gridsquare_uuid) as square, q.prediction_model_name as model, count(*) as n,
          sum(q.value) as sum
        from quality_predictions q left join foilholes h on h.uuid = q.foilhole_uuid group by 1, 2) said
        on said.square = p.gridsquare_uuid and said.model = p.prediction_model_name`,
  "prediction before results": `select concat_ws(' ', ${ENTITY}) as id,
      coalesce((select jsonb_object_agg(x.model || ' ' || x.metric, x.value)
        from unnest(p.models, p.metrics, p.values) as x(model, metric, value)), '{}') as row
    from predictions_before_results p join foilholes h on h.uuid = p.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
      join grids g on g.uuid = s.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid`,
  // Of a group's number the key is the square's or hole's uuid; of coordinates the group's name has it.
  "model parameter": `select concat_ws(' ', ${ENTITY}, p.prediction_model_name, p.metric_name,
        case when p.group_name = 'cluster_indices' then 'cluster' else p.key end) as id,
      jsonb_build_object('value', p.value) as row
    from (
        select *, case when group_name = 'cluster_indices' then key else substr(group_name, length('coordinates:') + 1) end as entity
        from model_parameters) p
      join grids g on g.uuid = p.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid
      left join foilholes h on h.uuid = p.entity
      left join gridsquares s on s.uuid = coalesce(h.gridsquare_uuid, p.entity) and s.grid_uuid = p.grid_uuid`,
  // What a model is worth depends on the order of the results.
  "model weight": `select concat_ws(' ', a.epu_session_id, w.prediction_model_name, w.metric_name) as id,
      jsonb_build_object('finite', bool_and(w.weight between 0 and 1 and coalesce(w.weight_sd between 0 and 1e9, false)),
        'of its grid', bool_and(m.grid_uuid is not distinct from w.grid_uuid)) as row
    from model_weights w join grids g on g.uuid = w.grid_uuid join acquisitions a on a.uuid = g.acquisition_uuid
      left join micrographs m on m.uuid = w.micrograph_uuid group by 1`,
  "prediction model": "select name as id, '{}'::jsonb as row from prediction_models",
} as const;

type ResultKind = keyof typeof ROWS;

/** Compares what models have said of squares and holes with what the pipelines, which lose nothing, had to say. */
export async function compareResults(db: Queryable, sessions: readonly SoakedSession[]): Promise<FactComparison> {
  const all = sessions.map((session) => expectedResults(session));
  const models = [...DEFAULT_PREDICTORS.map(({ name }) => name), LATENT_MODEL_NAME];
  const comparisons: FactComparison[] = [];
  for (const kind of Object.keys(ROWS) as ResultKind[]) {
    const expected =
      kind === "prediction model"
        ? new Map(models.map((name) => [name, {}]))
        : new Map(all.flatMap((of) => [...of[kind]]));
    const { rows } = await db.query<StoredRow>(ROWS[kind]);
    // Which models had spoken of a hole by its first result depends on what came when; what they had said does not.
    const stored =
      kind === "prediction before results" ? rows.map((row) => completed(row, expected.get(row.id))) : rows;
    comparisons.push(compareRows(kind, expected, stored));
  }
  return together(comparisons);
}

function completed({ id, row }: StoredRow, expected: ExpectedRow = {}): StoredRow {
  return { id, row: { ...expected, ...row } };
}

function expectedResults({
  truth,
  written,
}: SoakedSession): Record<Exclude<ResultKind, "prediction model">, Map<string, ExpectedRow>> {
  const { facts } = written;
  const expected = {
    "current prediction": new Map<string, ExpectedRow>(),
    prediction: new Map<string, ExpectedRow>(),
    "sum of predictions": new Map<string, ExpectedRow>(),
    "prediction before results": new Map<string, ExpectedRow>(),
    "model parameter": new Map<string, ExpectedRow>(),
    "model weight": new Map<string, ExpectedRow>(),
  };
  const sums = new Map<string, number[]>();
  const ofSquares = new Map<string, ExpectedRow>();
  const imaged = new Set(
    [...written.micrographs.values()].map(({ gridSquareId, foilHoleId }) => `${gridSquareId}/${foilHoleId}`),
  );
  const session = String(truth.sessionId);
  for (const { level, gridSquareId, foilHoleId, predictions, latent } of saidByPipelines(truth)) {
    const natural = foilHoleId === null ? gridSquareId : `${gridSquareId}/${foilHoleId}`;
    if (!facts[level === "foilhole" ? "foilHole" : "gridSquare"].has(natural)) continue;
    const id = `${session}/${natural}`;
    for (const { model, metric, value } of predictions) {
      const key = `${level} ${id} ${model} ${metric ?? ""}`;
      expected["current prediction"].set(key, { value });
      expected.prediction.set(key, { least: value, most: value, times: level === "gridsquare" ? 1 : null });
      const sum = `${session}/${gridSquareId} ${model}`;
      sums.set(sum, [...(sums.get(sum) ?? []), value]);
    }
    for (const [part, value] of Object.entries(latent)) {
      expected["model parameter"].set(`${id} ${LATENT_MODEL_NAME}  ${part}`, { value });
    }
    const said = Object.fromEntries(predictions.map(({ model, metric, value }) => [`${model} ${metric ?? ""}`, value]));
    if (level === "gridsquare") ofSquares.set(natural, said);
    // Where no model speaks of the hole, that of its square counts.
    else if (imaged.has(natural))
      expected["prediction before results"].set(id, { ...ofSquares.get(gridSquareId), ...said });
  }
  for (const [key, values] of sums) {
    const bounds = { least: Math.min(...values), most: Math.max(...values) };
    expected["sum of predictions"].set(key, { ...bounds, counted: true, summed: true });
  }
  if (facts.micrograph.size > 0) {
    for (const { name, metric } of DEFAULT_PREDICTORS) {
      expected["model weight"].set([session, name, ...(metric === null ? [] : [metric])].join(" "), {
        finite: true,
        "of its grid": true,
      });
    }
  }
  return expected;
}
