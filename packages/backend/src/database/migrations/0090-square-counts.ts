import { type Kysely, sql } from "kysely";

/*
 * Counting what lies below a grid would read all of it: hundreds of thousands of rows for a number that changes a little now and
 * then. So a hole keeps the number of its micrographs, and each statement that changes holes adds rows that say by how much their
 * squares have changed; the sum of a square's rows is its count. They are only ever added, so nobody waits for anybody; now and
 * then those of a square are replaced by their sum.
 */
const UP = `
-- Room for a hole's next state beside its present one: its indexes then need no change.
alter table foilholes set (fillfactor = 85);
alter table foilholes add column micrograph_count integer not null default 0;
update foilholes h set micrograph_count = i.n
  from (select foilhole_uuid, count(*) as n from micrographs group by foilhole_uuid) i where i.foilhole_uuid = h.uuid;

create table square_counts (
  -- No reference: what is deleted along with its square still says so. Rows of squares that are gone are cleared away.
  gridsquare_uuid text not null,
  foilholes integer not null,
  -- Holes with a micrograph.
  imaged integer not null,
  micrographs integer not null
);
create index square_counts_of_square on square_counts (gridsquare_uuid);
-- For the list of the holes that have a square's natural id.
create index foilholes_of_square_id on foilholes (gridsquare_id, seq);
insert into square_counts
  select gridsquare_uuid, count(*), count(*) filter (where micrograph_count > 0), sum(micrograph_count)
  from foilholes group by gridsquare_uuid;

create function count_foilholes() returns trigger language plpgsql as $body$
begin
  if tg_op = 'INSERT' then
    insert into square_counts
      select gridsquare_uuid, count(*), count(*) filter (where micrograph_count > 0), sum(micrograph_count)
      from after group by gridsquare_uuid;
  elsif tg_op = 'DELETE' then
    insert into square_counts
      select gridsquare_uuid, -count(*), -count(*) filter (where micrograph_count > 0), -sum(micrograph_count)
      from before group by gridsquare_uuid;
  else
    insert into square_counts
      select gridsquare_uuid, sum(f), sum(f * least(m, 1)), sum(f * m)
      from (select gridsquare_uuid, 1 as f, micrograph_count as m from after
        union all select gridsquare_uuid, -1, micrograph_count from before) changed
      group by gridsquare_uuid
      having (sum(f), sum(f * least(m, 1)), sum(f * m)) <> (0, 0, 0);
  end if;
  return null;
end $body$;
create trigger count_added after insert on foilholes referencing new table as after
  for each statement execute function count_foilholes();
create trigger count_changed after update on foilholes referencing old table as before new table as after
  for each statement execute function count_foilholes();
create trigger count_removed after delete on foilholes referencing old table as before
  for each statement execute function count_foilholes();

-- Holes that are being deleted with their micrographs are not found any more: they are counted as a whole.
create function count_micrographs() returns trigger language plpgsql as $body$
begin
  if tg_op = 'INSERT' then
    -- In one order by all, so that nobody waits for somebody who waits for him.
    perform from foilholes where uuid in (select foilhole_uuid from after) order by uuid for no key update;
    update foilholes h set micrograph_count = micrograph_count + n
      from (select foilhole_uuid, count(*) as n from after group by foilhole_uuid) i where i.foilhole_uuid = h.uuid;
  elsif tg_op = 'DELETE' then
    perform from foilholes where uuid in (select foilhole_uuid from before) order by uuid for no key update;
    update foilholes h set micrograph_count = micrograph_count - n
      from (select foilhole_uuid, count(*) as n from before group by foilhole_uuid) i where i.foilhole_uuid = h.uuid;
  else
    perform from foilholes where uuid in (old.foilhole_uuid, new.foilhole_uuid) order by uuid for no key update;
    update foilholes set micrograph_count = micrograph_count + case when uuid = new.foilhole_uuid then 1 else -1 end
      where uuid in (old.foilhole_uuid, new.foilhole_uuid);
  end if;
  return null;
end $body$;
create trigger count_added after insert on micrographs referencing new table as after
  for each statement execute function count_micrographs();
create trigger count_removed after delete on micrographs referencing old table as before
  for each statement execute function count_micrographs();
create trigger count_moved after update of foilhole_uuid on micrographs for each row
  when (old.foilhole_uuid is distinct from new.foilhole_uuid) execute function count_micrographs();
`;

const DOWN = `
drop trigger count_added on micrographs;
drop trigger count_removed on micrographs;
drop trigger count_moved on micrographs;
drop trigger count_added on foilholes;
drop trigger count_changed on foilholes;
drop trigger count_removed on foilholes;
drop function count_foilholes, count_micrographs;
drop index foilholes_of_square_id;
drop table square_counts;
alter table foilholes reset (fillfactor);
alter table foilholes drop column micrograph_count;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
