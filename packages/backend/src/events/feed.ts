import type { Logger } from "@smartem/common/logging";
import type { Pool, Queryable } from "../database/connection.js";
import type { Notifications } from "../database/notifications.js";
import { type Loop, startLoop } from "../loop.js";
import { EVENTS_CHANNEL } from "./outbox.js";

export interface RecordedEvent {
  readonly id: number;
  readonly created_at: string;
  readonly event_type: string;
  readonly acquisition_uuid: string | null;
  readonly grid_uuid: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Reads events in the order of their ids, none ever missed: an event is given out only when every transaction that might still
 * commit a smaller id has ended. Ids are drawn after the transaction has its own number (see the table), so "smaller id" implies
 * "transaction not newer than the oldest that runs".
 *
 * @param after the last id that the reader has had
 */
export async function readEvents(
  db: Queryable,
  after: number,
  limit: number,
  types: readonly string[] | null = null,
): Promise<RecordedEvent[]> {
  const { rows } = await db.query<RecordedEvent>(
    `select id, created_at, event_type, acquisition_uuid, grid_uuid, payload from events
     where id > $1 and txid < pg_snapshot_xmin(pg_current_snapshot()) and ($3::text[] is null or event_type = any($3))
     order by id limit $2`,
    [after, limit, types],
  );
  return rows;
}

/** The id of the newest event that readers may see. */
export async function newestEventId(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ id: number | null }>(
    "select max(id) as id from events where txid < pg_snapshot_xmin(pg_current_snapshot())",
  );
  return rows[0]?.id ?? 0;
}

export type EventListener = (events: readonly RecordedEvent[]) => void;

/** The events of the whole system as they happen, read once for all who listen in this process. */
export interface EventFeed {
  subscribe(listener: EventListener): () => void;
  /** The last event that subscribers have been given. */
  readonly position: number;
  stop(): Promise<void>;
}

const BATCH = 2_000;
/** Finds events whose notification came before they could be seen: a longer transaction was still running. */
const IDLE_MS = 200;

export async function startEventFeed(pool: Pool, notifications: Notifications, logger: Logger): Promise<EventFeed> {
  const listeners = new Set<EventListener>();
  let position = await newestEventId(pool);
  const loop: Loop = startLoop("events", { idleMs: IDLE_MS, logger }, async () => {
    const events = await readEvents(pool, position, BATCH);
    const last = events.at(-1);
    if (last === undefined) return "idle";
    position = last.id;
    for (const listener of listeners) listener(events);
    return events.length === BATCH ? "more" : "idle";
  });
  const unsubscribe = notifications.subscribe(EVENTS_CHANNEL, () => loop.wake());
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get position() {
      return position;
    },
    async stop() {
      unsubscribe();
      await loop.stop();
    },
  };
}
