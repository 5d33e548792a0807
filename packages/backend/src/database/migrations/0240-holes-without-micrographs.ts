import { type Kysely, sql } from "kysely";

/*
 * A hole whose last micrograph was deleted, or turned out to be another hole's, was still said to be imaged, while its count, and the plan that
 * has it imaged again, say that it is not. What is counted besides is as before (see 0210).
 */
const counting = (left: string, moved: string): string => `
create or replace function count_micrographs() returns trigger language plpgsql as $body$
begin
  if tg_op = 'INSERT' then
    -- In one order by all, so that nobody waits for somebody who waits for him.
    perform from foilholes where uuid in (select foilhole_uuid from after) order by uuid for no key update;
    update foilholes h set micrograph_count = micrograph_count + n, status = 'micrographs detected'
      from (select foilhole_uuid, count(*) as n from after group by foilhole_uuid) i where i.foilhole_uuid = h.uuid;
    update micrographs m set gridsquare_uuid = s.uuid, grid_uuid = s.grid_uuid
      from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid
      where h.uuid = m.foilhole_uuid and m.uuid in (select uuid from after) and m.gridsquare_uuid is distinct from s.uuid;
  elsif tg_op = 'DELETE' then
    perform from foilholes where uuid in (select foilhole_uuid from before) order by uuid for no key update;
    update foilholes h set micrograph_count = micrograph_count - n${left}
      from (select foilhole_uuid, count(*) as n from before group by foilhole_uuid) i where i.foilhole_uuid = h.uuid;
  else
    perform from foilholes where uuid in (old.foilhole_uuid, new.foilhole_uuid) order by uuid for no key update;
    update foilholes set micrograph_count = micrograph_count + case when uuid = new.foilhole_uuid then 1 else -1 end,
      status = case when uuid = new.foilhole_uuid then 'micrographs detected' ${moved}else status end
      where uuid in (old.foilhole_uuid, new.foilhole_uuid);
    update micrographs m set gridsquare_uuid = s.uuid, grid_uuid = s.grid_uuid
      from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid
      where h.uuid = m.foilhole_uuid and m.uuid = new.uuid and m.gridsquare_uuid is distinct from s.uuid;
  end if;
  return null;
end $body$`;

export async function up(db: Kysely<unknown>): Promise<void> {
  const left =
    ",\n      status = case when micrograph_count = n and status = 'micrographs detected' then 'none' else status end";
  const moved = "when micrograph_count = 1 and status = 'micrographs detected' then 'none' ";
  await sql.raw(counting(left, moved)).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(counting("", "")).execute(db);
}
