import { type Kysely, sql } from "kysely";

const UP = `
-- What people have written down about an acquisition, a grid or a square.
create table notes (
  note_id bigint generated always as identity primary key,
  entity text not null check (entity in ('acquisition', 'grid', 'gridsquare')),
  entity_uuid text not null,
  acquisition_uuid text not null references acquisitions on delete cascade,
  grid_uuid text references grids on delete cascade,
  gridsquare_uuid text references gridsquares on delete cascade,
  author text,
  text text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on notes (entity_uuid, note_id);

-- Dead letters that have been copied to the broker's dead-letter queue.
alter table inbox add column mirrored boolean not null default false;
create index on inbox (id) where status = 'dead' and not mirrored;

-- Set when an old instruction has lost its payload; the size that it had.
alter table instructions add column archived_at timestamptz, add column archived_payload_bytes integer;

-- Messages that name entities by EPU's ids look for them in all grids.
create index on gridsquares (gridsquare_id);
create index on foilholes (foilhole_id);
create index on micrographs (micrograph_id);

create index on instructions (created_at);
create index on instruction_acknowledgements (created_at);
`;

const DOWN = `
drop table notes;
alter table inbox drop column mirrored;
alter table instructions drop column archived_at, drop column archived_payload_bytes;
drop index gridsquares_gridsquare_id_idx;
drop index foilholes_foilhole_id_idx;
drop index micrographs_micrograph_id_idx;
drop index instructions_created_at_idx;
drop index instruction_acknowledgements_created_at_idx;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
