import { type Kysely, sql } from "kysely";

/*
 * What looks at all micrographs of a grid (their results, how they compare with each other, how many are good) found them by way of the
 * grid's squares and holes: hundreds of thousands of rows looked up one by one. So a micrograph says which square and grid it is on, and
 * the grid's stand in the order in which they were taken. The database keeps that true, whoever moves what.
 *
 * A hole whose last micrograph was deleted, or turned out to be another hole's, was still said to be imaged, while its count, and the plan
 * that has it imaged again, say that it is not.
 *
 * What EPU saw in the holes of a square is summed up with their number (see 0090), of which those that EPU lists no longer are none.
 */
const UP = `
alter table micrographs add column gridsquare_uuid text, add column grid_uuid text;
update micrographs m set gridsquare_uuid = s.uuid, grid_uuid = s.grid_uuid
  from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid where h.uuid = m.foilhole_uuid;
create index micrographs_of_grid on micrographs (grid_uuid, acquisition_datetime nulls first, seq);

create function find_square() returns trigger language plpgsql as $body$
begin
  -- Of a hole that is not there, the reference says so.
  select s.uuid, s.grid_uuid into new.gridsquare_uuid, new.grid_uuid
    from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid where h.uuid = new.foilhole_uuid;
  return new;
end $body$;
create trigger square_of_added before insert on micrographs for each row execute function find_square();
create trigger square_of_moved before update of foilhole_uuid on micrographs for each row
  when (old.foilhole_uuid is distinct from new.foilhole_uuid) execute function find_square();

create function move_micrographs() returns trigger language plpgsql as $body$
begin
  if tg_table_name = 'foilholes' then
    update micrographs m set gridsquare_uuid = s.uuid, grid_uuid = s.grid_uuid from gridsquares s
      where s.uuid = new.gridsquare_uuid and m.foilhole_uuid = new.uuid;
  else
    update micrographs m set grid_uuid = new.grid_uuid from foilholes h
      where h.gridsquare_uuid = new.uuid and m.foilhole_uuid = h.uuid;
  end if;
  return null;
end $body$;
create trigger micrographs_moved after update of gridsquare_uuid on foilholes for each row
  when (old.gridsquare_uuid is distinct from new.gridsquare_uuid) execute function move_micrographs();
create trigger micrographs_moved after update of grid_uuid on gridsquares for each row
  when (old.grid_uuid is distinct from new.grid_uuid) execute function move_micrographs();

alter table square_counts add column removed integer not null default 0,
  add column intensities integer not null default 0, add column intensity_sum double precision not null default 0;
-- Who does not know of them, as a worker of before, fails instead of losing them.
alter table square_counts alter column removed drop default, alter column intensities drop default,
  alter column intensity_sum drop default;
insert into square_counts
  select gridsquare_uuid, -sum(gone), 0, 0, sum(gone), count(*) filter (where gone = 0 and pixel_intensity_mean is not null),
    coalesce(sum(pixel_intensity_mean) filter (where gone = 0), 0)
  from (select *, (state is not distinct from 'Removed' and micrograph_count = 0)::int as gone from foilholes) h
  where gone = 1 or pixel_intensity_mean is not null group by 1;
`;

/**
 * How micrographs are counted (see 0195). A hole that was moved while one of its micrographs was stored is locked only here: what was found
 * before may have been its former square. And one whose last micrograph was deleted, or turned out to be another hole's, has not been imaged.
 */
const counting = (then: { added: string; left: string; movedAway: string; moved: string }): string => `
create or replace function count_micrographs() returns trigger language plpgsql as $body$
begin
  if tg_op = 'INSERT' then
    -- In one order by all, so that nobody waits for somebody who waits for him.
    perform from foilholes where uuid in (select foilhole_uuid from after) order by uuid for no key update;
    update foilholes h set micrograph_count = micrograph_count + n, status = 'micrographs detected'
      from (select foilhole_uuid, count(*) as n from after group by foilhole_uuid) i where i.foilhole_uuid = h.uuid;${then.added}
  elsif tg_op = 'DELETE' then
    perform from foilholes where uuid in (select foilhole_uuid from before) order by uuid for no key update;
    update foilholes h set micrograph_count = micrograph_count - n${then.left}
      from (select foilhole_uuid, count(*) as n from before group by foilhole_uuid) i where i.foilhole_uuid = h.uuid;
  else
    perform from foilholes where uuid in (old.foilhole_uuid, new.foilhole_uuid) order by uuid for no key update;
    update foilholes set micrograph_count = micrograph_count + case when uuid = new.foilhole_uuid then 1 else -1 end,
      status = case when uuid = new.foilhole_uuid then 'micrographs detected' ${then.movedAway}else status end
      where uuid in (old.foilhole_uuid, new.foilhole_uuid);${then.moved}
  end if;
  return null;
end $body$`;

const placed = (which: string): string => `
    update micrographs m set gridsquare_uuid = s.uuid, grid_uuid = s.grid_uuid
      from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid
      where h.uuid = m.foilhole_uuid and m.uuid ${which} and m.gridsquare_uuid is distinct from s.uuid;`;

/** A hole that EPU lists no longer is none, unless it has been imaged. */
const GONE = "(state is not distinct from 'Removed' and micrograph_count = 0)::int";
const INTENSITY = `case when ${GONE} = 0 then pixel_intensity_mean end`;

/** How what lies below squares is counted, with the sum of what EPU saw in their holes. */
const COUNTING_HOLES = `
create or replace function count_foilholes() returns trigger language plpgsql as $body$
begin
  -- Columns of square_counts: gridsquare_uuid, foilholes, imaged, micrographs, removed, intensities, intensity_sum.
  if tg_op = 'INSERT' then
    insert into square_counts
      select gridsquare_uuid, sum(1 - gone), count(*) filter (where micrograph_count > 0), sum(micrograph_count), sum(gone),
        count(i), coalesce(sum(i), 0)
      from (select *, ${GONE} as gone, ${INTENSITY} as i from after) h group by gridsquare_uuid;
  elsif tg_op = 'DELETE' then
    insert into square_counts
      select gridsquare_uuid, -sum(1 - gone), -count(*) filter (where micrograph_count > 0), -sum(micrograph_count), -sum(gone),
        -count(i), -coalesce(sum(i), 0)
      from (select *, ${GONE} as gone, ${INTENSITY} as i from before) h group by gridsquare_uuid;
  else
    insert into square_counts
      select gridsquare_uuid, sum(f * (1 - gone)), sum(f * least(m, 1)), sum(f * m), sum(f * gone),
        sum(f * num_nonnulls(i)), sum(f * coalesce(i, 0))
      from (
        select gridsquare_uuid, 1 as f, micrograph_count as m, ${GONE} as gone, ${INTENSITY} as i from after
        union all
        select gridsquare_uuid, -1, micrograph_count, ${GONE}, ${INTENSITY} from before) changed
      group by gridsquare_uuid
      having (sum(f), sum(f * least(m, 1)), sum(f * m), sum(f * gone), sum(f * num_nonnulls(i)), sum(f * coalesce(i, 0)))
        <> (0, 0, 0, 0, 0, 0);
  end if;
  return null;
end $body$`;

const COUNTING_HOLES_BEFORE = `
create or replace function count_foilholes() returns trigger language plpgsql as $body$
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
end $body$`;

const DOWN = `
drop trigger micrographs_moved on gridsquares;
drop trigger micrographs_moved on foilholes;
drop trigger square_of_moved on micrographs;
drop trigger square_of_added on micrographs;
drop function find_square, move_micrographs;
alter table micrographs drop column gridsquare_uuid, drop column grid_uuid;
update square_counts set foilholes = foilholes + removed where removed <> 0;
delete from square_counts where (foilholes, imaged, micrographs) = (0, 0, 0);
alter table square_counts drop column removed, drop column intensities, drop column intensity_sum;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
  await sql.raw(COUNTING_HOLES).execute(db);
  const isLast = (n: string): string => `when micrograph_count = ${n} and status = 'micrographs detected' then 'none'`;
  const then = {
    added: placed("in (select uuid from after)"),
    left: `,\n      status = case ${isLast("n")} else status end`,
    movedAway: `${isLast("1")} `,
    moved: placed("= new.uuid"),
  };
  await sql.raw(counting(then)).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(counting({ added: "", left: "", movedAway: "", moved: "" })).execute(db);
  await sql.raw(COUNTING_HOLES_BEFORE).execute(db);
  await sql.raw(DOWN).execute(db);
}
