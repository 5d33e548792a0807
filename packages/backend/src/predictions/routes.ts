import { SmartemError } from "@smartem/common/errors";
import { nullable, Text, Type, Uuid } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import { type Pool, type Queryable, transaction } from "../database/connection.js";
import { requestDecisions, requestDecisionsUnderWay } from "../decisions/requests.js";
import { requireEntity } from "../entities/read.js";
import { unprocessable } from "../http/errors.js";
import { filtersOf, type Paging, PagingQuery, pageOf, sendPage } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { nextMessageOrder, storePredictions } from "./store.js";

type Params = Record<string, string>;

const ModelName = Type.String({ minLength: 1, maxLength: 255 });
const ModelCreate = Type.Object(
  {
    name: ModelName,
    description: Type.Optional(Type.String({ ...Text, default: "" })),
    can_infer: Type.Optional(Type.Boolean({ default: true })),
    can_train: Type.Optional(Type.Boolean({ default: false })),
    can_update: Type.Optional(Type.Boolean({ default: false })),
  },
  { title: "QualityPredictionModelCreateRequest" },
);
const ModelUpdate = Type.Object(
  {
    description: Type.Optional(nullable(Text)),
    can_infer: Type.Optional(nullable(Type.Boolean())),
    can_train: Type.Optional(nullable(Type.Boolean())),
    can_update: Type.Optional(nullable(Type.Boolean())),
  },
  { title: "QualityPredictionModelUpdateRequest" },
);
const ModelResponse = Type.Object(
  {
    name: Type.String(),
    description: Type.String(),
    can_infer: Type.Boolean(),
    can_train: Type.Boolean(),
    can_update: Type.Boolean(),
  },
  { title: "QualityPredictionModelResponse" },
);
const PredictionCreate = Type.Object(
  {
    prediction_model_name: ModelName,
    value: Type.Number({ minimum: 0, maximum: 1 }),
    gridsquare_uuid: Type.Optional(nullable(Uuid)),
    foilhole_uuid: Type.Optional(nullable(Uuid)),
  },
  { title: "QualityPredictionCreateRequest" },
);
const PredictionResponse = Type.Object(
  {
    id: Type.Integer(),
    timestamp: Type.String({ format: "date-time" }),
    prediction_model_name: Type.String(),
    value: Type.Number(),
    gridsquare_uuid: Type.Optional(nullable(Type.String())),
    foilhole_uuid: Type.Optional(nullable(Type.String())),
  },
  { title: "QualityPredictionResponse" },
);
const MODEL_COLUMNS = "name, description, can_infer, can_train, can_update";

function modelNotFound(name: string): SmartemError {
  return new SmartemError("not_found", 404, `Prediction model ${name} not found`, {
    hint: "Register it with POST /prediction_models.",
  });
}

/** Who sends a prediction by itself learns of a misspelt model at once; a message registers the model that it names. */
async function requireModel(db: Queryable, name: string): Promise<void> {
  const { rowCount } = await db.query("select from prediction_models where name = $1", [name]);
  if (rowCount === 0) throw modelNotFound(name);
}

export function predictionRoutes(app: FastifyInstance, pool: Pool): void {
  register(app, ModelCreate, ModelUpdate, ModelResponse, PredictionCreate, PredictionResponse);
  models(app, pool);
  predictions(app, pool);
}

function models(app: FastifyInstance, pool: Pool): void {
  const tags = ["Prediction models"];
  const list = "/prediction_models";
  const item = "/prediction_models/{name}";
  app.get(
    list,
    {
      schema: {
        operationId: operationId("get_prediction_models", list, "get"),
        tags,
        querystring: Type.Object({
          name: Type.Optional(Type.String()),
          description: Type.Optional(Type.String()),
          can_infer: Type.Optional(Type.Boolean()),
          can_train: Type.Optional(Type.Boolean()),
          can_update: Type.Optional(Type.Boolean()),
          ...PagingQuery,
        }),
        response: { 200: Type.Array(ref(ModelResponse)) },
      },
    },
    (request, reply) => {
      const query = request.query as Paging & Record<string, unknown>;
      const columns = Object.fromEntries(MODEL_COLUMNS.split(", ").map((column) => [column, column]));
      const { conditions, values } = filtersOf(query, columns);
      const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
      return sendPage(
        reply,
        pool,
        { select: `select ${MODEL_COLUMNS}`, from: `from prediction_models ${where}`, orderBy: "seq", values },
        query,
      );
    },
  );
  app.post(
    list,
    {
      schema: {
        operationId: operationId("create_prediction_model", list, "post"),
        tags,
        body: ref(ModelCreate),
        response: { 201: ref(ModelResponse) },
      },
    },
    async (request, reply) => {
      const body = request.body as { name: string } & Record<string, unknown>;
      const row = await transaction(pool, async (tx) => {
        const { rows } = await tx.query(
          `insert into prediction_models as m (name, description, can_infer, can_train, can_update)
         values ($1, coalesce($2, ''), coalesce($3, true), coalesce($4, false), coalesce($5, false))
         on conflict (name) do update set description = coalesce($2, m.description), can_infer = coalesce($3, m.can_infer),
           can_train = coalesce($4, m.can_train), can_update = coalesce($5, m.can_update)
         returning ${MODEL_COLUMNS}`,
          [
            body.name,
            body.description ?? null,
            body.can_infer ?? null,
            body.can_train ?? null,
            body.can_update ?? null,
          ],
        );
        // Also one that was deleted and is registered again counts again.
        await requestDecisionsUnderWay(tx);
        return rows[0] as unknown;
      });
      return reply.code(201).send(row);
    },
  );
  app.get(
    routePath(item),
    {
      schema: {
        operationId: operationId("get_prediction_model", item, "get"),
        tags,
        response: { 200: ref(ModelResponse) },
      },
    },
    async (request) => {
      const { name = "" } = request.params as Params;
      const { rows } = await pool.query(`select ${MODEL_COLUMNS} from prediction_models where name = $1`, [name]);
      if (rows.length === 0) throw modelNotFound(name);
      return rows[0] as unknown;
    },
  );
  app.put(
    routePath(item),
    {
      schema: {
        operationId: operationId("update_prediction_model", item, "put"),
        tags,
        body: ref(ModelUpdate),
        response: { 200: ref(ModelResponse) },
      },
    },
    async (request) => {
      const { name = "" } = request.params as Params;
      const body = request.body as Record<string, unknown>;
      return transaction(pool, async (tx) => {
        const { rows } = await tx.query(
          `update prediction_models set description = coalesce($2, description), can_infer = coalesce($3, can_infer),
           can_train = coalesce($4, can_train), can_update = coalesce($5, can_update) where name = $1 returning ${MODEL_COLUMNS}`,
          [name, body.description ?? null, body.can_infer ?? null, body.can_train ?? null, body.can_update ?? null],
        );
        if (rows.length === 0) throw modelNotFound(name);
        if (body.can_infer != null) await requestDecisionsUnderWay(tx);
        return rows[0] as unknown;
      });
    },
  );
  app.delete(
    routePath(item),
    {
      schema: {
        operationId: operationId("delete_prediction_model", item, "delete"),
        tags,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { name = "" } = request.params as Params;
      await transaction(pool, async (tx) => {
        const { rowCount } = await tx.query("delete from prediction_models where name = $1", [name]);
        if (rowCount === 0) throw modelNotFound(name);
        await requestDecisionsUnderWay(tx);
      });
      return reply.code(204).send();
    },
  );
}

function predictions(app: FastifyInstance, pool: Pool): void {
  const tags = ["Predictions"];
  const create = "/quality_predictions";
  app.post(
    create,
    {
      config: { missing: true },
      schema: {
        operationId: operationId("create_quality_prediction", create, "post"),
        tags,
        body: ref(PredictionCreate),
        response: { 201: ref(PredictionResponse) },
      },
    },
    async (request, reply) => {
      const body = request.body as {
        prediction_model_name: string;
        value: number;
        gridsquare_uuid?: string | null;
        foilhole_uuid?: string | null;
      };
      const level = body.foilhole_uuid == null ? "gridsquare" : "foilhole";
      const given = body.foilhole_uuid ?? body.gridsquare_uuid;
      if (given == null)
        throw unprocessable(["body"], "Either gridsquare_uuid or foilhole_uuid is required", "missing");
      const row = await transaction(pool, async (tx) => {
        const uuid = await requireEntity(tx, level, given);
        await requireModel(tx, body.prediction_model_name);
        const { prediction_model_name: model, value } = body;
        const place = await nextMessageOrder(tx);
        const [id] = await storePredictions(tx, level, [{ entityUuid: uuid, model, metric: null, value, ...place }]);
        const { rows: grids } = await tx.query<{ grid_uuid: string }>(
          level === "gridsquare"
            ? "select grid_uuid from gridsquares where uuid = $1"
            : "select s.grid_uuid from gridsquares s join foilholes h on h.gridsquare_uuid = s.uuid where h.uuid = $1",
          [uuid],
        );
        await requestDecisions(
          tx,
          grids.map((grid) => grid.grid_uuid),
        );
        const { rows } = await tx.query(
          `select id, timestamp, prediction_model_name, value, gridsquare_uuid, foilhole_uuid from quality_predictions
           where id = $1`,
          [id],
        );
        return rows[0] as unknown;
      });
      return reply.code(201).send(row);
    },
  );

  for (const scope of ["grid", "gridsquare"] as const) {
    const path = `/prediction_model/{prediction_model_name}/${scope}/{${scope}_uuid}/prediction`;
    app.get(
      routePath(path),
      {
        schema: {
          operationId: operationId(`get_prediction_for_${scope}`, path, "get"),
          tags,
          querystring: Type.Object(PagingQuery),
          response: { 200: Type.Array(ref(PredictionResponse)) },
        },
      },
      async (request, reply) => {
        const params = request.params as Params;
        const uuid = await requireEntity(pool, scope, params[`${scope}_uuid`] ?? "");
        const model = params.prediction_model_name ?? "";
        return pageOf(reply, await latestPredictions(pool, scope, uuid, model), request.query as Paging);
      },
    );
  }
}

/** The newest prediction of each square; where the model predicts holes instead, of each hole, with its square. */
async function latestPredictions(
  pool: Pool,
  scope: "grid" | "gridsquare",
  uuid: string,
  model: string,
): Promise<unknown[]> {
  const { rows: ofSquares } = await pool.query(
    `select distinct on (s.seq) p.id, p.timestamp, p.prediction_model_name, p.value, p.gridsquare_uuid, p.foilhole_uuid
     from gridsquares s join quality_predictions p on p.gridsquare_uuid = s.uuid
     where s.${scope === "grid" ? "grid_uuid" : "uuid"} = $1 and p.prediction_model_name = $2 order by s.seq, p.message_order desc, p.id desc`,
    [uuid, model],
  );
  if (ofSquares.length > 0 && scope === "grid") return ofSquares;
  const { rows: ofHoles } = await pool.query(
    `select distinct on (h.seq) p.id, p.timestamp, p.prediction_model_name, p.value, h.gridsquare_uuid, p.foilhole_uuid
     from gridsquares s join foilholes h on h.gridsquare_uuid = s.uuid join quality_predictions p on p.foilhole_uuid = h.uuid
     where s.${scope === "grid" ? "grid_uuid" : "uuid"} = $1 and p.prediction_model_name = $2 order by h.seq, p.message_order desc, p.id desc`,
    [uuid, model],
  );
  return ofHoles.length > 0 ? ofHoles : ofSquares;
}
