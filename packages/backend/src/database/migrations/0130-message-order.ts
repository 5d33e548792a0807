import { type Kysely, sql } from "kysely";

/*
 * What is said of an entity comes in one order, that of the inbox's ids, and is applied in another where a message had to wait for
 * something. The youngest word counts, so each keeps its place. What was applied before there were places stands behind what was
 * taken in before it and still waits: it was applied at once, as nearly all is. Among equals, that of the larger id is the younger.
 */
const UP = `
alter table quality_predictions add column message_order bigint not null default 0;
alter table current_predictions add column message_order bigint not null default 0;
alter table model_parameters add column message_order bigint not null default 0;

create temp table waiting on commit drop as select id, received_at from inbox;
create index on waiting (received_at, id);
analyze waiting;
${["quality_predictions", "current_predictions", "model_parameters"]
  .map(
    (table) => `update ${table} p
  set message_order = (select id + 1 from waiting w where w.received_at <= p.timestamp order by received_at desc, id desc limit 1)
  where p.timestamp >= (select min(received_at) from waiting);`,
  )
  .join("\n")}
`;

const DOWN = `
alter table quality_predictions drop column message_order;
alter table current_predictions drop column message_order;
alter table model_parameters drop column message_order;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
