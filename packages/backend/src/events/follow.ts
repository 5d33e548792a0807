import { messageOf } from "@smartem/common/errors";
import type { FastifyBaseLogger } from "fastify";
import type { Pool } from "../database/connection.js";
import type { EventStream } from "../http/sse.js";
import { type EventFeed, type RecordedEvent, readEvents } from "./feed.js";
import { eventBounds } from "./retention.js";

/** Events that a stream that is behind is given from one reading. */
const REPLAY_PAGE = 1_000;

export interface Following {
  /** The id up to which the stream has been given everything that it asked for: whoever resumes from there misses nothing. */
  readonly position: number;
}

/** Events that a reader has missed for good. */
export interface Gap {
  readonly missed_from: number;
  readonly missed_to: number;
  readonly reason: string;
}

export interface FollowOptions {
  readonly pool: Pool;
  readonly feed: EventFeed;
  readonly log: FastifyBaseLogger;
  /** The last event that the client has had; null: from now on. */
  readonly after: number | null;
  readonly types: readonly string[];
  readonly give: (event: RecordedEvent) => void;
  /** Told first, where events after `after` are no longer kept, or where `after` is of another database or went with it. */
  readonly missed: (gap: Gap) => void;
}

/**
 * Gives a stream every event after `after`, in their order, without a gap or a repetition between old and new ones. One that is
 * behind reads from the database at the pace of its client, until it has caught up with the feed.
 */
export function follow(stream: EventStream, options: FollowOptions): Following {
  const { pool, feed, after, types } = options;
  const wanted = new Set(types);
  let position = after ?? feed.position;
  let live = after === null;

  const catchUp = async (): Promise<void> => {
    while (!stream.closed) {
      const upTo = feed.position;
      const events = await readEvents(pool, position, upTo, REPLAY_PAGE, types);
      for (const event of events) {
        if (!(await stream.drained())) return;
        position = event.id;
        options.give(event);
      }
      if (events.length === REPLAY_PAGE) continue;
      position = Math.max(position, upTo);
      // No await between here and the next live batch: nothing can slip through.
      if (feed.position === upTo) {
        live = true;
        return;
      }
    }
  };
  const sayWhatIsMissed = async (): Promise<void> => {
    const { horizon, newest, restoredAfter, restoredTo } = await eventBounds(pool);
    // Said before anything else, so that nobody takes what follows for everything.
    if (position > newest) {
      position = feed.position;
      options.missed({ missed_from: 1, missed_to: position, reason: "the events are those of another database" });
    } else if (position < horizon) {
      const missed_from = position + 1;
      position = horizon;
      options.missed({ missed_from, missed_to: position, reason: "older events are no longer kept" });
    } else if (position > restoredAfter && position < restoredTo) {
      position = restoredTo;
      options.missed({ missed_from: restoredAfter + 1, missed_to: position, reason: "a backup was restored" });
    }
  };
  const end = (error: unknown): void => {
    options.log.warn({ reason: messageOf(error) }, "an event stream could not be given what it missed, and was ended");
    stream.end("the events can't be read: come back");
  };

  const unsubscribe = feed.subscribe((events) => {
    if (!live) return;
    for (const event of events) {
      if (event.id <= position) continue;
      if (stream.backlogged) {
        live = false;
        catchUp().catch(end);
        return;
      }
      position = event.id;
      if (wanted.has(event.event_type)) options.give(event);
    }
  });
  stream.onClose(unsubscribe);
  if (after !== null) sayWhatIsMissed().then(catchUp).catch(end);
  return {
    get position() {
      return position;
    },
  };
}
