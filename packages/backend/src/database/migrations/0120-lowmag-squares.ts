import { type Kysely, sql } from "kysely";

/** Which squares are known at the atlas's magnification only: their events have a name of their own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table gridsquares add column lowmag boolean not null default false").execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table gridsquares drop column lowmag").execute(db);
}
