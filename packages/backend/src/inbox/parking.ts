import type { Queryable } from "../database/connection.js";

/** The channel on which workers learn that there are messages to apply. */
export const INBOX_CHANNEL = "smartem_inbox";

/** Wakes the messages that wait for one of these entities, in the transaction that creates them. */
export async function releaseParked(tx: Queryable, uuids: readonly string[]): Promise<void> {
  if (uuids.length === 0) return;
  const { rowCount } = await tx.query(
    `update inbox set status = 'ready', available_at = now(), waiting_for = null
     where status = 'parked' and waiting_for = any($1)`,
    [uuids],
  );
  if (rowCount !== null && rowCount > 0) await tx.query(`notify ${INBOX_CHANNEL}`);
}
