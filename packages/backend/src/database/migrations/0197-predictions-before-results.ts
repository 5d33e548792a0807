import { type Kysely, sql } from "kysely";

/*
 * What every model and metric had said of a hole when its first result came: by its newest word a model may have learned from that result,
 * which would then prove it right. A row per hole, models without a word included, so that what is said later is known to be later.
 * Of holes with results of before there were these rows, nothing is known.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table predictions_before_results (
      foilhole_uuid text primary key references foilholes on delete cascade,
      result_order bigint not null,
      models text[] not null,
      metrics text[] not null,
      values double precision[] not null
    )`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table predictions_before_results`.execute(db);
}
