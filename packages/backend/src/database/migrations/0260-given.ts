import { type Kysely, sql } from "kysely";

/*
 * Of an order that ended without having been carried out nobody knew whether the microscope had got a part of it, or nothing: what an
 * operator deselected in EPU was taken for what such an order had said.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  // As the agent says. False: nothing of it has reached the microscope, nor will. Null: some of it may have, or nobody has said.
  await sql`alter table instructions add column given boolean`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table instructions drop column given`.execute(db);
}
