import type { Broker } from "../broker/broker.js";
import { type Pool, type Queryable, type Transaction, transaction } from "../database/connection.js";

export interface Retention {
  /** How long events are kept for readers that resume. */
  readonly eventsDays: number;
  /** How long the id of a message is remembered, to know a second delivery by. */
  readonly messageIdsDays: number;
  /** How long the lines that agents have logged are kept. */
  readonly agentLogsDays: number;
}

/** Rows that one statement removes: more would hold up others. */
const BATCH = 10_000;
/** The name under which is kept how far events have been removed. */
const HORIZON = "retention";
/** The names under which is kept between which ids events are not those that were given before a backup was restored. */
const RESTORED_AFTER = "restored:after";
const RESTORED_TO = "restored:to";
/** More events than are ever recorded between a backup and the loss that it is restored after: a million a day for ten days. */
const GIVEN_SINCE_BACKUP = 10_000_000;
/** One process at a time. */
const RETENTION_LOCK = 0x5e05;

/** Which events are there to resume from. */
export interface EventBounds {
  /** Who resumes from before it has missed some: they are no longer kept. */
  readonly horizon: number;
  /** The last id that was given: who resumes from beyond it has had those of another database. */
  readonly newest: number;
  /** Who resumes from between these two has had events that went when a backup was restored. */
  readonly restoredAfter: number;
  readonly restoredTo: number;
}

export async function eventBounds(db: Queryable): Promise<EventBounds> {
  const { rows } = await db.query<EventBounds>(
    `select coalesce(max(last_id) filter (where name = $1), 0) as horizon,
       coalesce(max(last_id) filter (where name = $2), 0) as "restoredAfter",
       coalesce(max(last_id) filter (where name = $3), 0) as "restoredTo",
       (select case when is_called then last_value else 0 end from events_id_seq) as newest
     from event_cursors`,
    [HORIZON, RESTORED_AFTER, RESTORED_TO],
  );
  return rows[0] ?? { horizon: 0, newest: 0, restoredAfter: 0, restoredTo: 0 };
}

/**
 * Has events go on under ids that were never given before, when a backup has been restored, and notes from which ids nobody can resume.
 *
 * @param certain up to which id the backup has all events
 * @param replaced the last id that was given in the database whose place it takes
 */
export async function skipGivenIds(tx: Transaction, certain: number, replaced: number): Promise<void> {
  // Where backups of restored databases are restored, the first of the gaps and the last are made one.
  await tx.query(
    `insert into event_cursors as c (name, last_id) values ($1, $2)
     on conflict (name) do update set last_id = least(c.last_id, excluded.last_id), updated_at = now()`,
    [RESTORED_AFTER, certain],
  );
  await tx.query(
    `insert into event_cursors (name, last_id)
     select $1, setval('events_id_seq', greatest(last_value + $2, $3 + 1)) from events_id_seq
     on conflict (name) do update set last_id = excluded.last_id, updated_at = now()`,
    [RESTORED_TO, GIVEN_SINCE_BACKUP, replaced],
  );
}

/**
 * Removes a batch of old events, of old message ids and of agents' old log lines. An event that the broker has not confirmed yet is kept however old it is;
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
    const { rowCount: lines } = await tx.query(
      `delete from agent_logs where id in (
         select id from (select id, received_at from agent_logs order by id limit $2) oldest
         where received_at < now() - make_interval(secs => $1))`,
      [retention.agentLogsDays * 86_400, BATCH],
    );
    return [n, rowCount, lines].includes(BATCH) ? "more" : "idle";
  });
}
