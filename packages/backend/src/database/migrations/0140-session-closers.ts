import { type Kysely, sql } from "kysely";

/** Who closed a session: one that its agent has left may be taken up again by it, one that an operator has closed stays closed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw("alter table agent_sessions add column closed_by text check (closed_by in ('agent', 'operator'))")
    .execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table agent_sessions drop column closed_by").execute(db);
}
