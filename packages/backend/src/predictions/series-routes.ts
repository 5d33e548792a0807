import { mapOf, nullable, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import type { Pool, Queryable } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { type Paging, PagingQuery, pageOf } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { PREDICTION_METRICS } from "../quality/metrics.js";
import { currentParameter } from "./parameters.js";

type Params = Record<string, string>;
/** A cluster index beyond it is none that anybody could mean. */
const MAX_INDEX = 2_147_483_647;
const JSON_TYPE = "application/json; charset=utf-8";

const Prediction = Type.Object(
  {
    id: Type.Optional(nullable(Type.Integer())),
    timestamp: Type.Optional(Type.String({ format: "date-time" })),
    prediction_model_name: Type.String(),
    metric_name: Type.Optional(nullable(Type.String())),
    value: Type.Number(),
    gridsquare_uuid: Type.Optional(nullable(Type.String())),
    foilhole_uuid: Type.Optional(nullable(Type.String())),
  },
  { title: "QualityPrediction" },
);
const Metrics = Type.Object(
  {
    average_quality: nullable(Type.Number()),
    max_quality: nullable(Type.Number()),
    min_quality: nullable(Type.Number()),
    models_count: Type.Integer(),
    total_predictions: Type.Integer(),
  },
  { title: "QualityMetricsResponse" },
);
const Latent = Type.Object(
  {
    gridsquare_uuid: Type.Optional(Type.String({ default: "" })),
    foilhole_uuid: Type.Optional(Type.String({ default: "" })),
    index: nullable(Type.Integer()),
    x: nullable(Type.Number()),
    y: nullable(Type.Number()),
  },
  { title: "LatentRepresentationResponse" },
);

const Foreseen = Type.Object(
  {
    foilhole: Type.Array(Type.String(), { description: "By uuid: the holes of which there is a micrograph" }),
    value: Type.Array(Type.Number(), { description: "What was predicted of each, 0–1" }),
    before: Type.Array(Type.Boolean(), {
      description: "Whether that was said before the hole was imaged; otherwise it is the first that was said of it",
    }),
  },
  { title: "PredictionsBeforeImaging" },
);

const ROW = `json_build_object('id', p.id, 'timestamp', p.timestamp, 'prediction_model_name', p.prediction_model_name,
  'metric_name', p.metric_name, 'value', p.value, 'gridsquare_uuid', p.gridsquare_uuid, 'foilhole_uuid', p.foilhole_uuid)`;

/** The predictions of squares and holes over time, and where models see them in their latent space. */
export function predictionSeriesRoutes(app: FastifyInstance, pool: Pool): void {
  register(app, Prediction, Metrics, Latent, Foreseen);
  const tags = ["Predictions"];

  const ofSquare = "/gridsquares/{gridsquare_uuid}/quality_predictions";
  app.get(
    routePath(ofSquare),
    {
      schema: {
        operationId: operationId("get_gridsquare_quality_prediction_time_series", ofSquare, "get"),
        tags,
        response: { 200: mapOf(Type.Array(ref(Prediction))) },
      },
    },
    async (request, reply) => {
      const square = await requireEntity(pool, "gridsquare", (request.params as Params).gridsquare_uuid ?? "");
      const { rows } = await pool.query<{ json: string }>(
        `select coalesce(json_object_agg(model, series order by model), '{}')::text as json from (
           select p.prediction_model_name as model, json_agg(${ROW} order by p.message_order, p.id) as series
           from quality_predictions p where p.gridsquare_uuid = $1 group by 1) x`,
        [square],
      );
      return reply.type(JSON_TYPE).send(rows[0]?.json ?? "{}");
    },
  );

  const holesOfSquare = async (square: string, metric: string | null): Promise<string> => {
    const { rows } = await pool.query<{ json: string }>(
      `select coalesce(json_object_agg(model, holes order by model), '{}')::text as json from (
         select model, json_object_agg(foilhole_id, series) as holes from (
           select p.prediction_model_name as model, h.foilhole_id, json_agg(${ROW} order by p.message_order, p.id) as series
           from foilholes h join quality_predictions p on p.foilhole_uuid = h.uuid
           where h.gridsquare_uuid = $1 and ($2::text is null or p.metric_name = $2) group by 1, 2) y group by 1) x`,
      [square, metric],
    );
    return rows[0]?.json ?? "{}";
  };
  const Series = mapOf(mapOf(Type.Array(ref(Prediction))));
  const ofHoles = "/gridsquares/{gridsquare_uuid}/foilhole_quality_predictions";
  app.get(
    routePath(ofHoles),
    {
      schema: {
        operationId: operationId("get_foilhole_quality_prediction_time_series_for_gridsquare", ofHoles, "get"),
        tags,
        response: { 200: Series },
      },
    },
    async (request, reply) => {
      const square = await requireEntity(pool, "gridsquare", (request.params as Params).gridsquare_uuid ?? "");
      return reply.type(JSON_TYPE).send(await holesOfSquare(square, null));
    },
  );
  const ofMetric = "/quality_metric/{metric_name}/gridsquares/{gridsquare_uuid}/foilhole_quality_predictions";
  app.get(
    routePath(ofMetric),
    {
      schema: {
        operationId: operationId(
          "get_foilhole_quality_prediction_time_series_for_gridsquare_for_metric",
          ofMetric,
          "get",
        ),
        tags,
        response: { 200: Series },
      },
    },
    async (request, reply) => {
      const { gridsquare_uuid = "", metric_name = "" } = request.params as Params;
      const square = await requireEntity(pool, "gridsquare", gridsquare_uuid);
      return reply.type(JSON_TYPE).send(await holesOfSquare(square, metric_name));
    },
  );

  app.get(
    "/quality_metrics",
    {
      schema: {
        operationId: operationId("get_quality_metrics", "/quality_metrics", "get"),
        tags,
        response: { 200: ref(Metrics) },
      },
    },
    async () => {
      const { rows } = await pool.query(`select ${PREDICTION_METRICS} from prediction_sums p`);
      return rows[0] as unknown;
    },
  );

  const foreseen = "/prediction_model/{prediction_model_name}/grid/{grid_uuid}/before_imaging";
  app.get(
    routePath(foreseen),
    {
      schema: {
        operationId: operationId("get_predictions_before_imaging", foreseen, "get"),
        summary: "What a model had predicted of each hole, or else of its square, when the hole was imaged",
        description:
          "To hold predictions against what was measured: a model may have learned from a measurement by the time of its newest prediction. Of holes with results it is what decisions go by: the newest that had been taken in before the first of them.",
        tags,
        querystring: Type.Object({
          metric: Type.Optional(
            Type.String({ maxLength: 64, description: "The metric that was predicted; left out: quality as such" }),
          ),
        }),
        response: { 200: ref(Foreseen) },
      },
    },
    async (request, reply) => {
      const { grid_uuid = "", prediction_model_name = "" } = request.params as Params;
      const { metric = "" } = request.query as { metric?: string };
      const grid = await requireEntity(pool, "grid", grid_uuid);
      const answer = await predictionsBeforeImaging(pool, grid, prediction_model_name, metric);
      return reply.type(JSON_TYPE).send(answer);
    },
  );

  latentRepresentations(app, pool);
}

/** {@link Foreseen} as JSON text: numbers of 17 digits take longer to read and to write again than all else. */
async function predictionsBeforeImaging(
  db: Queryable,
  gridUuid: string,
  model: string,
  metric: string,
): Promise<string> {
  const { rows } = await db.query<{
    kept_of: string | null;
    kept: string | null;
    others: { uuid: string; value: number; before: boolean }[] | null;
  }>(
    // Models come sorted, with the metrics of each one after the other: a pair is found once, not wherever it is asked for.
    `with taken as materialized (
       select string_agg(m.foilhole_uuid, ',') filter (where b.kept is not null) as kept_of,
         string_agg(b.kept::text, ',') filter (where b.kept is not null) as kept,
         array_agg(m.foilhole_uuid) filter (where b.kept is null) as uuids,
         array_agg(m.gridsquare_uuid) filter (where b.kept is null) as gridsquare_uuids,
         -- Where it is kept what had been said before the first result, nothing else was said in time.
         array_agg(case when b.foilhole_uuid is null then m.acquisition_datetime end) filter (where b.kept is null) as times
       from micrographs m left join (
         select foilhole_uuid, case when models[place] = $2 then values[place] end as kept
         from (
           select foilhole_uuid, models, values, array_position(metrics, $3, coalesce(array_position(models, $2), 1)) as place
           from predictions_before_results where grid_uuid = $1 offset 0) found) b on b.foilhole_uuid = m.foilhole_uuid
       where m.grid_uuid = $1),
     imaged as materialized (
       select t.uuid, t.gridsquare_uuid, min(t.at) as at
       from taken cross join lateral unnest(uuids, gridsquare_uuids, times) as t(uuid, gridsquare_uuid, at) group by 1, 2),
     said as (
       select i.uuid, true as of_hole, p.timestamp <= i.at is true as before, p.message_order, p.id, p.value
       from imaged i join quality_predictions p on p.foilhole_uuid = i.uuid
       where p.prediction_model_name = $2 and coalesce(p.metric_name, '') = $3
       union all
       select i.uuid, false, p.timestamp <= i.at is true, p.message_order, p.id, p.value
       from imaged i join quality_predictions p on p.gridsquare_uuid = i.gridsquare_uuid
       where p.prediction_model_name = $2 and coalesce(p.metric_name, '') = $3)
     select kept_of, kept,
       (select json_agg(o) from (
         select distinct on (uuid) uuid, value, before from said
         -- The newest of those before, the first of those after.
         order by uuid, before desc, of_hole desc, case when before then -message_order else message_order end,
           case when before then -id else id end) o) as others
     from taken`,
    [gridUuid, model, metric],
  );
  const { kept_of, kept: keptValues, others } = rows[0] ?? {};
  // A row per micrograph, of which a hole may have several; no uuid has a comma in it.
  const values = keptValues?.split(",") ?? [];
  const keptOf = new Map((kept_of?.split(",") ?? []).map((hole, place) => [hole, values[place] ?? "null"]));
  const otherOf = new Map((others ?? []).map((other) => [other.uuid, other]));
  const foilhole = [...keptOf.keys(), ...otherOf.keys()].sort();
  const value: string[] = [];
  const before: boolean[] = [];
  for (const hole of foilhole) {
    const kept = keptOf.get(hole);
    const other = kept === undefined ? otherOf.get(hole) : undefined;
    // PostgreSQL has a zero before the digit of an exponent.
    value.push(kept === undefined || kept.includes("e") ? String(Number(kept ?? other?.value)) : kept);
    before.push(other?.before ?? true);
  }
  return `{"foilhole":${JSON.stringify(foilhole)},"value":[${value.join(",")}],"before":${JSON.stringify(before)}}`;
}

/** Model parameters: group `cluster_indices` holds an index per entity, group `coordinates:<uuid>` its x and y. */
function latentRepresentations(app: FastifyInstance, pool: Pool): void {
  const scopes = [
    {
      scope: "grid",
      name: "get_latent_rep",
      entity: "gridsquare_uuid",
      members: "select uuid, seq from gridsquares where grid_uuid = $1",
      grid: "select $1::text",
    },
    {
      scope: "gridsquare",
      name: "get_square_latent_rep",
      entity: "foilhole_uuid",
      members: "select uuid, seq from foilholes where gridsquare_uuid = $1",
      grid: "select grid_uuid from gridsquares where uuid = $1",
    },
  ] as const;
  for (const { scope, name, entity, members, grid } of scopes) {
    const path = `/prediction_model/{prediction_model_name}/${scope}/{${scope}_uuid}/latent_representation`;
    app.get(
      routePath(path),
      {
        schema: {
          operationId: operationId(name, path, "get"),
          tags: ["Predictions"],
          querystring: Type.Object(PagingQuery),
          response: { 200: Type.Array(ref(Latent)) },
        },
      },
      async (request, reply) => {
        const params = request.params as Params;
        const uuid = await requireEntity(pool, scope, params[`${scope}_uuid`] ?? "");
        const at = { grid: "g.uuid", model: "$2" };
        const coordinate = (key: string): string =>
          currentParameter({ ...at, group: "'coordinates:' || m.uuid", key: `'${key}'` });
        const { rows } = await pool.query(
          `select uuid as ${entity}, case when cluster between ${-MAX_INDEX} and ${MAX_INDEX} then cluster::int end as index, x, y
           from (
             select m.uuid, m.seq, ${currentParameter({ ...at, group: "'cluster_indices'", key: "m.uuid" })} as cluster,
               ${coordinate("x")} as x, ${coordinate("y")} as y
             from (${grid}) as g(uuid) cross join (${members}) m) p
           where num_nonnulls(cluster, x, y) > 0 order by seq`,
          [uuid, params.prediction_model_name],
        );
        return pageOf(reply, rows, request.query as Paging);
      },
    );
  }
}
