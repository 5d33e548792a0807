import type { Logger } from "@smartem/common/logging";
import type { Pool, Queryable } from "../database/connection.js";
import type { Notifications } from "../database/notifications.js";
import { type Loop, startLoop } from "../loop.js";
import { EVENTS_CHANNEL } from "./outbox.js";

export interface RecordedEvent {
  /** Of the transaction that recorded it. */
  readonly txid: number;
  readonly id: number;
  readonly created_at: string;
  readonly event_type: string;
  readonly acquisition_uuid: string | null;
  readonly grid_uuid: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * A place among the events. Their order is that of the transactions' numbers, and within a transaction that of the ids: a
 * transaction that began earlier may draw its ids later, and end earlier or later, than another.
 */
export type EventPosition = Pick<RecordedEvent, "txid" | "id">;

/** Before all events. */
const BEGINNING: EventPosition = { txid: 0, id: 0 };

export function isAfter(event: EventPosition, position: EventPosition): boolean {
  return event.txid > position.txid || (event.txid === position.txid && event.id > position.id);
}

/**
 * The place of an event that a reader has had, by its id.
 *
 * Where the event has been deleted since, a place before it: some events may then come again, none is missed.
 */
export async function positionOfEvent(db: Queryable, id: number): Promise<EventPosition> {
  const { rows } = await db.query<{ txid: number }>(
    "select txid::text::bigint as txid from events where id <= $1 order by id desc limit 1",
    [id],
  );
  return { txid: rows[0]?.txid ?? BEGINNING.txid, id };
}

/**
 * Reads events in their order, none ever missed: an event is given out only when every transaction with a smaller number
 * has ended, so that no event can come to stand before it any more.
 *
 * @param after where the reader has come to
 */
export async function readEvents(
  db: Queryable,
  after: EventPosition,
  limit: number,
  types: readonly string[] | null = null,
): Promise<RecordedEvent[]> {
  const { rows } = await db.query<RecordedEvent>(
    `select txid::text::bigint as txid, id, created_at, event_type, acquisition_uuid, grid_uuid, payload from events
     where (txid, id) > ($1::text::xid8, $2::bigint) and txid < pg_snapshot_xmin(pg_current_snapshot())
       and ($4::text[] is null or event_type = any($4))
     order by events.txid, id limit $3`,
    [String(after.txid), after.id, limit, types],
  );
  return rows;
}

/** The place of the newest event that readers may see. */
export async function newestPosition(db: Queryable): Promise<EventPosition> {
  const { rows } = await db.query<EventPosition>(
    `select txid::text::bigint as txid, id from events where txid < pg_snapshot_xmin(pg_current_snapshot())
     order by events.txid desc, id desc limit 1`,
  );
  return rows[0] ?? BEGINNING;
}

export type EventListener = (events: readonly RecordedEvent[]) => void;

/** The events of the whole system as they happen, read once for all who listen in this process. */
export interface EventFeed {
  subscribe(listener: EventListener): () => void;
  /** The last event that subscribers have been given. */
  readonly position: EventPosition;
  stop(): Promise<void>;
}

const BATCH = 2_000;
/** Finds events whose notification came before they could be seen: a longer transaction was still running. */
const IDLE_MS = 200;

export async function startEventFeed(pool: Pool, notifications: Notifications, logger: Logger): Promise<EventFeed> {
  const listeners = new Set<EventListener>();
  let position = await newestPosition(pool);
  const loop: Loop = startLoop("events", { idleMs: IDLE_MS, logger }, async () => {
    const events = await readEvents(pool, position, BATCH);
    const last = events.at(-1);
    if (last === undefined) return "idle";
    position = { txid: last.txid, id: last.id };
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
