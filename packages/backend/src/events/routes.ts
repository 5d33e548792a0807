import { SmartemError } from "@smartem/common/errors";
import { Type } from "@smartem/common/schema";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Pool } from "../database/connection.js";
import { unprocessable } from "../http/errors.js";
import { operationId, ref, register } from "../http/server.js";
import { type EventStream, openEventStream } from "../http/sse.js";
import { receive } from "../inbox/receive.js";
import { type EventFeed, isAfter, positionOfEvent, type RecordedEvent, readEvents } from "./feed.js";
import { eventHorizon } from "./retention.js";
import { FRONTEND_EVENT_TYPES, PUBLISHED_EVENT_TYPES } from "./types.js";

/** How many events one request may bring. */
const EVENTS_PER_REQUEST = 5_000;
const HEARTBEAT_MS = 30_000;
/** A client that comes back after more than this has missed too much to be told event by event. */
const REPLAY_PAGE = 1_000;

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
      const types = typesOf(event_types) ?? PUBLISHED_EVENT_TYPES;
      const stream = openEventStream(request, reply);
      limited(stream);
      const beat = setInterval(() => stream.send("heartbeat", { timestamp: new Date().toISOString() }), HEARTBEAT_MS);
      stream.onClose(() => clearInterval(beat));
      await follow(options, stream, lastEventId(request) ?? after ?? null, types, (event) => {
        stream.send(event.event_type, { event_type: event.event_type, ...event.payload }, event.id);
      });
    },
  );

  frontendStream(app, options, refuseTooMany, limited);
}

function typesOf(list: string | undefined): readonly string[] | null {
  const types = (list ?? "")
    .split(",")
    .map((type) => type.trim())
    .filter((type) => type !== "");
  return types.length === 0 ? null : types;
}

function lastEventId(request: FastifyRequest): number | null {
  const header = request.headers["last-event-id"];
  const id = Number(header);
  return typeof header === "string" && Number.isSafeInteger(id) && id >= 0 ? id : null;
}

/** Gives a stream every event after `after` (null: from now on), without a gap or a repetition between old and new ones. */
async function follow(
  { pool, feed }: EventRoutesOptions,
  stream: EventStream,
  after: number | null,
  types: readonly string[],
  send: (event: RecordedEvent) => void,
): Promise<void> {
  const wanted = new Set(types);
  let position = after === null ? feed.position : await positionOfEvent(pool, after);
  let caughtUp = after === null;
  const unsubscribe = feed.subscribe((events) => {
    if (!caughtUp) return;
    for (const event of events) {
      if (!isAfter(event, position)) continue;
      position = event;
      if (wanted.has(event.event_type)) send(event);
    }
  });
  stream.onClose(unsubscribe);
  if (after !== null) {
    const horizon = await eventHorizon(pool);
    if (after < horizon) {
      // Said before anything else, so that nobody takes what follows for everything.
      stream.send("resync", { missed_from: after + 1, missed_to: horizon, reason: "older events are no longer kept" });
      position = await positionOfEvent(pool, horizon);
    }
  }
  while (!caughtUp && !stream.closed) {
    const upTo = feed.position;
    const events = await readEvents(pool, position, REPLAY_PAGE, types);
    for (const event of events) {
      // Beyond what the feed has given out, the live events follow.
      if (isAfter(event, upTo)) break;
      position = event;
      send(event);
    }
    const last = events.at(-1);
    if (events.length < REPLAY_PAGE || last === undefined || isAfter(last, upTo)) {
      // No await between here and the next live batch: nothing can slip through.
      if (feed.position === upTo) {
        if (isAfter(upTo, position)) position = upTo;
        caughtUp = true;
      }
    }
  }
}

/** How often at most an acquisition's progress is told. */
const PROGRESS_INTERVAL_MS = 1_000;
const PROGRESS_CAUSES = /^(acquisition|grid|gridsquare|foilhole|micrograph)\.(created|deleted)$|^acquisition\.updated$/;

export interface AcquisitionProgress {
  readonly acquisition_uuid: string;
  readonly grid_count: number;
  readonly gridsquare_count: number;
  readonly foilhole_count: number;
  readonly micrograph_count: number;
  readonly status: string | null;
}

/** How far acquisitions have come; null: all of them. */
export async function acquisitionProgress(
  pool: Pool,
  acquisitionUuids: readonly string[] | null,
): Promise<AcquisitionProgress[]> {
  const { rows } = await pool.query<AcquisitionProgress>(
    `select a.uuid as acquisition_uuid, a.status,
       (select count(*) from grids g where g.acquisition_uuid = a.uuid) as grid_count,
       (select count(*) from gridsquares s join grids g on g.uuid = s.grid_uuid where g.acquisition_uuid = a.uuid) as gridsquare_count,
       (select count(*) from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid join grids g on g.uuid = s.grid_uuid
         where g.acquisition_uuid = a.uuid) as foilhole_count,
       (select count(*) from micrographs m join foilholes h on h.uuid = m.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
         join grids g on g.uuid = s.grid_uuid where g.acquisition_uuid = a.uuid) as micrograph_count
     from acquisitions a where $1::text[] is null or a.uuid = any($1)`,
    [acquisitionUuids],
  );
  return rows;
}

type ProgressListener = (progress: readonly AcquisitionProgress[], id: number) => void;

/** Counts an acquisition once for all streams of the process, at most once a second. */
function watchProgress(
  { pool, feed }: EventRoutesOptions,
  app: FastifyInstance,
): (listener: ProgressListener) => () => void {
  const listeners = new Set<ProgressListener>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const tell = async (): Promise<void> => {
    timer = undefined;
    const uuids = [...changed];
    changed.clear();
    const position = feed.position.id;
    try {
      const progress = await acquisitionProgress(pool, uuids);
      for (const listener of listeners) listener(progress, position);
    } catch (error) {
      app.log.warn({ err: error }, "the progress of acquisitions could not be counted");
      for (const uuid of uuids) changed.add(uuid);
    }
  };
  const unsubscribe = feed.subscribe((events) => {
    if (listeners.size === 0) return;
    for (const event of events) {
      if (event.acquisition_uuid !== null && PROGRESS_CAUSES.test(event.event_type))
        changed.add(event.acquisition_uuid);
    }
    if (changed.size > 0) timer ??= setTimeout(() => void tell(), PROGRESS_INTERVAL_MS);
  });
  app.addHook("onClose", async () => {
    unsubscribe();
    clearTimeout(timer);
  });
  return (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
}

function frontendStream(
  app: FastifyInstance,
  options: EventRoutesOptions,
  refuseTooMany: () => void,
  limited: (stream: EventStream) => void,
): void {
  const onProgress = watchProgress(options, app);
  const path = "/frontend/events/stream";
  app.get(
    path,
    {
      schema: {
        operationId: operationId("frontend_event_stream", path, "get"),
        tags: ["Frontend"],
        querystring: Type.Object({
          acquisition_uuid: Type.Optional(Type.String()),
          agent_id: Type.Optional(Type.String()),
          event_types: Type.Optional(Type.String()),
        }),
      },
    },
    async (request, reply) => {
      refuseTooMany();
      const { acquisition_uuid, agent_id, event_types } = request.query as Record<string, string | undefined>;
      const chosen = typesOf(event_types);
      const wants = (type: string): boolean => chosen === null || chosen.includes(type);
      const stream = openEventStream(request, reply);
      limited(stream);
      const start = Date.now();
      const heartbeat = (): void => {
        if (!wants("heartbeat")) return;
        stream.send("heartbeat", {
          timestamp: new Date().toISOString(),
          connection_time_s: Math.round((Date.now() - start) / 1000),
        });
      };
      heartbeat();
      const beat = setInterval(heartbeat, HEARTBEAT_MS);
      stream.onClose(() => clearInterval(beat));
      if (wants("acquisition.progress")) {
        stream.onClose(
          onProgress((progress, id) => {
            for (const one of progress) {
              if (acquisition_uuid === undefined || acquisition_uuid === one.acquisition_uuid)
                stream.send("acquisition.progress", one, id);
            }
          }),
        );
      }
      await follow(options, stream, lastEventId(request), FRONTEND_EVENT_TYPES.filter(wants), (event) => {
        if (acquisition_uuid !== undefined && event.acquisition_uuid !== acquisition_uuid) return;
        if (agent_id !== undefined && event.payload.agent_id !== undefined && event.payload.agent_id !== agent_id)
          return;
        stream.send(event.event_type, event.payload, event.id);
      });
    },
  );
}
