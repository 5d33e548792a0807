import type { Logger } from "@smartem/common/logging";
import type { Broker } from "../broker/broker.js";
import { type Pool, transaction } from "../database/connection.js";
import type { Notifications } from "../database/notifications.js";
import { type Loop, startLoop } from "../loop.js";
import { DEAD_LETTER_COLUMNS, type DeadLetter } from "./dead-letters.js";
import { INBOX_CHANNEL } from "./parking.js";

const BATCH = 500;
const IDLE_MS = 1_000;
/** One process at a time copies, so that a letter is copied once unless that process is killed. */
const MIRROR_LOCK = 0x5e04;

/**
 * Copies each dead letter to the broker's dead-letter queue, with the reason in a header: at least once, after it is safe in the
 * inbox, where it stays until an administrator retries or drops it.
 */
export function startDeadLetterMirror(pool: Pool, broker: Broker, notifications: Notifications, logger: Logger): Loop {
  const loop = startLoop("dead letters", { idleMs: IDLE_MS, logger }, () =>
    transaction(pool, async (tx) => {
      const { rows: locks } = await tx.query<{ locked: boolean }>("select pg_try_advisory_xact_lock($1, 0) as locked", [
        MIRROR_LOCK,
      ]);
      if (locks[0]?.locked !== true) return "idle";
      const { rows: letters } = await tx.query<DeadLetter>(
        `select ${DEAD_LETTER_COLUMNS} from inbox where status = 'dead' and not mirrored order by id limit $1`,
        [BATCH],
      );
      if (letters.length === 0) return "idle";
      await broker.publishDeadLetters(letters);
      await tx.query("update inbox set mirrored = true where id = any($1) and status = 'dead'", [
        letters.map(({ id }) => id),
      ]);
      return "more";
    }),
  );
  const unsubscribe = notifications.subscribe(INBOX_CHANNEL, () => loop.wake());
  return {
    wake: loop.wake,
    async stop() {
      unsubscribe();
      await loop.stop();
    },
  };
}
