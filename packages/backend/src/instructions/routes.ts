import { SmartemError } from "@smartem/common/errors";
import { nullable, Time, Type, Uuid } from "@smartem/common/schema";
import { parseTime } from "@smartem/common/time";
import type { FastifyInstance } from "fastify";
import { type Pool, transaction } from "../database/connection.js";
import { notFound } from "../http/errors.js";
import { filtersOf, type Paging, PagingQuery, sendPage } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { cancelInstructions, createInstruction, requireSession } from "./store.js";

type Params = Record<string, string>;

const anything = Type.Record(Type.String(), Type.Unknown());
const Create = Type.Object(
  {
    instruction_id: Type.Optional(Uuid),
    instruction_type: Type.String({ minLength: 1, maxLength: 255 }),
    payload: Type.Optional(anything),
    priority: Type.Optional(Type.Enum(["high", "normal", "low"])),
    sequence_number: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))),
    expires_at: Type.Optional(nullable(Time)),
    metadata: Type.Optional(nullable(anything)),
  },
  { title: "InstructionCreateRequest" },
);
const Status = Type.Enum(["pending", "sent", "acknowledged", "expired", "failed", "cancelled"]);
const fields = {
  instruction_id: Type.String(),
  session_id: Type.String(),
  agent_id: Type.String(),
  acquisition_uuid: nullable(Type.String()),
  instruction_type: Type.String(),
  payload: Type.Unknown(),
  sequence_number: nullable(Type.Integer()),
  priority: Type.String(),
  status: Status,
  ack_status: nullable(Type.String()),
  created_at: Time,
  sent_at: nullable(Time),
  acknowledged_at: nullable(Time),
  expires_at: nullable(Time),
  retry_count: Type.Integer(),
  max_retries: Type.Integer(),
  metadata: Type.Unknown(),
  decision_id: nullable(Type.Integer()),
  verification: Type.Unknown(),
  archived_at: nullable(Time),
};
const Instruction = Type.Object(fields, { title: "InstructionResponse" });
const Audit = Type.Object(
  {
    ...fields,
    acknowledgements: Type.Array(
      Type.Object({
        status: Type.String(),
        result: nullable(Type.String()),
        error_message: nullable(Type.String()),
        processing_time_ms: nullable(Type.Integer()),
        processed_at: nullable(Time),
        created_at: Time,
      }),
    ),
    history: Type.Array(Type.Object({ at: Time, status: Type.String(), details: Type.Unknown() })),
  },
  { title: "InstructionAuditResponse" },
);

const SELECT = `select i.instruction_id, i.session_id, i.agent_id, s.acquisition_uuid, i.instruction_type, i.payload, i.sequence_number,
  i.priority, i.status, i.ack_status, i.created_at, i.sent_at, i.acknowledged_at, i.expires_at, i.retry_count, i.max_retries,
  i.instruction_metadata as metadata, i.decision_id, i.verification, i.archived_at`;
const FROM = "from instructions i join agent_sessions s using (session_id)";
const FILTERS: Readonly<Record<string, string>> = {
  session_id: "i.session_id",
  agent_id: "i.agent_id",
  acquisition_uuid: "s.acquisition_uuid",
  status: "i.status",
  instruction_type: "i.instruction_type",
};

/** Instructions as operators see them: what was asked of which agent, and everything that became of it. */
export function instructionRoutes(app: FastifyInstance, pool: Pool): void {
  register(app, Create, Instruction, Audit);
  const tags = ["Instructions"];

  const list = "/instructions";
  const listQuery = Type.Object({
    ...Object.fromEntries(
      Object.keys(FILTERS).map((name) => [name, Type.Optional(name === "status" ? Status : Type.String())]),
    ),
    ...PagingQuery,
  });
  app.get(
    list,
    {
      schema: {
        operationId: operationId("list_instructions", list, "get"),
        summary: "Instructions in the order in which they were created",
        tags,
        querystring: listQuery,
        response: { 200: Type.Array(ref(Instruction)) },
      },
    },
    async (request, reply) => {
      const query = request.query as Paging & Record<string, unknown>;
      const { conditions, values } = filtersOf(query, FILTERS);
      const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
      return sendPage(reply, pool, { select: SELECT, from: `${FROM} ${where}`, orderBy: "i.seq", values }, query);
    },
  );

  const ofSession = "/agent/{agent_id}/sessions/{session_id}/instructions";
  app.get(
    routePath(ofSession),
    {
      schema: {
        operationId: operationId("list_session_instructions", ofSession, "get"),
        tags,
        querystring: Type.Object({
          status: Type.Optional(Status),
          instruction_type: Type.Optional(Type.String()),
          ...PagingQuery,
        }),
        response: { 200: Type.Array(ref(Instruction)) },
      },
    },
    async (request, reply) => {
      const { agent_id = "", session_id = "" } = request.params as Params;
      await requireSession(pool, agent_id, session_id);
      const query = request.query as Paging & Record<string, unknown>;
      const { conditions, values } = filtersOf({ ...query, session_id }, FILTERS);
      return sendPage(
        reply,
        pool,
        { select: SELECT, from: `${FROM} where ${conditions.join(" and ")}`, orderBy: "i.seq", values },
        query,
      );
    },
  );
  app.post(
    routePath(ofSession),
    {
      schema: {
        operationId: operationId("create_instruction", ofSession, "post"),
        summary: "Asks the session's agent to do something. An instruction_id that is known already is left as it is",
        tags,
        body: ref(Create),
        response: { 201: ref(Instruction) },
      },
    },
    async (request, reply) => {
      const { agent_id = "", session_id = "" } = request.params as Params;
      const body = request.body as {
        instruction_id?: string;
        instruction_type: string;
        payload?: Record<string, unknown>;
        priority?: "high" | "normal" | "low";
        sequence_number?: number | null;
        expires_at?: string | null;
        metadata?: Record<string, unknown> | null;
      };
      const instruction = await transaction(pool, async (tx) => {
        const { status } = await requireSession(tx, agent_id, session_id);
        if (status === "completed") {
          throw new SmartemError("wrong_state", 409, `Session ${session_id} is completed`, {
            hint: "Ask the agent's current session.",
          });
        }
        const id = await createInstruction(tx, {
          sessionId: session_id,
          type: body.instruction_type,
          payload: body.payload ?? {},
          priority: body.priority ?? "normal",
          sequenceNumber: body.sequence_number ?? null,
          expiresAt: body.expires_at == null ? null : (parseTime(body.expires_at)?.toISOString() ?? null),
          metadata: body.metadata ?? null,
          ...(body.instruction_id === undefined ? {} : { instructionId: body.instruction_id }),
        });
        const { rows } = await tx.query<{ session_id: string }>(`${SELECT} ${FROM} where i.instruction_id = $1`, [id]);
        const [row] = rows;
        if (row?.session_id !== session_id)
          throw new SmartemError("conflict", 409, `Instruction ${id} belongs to another session`);
        return row;
      });
      return reply.code(201).send(instruction);
    },
  );

  const item = "/instructions/{instruction_id}";
  app.get(
    routePath(item),
    {
      schema: {
        operationId: operationId("get_instruction", item, "get"),
        summary: "One instruction with all answers to it and every change of its state",
        tags,
        response: { 200: ref(Audit) },
      },
    },
    async (request) => {
      const { instruction_id = "" } = request.params as Params;
      const { rows } = await pool.query(
        `${SELECT},
           coalesce((select json_agg(json_build_object('status', a.status, 'result', a.result, 'error_message', a.error_message,
             'processing_time_ms', a.processing_time_ms, 'processed_at', a.processed_at, 'created_at', a.created_at) order by a.id)
             from instruction_acknowledgements a where a.instruction_id = i.instruction_id), '[]') as acknowledgements,
           coalesce((select json_agg(json_build_object('at', h.at, 'status', h.status, 'details', h.details) order by h.id)
             from instruction_history h where h.instruction_id = i.instruction_id), '[]') as history
         ${FROM} where i.instruction_id = $1`,
        [instruction_id],
      );
      if (rows.length === 0) throw notFound("Instruction", instruction_id);
      return rows[0] as unknown;
    },
  );
  const cancel = "/instructions/{instruction_id}/cancel";
  app.post(
    routePath(cancel),
    {
      schema: {
        operationId: operationId("cancel_instruction", cancel, "post"),
        summary:
          "Withdraws an instruction that no agent has answered yet. One that was sent may have been carried out all the same",
        tags,
        response: { 200: ref(Instruction) },
      },
    },
    async (request) => {
      const { instruction_id = "" } = request.params as Params;
      return transaction(pool, async (tx) => {
        const { rows: found } = await tx.query<{ status: string }>(
          "select status from instructions where instruction_id = $1 for update",
          [instruction_id],
        );
        const [instruction] = found;
        if (instruction === undefined) throw notFound("Instruction", instruction_id);
        if (!["pending", "sent", "cancelled"].includes(instruction.status)) {
          throw new SmartemError(
            "wrong_state",
            409,
            `Instruction ${instruction_id} is ${instruction.status} and can't be cancelled any more`,
          );
        }
        await cancelInstructions(tx, [instruction_id], ["pending", "sent"]);
        const { rows } = await tx.query(`${SELECT} ${FROM} where i.instruction_id = $1`, [instruction_id]);
        return rows[0] as unknown;
      });
    },
  );
}
