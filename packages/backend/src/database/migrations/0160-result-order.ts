import { type Kysely, sql } from "kysely";

/** By which message each of a micrograph's results was told, so that one that is applied late overrules no younger one. */
const COLUMNS = ["motion_order", "ctf_order", "picking_order", "selection_order"];

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table micrographs ${COLUMNS.map((name) => `add column ${name} bigint`).join(", ")}`).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table micrographs ${COLUMNS.map((name) => `drop column ${name}`).join(", ")}`).execute(db);
}
