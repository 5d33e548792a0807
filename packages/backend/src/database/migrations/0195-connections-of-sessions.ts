import { type Kysely, sql } from "kysely";

/*
 * Closed connections stay, and how an agent is, told at each heartbeat, was read from those of all sessions. An agent that has started
 * anew may do what it declined before. A micrograph that is put under another hole by a correction is that hole's as one that is new:
 * the hole has been imaged.
 */
const counting = (moved: string): string => `
create or replace function count_micrographs() returns trigger language plpgsql as $body$
begin
  if tg_op = 'INSERT' then
    -- In one order by all, so that nobody waits for somebody who waits for him.
    perform from foilholes where uuid in (select foilhole_uuid from after) order by uuid for no key update;
    update foilholes h set micrograph_count = micrograph_count + n, status = 'micrographs detected'
      from (select foilhole_uuid, count(*) as n from after group by foilhole_uuid) i where i.foilhole_uuid = h.uuid;
  elsif tg_op = 'DELETE' then
    perform from foilholes where uuid in (select foilhole_uuid from before) order by uuid for no key update;
    update foilholes h set micrograph_count = micrograph_count - n
      from (select foilhole_uuid, count(*) as n from before group by foilhole_uuid) i where i.foilhole_uuid = h.uuid;
  else
    perform from foilholes where uuid in (old.foilhole_uuid, new.foilhole_uuid) order by uuid for no key update;
    update foilholes set micrograph_count = micrograph_count + case when uuid = new.foilhole_uuid then 1 else -1 end${moved}
      where uuid in (old.foilhole_uuid, new.foilhole_uuid);
  end if;
  return null;
end $body$`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index agent_connections_of_session on agent_connections (session_id, last_heartbeat_at)`.execute(db);
  await sql`alter table agent_sessions add column registered_at timestamptz not null default now()`.execute(db);
  const moved = ",\n      status = case when uuid = new.foilhole_uuid then 'micrographs detected' else status end";
  await sql.raw(counting(moved)).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index agent_connections_of_session`.execute(db);
  await sql`alter table agent_sessions drop column registered_at`.execute(db);
  await sql.raw(counting("")).execute(db);
}
