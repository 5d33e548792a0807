import { type Kysely, sql } from "kysely";

/*
 * A hole's first micrograph changed its row twice: its count, then its status. Now whoever counts also says that there is one: half
 * as many versions of the widest rows there are.
 */
const counting = (also: string): string => `
create or replace function count_micrographs() returns trigger language plpgsql as $body$
begin
  if tg_op = 'INSERT' then
    -- In one order by all, so that nobody waits for somebody who waits for him.
    perform from foilholes where uuid in (select foilhole_uuid from after) order by uuid for no key update;
    update foilholes h set micrograph_count = micrograph_count + n${also}
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
end $body$`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(counting(", status = 'micrographs detected'")).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(counting("")).execute(db);
}
