import { type Kysely, sql } from "kysely";

/*
 * Of all the orders that had the same left out, the first alone was remembered with it. Where that turned out later never to have
 * reached the microscope, what the next one had EPU deselect was taken for an operator's word, and lost.
 */

const UP = `
-- All that said so while EPU did not show it yet, oldest first, as far as they may have been taken; null: not known any more.
alter table deselections add column told_by text[];
update deselections set told_by = array[instruction_id] where instruction_id is not null;
-- The plan that was told last, where it has taken the place of that one.
update deselections d set told_by = d.told_by || t.instruction_id
  from told_plans t
    cross join lateral jsonb_array_elements_text(coalesce(t.content -> 'deselected', t.content -> 'skip')) as x(id)
    left join foilholes h on h.gridsquare_uuid = t.target and h.foilhole_id = x.id
    left join gridsquares s on t.target = 'skip' and s.grid_uuid = t.grid_uuid and s.gridsquare_id = x.id
  where d.entity_uuid = coalesce(h.uuid, s.uuid) and d.released_by is null and t.instruction_id <> all(d.told_by);
alter table deselections drop column instruction_id;
`;

const DOWN = `
alter table deselections add column instruction_id text;
update deselections set instruction_id = told_by[1];
alter table deselections drop column told_by;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
