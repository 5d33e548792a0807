import { SmartemError } from "@smartem/common/errors";
import { Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import type { Pool } from "../database/connection.js";
import { unprocessable } from "../http/errors.js";
import { operationId } from "../http/server.js";
import { type EventStream, lastEventId, openEventStream, STREAM_HEARTBEAT_MS } from "../http/sse.js";
import type { EventFeed } from "./feed.js";
import { type Following, follow } from "./follow.js";
import { UUIDS_PER_SUMMARY } from "./outbox.js";
import { watchProgress } from "./progress.js";
import { FRONTEND_EVENT_TYPES } from "./types.js";

const TYPES: readonly string[] = ["heartbeat", "acquisition.progress", ...FRONTEND_EVENT_TYPES];
const DESCRIPTION = `Each event has an id that is larger than the one before; resuming from any of them misses nothing and repeats nothing.
\`resync\` comes first where the events in between are no longer kept, or are those of another database (one that was restored). \`heartbeat\` and \`acquisition.progress\` tell how things stand at the
moment and are not repeated; neither comes while the database does not answer, and new streams are refused then (503). What comes in thousands comes summed up: \`entities.changed\` and \`predictions.changed\` name up to
${UUIDS_PER_SUMMARY} uuids and say how many there are. \`event_types\` is a list with commas: ${TYPES.join(", ")}.`;
/**
 * How many ids of the stream lie between those of two events that follow each other: so many times may be told how things stand
 * (`heartbeat`, `acquisition.progress`) in between, each under an id of its own.
 */
export const IDS_PER_EVENT = 1_000_000;

export interface FrontendStreamOptions {
  readonly pool: Pool;
  readonly feed: EventFeed;
  readonly refuseTooMany: () => void;
  readonly limited: (stream: EventStream) => void;
}

/**
 * Reads the types that a client wants, a list with commas; null where it names none.
 *
 * @throws SmartemError `unprocessable` where one of them is not among those that there are: the stream would never say anything of it
 */
export function typesOf(list: string | undefined, known: readonly string[]): readonly string[] | null {
  const types = (list ?? "")
    .split(",")
    .map((type) => type.trim())
    .filter((type) => type !== "");
  const unknown = types.filter((type) => !known.includes(type));
  if (unknown.length > 0)
    throw unprocessable(
      ["query", "event_types"],
      `There are no events of the type ${unknown.join(", ")}, but ${known.join(", ")}.`,
      "enum_error",
    );
  return types.length === 0 ? null : types;
}

/**
 * The ids of one stream. An event has its own, times {@link IDS_PER_EVENT}; what tells how things stand has the ones after that of
 * the last event that the stream has passed. So ids only ever grow, and whichever of them a client resumes from, it misses nothing.
 */
class StreamIds {
  readonly #following: { readonly position: number };
  #last: number;

  constructor(following: { readonly position: number }, resumedFrom: number | null) {
    this.#following = following;
    this.#last = resumedFrom ?? 0;
  }

  ofEvent(id: number): number {
    this.#last = id * IDS_PER_EVENT;
    return this.#last;
  }

  /** Of what follows a gap: from there on ids grow, whatever they were before. */
  ofGap(): number {
    this.#last = this.#following.position * IDS_PER_EVENT;
    return this.#last;
  }

  ofSnapshot(): number {
    const position = this.#following.position * IDS_PER_EVENT;
    // After a million of them without any event, the last one is repeated rather than the next event's taken.
    this.#last = Math.min(Math.max(this.#last, position) + 1, position + IDS_PER_EVENT - 1);
    return this.#last;
  }
}

function unavailableNow(): SmartemError {
  return new SmartemError(
    "database_unavailable",
    503,
    "The database does not answer: nothing is known of what happens.",
    {
      hint: "Try again; the stream then goes on after Last-Event-ID.",
    },
  );
}

export function frontendStream(app: FastifyInstance, options: FrontendStreamOptions): void {
  const { pool, feed } = options;
  const onProgress = watchProgress(app, pool, feed);
  const path = "/frontend/events/stream";
  app.get(
    path,
    {
      exposeHeadRoute: false,
      schema: {
        operationId: operationId("frontend_event_stream", path, "get"),
        summary: "What happens, as Server-Sent Events, for user interfaces; resumes after Last-Event-ID",
        description: DESCRIPTION,
        tags: ["Frontend"],
        querystring: Type.Object({
          acquisition_uuid: Type.Optional(Type.String()),
          agent_id: Type.Optional(Type.String()),
          event_types: Type.Optional(Type.String()),
        }),
      },
    },
    async (request, reply) => {
      options.refuseTooMany();
      // Who is connected takes what he sees for what is.
      if (!feed.isCurrent) throw unavailableNow();
      const query = request.query as Record<string, string | undefined>;
      const { event_types } = query;
      // Left empty, as forms do, they ask for nothing in particular.
      const [acquisition_uuid, agent_id] = [query.acquisition_uuid || undefined, query.agent_id || undefined];
      const chosen = typesOf(event_types, TYPES);
      const wants = (type: string): boolean => chosen === null || chosen.includes(type);
      const resumedFrom = lastEventId(request);
      const stream = openEventStream(request, reply);
      options.limited(stream);
      const following: Following = follow(stream, {
        pool,
        feed,
        log: request.log,
        after: resumedFrom === null ? null : Math.floor(resumedFrom / IDS_PER_EVENT),
        types: FRONTEND_EVENT_TYPES.filter(wants),
        give: (event) => {
          if (acquisition_uuid !== undefined && event.acquisition_uuid !== acquisition_uuid) return;
          if (agent_id !== undefined && event.payload.agent_id !== undefined && event.payload.agent_id !== agent_id)
            return;
          stream.send(event.event_type, event.payload, ids.ofEvent(event.id));
        },
        missed: (gap) => stream.send("resync", gap, ids.ofGap()),
      });
      const ids = new StreamIds(following, resumedFrom);
      const start = performance.now();
      const heartbeat = (): void => {
        // Whoever hears nothing knows that what he sees may be old.
        if (!wants("heartbeat") || !feed.isCurrent) return;
        const connection_time_s = Math.round((performance.now() - start) / 1000);
        stream.send("heartbeat", { timestamp: new Date().toISOString(), connection_time_s }, ids.ofSnapshot());
      };
      heartbeat();
      const beat = setInterval(heartbeat, STREAM_HEARTBEAT_MS);
      stream.onClose(() => clearInterval(beat));
      if (wants("acquisition.progress")) {
        stream.onClose(
          onProgress((progress) => {
            for (const one of progress) {
              if (acquisition_uuid === undefined || acquisition_uuid === one.acquisition_uuid)
                stream.send("acquisition.progress", one, ids.ofSnapshot());
            }
          }),
        );
      }
    },
  );
}
