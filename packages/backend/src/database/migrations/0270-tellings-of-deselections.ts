import { type Kysely, sql } from "kysely";

/*
 * Of all the orders that had the same left out, the first alone was remembered with it. Where that turned out later never to have
 * reached the microscope, what the next one had EPU deselect was taken for an operator's word, and lost.
 */

/** @param teller the column that is emptied: who had it left out is not known any more */
const takeForOurs = (teller: string): string => `
create or replace function take_for_ours() returns trigger language plpgsql as $body$
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
      on conflict (entity_uuid) do update set ${teller} = null, released_by = null;
  end if;
  return null;
end $body$;
`;

const UP = `
-- All that said so while EPU did not show it yet, oldest first, as far as they may have been taken; null: not known any more.
alter table deselections add column told_by text[];
update deselections set told_by = array[instruction_id] where instruction_id is not null;
-- The plan that was told last, where it has taken the place of that one.
update deselections d set told_by = d.told_by || t.instruction_id
  from told_plans t
    cross join lateral jsonb_array_elements_text(coalesce(t.content -> 'deselected', t.content -> 'skip')) as x(id)
    left join foilholes h on h.gridsquare_uuid = t.target and h.foilhole_id = x.id
    left join gridsquares s on t.target = 'skip' and s.grid_uuid = t.grid_uuid and s.gridsquare_id = x.id
  where d.entity_uuid = coalesce(h.uuid, s.uuid) and d.released_by is null and t.instruction_id <> all(d.told_by);
alter table deselections drop column instruction_id;
`;

const DOWN = `
alter table deselections add column instruction_id text;
update deselections set instruction_id = told_by[1];
alter table deselections drop column told_by;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP + takeForOurs("told_by")).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN + takeForOurs("instruction_id")).execute(db);
}
