import { entitySchemas, FoilHoleStatus, GridSquareStatus } from "@smartem/common/entities";
import { Type } from "@smartem/common/schema";
import { REMOVED } from "@smartem/common/states";
import type { FastifyInstance } from "fastify";
import type { Pool } from "../database/connection.js";
import { readEntities, requireEntity } from "../entities/read.js";
import { type Paging, PagingQuery, pageOf } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { currentParameter } from "./parameters.js";

type Params = Record<string, string>;

/** A square narrower than this in the atlas comes after all others: it is a fragment. */
const NARROW_PX = 60;
const SQUARES_PER_CLUSTER = 2;
const HOLES_PER_CLUSTER = 4;
/** The status of what has none yet: unlike elsewhere, a suggestion's is never null. */
const WITHOUT_STATUS = "none";

function withStatus(json: string): unknown {
  const entity = JSON.parse(json) as { status: string | null };
  return { ...entity, status: entity.status ?? WITHOUT_STATUS };
}

const clusterOf = (entity: string): string =>
  currentParameter({ grid: "s.grid_uuid", model: "$3", group: "'cluster_indices'", key: entity });

/** Of the entities that a model predicts and another one puts into clusters: the best half, a few of each cluster. */
export function suggestionRoutes(app: FastifyInstance, pool: Pool): void {
  const Square = Type.Object(
    {
      ...entitySchemas("gridsquare").response.properties,
      gridsquare_id: Type.String({ default: "" }),
      status: { ...GridSquareStatus, default: WITHOUT_STATUS },
    },
    { title: "GridSquare" },
  );
  const Hole = Type.Object(
    {
      ...entitySchemas("foilhole").response.properties,
      foilhole_id: Type.String({ default: "" }),
      is_near_grid_bar: Type.Boolean({ default: false }),
      status: { ...FoilHoleStatus, default: WITHOUT_STATUS },
    },
    { title: "FoilHole" },
  );
  register(app, Square, Hole);

  const squares =
    "/grid/{grid_uuid}/prediction_model/{prediction_model_name}/latent_rep/{latent_rep_model_name}/suggested_squares";
  app.get(
    routePath(squares),
    {
      schema: {
        operationId: operationId("get_suggested_square_collections", squares, "get"),
        tags: ["Suggestions"],
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(Square)) },
      },
    },
    async (request, reply) => {
      const { grid_uuid = "", prediction_model_name, latent_rep_model_name } = request.params as Params;
      const grid = await requireEntity(pool, "grid", grid_uuid);
      const { rows } = await pool.query<{ uuid: string }>(
        `with ranked as (
           select s.uuid, l.value as cluster, (coalesce(s.size_width, 0) < $4) as narrow,
             p.value * coalesce(s.size_width, 0) * coalesce(s.size_height, 0) as score, s.seq
           from gridsquares s
             join lateral (select value from current_predictions c where c.entity_uuid = s.uuid and c.prediction_model_name = $2
               order by message_order desc limit 1) p on true
             join lateral ${clusterOf("s.uuid")} l on true
           where s.grid_uuid = $1),
         placed as (
           select *, row_number() over (order by narrow, score desc, seq) as place, count(*) over () as total,
             row_number() over (partition by cluster order by narrow, score desc, seq) as in_cluster from ranked)
         select uuid from placed where place <= ceil(total / 2.0) and in_cluster <= $5 order by place`,
        [grid, prediction_model_name, latent_rep_model_name, NARROW_PX, SQUARES_PER_CLUSTER],
      );
      const json = await readEntities(
        pool,
        "gridsquare",
        pageOf(reply, rows, request.query as Paging).map((row) => row.uuid),
      );
      return reply.send(json.map(withStatus));
    },
  );

  const holes =
    "/gridsquares/{gridsquare_uuid}/prediction_model/{prediction_model_name}/latent_rep/{latent_rep_model_name}/suggested_holes";
  app.get(
    routePath(holes),
    {
      schema: {
        operationId: operationId("get_suggested_hole_collections", holes, "get"),
        tags: ["Suggestions"],
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(Hole)) },
      },
    },
    async (request, reply) => {
      const { gridsquare_uuid = "", prediction_model_name, latent_rep_model_name } = request.params as Params;
      const square = await requireEntity(pool, "gridsquare", gridsquare_uuid);
      const { rows } = await pool.query<{ uuid: string }>(
        `with ranked as (
           select h.uuid, l.value as cluster, p.value as score, h.seq
           from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid
             join lateral (
               select value from current_predictions c where c.entity_uuid in (
                 select h.uuid union all select g.group_uuid from foilhole_group_members g where g.foilhole_uuid = h.uuid)
               and c.prediction_model_name = $2 order by message_order desc limit 1) p on true
             join lateral ${clusterOf("h.uuid")} l on true
           where h.gridsquare_uuid = $1 and h.state is distinct from '${REMOVED}'),
         placed as (
           select *, row_number() over (order by score desc, seq) as place, count(*) over () as total,
             row_number() over (partition by cluster order by score desc, seq) as in_cluster from ranked)
         select uuid from placed where place <= ceil(total / 2.0) and in_cluster <= $4 order by place`,
        [square, prediction_model_name, latent_rep_model_name, HOLES_PER_CLUSTER],
      );
      const json = await readEntities(
        pool,
        "foilhole",
        pageOf(reply, rows, request.query as Paging).map((row) => row.uuid),
      );
      return reply.send(json.map(withStatus));
    },
  );
}
