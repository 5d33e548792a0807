import { SmartemError } from "@smartem/common/errors";
import { Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import type { Pool } from "../database/connection.js";
import { unprocessable } from "../http/errors.js";
import { operationId, ref, register } from "../http/server.js";
import { type EventStream, lastEventId, openEventStream, STREAM_HEARTBEAT_MS } from "../http/sse.js";
import { receive } from "../inbox/receive.js";
import type { EventFeed } from "./feed.js";
import { follow } from "./follow.js";
import { frontendStream, typesOf } from "./frontend-stream.js";
import { PUBLISHED_EVENT_TYPES } from "./types.js";

/** How many events one request may bring. */
const EVENTS_PER_REQUEST = 5_000;

export interface EventRoutesOptions {
  readonly pool: Pool;
  readonly feed: EventFeed;
  readonly maxConnections: number;
}

export function eventRoutes(app: FastifyInstance, options: EventRoutesOptions): void {
  const answer = Type.Object(
    {
      accepted: Type.Integer(),
      rejected: Type.Array(Type.Object({ index: Type.Integer(), code: Type.String(), message: Type.String() })),
    },
    { title: "EventsAccepted" },
  );
  register(app, answer);
  app.post(
    "/events",
    {
      schema: {
        operationId: operationId("publish_events", "/events", "post"),
        summary: "Takes events from outside, one or an array, as the message queue does",
        tags: ["Events"],
        body: Type.Unknown(),
        response: { 202: ref(answer) },
      },
    },
    async (request, reply) => {
      const messages: unknown[] = Array.isArray(request.body) ? request.body : [request.body];
      if (messages.length > EVENTS_PER_REQUEST) {
        throw unprocessable(
          ["body"],
          `At most ${EVENTS_PER_REQUEST} events at a time: send several batches.`,
          "too_long",
        );
      }
      const result = await receive(
        options.pool,
        messages.map((message) => ({ message })),
      );
      return reply.code(202).send(result);
    },
  );

  let connections = 0;
  const limited = (stream: EventStream): void => {
    connections += 1;
    stream.onClose(() => {
      connections -= 1;
    });
  };
  const refuseTooMany = (): void => {
    if (connections >= options.maxConnections) {
      throw new SmartemError(
        "too_many_streams",
        503,
        `All ${options.maxConnections} event streams of this server are in use.`,
        {
          hint: "Close unused pages, or raise FRONTEND_SSE_MAX_CONNECTIONS.",
        },
      );
    }
  };

  app.get(
    "/events/stream",
    {
      exposeHeadRoute: false,
      schema: {
        operationId: operationId("stream_events", "/events/stream", "get"),
        summary:
          "The events that the message queue would deliver, as Server-Sent Events; resumes after Last-Event-ID or `after`",
        tags: ["Events"],
        querystring: Type.Object({
          event_types: Type.Optional(Type.String()),
          after: Type.Optional(Type.Integer({ minimum: 0 })),
        }),
      },
    },
    async (request, reply) => {
      refuseTooMany();
      const { event_types, after } = request.query as { event_types?: string; after?: number };
      const types = typesOf(event_types, PUBLISHED_EVENT_TYPES) ?? PUBLISHED_EVENT_TYPES;
      const stream = openEventStream(request, reply);
      limited(stream);
      const beat = setInterval(
        () => stream.send("heartbeat", { timestamp: new Date().toISOString() }),
        STREAM_HEARTBEAT_MS,
      );
      stream.onClose(() => clearInterval(beat));
      follow(stream, {
        ...options,
        log: request.log,
        after: lastEventId(request) ?? after ?? null,
        types,
        give: (event) => stream.send(event.event_type, { event_type: event.event_type, ...event.payload }, event.id),
        missed: (gap) => stream.send("resync", gap, gap.missed_to),
      });
    },
  );

  frontendStream(app, { ...options, refuseTooMany, limited });
}
