import { type Kysely, sql } from "kysely";

/*
 * A database that is put back to an earlier time lacks what clients know to be stored. By its identity, which a restoration changes,
 * they notice at once, whatever they would look for.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table database_identity (id text not null)`.execute(db);
  await sql`insert into database_identity values (gen_random_uuid()::text)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table database_identity`.execute(db);
}
