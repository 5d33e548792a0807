import { nullable, Time, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import type { Pool } from "../database/connection.js";
import { filtersOf, type Paging, PagingQuery, sendPage } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import {
  type Chosen,
  DEAD_LETTER_COLUMNS,
  dropDeadLetters,
  queueStatus,
  readDeadLetter,
  retryDeadLetters,
} from "./dead-letters.js";

const Letter = Type.Object(
  {
    id: Type.Integer(),
    received_at: Time,
    message_id: nullable(Type.String()),
    event_type: Type.String(),
    grid_uuid: nullable(Type.String()),
    attempts: Type.Integer(),
    reason: nullable(Type.String()),
    body: Type.Unknown(),
  },
  { title: "DeadLetter" },
);
const Status = Type.Object(
  {
    ready: Type.Integer(),
    parked: Type.Integer(),
    dead: Type.Integer(),
    oldest_ready_age_s: nullable(Type.Number()),
    by_type: Type.Array(Type.Object({ event_type: Type.String(), status: Type.String(), count: Type.Integer() })),
    newest_event_id: Type.Integer(),
    relays: Type.Array(Type.Object({ name: Type.String(), last_event_id: Type.Integer(), behind: Type.Integer() })),
  },
  { title: "QueueStatus" },
);
const Choice = Type.Object(
  {
    ids: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), { minItems: 1, maxItems: 10_000 }),
    ),
    event_type: Type.Optional(Type.String({ maxLength: 255 })),
  },
  {
    title: "DeadLetterChoice",
    description: "`ids`: these. Without it, all, or all of one `event_type`",
    additionalProperties: false,
  },
);

/** For administrators: the state of the queue, and what could not be applied. */
export function queueRoutes(app: FastifyInstance, pool: Pool): void {
  register(app, Letter, Status, Choice);
  const tags = ["Administration"];
  const status = "/admin/queue";
  app.get(
    status,
    {
      schema: {
        operationId: operationId("get_queue_status", status, "get"),
        summary: "How many messages wait to be applied, wait for what they speak of, or could not be applied",
        tags,
        response: { 200: ref(Status) },
      },
    },
    () => queueStatus(pool),
  );
  const list = "/admin/queue/dead-letters";
  app.get(
    list,
    {
      schema: {
        operationId: operationId("list_dead_letters", list, "get"),
        tags,
        querystring: Type.Object({ event_type: Type.Optional(Type.String()), ...PagingQuery }),
        response: { 200: Type.Array(ref(Letter)) },
      },
    },
    (request, reply) => {
      const query = request.query as Paging & { event_type?: string };
      const { conditions, values } = filtersOf(query as Record<string, unknown>, { event_type: "event_type" });
      return sendPage(
        reply,
        pool,
        {
          select: `select ${DEAD_LETTER_COLUMNS}`,
          from: `from inbox where ${["status = 'dead'", ...conditions].join(" and ")}`,
          orderBy: "id",
          values,
        },
        query,
      );
    },
  );
  const item = "/admin/queue/dead-letters/{dead_letter_id}";
  const params = Type.Object({ dead_letter_id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });
  app.get(
    routePath(item),
    {
      schema: {
        operationId: operationId("get_dead_letter", item, "get"),
        tags,
        params,
        response: { 200: ref(Letter) },
      },
    },
    (request) => readDeadLetter(pool, (request.params as { dead_letter_id: number }).dead_letter_id),
  );
  const chosenBy = (body: unknown): Chosen => {
    const { ids, event_type } = body as { ids?: number[]; event_type?: string };
    return ids === undefined ? { all: true, eventType: event_type ?? null } : { ids };
  };
  const retry = "/admin/queue/dead-letters/retry";
  app.post(
    retry,
    {
      schema: {
        operationId: operationId("retry_dead_letters", retry, "post"),
        summary: "Applies dead letters again, as if they had just come",
        tags,
        body: ref(Choice),
        response: { 200: Type.Object({ retried: Type.Integer(), refused: Type.Integer() }) },
      },
    },
    (request) => retryDeadLetters(pool, chosenBy(request.body)),
  );
  const drop = "/admin/queue/dead-letters/drop";
  app.post(
    drop,
    {
      // What is dropped is lost.
      config: { access: "administer" },
      schema: {
        operationId: operationId("drop_dead_letters", drop, "post"),
        summary: "Removes dead letters for good",
        tags,
        body: ref(Choice),
        response: { 200: Type.Object({ dropped: Type.Integer() }) },
      },
    },
    (request) => dropDeadLetters(pool, chosenBy(request.body)),
  );
}
