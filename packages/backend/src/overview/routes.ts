import { AcquisitionStatus, MicrographStatus } from "@smartem/common/entities";
import { nullable, oneOf, Time, Type } from "@smartem/common/schema";
import { JUDGED_AFTER } from "@smartem/decision/quality";
import type { FastifyInstance } from "fastify";
import type { DecisionMode } from "../config.js";
import type { Pool } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { acquisitionProgress } from "../events/progress.js";
import { type Paging, PagingQuery, pageOf, sendPage } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { AckStatus, InstructionStatus, VerifiedOutcome } from "../instructions/answers.js";
import { AgentSessionResponse } from "../sessions/routes.js";
import { goodOnGrid, limitsOfGrid } from "./good-on-grid.js";
import {
  type AgentSessionQuery,
  agentLogs,
  agentSessions,
  type GridMicrograph,
  gridMicrographs,
  type InstructionQuery,
  type LogQuery,
  metricsOf,
  newestInstructions,
  squareIntensities,
  withNaturalIds,
} from "./queries.js";

const tags = ["Overview"];
const Count = Type.Integer({ minimum: 0 });
const Real = nullable(Type.Number());

const Progress = Type.Object(
  {
    acquisition_uuid: Type.String(),
    status: nullable(AcquisitionStatus),
    grid_count: Count,
    gridsquare_count: Count,
    foilhole_count: Count,
    imaged_foilhole_count: { ...Count, description: "Holes with a micrograph" },
    micrograph_count: Count,
  },
  { title: "AcquisitionProgressResponse" },
);

const Result = Type.Object(
  {
    micrograph_uuid: Type.String(),
    foilhole_uuid: Type.String(),
    foilhole_id: Type.String(),
    gridsquare_uuid: Type.String(),
    gridsquare_id: Type.String(),
    acquisition_datetime: nullable(Time),
    status: MicrographStatus,
    total_motion: Real,
    average_motion: Real,
    ctf_max_resolution_estimate: Real,
    number_of_particles_picked: nullable(Count),
    number_of_particles_selected: nullable(Count),
    defocus: Real,
    good: nullable(Type.Boolean({ description: "As the decisions judge it; null: not known yet" })),
  },
  { title: "MicrographResult" },
);

const Intensity = Type.Object(
  {
    gridsquare_uuid: Type.String(),
    foilhole_count: Type.Integer({ minimum: 1, description: "Holes whose intensity is known" }),
    pixel_intensity_mean: Type.Number(),
  },
  { title: "GridSquareIntensity" },
);

const AgentSession = Type.Object(
  {
    ...AgentSessionResponse.properties,
    connection_count: Count,
    last_heartbeat_at: nullable(Time),
    software_version: nullable(Type.String({ description: "Of the agent, as it told when it opened the session" })),
  },
  { title: "AgentSessionOverview" },
);

const AgentLog = Type.Object(
  {
    id: Type.Integer(),
    agent_id: Type.String(),
    session_id: Type.String(),
    timestamp: Time,
    level: Type.String(),
    logger_name: Type.String(),
    message: Type.String(),
  },
  { title: "AgentLogLine" },
);

const Instruction = Type.Object(
  {
    instruction_id: Type.String(),
    agent_id: Type.String(),
    session_id: Type.String(),
    acquisition_uuid: nullable(Type.String()),
    instruction_type: Type.String(),
    payload: Type.Record(Type.String(), Type.Unknown()),
    priority: oneOf(["high", "normal", "low"]),
    status: InstructionStatus,
    ack_status: AckStatus,
    ack_message: nullable(Type.String()),
    created_at: Time,
    sent_at: nullable(Time),
    acknowledged_at: nullable(Time),
    expires_at: nullable(Time),
    retry_count: Count,
    decision_id: nullable(Type.Integer()),
    verification: VerifiedOutcome,
  },
  { title: "InstructionOverview" },
);

/** What people look at: lists across sessions, grids and agents. */
export function overviewRoutes(app: FastifyInstance, pool: Pool, defaultMode: DecisionMode): void {
  register(app, Progress, Result, Intensity, AgentSession, AgentLog, Instruction);

  const progress = "/acquisitions/progress";
  app.get(
    progress,
    {
      schema: {
        operationId: operationId("get_acquisitions_progress", progress, "get"),
        summary: "How far each acquisition has come, as the event `acquisition.progress` tells it",
        tags,
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(Progress)) },
      },
    },
    async (request, reply) => pageOf(reply, await acquisitionProgress(pool, null), request.query as Paging),
  );

  const results = "/grids/{grid_uuid}/results";
  app.get(
    routePath(results),
    {
      schema: {
        operationId: operationId("get_grid_results", results, "get"),
        summary: "Every micrograph of a grid with its quality, in the order in which they were taken",
        tags,
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(Result)) },
      },
    },
    async (request, reply) => {
      const { grid_uuid = "" } = request.params as { grid_uuid?: string };
      const grid = await requireEntity(pool, "grid", grid_uuid);
      const { offset = 0, limit } = request.query as Paging;
      // Those taken before a page say whether the first of it are good.
      const before = Math.min(offset, JUDGED_AFTER);
      const rows = await sendPage<GridMicrograph>(reply, pool, gridMicrographs(grid), {
        offset: offset - before,
        ...(limit === undefined ? {} : { limit: before + limit }),
      });
      const limits = await limitsOfGrid(pool, grid, defaultMode);
      const good = await goodOnGrid(pool, grid, rows.map(metricsOf), limits);
      const judged = rows.map((row, place) => ({ ...row, good: good[place] ?? null })).slice(before);
      return withNaturalIds(pool, judged);
    },
  );

  const intensities = "/grids/{grid_uuid}/intensities";
  app.get(
    routePath(intensities),
    {
      schema: {
        operationId: operationId("get_grid_intensities", intensities, "get"),
        summary: "The mean of what EPU saw in the holes of each square: the darker, the thicker the ice",
        tags,
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(Intensity)) },
      },
    },
    async (request, reply) => {
      const { grid_uuid = "" } = request.params as { grid_uuid?: string };
      const grid = await requireEntity(pool, "grid", grid_uuid);
      return pageOf(reply, await squareIntensities(pool, grid), request.query as Paging);
    },
  );

  const sessions = "/agents/sessions";
  app.get(
    sessions,
    {
      schema: {
        operationId: operationId("get_agent_sessions", sessions, "get"),
        summary: "The sessions of all agents, newest first, with their connections",
        tags,
        querystring: Type.Object({ acquisition_uuid: Type.Optional(Type.String()), ...PagingQuery }),
        response: { 200: Type.Array(ref(AgentSession)) },
      },
    },
    (request, reply) =>
      sendPage(reply, pool, agentSessions(request.query as AgentSessionQuery), request.query as Paging),
  );

  const logs = "/agents/logs";
  app.get(
    logs,
    {
      schema: {
        operationId: operationId("get_agent_logs", logs, "get"),
        summary: "What agents have logged, newest first",
        tags,
        querystring: Type.Object({
          session_id: Type.Optional(Type.String()),
          agent_id: Type.Optional(Type.String()),
          level: Type.Optional(
            Type.Enum(["DEBUG", "INFO", "WARNING", "ERROR"], {
              ...{ type: "string", description: "Lines that are at least as severe" },
            }),
          ),
          contains: Type.Optional(
            Type.String({
              maxLength: 1_000,
              description: "What the agent, the logger or the message have in them, in whatever case",
            }),
          ),
          after_id: Type.Optional(Type.Integer({ minimum: 0 })),
          ...PagingQuery,
        }),
        response: { 200: Type.Array(ref(AgentLog)) },
      },
    },
    (request, reply) => sendPage(reply, pool, agentLogs(request.query as LogQuery), request.query as Paging),
  );

  const instructions = "/instructions/newest";
  app.get(
    instructions,
    {
      schema: {
        operationId: operationId("get_newest_instructions", instructions, "get"),
        summary: "What microscopes were told, newest first, and what became of it",
        tags,
        querystring: Type.Object({
          acquisition_uuid: Type.Optional(Type.String()),
          session_id: Type.Optional(Type.String()),
          status: Type.Optional(InstructionStatus),
          ...PagingQuery,
        }),
        response: { 200: Type.Array(ref(Instruction)) },
      },
    },
    (request, reply) =>
      sendPage(reply, pool, newestInstructions(request.query as InstructionQuery), request.query as Paging),
  );
}
