import { type Kysely, sql } from "kysely";

/* Who records events need not tell of it: each transaction that did so took one more round trip to the database. */

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function tell_of_events() returns trigger language plpgsql as $$
    begin
      perform pg_notify('smartem_events', '');
      return null;
    end $$`.execute(db);
  await sql`
    create trigger events_are_told after insert on events for each statement execute function tell_of_events()`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop trigger events_are_told on events`.execute(db);
  await sql`drop function tell_of_events()`.execute(db);
}
