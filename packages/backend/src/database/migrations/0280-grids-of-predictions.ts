import { type Kysely, sql } from "kysely";

/*
 * What had been said of a grid's holes before their results was found hole by hole among that of all grids: the longer a database is in
 * use, the longer that took. So each row says which grid its hole is on (as micrographs do, see 0210).
 *
 * Who adds a row holds key-share locks on the hole and its square before it looks where they are; who moves one of them takes a lock that
 * waits for these, and that they wait for, before he looks which rows there are.
 */
const UP = `
alter table predictions_before_results add column grid_uuid text;
update predictions_before_results b set grid_uuid = s.grid_uuid
  from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid where h.uuid = b.foilhole_uuid;
create index predictions_before_results_of_grid on predictions_before_results (grid_uuid);

create function find_grid_of_hole() returns trigger language plpgsql as $body$
begin
  perform from foilholes where uuid = new.foilhole_uuid for key share;
  perform from gridsquares where uuid = (select gridsquare_uuid from foilholes where uuid = new.foilhole_uuid) for key share;
  select s.grid_uuid into new.grid_uuid
    from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid where h.uuid = new.foilhole_uuid;
  return new;
end $body$;
create trigger grid_of_added before insert on predictions_before_results for each row execute function find_grid_of_hole();

create function move_predictions_before_results() returns trigger language plpgsql as $body$
begin
  if tg_table_name = 'foilholes' then
    perform from foilholes where uuid = new.uuid for update;
    update predictions_before_results b set grid_uuid = s.grid_uuid from gridsquares s
      where s.uuid = new.gridsquare_uuid and b.foilhole_uuid = new.uuid;
  else
    perform from gridsquares where uuid = new.uuid for update;
    update predictions_before_results b set grid_uuid = new.grid_uuid from foilholes h
      where h.gridsquare_uuid = new.uuid and b.foilhole_uuid = h.uuid;
  end if;
  return null;
end $body$;
create trigger results_moved after update of gridsquare_uuid on foilholes for each row
  when (old.gridsquare_uuid is distinct from new.gridsquare_uuid) execute function move_predictions_before_results();
create trigger results_moved after update of grid_uuid on gridsquares for each row
  when (old.grid_uuid is distinct from new.grid_uuid) execute function move_predictions_before_results();
`;

const DOWN = `
drop trigger results_moved on gridsquares;
drop trigger results_moved on foilholes;
drop trigger grid_of_added on predictions_before_results;
drop function find_grid_of_hole, move_predictions_before_results;
alter table predictions_before_results drop column grid_uuid;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
