import { type Kysely, sql } from "kysely";

/** By what its sender can find a message in the logs: its id on the broker, or that of the request that brought it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table inbox add column correlation_id text").execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table inbox drop column correlation_id").execute(db);
}
