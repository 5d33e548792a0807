import { type Kysely, sql } from "kysely";

/**
 * Readers take events in the order of their ids. What the relay has not published yet of those that stood behind its place in the
 * order of the transactions, but have a smaller id, it publishes again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `update event_cursors c set last_id = least(c.last_id, (
         select min(e.id) - 1 from events e
         where (e.txid, e.id) > ((select last.txid from events last where last.id = c.last_id), c.last_id)))
       where c.name like 'relay:%'`,
    )
    .execute(db);
  await sql.raw("drop index events_order").execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw("create index events_order on events (txid, id)").execute(db);
}
