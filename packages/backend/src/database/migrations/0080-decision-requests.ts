import { type Kysely, sql } from "kysely";

const UP = `
-- A row for each request: who changes a grid neither waits for others who change it nor for the decision under way.
alter table decision_requests drop constraint decision_requests_pkey;
alter table decision_requests add column id bigint generated always as identity primary key;
alter table decision_requests drop column requested_at;
create index decision_requests_of_grid on decision_requests (grid_uuid);
`;

const DOWN = `
delete from decision_requests r using decision_requests later where later.grid_uuid = r.grid_uuid and later.id > r.id;
drop index decision_requests_of_grid;
alter table decision_requests drop column id;
alter table decision_requests add column requested_at timestamptz not null default now();
alter table decision_requests add primary key (grid_uuid);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
