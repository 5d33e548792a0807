import { type Kysely, sql } from "kysely";

/* How long agents' log lines are kept goes by when they came: their own time is that of the agents' clocks. Earlier ones came now. */

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table agent_logs add column received_at timestamptz not null default now()`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table agent_logs drop column received_at`.execute(db);
}
