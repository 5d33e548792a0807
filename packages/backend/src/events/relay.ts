import type { Logger } from "@smartem/common/logging";
import type { Broker } from "../broker/broker.js";
import { type Pool, transaction } from "../database/connection.js";
import type { Notifications } from "../database/notifications.js";
import { type Loop, startLoop } from "../loop.js";
import { readEvents, SettledEvents } from "./feed.js";
import { EVENTS_CHANNEL } from "./outbox.js";
import { PUBLISHED_EVENT_TYPES } from "./types.js";

const BATCH = 1_000;
const IDLE_MS = 200;
/** One relay at a time publishes, so that events leave in their order. */
const RELAY_LOCK = 0x5e02;

/**
 * Hands the outbox to the broker: at least once, in order. How far it has come is stored after the broker has confirmed, so a
 * crash in between publishes again (with the same message ids) and loses nothing.
 */
export function startRelay(pool: Pool, broker: Broker, notifications: Notifications, logger: Logger): Loop {
  const cursor = `relay:${broker.kind}`;
  const settled = new SettledEvents(pool);
  const loop = startLoop("relay", { idleMs: IDLE_MS, logger }, () =>
    transaction(pool, async (tx) => {
      const { rows: locks } = await tx.query<{ locked: boolean }>("select pg_try_advisory_xact_lock($1, 0) as locked", [
        RELAY_LOCK,
      ]);
      if (locks[0]?.locked !== true) return "idle";
      const { rows } = await tx.query<{ last_id: number }>("select last_id from event_cursors where name = $1", [
        cursor,
      ]);
      const { upTo } = await settled.look();
      const events = await readEvents(pool, rows[0]?.last_id ?? 0, upTo, BATCH, PUBLISHED_EVENT_TYPES);
      const last = events.at(-1);
      if (last === undefined) return "idle";
      await broker.publish(events);
      await tx.query(
        `insert into event_cursors (name, last_id) values ($1, $2)
         on conflict (name) do update set last_id = excluded.last_id, updated_at = now()`,
        [cursor, last.id],
      );
      return "more";
    }),
  );
  const unsubscribe = notifications.subscribe(EVENTS_CHANNEL, () => loop.wake());
  return {
    wake: loop.wake,
    async stop() {
      unsubscribe();
      await loop.stop();
    },
  };
}
