import { type Kysely, sql } from "kysely";

/*
 * EPU writes back what it is told to leave out. Whatever was ever told to be left out was taken for that, so that what an operator
 * deselects in EPU went unheard once a plan had skipped it, however long ago. Now a deselection is used up when EPU shows the hole or
 * square selected again as it was told to, and where it deselects one long after it took that it may be acquired.
 */
const UP = `
create table deselections (
  -- A square or hole: no reference, nor of its grid, since what is deleted and uploaded again is deselected as before.
  entity_uuid text primary key,
  grid_uuid text not null,
  -- That said so first; null: not known any more. No reference: instructions are cleared away, what EPU did stays.
  instruction_id text,
  -- That said first, since then, that it may be acquired; null: none has.
  released_by text
);
create index deselections_of_grid on deselections (grid_uuid);

insert into deselections (entity_uuid, grid_uuid, released_by)
  select distinct on (entity_uuid) entity_uuid, grid_uuid,
    case when not skip ? id then instruction_id end
  from (
    select coalesce(h.uuid, s.uuid) as entity_uuid, t.grid_uuid, t.instruction_id, d.id, t.content -> 'skip' as skip
    from told_plans t
      cross join lateral jsonb_array_elements_text(coalesce(t.content -> 'deselected', t.content -> 'skip')) as d(id)
      left join foilholes h on h.gridsquare_uuid = t.target and h.foilhole_id = d.id
      left join gridsquares s on t.target = 'skip' and s.grid_uuid = t.grid_uuid and s.gridsquare_id = d.id
    where h.uuid is not null or s.uuid is not null) told
  order by entity_uuid;

-- Who tells a microscope without saying when, as a worker of before, would tell without recording deselections: it fails instead.
alter table told_plans alter column told_at drop default;

create function settle_deselection() returns trigger language plpgsql as $body$
begin
  if new.selected and not old.selected then
    delete from deselections where entity_uuid = new.uuid and released_by is not null;
  elsif not new.selected then
    -- What EPU read before it could know of the release, it has written by then.
    delete from deselections d using instructions i where d.entity_uuid = new.uuid and i.instruction_id = d.released_by
      and i.ack_status = 'processed' and i.acknowledged_at < now() - interval '10 minutes';
  end if;
  return null;
end $body$;
create trigger selection_changed after update of selected on gridsquares for each row
  when (old.selected is distinct from new.selected) execute function settle_deselection();
create trigger selection_changed after update of selected on foilholes for each row
  when (old.selected is distinct from new.selected) execute function settle_deselection();
`;

const DOWN = `
alter table told_plans alter column told_at set default now();
drop trigger selection_changed on foilholes;
drop trigger selection_changed on gridsquares;
drop function settle_deselection();
drop table deselections;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
