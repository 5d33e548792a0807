import { randomUUID } from "node:crypto";
import { SmartemError } from "@smartem/common/errors";
import { nullable, oneOf, Text, Type, Uuid } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import { type Pool, transaction } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { notFound } from "../http/errors.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { releaseParked } from "../inbox/parking.js";
import { createInstruction } from "../instructions/store.js";
import { closeSession, recordAgentStatus } from "../sessions/store.js";

type Params = Record<string, string>;

const DEFAULT_AGENT_ID = "test-agent";
const EXPIRES_IN_MINUTES = 60;
const MAX_EXPIRES_IN_MINUTES = 525_600;

const anything = Type.Record(Type.String(), Type.Unknown());
const SessionRequest = Type.Object(
  {
    session_id: Type.Optional(nullable(Uuid)),
    agent_id: Type.Optional(nullable(Uuid)),
    acquisition_uuid: Type.Optional(nullable(Uuid)),
    name: Type.Optional(nullable(Text)),
    experimental_parameters: Type.Optional(nullable(anything)),
  },
  { title: "DebugSessionRequest" },
);
const InstructionRequest = Type.Object(
  {
    instruction_type: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    payload: Type.Optional(anything),
    priority: Type.Optional(oneOf(["high", "normal", "low"])),
    sequence_number: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))),
    expires_in_minutes: Type.Optional(nullable(Type.Number({ minimum: 0, maximum: MAX_EXPIRES_IN_MINUTES }))),
    metadata: Type.Optional(nullable(anything)),
  },
  { title: "DebugInstructionRequest" },
);
interface SessionBody {
  readonly session_id?: string | null;
  readonly agent_id?: string | null;
  readonly acquisition_uuid?: string | null;
  readonly name?: string | null;
  readonly experimental_parameters?: Readonly<Record<string, unknown>> | null;
}
interface InstructionBody {
  readonly instruction_type?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly priority?: "high" | "normal" | "low";
  readonly sequence_number?: number | null;
  readonly expires_in_minutes?: number | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/**
 * Looks into, and makes, sessions and instructions of agents, for development. Always described in the OpenAPI document; unless
 * `enabled`, every one answers 404.
 */
export function debugRoutes(app: FastifyInstance, pool: Pool, enabled: boolean): void {
  register(app, SessionRequest, InstructionRequest);
  const tags = ["Debug"];
  const route = (
    method: "GET" | "POST" | "DELETE",
    path: string,
    name: string,
    answer: (params: Params, body: unknown) => Promise<unknown>,
    body?: typeof SessionRequest | typeof InstructionRequest,
  ): void => {
    app.route({
      method,
      url: routePath(path),
      config: { access: "administer", missing: true },
      schema: {
        operationId: operationId(name, path, method),
        tags,
        ...(body === undefined ? {} : { body: ref(body) }),
        response: { 200: Type.Unknown() },
      },
      // Before a body is looked at: what is switched off says nothing of what it would accept.
      onRequest: async () => {
        if (!enabled)
          throw new SmartemError("debug_disabled", 404, "Not Found", {
            hint: "Debug endpoints are switched on with SMARTEM_DEBUG_ENDPOINTS=true.",
          });
      },
      handler: (request) => answer(request.params as Params, request.body),
    });
  };

  route("GET", "/debug/agent-connections", "get_active_connections", async () => {
    const { rows } = await pool.query(
      `select connection_id, agent_id, session_id, 'sse' as connection_type, 'active' as status,
         connected_at as created_at, last_heartbeat_at
       from agent_connections where closed_at is null order by last_heartbeat_at desc`,
    );
    return { active_connections: rows, total_count: rows.length };
  });
  route("GET", "/debug/connection-stats", "get_connection_stats", async () => {
    const { rows } = await pool.query(
      `select
         (select count(*)::int from agent_connections where closed_at is null) as active_connections,
         (select count(*)::int from agent_connections) as total_connections,
         (select count(distinct agent_id)::int from agent_connections where closed_at is null) as connected_agents,
         (select count(*)::int from agent_sessions where status = 'active') as active_sessions,
         (select count(*)::int from agent_sessions) as total_sessions,
         (select coalesce(jsonb_object_agg(status, n), '{}') from (select status, count(*) as n from instructions group by status) by_status)
           as instructions_by_status,
         now() as timestamp`,
    );
    return rows[0];
  });
  route("GET", "/debug/sessions", "get_active_sessions", async () => {
    const { rows } = await pool.query(
      `select session_id, agent_id, acquisition_uuid, name, status, created_at, created_at as started_at, last_activity_at,
         experimental_parameters
       from agent_sessions where status = 'active' order by last_activity_at desc`,
    );
    return { active_sessions: rows, total_count: rows.length };
  });
  route("GET", "/debug/session/{session_id}/instructions", "get_session_instructions", async ({ session_id = "" }) => {
    const { rows } = await pool.query(
      `select instruction_id, agent_id, instruction_type, payload, sequence_number, priority, status, created_at, sent_at,
         acknowledged_at, expires_at, instruction_metadata as metadata,
         (select count(*)::int from instruction_acknowledgements a where a.instruction_id = i.instruction_id) as acknowledgements_count
       from instructions i where session_id = $1 order by seq desc`,
      [session_id],
    );
    const { rows: statistics } = await pool.query<{ status: string; n: number }>(
      `select a.status, count(*)::int as n from instruction_acknowledgements a join instructions using (instruction_id)
       where session_id = $1 group by a.status`,
      [session_id],
    );
    return {
      session_id,
      instructions: rows,
      total_instructions: rows.length,
      acknowledgement_statistics: Object.fromEntries(statistics.map(({ status, n }) => [status, n])),
    };
  });
  route(
    "POST",
    "/debug/session/{session_id}/create-instruction",
    "create_test_instruction",
    async ({ session_id = "" }, body) => {
      const wanted = body as InstructionBody;
      const minutes = wanted.expires_in_minutes === undefined ? EXPIRES_IN_MINUTES : wanted.expires_in_minutes;
      return transaction(pool, async (tx) => {
        const { rows: sessions } = await tx.query("select from agent_sessions where session_id = $1", [session_id]);
        if (sessions.length === 0) throw notFound("Session", session_id);
        const instructionId = await createInstruction(tx, {
          sessionId: session_id,
          type: wanted.instruction_type ?? "test.instruction",
          payload: wanted.payload ?? { test: true },
          priority: wanted.priority ?? "normal",
          sequenceNumber: wanted.sequence_number ?? null,
          expiresAt: minutes === null || minutes === 0 ? null : new Date(Date.now() + minutes * 60_000).toISOString(),
          metadata: wanted.metadata ?? null,
        });
        const { rows } = await tx.query(
          "select instruction_id, 'created' as status, created_at from instructions where instruction_id = $1",
          [instructionId],
        );
        return rows[0];
      });
    },
    InstructionRequest,
  );
  const createSession = async (body: unknown): Promise<unknown> => {
    const wanted = body as SessionBody;
    return transaction(pool, async (tx) => {
      const acquisition =
        wanted.acquisition_uuid == null ? null : await requireEntity(tx, "acquisition", wanted.acquisition_uuid);
      const sessionId = wanted.session_id ?? randomUUID();
      const { rows } = await tx.query(
        `insert into agent_sessions (session_id, agent_id, acquisition_uuid, name, experimental_parameters)
         values ($1, $2, $3, $4, $5) on conflict (session_id) do nothing
         returning session_id, agent_id, 'created' as status, created_at, created_at as timestamp`,
        [
          sessionId,
          wanted.agent_id ?? DEFAULT_AGENT_ID,
          acquisition,
          wanted.name ?? null,
          JSON.stringify(wanted.experimental_parameters ?? {}),
        ],
      );
      if (rows.length === 0)
        throw new SmartemError("conflict", 409, `Session ${sessionId} exists already`, {
          hint: "Leave session_id out to be given a new one.",
        });
      await releaseParked(tx, "session", [sessionId]);
      await recordAgentStatus(tx, [sessionId]);
      return rows[0];
    });
  };
  for (const [path, name] of [
    ["/debug/sessions/create", "create_test_session"],
    ["/debug/sessions/create-managed", "create_managed_session"],
  ] as const)
    route("POST", path, name, (_, body) => createSession(body), SessionRequest);
  route("DELETE", "/debug/sessions/{session_id}/close", "close_managed_session", async ({ session_id = "" }) => {
    return transaction(pool, async (tx) => {
      const timestamp = await closeSession(tx, session_id, "operator");
      if (timestamp === null) throw notFound("Session", session_id);
      return { session_id, status: "closed", timestamp };
    });
  });
}
