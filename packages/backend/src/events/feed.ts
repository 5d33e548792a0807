import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
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

interface Noted {
  readonly id: number;
  readonly txid: string;
  readonly sinceMs: number;
  /** Those who wrote to the table when they were looked at first after the id was noted, and still do; null: not looked at yet. */
  writers: readonly string[] | null;
}

/** After how long it is asked who writes events, rather than for everybody on the server to have ended. */
const OTHERS_MS = 500;

/**
 * How far the events are settled: up to which id none can appear any more.
 *
 * Ids are drawn inside transactions, which may end in any other order. So the newest id that anybody has drawn is noted together with
 * the number of a transaction that begins only then: who drew one of the ids up to it has a smaller number. As soon as every
 * transaction with a smaller number has ended, all ids up to the noted one are settled, and readers take them in plain order.
 *
 * The server counts the transactions of all its databases, and one that has nothing to do with events may take hours. So where that
 * has not come after a moment, those are waited for that write to the table of events: whoever draws an id locks the table against
 * changes of its form before, until its transaction has ended. Who does not hold that lock after the id was noted has either ended, or
 * draws ids beyond it. Reading the locks costs more than the number, which is why that is asked for first.
 */
export class SettledEvents {
  #settled = 0;
  #noted: Noted | null = null;
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** @returns the settled id, and whether newer ones have been drawn that are to be asked for again soon */
  async look(): Promise<{ readonly upTo: number; readonly pending: boolean }> {
    if (this.#noted === null) {
      // The row of the sequence is read before the transaction gets its number. Nothing new costs no number.
      const { rows } = await this.#pool.query<{ id: number; txid: string | null }>(
        `select last_value as id, case when last_value > $1 then pg_current_xact_id()::text end as txid
         from events_id_seq where is_called`,
        [this.#settled],
      );
      const { id = 0, txid = null } = rows[0] ?? {};
      // A server that crashed may draw ids again that nothing was stored under.
      if (id < this.#settled) this.#settled = id;
      if (txid === null) return { upTo: this.#settled, pending: false };
      this.#noted = { id, txid, sinceMs: performance.now(), writers: null };
    }
    const { rows } = await this.#pool.query<{ ended: boolean; unknown: boolean }>(
      `select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as ended,
         pg_snapshot_xmax(pg_current_snapshot()) < $1::xid8 as unknown`,
      [this.#noted.txid],
    );
    const { ended = false, unknown = false } = rows[0] ?? {};
    // Another server, restored from a backup, counts anew.
    if (unknown) this.#noted = null;
    if (this.#noted === null || !(ended || (await this.#writersHaveEnded(this.#noted))))
      return { upTo: this.#settled, pending: true };
    this.#settled = this.#noted.id;
    this.#noted = null;
    return { upTo: this.#settled, pending: false };
  }

  async #writersHaveEnded(noted: Noted): Promise<boolean> {
    if (performance.now() - noted.sinceMs < OTHERS_MS) return false;
    const { rows } = await this.#pool.query<{ writer: string }>(
      `select virtualtransaction as writer from pg_locks
       where locktype = 'relation' and relation = 'public.events'::regclass and mode = 'RowExclusiveLock' and granted
         and database = (select oid from pg_database where datname = current_database())
         and ($1::text[] is null or virtualtransaction = any($1))`,
      [noted.writers],
    );
    noted.writers = rows.map(({ writer }) => writer);
    return rows.length === 0;
  }
}

/**
 * Reads events in the order of their ids.
 *
 * @param after the last one that the reader has had
 * @param upTo what is settled (see {@link SettledEvents}): up to there none is ever missed
 */
export async function readEvents(
  db: Queryable,
  after: number,
  upTo: number,
  limit: number,
  types: readonly string[] | null = null,
): Promise<RecordedEvent[]> {
  if (upTo <= after) return [];
  const { rows } = await db.query<RecordedEvent>(
    `select id, created_at, event_type, acquisition_uuid, grid_uuid, payload from events
     where id > $1 and id <= $2 and ($4::text[] is null or event_type = any($4)) order by id limit $3`,
    [after, upTo, limit, types],
  );
  return rows;
}

export type EventListener = (events: readonly RecordedEvent[]) => void;

/** The events of the whole system as they happen, read once for all who listen in this process. */
export interface EventFeed {
  subscribe(listener: EventListener): () => void;
  /** The id of the last event that subscribers have been given. */
  readonly position: number;
  /** Whether all that has happened is known here but for the last seconds; not while the database does not answer. */
  readonly isCurrent: boolean;
  stop(): Promise<void>;
}

const BATCH = 2_000;
/** Finds events whose notification got lost. */
const IDLE_MS = 200;
/** A feed that has found out nothing for so long has lost its database. */
const CURRENT_MS = 10_000;
/** How soon ids that are not settled yet are looked at again; longer and longer, while a long transaction runs. */
const PENDING_MS = { first: 5, last: 100 };
/**
 * How long the transactions that are found under way are waited for. When a feed starts, what they record is then told to the first
 * who listen.
 */
const SETTLING_WAIT_MS = 5_000;

export async function startEventFeed(pool: Pool, notifications: Notifications, logger: Logger): Promise<EventFeed> {
  const listeners = new Set<EventListener>();
  const settled = new SettledEvents(pool);
  let position = await startOf(pool, settled);
  let lookedMs = performance.now();
  let pauseMs = PENDING_MS.first;
  const loop: Loop = startLoop("events", { idleMs: IDLE_MS, logger }, async () => {
    const { upTo, pending } = await settled.look();
    const events = await readEvents(pool, position, upTo, BATCH);
    lookedMs = performance.now();
    const last = events.at(-1);
    if (last !== undefined) {
      position = last.id;
      for (const listener of listeners) listener(events);
    }
    if (events.length === BATCH) return "more";
    if (!pending) {
      pauseMs = PENDING_MS.first;
      return "idle";
    }
    await delay(pauseMs);
    pauseMs = Math.min(PENDING_MS.last, 2 * pauseMs);
    return "more";
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
    get isCurrent() {
      return performance.now() - lookedMs < CURRENT_MS;
    },
    async stop() {
      unsubscribe();
      await loop.stop();
    },
  };
}

async function startOf(pool: Pool, settled: SettledEvents): Promise<number> {
  const seen = await waitUntilSettled(settled);
  const { rows } = await pool.query<{ id: number }>(
    "select coalesce(max(id), 0) as id from events where $1::bigint is null or id <= $1",
    [seen.pending ? null : seen.upTo],
  );
  return rows[0]?.id ?? 0;
}

/** Looks until the events that have been recorded by now are settled, but not for ever: a transaction may take long. */
export async function waitUntilSettled(settled: SettledEvents): ReturnType<SettledEvents["look"]> {
  const endMs = performance.now() + SETTLING_WAIT_MS;
  let seen = await settled.look();
  while (seen.pending && performance.now() < endMs) {
    await delay(PENDING_MS.first);
    seen = await settled.look();
  }
  return seen;
}
