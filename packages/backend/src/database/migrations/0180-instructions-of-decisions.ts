import { type Kysely, sql } from "kysely";

/* The list of decisions tells the instructions of each: all instructions that there were had to be read for each of them. */

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index instructions_of_decisions on instructions (decision_id) where decision_id is not null`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index instructions_of_decisions`.execute(db);
}
