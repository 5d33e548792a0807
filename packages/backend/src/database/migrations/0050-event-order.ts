import { type Kysely, sql } from "kysely";

/** Readers take events in the order of the transactions that recorded them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("create index events_order on events (txid, id)").execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw("drop index events_order").execute(db);
}
