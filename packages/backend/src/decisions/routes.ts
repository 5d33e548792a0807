import { SmartemError } from "@smartem/common/errors";
import { mapOf, nullable, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import type { DecisionMode } from "../config.js";
import { type Pool, type Transaction, transaction } from "../database/connection.js";
import { COUNTS } from "../entities/counts.js";
import { requireEntity } from "../entities/read.js";
import { recordEvents } from "../events/outbox.js";
import { type Paging, PagingQuery, pageOf, sendPage } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { Decision, GridPlan, PlannedHole } from "./answers.js";
import { requestDecisions } from "./requests.js";
import {
  AcquisitionDecisionSettings,
  acquisitionsThatFollow,
  chooseInstrumentLimits,
  chooseSettings,
  forgetSettings,
  holdMode,
  QualityLimits,
  readInstrumentLimits,
  readSettings,
  type SettingsChanges,
} from "./settings.js";
import { withdrawTold } from "./tell.js";

type Params = Record<string, string>;

const OverallPrediction = Type.Object(
  {
    foilhole_uuid: Type.String(),
    grid_uuid: Type.String(),
    gridsquare_uuid: Type.String(),
    id: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
    suggested_acquisition_index: Type.Integer(),
    value: Type.Number(),
  },
  { title: "OverallQualityPrediction" },
);
/** How much a model's word counted from a time on, and the result that made it so. */
const ModelWeight = Type.Object(
  {
    id: Type.Optional(nullable(Type.Integer())),
    timestamp: Type.Optional(Type.String({ format: "date-time" })),
    grid_uuid: Type.String(),
    prediction_model_name: Type.String(),
    metric_name: Type.Optional(nullable(Type.String())),
    micrograph_uuid: Type.Optional(nullable(Type.String())),
    micrograph_quality: Type.Optional(nullable(Type.Boolean())),
    quality_score: Type.Optional(nullable(Type.Number())),
    prediction_value: Type.Optional(nullable(Type.Number())),
    weight: Type.Number(),
    weight_sd: Type.Optional(nullable(Type.Number())),
  },
  { title: "QualityPredictionModelWeight" },
);

const DECISIONS_PER_PAGE = 100;
/** A decision with what it came from and what the microscope was told; from `decisions d`. */
const SELECT_DECISION = `select d.id, d.created_at, d.mode, d.summary, d.input is not null as replayable,
  (select json_build_object('micrograph_uuid', m.uuid, 'foilhole_uuid', h.uuid, 'foilhole_id', h.foilhole_id,
     'gridsquare_uuid', s.uuid, 'gridsquare_id', s.gridsquare_id)
   from micrographs m join foilholes h on h.uuid = m.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
   where m.uuid = d.summary ->> 'caused_by_micrograph') as cause,
  coalesce((select json_agg(json_build_object('instruction_id', i.instruction_id, 'instruction_type', i.instruction_type,
     'status', i.status, 'ack_status', i.ack_status, 'verification', i.verification) order by i.seq)
   from instructions i where i.decision_id = d.id), '[]') as instructions`;

export function decisionRoutes(app: FastifyInstance, pool: Pool, defaultMode: DecisionMode): void {
  register(app, AcquisitionDecisionSettings, OverallPrediction, ModelWeight, GridPlan, PlannedHole, Decision);
  const tags = ["Decisions"];

  const overall = "/gridsquare/{gridsquare_uuid}/overall_prediction";
  app.get(
    routePath(overall),
    {
      schema: {
        operationId: operationId("get_overall_prediction_for_gridsquare", overall, "get"),
        tags,
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(OverallPrediction)) },
      },
    },
    async (request, reply) => {
      const square = await requireEntity(pool, "gridsquare", (request.params as Params).gridsquare_uuid ?? "");
      const { rows } = await pool.query(
        `select h.seq as id, p.grid_uuid, p.gridsquare_uuid, x.foilhole_uuid, x.value, x.suggested_acquisition_index
         from square_plans p cross join lateral unnest(p.foilhole_uuids, p.probabilities, p.acquisition_indices)
             as x(foilhole_uuid, value, suggested_acquisition_index)
           join foilholes h on h.uuid = x.foilhole_uuid
         where p.gridsquare_uuid = $1 order by h.seq`,
        [square],
      );
      return pageOf(reply, rows, request.query as Paging);
    },
  );

  const weights = "/grid/{grid_uuid}/model_weights";
  app.get(
    routePath(weights),
    {
      schema: {
        operationId: operationId("get_model_weights_for_grid", weights, "get"),
        tags,
        response: { 200: mapOf(Type.Array(ref(ModelWeight))) },
      },
    },
    async (request, reply) => {
      const grid = await requireEntity(pool, "grid", (request.params as Params).grid_uuid ?? "");
      const { rows } = await pool.query<{ json: string }>(
        `select coalesce(json_object_agg(model, rows order by model), '{}')::text as json from (
           select prediction_model_name as model, json_agg(to_json(w) order by id) as rows
           from model_weights w where grid_uuid = $1 group by 1) x`,
        [grid],
      );
      return reply.type("application/json; charset=utf-8").send(rows[0]?.json ?? "{}");
    },
  );

  const plan = "/grids/{grid_uuid}/plan";
  app.get(
    routePath(plan),
    {
      schema: {
        operationId: operationId("get_plan", plan, "get"),
        summary:
          "The current plan of a grid: its squares in the order in which they are worth the microscope's time, and why",
        tags,
        response: { 200: ref(GridPlan) },
      },
    },
    async (request) => {
      const grid = await requireEntity(pool, "grid", (request.params as Params).grid_uuid ?? "");
      const { rows: decisions } = await pool.query<{ id: number; created_at: string; mode: string; summary: unknown }>(
        "select id, created_at, mode, summary from decisions where grid_uuid = $1 order by id desc limit 1",
        [grid],
      );
      const [decision] = decisions;
      if (decision === undefined) {
        throw new SmartemError("no_plan", 404, `Grid ${grid} has no plan yet`, {
          hint: "A plan is made as soon as squares or holes are known.",
        });
      }
      const { rows: squares } = await pool.query(
        `select p.gridsquare_uuid, t.gridsquare_id, p.rank, p.skipped, p.value, p.rate_per_minute, p.reason,
           k.foilhole_count, candidates.probability, candidates.sd
         from square_plans p join gridsquares t on t.uuid = p.gridsquare_uuid ${COUNTS.gridsquare?.join}
           cross join lateral (select avg(x.probability) as probability, avg(x.sd) as sd
             from unnest(p.probabilities, p.deviations, p.acquisition_indices) as x(probability, sd, place)
             -- As the reason has it: what is imaged, locked out or deselected has no place, and nothing to be expected of.
             where x.place > 0) candidates
         where p.grid_uuid = $1 order by p.rank nulls last, p.value desc, t.seq`,
        [grid],
      );
      return { grid_uuid: grid, decision, squares };
    },
  );

  const squarePlan = "/gridsquares/{gridsquare_uuid}/plan";
  app.get(
    routePath(squarePlan),
    {
      schema: {
        operationId: operationId("get_gridsquare_plan", squarePlan, "get"),
        summary: "What the current plan says of each hole of a square, and why",
        tags,
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(PlannedHole)) },
      },
    },
    async (request, reply) => {
      const square = await requireEntity(pool, "gridsquare", (request.params as Params).gridsquare_uuid ?? "");
      const { rows } = await pool.query(
        `select h.uuid as foilhole_uuid, h.foilhole_id, x.probability, x.sd, x.suggested_acquisition_index, x.skipped, x.reason
         from square_plans p cross join lateral unnest(p.foilhole_uuids, p.probabilities, p.deviations, p.acquisition_indices, p.hole_skips, p.hole_reasons)
             as x(uuid, probability, sd, suggested_acquisition_index, skipped, reason)
           join foilholes h on h.uuid = x.uuid
         where p.gridsquare_uuid = $1 order by nullif(x.suggested_acquisition_index, 0) nulls last, h.seq`,
        [square],
      );
      return pageOf(reply, rows, request.query as Paging);
    },
  );

  const decisions = "/grids/{grid_uuid}/decisions";
  app.get(
    routePath(decisions),
    {
      schema: {
        operationId: operationId("get_decisions", decisions, "get"),
        summary: "The decisions on a grid, newest first, with what the microscope was told and what it made of it",
        tags,
        querystring: Type.Object({
          ...PagingQuery,
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
          before: Type.Optional(Type.Integer({ minimum: 0 })),
          id: Type.Optional(
            Type.Array(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), {
              maxItems: 1000,
              description: "These decisions alone",
            }),
          ),
        }),
        response: { 200: Type.Array(ref(Decision)) },
      },
    },
    async (request, reply) => {
      const grid = await requireEntity(pool, "grid", (request.params as Params).grid_uuid ?? "");
      const { before = null, id = null, ...paging } = request.query as Paging & { before?: number; id?: number[] };
      return sendPage(
        reply,
        pool,
        {
          select: SELECT_DECISION,
          from: `from decisions d
            where d.grid_uuid = $1 and ($2::bigint is null or d.id < $2) and ($3::bigint[] is null or d.id = any($3))`,
          orderBy: "d.id desc",
          values: [grid, before, id],
        },
        { limit: DECISIONS_PER_PAGE, ...paging },
      );
    },
  );

  const decision = "/grids/{grid_uuid}/decisions/{decision_id}";
  app.get(
    routePath(decision),
    {
      schema: {
        operationId: operationId("get_decision", decision, "get"),
        tags,
        params: Type.Object({
          grid_uuid: Type.String(),
          decision_id: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
        }),
        response: { 200: ref(Decision) },
      },
    },
    async (request) => {
      const { grid_uuid, decision_id } = request.params as { grid_uuid: string; decision_id: number };
      const grid = await requireEntity(pool, "grid", grid_uuid);
      const { rows } = await pool.query(`${SELECT_DECISION} from decisions d where d.grid_uuid = $1 and d.id = $2`, [
        grid,
        decision_id,
      ]);
      if (rows[0] === undefined) throw new SmartemError("not_found", 404, `Decision ${decision_id} not found`);
      return rows[0];
    },
  );

  settings(app, pool, defaultMode, tags);
  instrumentLimits(app, pool, defaultMode, tags);
}

function settings(app: FastifyInstance, pool: Pool, defaultMode: DecisionMode, tags: string[]): void {
  const path = "/acquisitions/{acquisition_uuid}/decision_settings";
  app.get(
    routePath(path),
    {
      schema: {
        operationId: operationId("get_decision_settings", path, "get"),
        tags,
        response: { 200: ref(AcquisitionDecisionSettings) },
      },
    },
    async (request) =>
      readSettings(
        pool,
        await requireEntity(pool, "acquisition", (request.params as Params).acquisition_uuid ?? ""),
        defaultMode,
      ),
  );
  const changes = Type.Object(
    Object.fromEntries(
      Object.entries(AcquisitionDecisionSettings.properties).map(([name, schema]) => [
        name,
        Type.Optional("properties" in schema ? Type.Partial(schema) : schema),
      ]),
    ),
    { title: "AcquisitionDecisionSettingsUpdate", additionalProperties: false },
  );
  register(app, changes);
  app.put(
    routePath(path),
    {
      schema: {
        operationId: operationId("update_decision_settings", path, "put"),
        summary:
          "Changes some of the settings; what is left out stays as it is. Plans are computed anew from all results",
        tags,
        body: ref(changes),
        response: { 200: ref(AcquisitionDecisionSettings) },
      },
    },
    async (request) =>
      transaction(pool, async (tx) => {
        const acquisition = await requireEntity(tx, "acquisition", (request.params as Params).acquisition_uuid ?? "");
        return changeSettings(tx, acquisition, () => chooseSettings(tx, acquisition, request.body as SettingsChanges));
      }),
  );
  app.delete(
    routePath(path),
    {
      schema: {
        operationId: operationId("reset_decision_settings", path, "delete"),
        summary:
          "Forgets what was chosen for the acquisition: the limits of its instrument and the defaults count again. Plans are computed anew",
        tags,
        response: { 200: ref(AcquisitionDecisionSettings) },
      },
    },
    async (request) =>
      transaction(pool, async (tx) => {
        const acquisition = await requireEntity(tx, "acquisition", (request.params as Params).acquisition_uuid ?? "");
        return changeSettings(tx, acquisition, () => forgetSettings(tx, acquisition));
      }),
  );

  /** @returns what counts then */
  async function changeSettings(
    tx: Transaction,
    acquisition: string,
    change: () => Promise<void>,
  ): Promise<AcquisitionDecisionSettings> {
    await holdMode(tx, acquisition);
    const before = await readSettings(tx, acquisition, defaultMode);
    await change();
    const after = await readSettings(tx, acquisition, defaultMode);
    // Nothing that was told without being asked for is still to reach the microscope.
    if (after.mode !== before.mode && after.mode !== "automatic") await withdrawTold(tx, acquisition);
    await settingsChanged(tx, [acquisition], defaultMode);
    return after;
  }
}

/** An instrument need not have been heard of: its limits may be set before its first session. */
function instrumentLimits(app: FastifyInstance, pool: Pool, defaultMode: DecisionMode, tags: string[]): void {
  register(app, QualityLimits);
  const changes = Type.Object(Type.Partial(QualityLimits).properties, {
    title: "QualityLimitsUpdate",
    additionalProperties: false,
  });
  register(app, changes);
  const path = "/instruments/{instrument_id}/quality_limits";
  const params = Type.Object({ instrument_id: Type.String({ minLength: 1, maxLength: 1000 }) });
  app.get(
    routePath(path),
    {
      config: { missing: false },
      schema: {
        operationId: operationId("get_instrument_quality_limits", path, "get"),
        summary: "What a good micrograph is on an instrument, where an acquisition has no limit of its own",
        tags,
        params,
        response: { 200: ref(QualityLimits) },
      },
    },
    (request) => readInstrumentLimits(pool, (request.params as Params).instrument_id ?? ""),
  );
  app.put(
    routePath(path),
    {
      config: { missing: false },
      schema: {
        operationId: operationId("update_instrument_quality_limits", path, "put"),
        summary:
          "Changes some of the limits; what is left out stays as it is. Acquisitions that follow them are judged anew from all results",
        tags,
        params,
        body: ref(changes),
        response: { 200: ref(QualityLimits) },
      },
    },
    async (request) =>
      transaction(pool, async (tx) => {
        const { instrument_id = "" } = request.params as Params;
        const limits = request.body as Partial<QualityLimits>;
        await chooseInstrumentLimits(tx, instrument_id, limits);
        const following = await acquisitionsThatFollow(tx, instrument_id, Object.keys(limits));
        await settingsChanged(tx, following, defaultMode);
        return readInstrumentLimits(tx, instrument_id);
      }),
  );
}

/** Has the plans of these acquisitions made anew and tells of it, in the transaction that changed what they rest on. */
async function settingsChanged(
  tx: Transaction,
  acquisitionUuids: readonly string[],
  defaultMode: DecisionMode,
): Promise<void> {
  const { rows: grids } = await tx.query<{ uuid: string }>("select uuid from grids where acquisition_uuid = any($1)", [
    acquisitionUuids,
  ]);
  await requestDecisions(
    tx,
    grids.map((grid) => grid.uuid),
  );
  const { rows: modes } = await tx.query<{ acquisition_uuid: string; mode: string }>(
    `select x.uuid as acquisition_uuid, coalesce(d.settings ->> 'mode', $2) as mode
     from unnest($1::text[]) as x(uuid) left join decision_settings d on d.acquisition_uuid = x.uuid`,
    [acquisitionUuids, defaultMode],
  );
  await recordEvents(
    tx,
    modes.map((payload) => ({
      eventType: "decision.settings",
      acquisitionUuid: payload.acquisition_uuid,
      payload,
    })),
  );
}
