import type { Broker } from "../broker/broker.js";
import { type Pool, type Queryable, transaction } from "../database/connection.js";

export interface Retention {
  /** How long events are kept for readers that resume. */
  readonly eventsDays: number;
  /** How long the id of a message is remembered, to know a second delivery by. */
  readonly messageIdsDays: number;
}

/** Rows that one statement removes: more would hold up others. */
const BATCH = 10_000;
/** The name under which is kept how far events have been removed. */
const HORIZON = "retention";
/** One process at a time. */
const RETENTION_LOCK = 0x5e05;

/**
 * Between which ids events are kept: who resumes from before `horizon` has missed some, and who resumes from beyond `newest`, the
 * last id that was given, has had those of another database.
 */
export async function eventBounds(db: Queryable): Promise<{ readonly horizon: number; readonly newest: number }> {
  const { rows } = await db.query<{ horizon: number; newest: number }>(
    `select coalesce((select last_id from event_cursors where name = $1), 0) as horizon,
       (select case when is_called then last_value else 0 end from events_id_seq) as newest`,
    [HORIZON],
  );
  return rows[0] ?? { horizon: 0, newest: 0 };
}

/**
 * Removes a batch of old events and of old message ids. An event that the broker has not confirmed yet is kept however old it is;
 * the newest one always, so that positions keep their meaning.
 */
export async function forgetOld(
  pool: Pool,
  broker: Pick<Broker, "kind">,
  retention: Retention,
): Promise<"more" | "idle"> {
  return transaction(pool, async (tx) => {
    const { rows: locks } = await tx.query<{ locked: boolean }>("select pg_try_advisory_xact_lock($1, 0) as locked", [
      RETENTION_LOCK,
    ]);
    if (locks[0]?.locked !== true) return "idle";
    // Ids follow time closely, so the oldest are the first by id: no index on the time is needed.
    const { rows: removed } = await tx.query<{ n: number; last_id: number | null }>(
      `with gone as (
         delete from events where id in (
           select id from (select id, created_at from events
             where id < (select max(id) from events)
               and ($1 = 'embedded' or id <= coalesce((select last_id from event_cursors where name = 'relay:' || $1), 0))
             order by id limit $2) oldest
           where created_at < now() - make_interval(secs => $3)) returning id)
       select count(*) as n, max(id) as last_id from gone`,
      [broker.kind, BATCH, retention.eventsDays * 86_400],
    );
    const { n = 0, last_id = null } = removed[0] ?? {};
    if (last_id !== null) {
      await tx.query(
        `insert into event_cursors as c (name, last_id) values ($1, $2)
         on conflict (name) do update set last_id = greatest(c.last_id, excluded.last_id), updated_at = now()`,
        [HORIZON, last_id],
      );
    }
    const { rowCount } = await tx.query(
      `delete from received_messages where message_id in (
         select message_id from received_messages where received_at < now() - make_interval(secs => $1) order by received_at limit $2)`,
      [retention.messageIdsDays * 86_400, BATCH],
    );
    return n === BATCH || rowCount === BATCH ? "more" : "idle";
  });
}
