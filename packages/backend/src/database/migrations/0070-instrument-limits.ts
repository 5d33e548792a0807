import { type Kysely, sql } from "kysely";

const UP = `
-- What a good micrograph is on a microscope, where nobody has said otherwise for the acquisition: metric -> limit, null = none.
create table instrument_quality_limits (
  instrument_id text primary key,
  limits jsonb not null,
  updated_at timestamptz not null default now()
);
create index acquisitions_of_instrument on acquisitions (instrument_id);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw("drop index acquisitions_of_instrument; drop table instrument_quality_limits;").execute(db);
}
