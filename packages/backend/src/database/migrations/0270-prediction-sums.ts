import { type Kysely, sql } from "kysely";

/*
 * How good an acquisition is predicted to be was found out by reading all of its predictions, each by way of its hole and square: hundreds
 * of thousands of rows for five numbers. So each statement that adds predictions adds them to the sums of their squares and models. What
 * is taken away from a square, by deletion or because a hole turns out to be another square's, may have been its least or greatest: such
 * a square is counted anew, once, when the transaction ends. Predictions go only with their squares and holes, and never change.
 *
 * Who adds holds a key-share lock on the hole (by its reference) and the square; who counts anew, or moves a hole, takes one that waits for
 * all of these and that they wait for. So nothing is counted twice, nor left out.
 */
const OF_PREDICTIONS = "count(*), sum(p.value), min(p.value), max(p.value)";

const UP = `
create table prediction_sums (
  gridsquare_uuid text not null references gridsquares on delete cascade,
  prediction_model_name text not null,
  -- Of the square and its holes.
  predictions bigint not null,
  value_sum double precision not null,
  value_min double precision not null,
  value_max double precision not null,
  primary key (gridsquare_uuid, prediction_model_name)
);
insert into prediction_sums
  select coalesce(p.gridsquare_uuid, h.gridsquare_uuid), p.prediction_model_name, ${OF_PREDICTIONS}
  from quality_predictions p left join foilholes h on h.uuid = p.foilhole_uuid group by 1, 2;

-- Squares that are to be counted anew when the transaction ends: empty for all others.
create table prediction_recounts (gridsquare_uuid text primary key);

create function add_predictions() returns trigger language plpgsql as $body$
begin
  perform from gridsquares where uuid in (
      select coalesce(p.gridsquare_uuid, h.gridsquare_uuid) from after p left join foilholes h on h.uuid = p.foilhole_uuid)
    order by uuid for key share;
  insert into prediction_sums as s
    select coalesce(p.gridsquare_uuid, h.gridsquare_uuid), p.prediction_model_name, ${OF_PREDICTIONS}
    from after p left join foilholes h on h.uuid = p.foilhole_uuid group by 1, 2 order by 1, 2
    on conflict (gridsquare_uuid, prediction_model_name) do update
      set predictions = s.predictions + excluded.predictions, value_sum = s.value_sum + excluded.value_sum,
        value_min = least(s.value_min, excluded.value_min), value_max = greatest(s.value_max, excluded.value_max);
  return null;
end $body$;
create trigger sum_added after insert on quality_predictions referencing new table as after
  for each statement execute function add_predictions();

create function take_predictions_away() returns trigger language plpgsql as $body$
begin
  if tg_op = 'DELETE' then
    insert into prediction_recounts
      select uuid from gridsquares where uuid in (select gridsquare_uuid from before)
        and exists (select from prediction_sums s where s.gridsquare_uuid = uuid) order by uuid
      on conflict do nothing;
  else
    perform from foilholes where uuid = new.uuid for update;
    insert into prediction_recounts
      select uuid from gridsquares where uuid in (old.gridsquare_uuid, new.gridsquare_uuid)
        and exists (select from quality_predictions p where p.foilhole_uuid = new.uuid) order by uuid
      on conflict do nothing;
  end if;
  return null;
end $body$;
create trigger predictions_removed after delete on foilholes referencing old table as before
  for each statement execute function take_predictions_away();
create trigger predictions_moved after update of gridsquare_uuid on foilholes for each row
  when (old.gridsquare_uuid is distinct from new.gridsquare_uuid) execute function take_predictions_away();

create function recount_predictions() returns trigger language plpgsql as $body$
begin
  perform from gridsquares where uuid = new.gridsquare_uuid for update;
  delete from prediction_sums where gridsquare_uuid = new.gridsquare_uuid;
  insert into prediction_sums
    select new.gridsquare_uuid, p.prediction_model_name, ${OF_PREDICTIONS}
    from (
      select prediction_model_name, value from quality_predictions where gridsquare_uuid = new.gridsquare_uuid
      union all
      select q.prediction_model_name, q.value from foilholes h join quality_predictions q on q.foilhole_uuid = h.uuid
        where h.gridsquare_uuid = new.gridsquare_uuid) p
    group by 2;
  delete from prediction_recounts where gridsquare_uuid = new.gridsquare_uuid;
  return null;
end $body$;
create constraint trigger recount after insert on prediction_recounts deferrable initially deferred
  for each row execute function recount_predictions();
`;

const DOWN = `
drop trigger predictions_moved on foilholes;
drop trigger predictions_removed on foilholes;
drop trigger sum_added on quality_predictions;
drop table prediction_recounts, prediction_sums;
drop function add_predictions, take_predictions_away, recount_predictions;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
