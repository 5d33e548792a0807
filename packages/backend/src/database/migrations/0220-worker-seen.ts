import { type Kysely, sql } from "kysely";

/* Behind a broker nothing in the database shows that no worker runs: messages wait where only the broker counts them. */

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table worker_seen (at timestamptz)`.execute(db);
  await sql`insert into worker_seen values (null)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table worker_seen`.execute(db);
}
