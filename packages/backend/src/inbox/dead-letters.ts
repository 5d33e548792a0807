import { SmartemError } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { type Pool, type Queryable, transaction } from "../database/connection.js";
import { NOTICE_EVENT_TYPES, PUBLISHED_EVENT_TYPES } from "../events/types.js";
import { INBOX_CHANNEL } from "./parking.js";
import { type Delivery, receive, receiveEach } from "./receive.js";

/** A message that could not be applied, with the reason. */
export interface DeadLetter {
  readonly id: number;
  readonly received_at: string;
  readonly message_id: string | null;
  readonly event_type: string;
  readonly grid_uuid: string | null;
  readonly attempts: number;
  readonly reason: string | null;
  readonly body: unknown;
}

/** How many messages wait, for what, and how far those have come who read the events. */
export interface QueueStatus {
  readonly ready: number;
  readonly parked: number;
  readonly dead: number;
  readonly oldest_ready_age_s: number | null;
  readonly by_type: readonly { readonly event_type: string; readonly status: string; readonly count: number }[];
  readonly newest_event_id: number;
  /** Events that a broker has not confirmed yet. */
  readonly relays: readonly { readonly name: string; readonly last_event_id: number; readonly behind: number }[];
}

export const DEAD_LETTER_COLUMNS =
  "id, received_at, message_id, event_type, nullif(grid_uuid, '') as grid_uuid, attempts, reason, body";

export async function queueStatus(db: Queryable): Promise<QueueStatus> {
  const { rows } = await db.query<QueueStatus>(
    `with kinds as (select event_type, status, count(*) as count from inbox group by 1, 2),
       newest as (select coalesce(max(id), 0) as id from events)
     select
       (select coalesce(sum(count), 0)::int from kinds where status = 'ready') as ready,
       (select coalesce(sum(count), 0)::int from kinds where status = 'parked') as parked,
       (select coalesce(sum(count), 0)::int from kinds where status = 'dead') as dead,
       (select extract(epoch from now() - min(received_at))::float8 from inbox where status = 'ready') as oldest_ready_age_s,
       (select coalesce(json_agg(k order by k.event_type, k.status), '[]') from kinds k) as by_type,
       (select id from newest) as newest_event_id,
       (select coalesce(json_agg(json_build_object('name', c.name, 'last_event_id', c.last_id, 'behind',
            (select count(*) from events e where e.id > c.last_id and e.event_type = any($1)))
          order by c.name), '[]') from event_cursors c where c.name like 'relay:%') as relays`,
    [PUBLISHED_EVENT_TYPES],
  );
  const [status] = rows;
  if (status === undefined) throw new SmartemError("no_status", 500, "The database did not answer.");
  return status;
}

/** @throws SmartemError `not_found` 404 */
export async function readDeadLetter(db: Queryable, id: number): Promise<DeadLetter> {
  const { rows } = await db.query<DeadLetter>(
    `select ${DEAD_LETTER_COLUMNS} from inbox where status = 'dead' and id = $1`,
    [id],
  );
  const [letter] = rows;
  if (letter === undefined) throw noSuchLetter(id);
  return letter;
}

export async function listDeadLetters(
  db: Queryable,
  { eventType = null, limit = null }: { eventType?: string | null; limit?: number | null } = {},
): Promise<DeadLetter[]> {
  const { rows } = await db.query<DeadLetter>(
    `select ${DEAD_LETTER_COLUMNS} from inbox where status = 'dead' and ($1::text is null or event_type = $1) order by id limit $2`,
    [eventType, limit],
  );
  return rows;
}

/** Which dead letters: these, or all (of one kind). */
export type Chosen = { readonly ids: readonly number[] } | { readonly all: true; readonly eventType?: string | null };

function choiceOf(chosen: Chosen): { condition: string; values: unknown[] } {
  return "ids" in chosen
    ? { condition: "id = any($1::bigint[])", values: [chosen.ids] }
    : { condition: "($1::text is null or event_type = $1)", values: [chosen.eventType ?? null] };
}

/**
 * Gives dead letters another chance, as if they had just come: what was not understood is read again, what could not be applied
 * is applied again.
 *
 * @returns how many wait to be applied now, and how many were refused again at once
 */
export async function retryDeadLetters(pool: Pool, chosen: Chosen): Promise<{ retried: number; refused: number }> {
  const { condition, values } = choiceOf(chosen);
  return transaction(pool, async (tx) => {
    // A message without an id never got past the reading: its body is the whole message.
    const { rows: unread } = await tx.query<{ id: number; body: unknown }>(
      `delete from inbox where status = 'dead' and message_id is null and ${condition} returning id, body`,
      values,
    );
    const { rejected } = await receiveEach(
      tx,
      unread.sort((a, b) => a.id - b.id).map(({ body }) => ({ message: body })),
    );
    const { rowCount } = await tx.query(
      `update inbox set status = 'ready', attempts = 0, reason = null, waiting_for = null, received_at = now(), available_at = now(),
         mirrored = false
       where status = 'dead' and message_id is not null and ${condition}`,
      values,
    );
    const found = unread.length + (rowCount ?? 0);
    requireFound(chosen, found);
    await tx.query(`notify ${INBOX_CHANNEL}`);
    return { retried: found - rejected.length, refused: rejected.length };
  });
}

/**
 * Takes in what a broker delivers. A copy of a dead letter that was moved back with the broker's own tools gives the letter another
 * chance; where it was retried or dropped meanwhile, the copy is passed over, so that nothing has its effect twice.
 *
 * The original SmartEM publishes to this queue what it takes from it. What it has left there, or sends beside this backend, is no
 * mistake of anybody's, and there may be thousands: such notices are passed over, counted in the log.
 */
export async function receiveFromBroker(pool: Pool, deliveries: readonly Delivery[], logger: Logger): Promise<void> {
  const copies = deliveries.filter(({ deadLetterId }) => deadLetterId != null);
  if (copies.length > 0) {
    const { rows } = await pool.query<{ id: number; is_dead: boolean }>(
      // Another database's letter of this number is another one.
      `select r.id, i.id is not null as is_dead from jsonb_to_recordset($1::jsonb) as r(id bigint, message_id text)
         left join inbox i on i.id = r.id and i.status = 'dead' and r.message_id in (i.message_id, 'dead-letter-' || i.id)`,
      [JSON.stringify(copies.map(({ deadLetterId, messageId }) => ({ id: deadLetterId, message_id: messageId })))],
    );
    const passedOver = rows.filter((row) => !row.is_dead).map(({ id }) => id);
    if (passedOver.length > 0)
      logger.warn({ ids: passedOver }, "copies of dead letters came back that are none any more; they are passed over");
    const ids = rows.filter((row) => row.is_dead).map(({ id }) => id);
    if (ids.length > 0)
      logger.info(
        { ids, ...(await retryDeadLetters(pool, { ids })) },
        "dead letters were moved back: they are retried",
      );
  }
  const notices: Record<string, number> = {};
  const others = deliveries.filter(({ deadLetterId, message }) => {
    if (deadLetterId != null) return false;
    const type = (message as { event_type?: unknown } | null)?.event_type;
    if (typeof type !== "string" || !NOTICE_EVENT_TYPES.has(type)) return true;
    notices[type] = (notices[type] ?? 0) + 1;
    return false;
  });
  await receive(pool, others);
  const passedOver = Object.values(notices).reduce((sum, count) => sum + count, 0);
  if (passedOver > 0)
    logger.info(
      { messages: passedOver, by_type: notices },
      "notices of another backend were passed over: they tell of what its own database holds",
    );
}

/** Removes dead letters for good. @returns how many */
export async function dropDeadLetters(pool: Pool, chosen: Chosen): Promise<{ dropped: number }> {
  const { condition, values } = choiceOf(chosen);
  return transaction(pool, async (tx) => {
    const { rowCount } = await tx.query(`delete from inbox where status = 'dead' and ${condition}`, values);
    const dropped = rowCount ?? 0;
    requireFound(chosen, dropped);
    return { dropped };
  });
}

/** One letter that somebody named has to be there; "all" may be none. */
function requireFound(chosen: Chosen, found: number): void {
  if ("ids" in chosen && chosen.ids.length > 0 && found === 0) throw noSuchLetter(chosen.ids[0] ?? 0);
}

function noSuchLetter(id: number): SmartemError {
  return new SmartemError("not_found", 404, `Dead letter ${id} not found`, {
    hint: "List them: others may have retried or dropped it.",
  });
}
