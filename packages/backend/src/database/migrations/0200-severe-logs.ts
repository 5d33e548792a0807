import { type Kysely, sql } from "kysely";

/* Warnings and errors are few among the lines that agents log, and asked for by themselves; so are the lines of one agent. */

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index severe_agent_logs on agent_logs (id) where upper(level) not in ('TRACE', 'DEBUG', 'INFO')`.execute(db);
  await sql`create index logs_of_agents on agent_logs (agent_id, id)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index severe_agent_logs, logs_of_agents`.execute(db);
}
