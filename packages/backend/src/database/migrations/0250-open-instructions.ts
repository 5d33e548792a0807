import { type Kysely, sql } from "kysely";

/*
 * Each decision that tells nothing withdraws what was told of its grid and is not carried out yet: what was told and answered in a year
 * had to be read for that.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index open_instructions on instructions (decision_id)
    where status in ('pending', 'sent') or status = 'acknowledged' and ack_status = 'received'`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index open_instructions`.execute(db);
}
