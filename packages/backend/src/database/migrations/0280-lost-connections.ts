import { type Kysely, sql } from "kysely";

/*
 * An agent whose connection was cut is back in a moment, and counts as listening meanwhile: what it had was handed to another agent and
 * back with each cut. Which connections were cut lately is looked at each second, among all that there ever were.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`update agent_connections set close_reason = 'lost' where close_reason in ('disconnected', 'stale')`.execute(
    db,
  );
  await sql`create index cut_connections on agent_connections (session_id, closed_at) where close_reason in ('disconnected', 'stale')`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index cut_connections`.execute(db);
  await sql`update agent_connections set close_reason = 'disconnected' where close_reason = 'lost'`.execute(db);
}
