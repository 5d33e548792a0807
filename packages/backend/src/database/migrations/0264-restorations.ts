import { type Kysely, sql } from "kysely";

/*
 * What plans had skipped after a backup was taken, EPU shows as deselected when agents upload everything again after its restoration,
 * and nothing tells any more whose word that was: it was taken for an operator's, and the hole lost for ever. Now what a restored
 * database first sees deselected counts as ours, until the agent has said that all of its square, or of its grid, is uploaded again.
 */
const UP = `
-- A restoration left the backup's identity beside its own; the first is the one that is told.
delete from database_identity a using database_identity b where a.ctid > b.ctid;
alter table database_identity add column restored_at timestamptz;

create function take_for_ours() returns trigger language plpgsql as $body$
declare
  restored timestamptz := (select restored_at from database_identity);
  square text := new.uuid;
  said text;
begin
  -- Agents look within hours which database it is; what they have not said after a day they will not.
  if restored is null or restored < now() - interval '1 day' then
    return null;
  end if;
  if tg_table_name = 'foilholes' then
    square := new.gridsquare_uuid;
    said := new.gridsquare_uuid;
  else
    said := new.grid_uuid;
  end if;
  if not exists (select from registrations where entity_uuid = said and registered_at > restored) then
    insert into deselections (entity_uuid, grid_uuid)
      -- What was looked at only after the restoration, no plan that it has lost can have skipped.
      select new.uuid, s.grid_uuid from gridsquares s where s.uuid = square and s.acquisition_datetime < restored
      on conflict (entity_uuid) do update set told_by = null, released_by = null;
  end if;
  return null;
end $body$;
-- They come after selection_changed, which takes for an operator's what EPU deselects long after it was to select it.
create trigger selection_first_seen after insert on gridsquares for each row
  when (new.selected is false) execute function take_for_ours();
create trigger selection_first_seen after insert on foilholes for each row
  when (new.selected is false) execute function take_for_ours();
create trigger selection_seen after update of selected on gridsquares for each row
  when (new.selected is false and old.selected is distinct from false) execute function take_for_ours();
create trigger selection_seen after update of selected on foilholes for each row
  when (new.selected is false and old.selected is distinct from false) execute function take_for_ours();
`;

const DOWN = `
drop trigger selection_seen on foilholes;
drop trigger selection_seen on gridsquares;
drop trigger selection_first_seen on foilholes;
drop trigger selection_first_seen on gridsquares;
drop function take_for_ours();
alter table database_identity drop column restored_at;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
