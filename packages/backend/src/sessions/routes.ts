import { randomUUID } from "node:crypto";
import { messageOf, SmartemError } from "@smartem/common/errors";
import type { InstructionAcknowledgement } from "@smartem/common/instructions";
import { nullable, oneOf, Text, Time, Type, Uuid } from "@smartem/common/schema";
import type { FastifyInstance, FastifyReply } from "fastify";
import { type Pool, type Queryable, transaction } from "../database/connection.js";
import type { Notifications } from "../database/notifications.js";
import { requireEntity } from "../entities/read.js";
import { recordEvents } from "../events/outbox.js";
import { filtersOf, type Paging, PagingQuery, sendPage } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { openEventStream, STREAM_HEARTBEAT_MS } from "../http/sse.js";
import { releaseParked } from "../inbox/parking.js";
import {
  acknowledge,
  INSTRUCTIONS_CHANNEL,
  requireSession,
  sessionsWithPending,
  takeInstructions,
  verify,
} from "../instructions/store.js";
import {
  type Closer,
  type Closure,
  closedConnections,
  closeSession,
  decideForSomebody,
  recordAgentStatus,
  recordConnection,
  recordDisconnection,
  recordHeartbeat,
  reopenSession,
  takeUpSession,
} from "./store.js";

const LOOKOUT_INTERVAL_MS = 5_000;
const LOGS_PER_REQUEST = 500;

type Params = Record<string, string>;

const SessionRequest = Type.Object(
  {
    session_id: Type.Optional(nullable(Uuid)),
    acquisition_uuid: Type.Optional(nullable(Uuid)),
    name: Type.Optional(nullable(Text)),
    experimental_parameters: Type.Optional(nullable(Type.Record(Type.String(), Type.Unknown()))),
  },
  { title: "AgentSessionCreateRequest" },
);
export const AgentSessionResponse = Type.Object(
  {
    session_id: Type.String(),
    agent_id: Type.String(),
    acquisition_uuid: nullable(Type.String()),
    name: nullable(Type.String()),
    status: oneOf(["active", "inactive", "completed"]),
    closed_by: nullable(oneOf(["agent", "operator"])),
    created_at: Time,
    last_activity_at: Time,
    ended_at: nullable(Time),
  },
  { title: "AgentSessionResponse" },
);
const Acknowledgement = Type.Object(
  {
    status: oneOf(["received", "processed", "failed", "declined"]),
    result: Type.Optional(nullable(Type.String())),
    error_message: Type.Optional(nullable(Type.String())),
    processing_time_ms: Type.Optional(nullable(Type.Integer())),
    processed_at: Type.Optional(nullable(Time)),
    given: Type.Optional(
      nullable(
        Type.Boolean({
          description: "false: nothing of it has reached the microscope, nor will; null: some of it may have",
        }),
      ),
    ),
  },
  { title: "AgentInstructionAcknowledgement" },
);
const AcknowledgementResponse = Type.Object(
  {
    acknowledged_at: Type.String(),
    agent_id: Type.String(),
    instruction_id: Type.String(),
    session_id: Type.String(),
    status: Type.String(),
  },
  { title: "AgentInstructionAcknowledgementResponse" },
);
const Verification = Type.Object(
  {
    outcome: oneOf(["followed", "superseded", "not_followed"]),
    observed_at: Time,
    details: Type.Optional(Type.Unknown()),
    record_lost: Type.Optional(
      Type.Boolean({
        description: "The microscope's control has no record of the instruction any more: it is told again.",
      }),
    ),
  },
  { title: "InstructionVerification" },
);
const LogEntry = Type.Object(
  {
    level: Type.String({ maxLength: 32 }),
    logger_name: Type.String({ maxLength: 255 }),
    message: Type.String(),
    timestamp: Time,
  },
  { title: "AgentLogEntry" },
);
const LogBatch = Type.Object(
  { logs: Type.Array(ref(LogEntry), { maxItems: LOGS_PER_REQUEST }) },
  { title: "AgentLogBatchRequest" },
);
const LogBatchResponse = Type.Object({ stored: Type.Integer() }, { title: "AgentLogBatchResponse" });

const SessionQuery = Type.Object({
  status: Type.Optional(oneOf(["active", "inactive", "completed"])),
  acquisition_uuid: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  ...PagingQuery,
});

type SessionFilters = Paging & Readonly<Record<string, unknown>>;

const SESSION_COLUMNS =
  "session_id, agent_id, acquisition_uuid, name, status, closed_by, created_at, last_activity_at, ended_at";

async function sessionOf(db: Queryable, sessionId: string): Promise<unknown> {
  const { rows } = await db.query(`select ${SESSION_COLUMNS} from agent_sessions where session_id = $1`, [sessionId]);
  return rows[0];
}

export function sessionRoutes(app: FastifyInstance, pool: Pool, notifications: Notifications): void {
  register(
    app,
    SessionRequest,
    AgentSessionResponse,
    Acknowledgement,
    AcknowledgementResponse,
    Verification,
    LogEntry,
    LogBatch,
    LogBatchResponse,
  );
  const tags = ["Agent"];

  const listSessions = (reply: FastifyReply, query: SessionFilters) => {
    const { conditions, values } = filtersOf(query, {
      agent_id: "agent_id",
      status: "status",
      acquisition_uuid: "acquisition_uuid",
      name: "name",
    });
    const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
    return sendPage(
      reply,
      pool,
      { select: `select ${SESSION_COLUMNS}`, from: `from agent_sessions ${where}`, orderBy: "seq", values },
      query,
    );
  };

  const sessions = "/agent/{agent_id}/sessions";
  app.post(
    routePath(sessions),
    {
      schema: {
        operationId: operationId("create_session", sessions, "post"),
        tags,
        body: ref(SessionRequest),
        response: { 201: ref(AgentSessionResponse) },
      },
    },
    async (request, reply) => {
      const { agent_id = "" } = request.params as Params;
      const body = request.body as {
        session_id?: string | null;
        acquisition_uuid?: string | null;
        name?: string | null;
        experimental_parameters?: unknown;
      };
      const session = await transaction(pool, async (tx) => {
        const acquisition =
          body.acquisition_uuid == null ? null : await requireEntity(tx, "acquisition", body.acquisition_uuid);
        const { rows: closed } = await tx.query(
          `select from agent_sessions where session_id = $1 and agent_id = $2 and status = 'completed' and closed_by = 'operator'
           for update`,
          [body.session_id, agent_id],
        );
        if (closed.length > 0) {
          throw new SmartemError("session_closed", 409, `Session ${body.session_id} was closed by an operator`, {
            hint: "It stays closed until somebody opens it: POST /agent/{agent_id}/sessions/{session_id}/open.",
          });
        }
        const { rows } = await tx.query<{ session_id: string; agent_id: string }>(
          `insert into agent_sessions as s (session_id, agent_id, acquisition_uuid, name, experimental_parameters) values ($1, $2, $3, $4, $5)
           on conflict (session_id) do update set status = 'active', ended_at = null, closed_by = null, last_activity_at = now(),
             registered_at = now(),
             acquisition_uuid = coalesce(excluded.acquisition_uuid, s.acquisition_uuid), name = coalesce(excluded.name, s.name),
             -- What an agent says of its control is of the one that registers: one of before says nothing of it.
             experimental_parameters = case when excluded.experimental_parameters is null then s.experimental_parameters
               else nullif(coalesce(s.experimental_parameters, '{}') - '{control,control_mode}'::text[] || excluded.experimental_parameters, '{}') end
           returning ${SESSION_COLUMNS}`,
          [
            body.session_id ?? randomUUID(),
            agent_id,
            acquisition,
            body.name ?? null,
            body.experimental_parameters == null ? null : JSON.stringify(body.experimental_parameters),
          ],
        );
        const [row] = rows;
        if (row?.agent_id !== agent_id)
          throw new SmartemError("foreign_session", 403, `Session ${row?.session_id} belongs to another agent`);
        await releaseParked(tx, "session", [row.session_id]);
        if (acquisition !== null) await decideForSomebody(tx, acquisition);
        await recordAgentStatus(tx, [row.session_id]);
        return row;
      });
      return reply.code(201).send(session);
    },
  );
  app.get(
    routePath(sessions),
    {
      schema: {
        operationId: operationId("list_sessions", sessions, "get"),
        tags,
        querystring: SessionQuery,
        response: { 200: Type.Array(ref(AgentSessionResponse)) },
      },
    },
    (request, reply) =>
      listSessions(reply, { ...(request.query as SessionFilters), agent_id: (request.params as Params).agent_id }),
  );
  const all = "/sessions";
  app.get(
    all,
    {
      schema: {
        operationId: operationId("list_all_sessions", all, "get"),
        summary: "The sessions of all agents, in the order in which they began",
        tags,
        querystring: Type.Object({ agent_id: Type.Optional(Type.String()), ...SessionQuery.properties }),
        response: { 200: Type.Array(ref(AgentSessionResponse)) },
      },
    },
    (request, reply) => listSessions(reply, request.query as SessionFilters),
  );
  const close = "/agent/{agent_id}/sessions/{session_id}/close";
  app.post(
    routePath(close),
    {
      schema: {
        operationId: operationId("close_session", close, "post"),
        summary:
          "Ends a session and withdraws what it has not answered. Closed by an operator, it stays so; by its agent, until that registers it again",
        tags,
        querystring: Type.Object({ closed_by: Type.Optional(oneOf(["agent", "operator"])) }),
        response: { 200: ref(AgentSessionResponse) },
      },
    },
    async (request) => {
      const { agent_id = "", session_id = "" } = request.params as Params;
      return transaction(pool, async (tx) => {
        await requireSession(tx, agent_id, session_id);
        const { closed_by = "operator" } = request.query as { closed_by?: Closer };
        await closeSession(tx, session_id, closed_by);
        return sessionOf(tx, session_id);
      });
    },
  );
  const open = "/agent/{agent_id}/sessions/{session_id}/open";
  app.post(
    routePath(open),
    {
      schema: {
        operationId: operationId("open_session", open, "post"),
        summary: "Lets the agent of a closed session take it up again, which it does within a minute",
        tags,
        response: { 200: ref(AgentSessionResponse) },
      },
    },
    async (request) => {
      const { agent_id = "", session_id = "" } = request.params as Params;
      return transaction(pool, async (tx) => {
        await requireSession(tx, agent_id, session_id);
        await reopenSession(tx, session_id);
        return sessionOf(tx, session_id);
      });
    },
  );

  instructionStream(app, pool, notifications);

  const ack = "/agent/{agent_id}/session/{session_id}/instructions/{instruction_id}/ack";
  app.post(
    routePath(ack),
    {
      schema: {
        operationId: operationId("acknowledge_instruction", ack, "post"),
        tags,
        body: ref(Acknowledgement),
        response: { 200: ref(AcknowledgementResponse) },
      },
    },
    async (request) => {
      const { agent_id = "", session_id = "", instruction_id = "" } = request.params as Params;
      const body = request.body as InstructionAcknowledgement;
      const { acknowledgedAt } = await acknowledge(pool, agent_id, session_id, instruction_id, body);
      return { acknowledged_at: acknowledgedAt, agent_id, instruction_id, session_id, status: body.status };
    },
  );

  const verification = "/agent/{agent_id}/session/{session_id}/instructions/{instruction_id}/verification";
  app.post(
    routePath(verification),
    {
      schema: {
        operationId: operationId("verify_instruction", verification, "post"),
        tags,
        body: ref(Verification),
        response: { 200: Type.Unknown() },
      },
    },
    async (request) => {
      const { agent_id = "", session_id = "", instruction_id = "" } = request.params as Params;
      await verify(pool, agent_id, session_id, instruction_id, request.body as Record<string, unknown>);
      return { instruction_id, verification: request.body };
    },
  );

  const heartbeat = "/agent/{agent_id}/session/{session_id}/heartbeat";
  app.post(
    routePath(heartbeat),
    {
      schema: {
        operationId: operationId("agent_heartbeat", heartbeat, "post"),
        tags,
        querystring: Type.Object({
          connection_id: Type.Optional(
            Type.String({
              description:
                "Of the stream at which the agent listens: the session's others, which it has left, are closed.",
            }),
          ),
        }),
        response: { 200: Type.Unknown() },
      },
    },
    async (request) => {
      const { agent_id = "", session_id = "" } = request.params as Params;
      const { connection_id } = request.query as { connection_id?: string };
      await requireSession(pool, agent_id, session_id);
      const at = await transaction(pool, (tx) => recordHeartbeat(tx, session_id, connection_id ?? null));
      if (at === null) throw new SmartemError("no_connection", 404, `Session ${session_id} has no active connection`);
      return { status: "success", timestamp: at, agent_id, session_id };
    },
  );

  const logs = "/agent/{agent_id}/session/{session_id}/logs";
  app.post(
    routePath(logs),
    {
      schema: {
        operationId: operationId("ingest_agent_logs", logs, "post"),
        tags,
        body: ref(LogBatch),
        response: { 200: ref(LogBatchResponse) },
      },
    },
    async (request) => {
      const { agent_id = "", session_id = "" } = request.params as Params;
      const { logs: entries } = request.body as { logs: unknown[] };
      const stored = await transaction(pool, async (tx) => {
        const { acquisition_uuid } = await requireSession(tx, agent_id, session_id);
        const { rows } = await tx.query<Record<string, unknown>>(
          `insert into agent_logs (agent_id, session_id, timestamp, level, logger_name, message)
           select $1, $2, timestamp, level, logger_name, message
           from jsonb_to_recordset($3::jsonb) as r(timestamp timestamptz, level text, logger_name text, message text)
           returning id, agent_id, session_id, timestamp, level, logger_name, message`,
          [agent_id, session_id, JSON.stringify(entries)],
        );
        await recordEvents(
          tx,
          rows.map((row) => ({ eventType: "agent.log", payload: row, acquisitionUuid: acquisition_uuid })),
        );
        return rows.length;
      });
      return { stored };
    },
  );
}

/** What can be done with an agent's open stream. */
interface AgentStream {
  /** Sends what there is for it; ends it where it has been closed. */
  deliver(): void;
  close(closure: Closure): void;
}

function instructionStream(app: FastifyInstance, pool: Pool, notifications: Notifications): void {
  /** The open streams of this process, by session, then by connection. */
  const open = new Map<string, Map<string, AgentStream>>();
  const streamsOf = (sessionId: string): AgentStream[] => [...(open.get(sessionId)?.values() ?? [])];
  const unsubscribe = notifications.subscribe(INSTRUCTIONS_CHANNEL, (sessionId) => {
    for (const id of sessionId === "" ? open.keys() : [sessionId]) for (const stream of streamsOf(id)) stream.deliver();
  });
  const lookAround = async (): Promise<void> => {
    for (const sessionId of await sessionsWithPending(pool)) {
      for (const stream of streamsOf(sessionId)) stream.deliver();
    }
    const all = new Map([...open.values()].flatMap((streams) => [...streams]));
    for (const [id, closure] of await closedConnections(pool, [...all.keys()])) all.get(id)?.close(closure);
  };
  // One look for all streams of this process, should a notification ever get lost.
  const lookout = setInterval(() => {
    if (open.size === 0) return;
    lookAround().catch((error: unknown) =>
      app.log.debug({ reason: messageOf(error) }, "pending instructions could not be looked for"),
    );
  }, LOOKOUT_INTERVAL_MS);
  lookout.unref();
  app.addHook("onClose", async () => {
    clearInterval(lookout);
    unsubscribe();
  });

  const path = "/agent/{agent_id}/session/{session_id}/instructions/stream";
  app.get(
    routePath(path),
    {
      // What is pending goes to whoever listens here.
      config: { access: "operate" },
      exposeHeadRoute: false,
      schema: {
        operationId: operationId("stream_instructions", path, "get"),
        summary:
          "What a session is to do, as Server-Sent Events; first what was sent and not acknowledged, " +
          "with `unanswered` also what was acknowledged as received and not answered since",
        tags: ["Agent"],
        querystring: Type.Object({ unanswered: Type.Optional(Type.Boolean()) }),
      },
    },
    async (request, reply) => {
      const { agent_id = "", session_id = "" } = request.params as Params;
      const { unanswered = false } = request.query as { unanswered?: boolean };
      const connection_id = randomUUID();
      let refusal: string | null = null;
      try {
        const session = await requireSession(pool, agent_id, session_id);
        if (session.status !== "active") refusal = `Session ${session_id} is ${session.status}`;
        // An agent that does not know how to register must not be refused for ever because the API was away for an hour.
        if (session.status === "inactive" && (await transaction(pool, (tx) => takeUpSession(tx, session_id))))
          refusal = `Session ${session_id} was inactive: connect again`;
      } catch (error) {
        if (!(error instanceof SmartemError)) throw error;
        refusal = error.message;
      }
      if (refusal !== null) {
        const stream = openEventStream(request, reply);
        stream.send("error", { type: "error", error: "session_validation_failed", message: refusal });
        stream.end();
        return;
      }
      // What fails does so before the answer has begun: a stream that is open and gives nothing would be waited on for ever.
      await transaction(pool, (tx) => recordConnection(tx, { connection_id, agent_id, session_id }));
      const stream = openEventStream(request, reply);
      stream.send("connection", { type: "connection", agent_id, session_id, connection_id, status: "connected" });

      const close = ({ error, message }: Closure): void => {
        stream.send("error", { type: "error", error, message });
        stream.end();
      };
      let which: Parameters<typeof takeInstructions>[2] = unanswered ? "unanswered" : "unacknowledged";
      let delivering = false;
      let wanted = false;
      const deliver = (): void => {
        wanted = true;
        if (delivering) return;
        delivering = true;
        (async () => {
          while (wanted && !stream.closed) {
            wanted = false;
            const instructions = await takeInstructions(pool, connection_id, which);
            which = "new";
            for (const instruction of instructions) stream.send("instruction", instruction);
            if (instructions.length > 0) continue;
            const closure = (await closedConnections(pool, [connection_id])).get(connection_id);
            if (closure !== undefined) close(closure);
          }
        })()
          .catch((error: unknown) => {
            // The agent connects again and is then sent whatever it has not acknowledged.
            app.log.warn({ reason: messageOf(error), session_id }, "instructions could not be delivered");
            stream.end();
          })
          .finally(() => {
            delivering = false;
          });
      };
      const streams = open.get(session_id) ?? new Map<string, AgentStream>();
      open.set(session_id, streams.set(connection_id, { deliver, close }));
      const beat = setInterval(() => {
        stream.send("heartbeat", { type: "heartbeat", timestamp: new Date().toISOString(), connection_id });
      }, STREAM_HEARTBEAT_MS);
      stream.onClose(() => {
        clearInterval(beat);
        streams.delete(connection_id);
        if (streams.size === 0 && open.get(session_id) === streams) open.delete(session_id);
        recordDisconnection(pool, connection_id).catch((error: unknown) =>
          app.log.debug({ reason: messageOf(error) }, "a closed connection could not be recorded"),
        );
      });
      deliver();
    },
  );
}
