import { type Kysely, sql } from "kysely";

const UP = `
-- What the last decision on a grid leaves for the next ones: a row a grid, not a part of every decision that was ever made.
create table decision_legacies (
  grid_uuid text primary key references grids on delete cascade,
  -- That the acquisition had when it was made; null: without an end.
  time_left_min double precision,
  legacy jsonb not null
);
insert into decision_legacies (grid_uuid, time_left_min, legacy)
  select distinct on (grid_uuid) grid_uuid, (summary ->> 'time_left_min')::float8, summary -> 'legacy' from decisions
  where summary ? 'legacy' order by grid_uuid, id desc;
update decisions set summary = summary - 'legacy' where summary ? 'legacy';
`;

const DOWN = `
update decisions d set summary = d.summary || jsonb_build_object('legacy', l.legacy)
  from decision_legacies l where d.id = (select max(id) from decisions where grid_uuid = l.grid_uuid);
drop table decision_legacies;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
