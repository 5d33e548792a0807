import { type Kysely, sql } from "kysely";

/*
 * Which grid of an instrument hands on what it has taught is told by when grids were imaged: as columns, since what decisions leave is
 * large, and all that an instrument's grids ever left would have to be read for it. Decisions of before did not tell their results.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table decision_legacies
      add column imaged_from_ms double precision generated always as ((legacy #>> '{imaged,firstMs}')::double precision) stored,
      add column imaged_to_ms double precision generated always as ((legacy #>> '{imaged,lastMs}')::double precision) stored,
      add column results integer generated always as ((legacy ->> 'results')::integer) stored`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table decision_legacies drop column imaged_from_ms, drop column imaged_to_ms, drop column results`.execute(
    db,
  );
}
