import { silentLogger } from "@smartem/common/logging";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPool, type Pool } from "../database/connection.js";
import { migrate } from "../database/migrate.js";
import { readDeselected } from "../decisions/told.js";
import { createTestDatabase, type TestDatabase } from "../testing/postgres-for-tests.js";
import { CLEANUP_OPERATIONS, CLEANUP_POLICIES, type CleanupPolicyName, cleanUpAgents } from "./agent-cleanup.js";

// No backend runs on it: that would close stale connections by itself while they are being counted.
let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool(database, silentLogger);
  await migrate(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const DAY_HOURS = 24;
/** Ages around every limit of both policies, in hours. */
const age = fc.constantFrom(
  1,
  5,
  49,
  8 * DAY_HOURS,
  15 * DAY_HOURS,
  31 * DAY_HOURS,
  366 * DAY_HOURS,
  731 * DAY_HOURS,
  (7 * 365 + 1) * DAY_HOURS,
);
const left = fc.record({
  sessions: fc.array(fc.record({ age, completed: fc.boolean(), parameters: fc.boolean() }), { maxLength: 4 }),
  connections: fc.array(fc.record({ age, closed: fc.boolean() }), { maxLength: 4 }),
  instructions: fc.array(fc.record({ age, acknowledgements: fc.array(age, { maxLength: 2 }) }), { maxLength: 6 }),
});

async function fill(what: typeof left extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  await pool.query("truncate agent_sessions, agent_connections, instructions, instruction_acknowledgements cascade");
  const json = JSON.stringify({
    sessions: what.sessions.map((session, n) => ({ n, ...session })),
    connections: what.connections.map((connection, n) => ({ n, ...connection })),
    instructions: what.instructions.map((instruction, n) => ({ n, age: instruction.age })),
    acknowledgements: what.instructions.flatMap(({ acknowledgements }, n) =>
      acknowledgements.map((age) => ({ n, age })),
    ),
  });
  await pool.query("insert into agent_sessions (session_id, agent_id) values ('home', 'a')");
  await pool.query(
    `insert into agent_sessions (session_id, agent_id, status, experimental_parameters, ended_at)
     select 's' || n, 'a', case when completed then 'completed' else 'active' end, case when parameters then '{"x": 1}'::jsonb end,
       now() - make_interval(hours => age) from jsonb_to_recordset($1::jsonb -> 'sessions') as r(n int, age int, completed boolean, parameters boolean)`,
    [json],
  );
  await pool.query(
    `insert into agent_connections (connection_id, agent_id, session_id, last_heartbeat_at, closed_at)
     select 'c' || n, 'a', 'home', now() - make_interval(hours => age), case when closed then now() end
     from jsonb_to_recordset($1::jsonb -> 'connections') as r(n int, age int, closed boolean)`,
    [json],
  );
  await pool.query(
    `insert into instructions (instruction_id, session_id, agent_id, instruction_type, payload, created_at, status)
     select 'i' || n, 'home', 'a', 't', jsonb_build_object('archived', n), now() - make_interval(hours => age), 'acknowledged'
     from jsonb_to_recordset($1::jsonb -> 'instructions') as r(n int, age int)`,
    [json],
  );
  await pool.query(
    `insert into instruction_acknowledgements (instruction_id, status, created_at)
     select 'i' || n, 'processed', now() - make_interval(hours => age) from jsonb_to_recordset($1::jsonb -> 'acknowledgements') as r(n int, age int)`,
    [json],
  );
}

interface Snapshot {
  readonly connections_open: number;
  readonly instructions: number;
  readonly archived: number;
  readonly parameters: number;
  readonly acknowledgements: number;
  readonly all: string;
}

async function snapshot(): Promise<Snapshot> {
  const {
    rows: [row],
  } = await pool.query<Snapshot>(
    `select (select count(*) from agent_connections where closed_at is null) as connections_open,
       (select count(*) from instructions) as instructions,
       (select count(*) from instructions where archived_at is not null and payload = '{}' and archived_payload_bytes > 0) as archived,
       (select count(*) from agent_sessions where experimental_parameters is not null) as parameters,
       (select count(*) from instruction_acknowledgements) as acknowledgements,
       (select md5(string_agg(t, ' ' order by t)) from (select s::text as t from agent_sessions s union all select c::text from agent_connections c
          union all select i::text from instructions i union all select a::text from instruction_acknowledgements a) x) as all`,
  );
  if (row === undefined) throw new Error("no snapshot");
  return row;
}

test("a dry run changes nothing and tells exactly what the run after it changes, which a second run finds done", async () => {
  await fc.assert(
    fc.asyncProperty(
      left,
      fc.constantFrom(...CLEANUP_OPERATIONS),
      fc.constantFrom(...(Object.keys(CLEANUP_POLICIES) as CleanupPolicyName[])),
      async (what, operation, policy) => {
        await fill(what);
        const before = await snapshot();
        const told = await cleanUpAgents(pool, operation, policy, true);
        expect(await snapshot()).toEqual(before);
        const done = await cleanUpAgents(pool, operation, policy, false);
        expect(done).toEqual(told);
        const after = await snapshot();
        expect({
          connections_closed: before.connections_open - after.connections_open,
          instructions_archived: after.archived - before.archived,
          instructions_deleted: before.instructions - after.instructions,
          sessions_archived: before.parameters - after.parameters,
          acknowledgements_deleted: before.acknowledgements - after.acknowledgements,
        }).toEqual(done);
        const again = await cleanUpAgents(pool, operation, policy, false);
        expect(Object.values(again).every((count) => count === 0)).toBe(true);
      },
    ),
    { numRuns: 25 },
  );
});

test("the limits are those of the policy", async () => {
  await fill({
    sessions: [
      { age: 15 * DAY_HOURS, completed: true, parameters: true },
      { age: 731 * DAY_HOURS, completed: true, parameters: true },
      { age: 731 * DAY_HOURS, completed: false, parameters: true },
    ],
    connections: [
      { age: 5, closed: false },
      { age: 49, closed: false },
    ],
    instructions: [
      { age: 8 * DAY_HOURS, acknowledgements: [] },
      { age: 366 * DAY_HOURS, acknowledgements: [] },
      { age: 366 * DAY_HOURS, acknowledgements: [31 * DAY_HOURS] },
    ],
  });
  expect(await cleanUpAgents(pool, "cleanup", "scientific", true)).toEqual({
    connections_closed: 1,
    instructions_archived: 1,
    instructions_deleted: 1,
    sessions_archived: 1,
    acknowledgements_deleted: 0,
  });
  expect(await cleanUpAgents(pool, "cleanup", "development", false)).toEqual({
    connections_closed: 2,
    instructions_archived: 1,
    instructions_deleted: 2,
    sessions_archived: 2,
    acknowledgements_deleted: 1,
  });
});

test("what plans have told is remembered, whether or not the last of it was ever answered", async () => {
  await fill({
    sessions: [],
    connections: [],
    instructions: [0, 1].map(() => ({ age: 366 * DAY_HOURS, acknowledgements: [] })),
  });
  await pool.query("insert into acquisitions (uuid, name) values ('told-a', 'told')");
  await pool.query("insert into grids (uuid, acquisition_uuid, name) values ('told-g', 'told-a', 'grid')");
  await pool.query(
    `insert into told_plans (grid_uuid, target, content, instruction_id, told_at)
     values ('told-g', 'square', '{"order": [], "skip": [], "deselected": ["7"]}', 'i1', now())`,
  );
  const dry = await cleanUpAgents(pool, "cleanup", "development", true);
  expect(dry).toMatchObject({ instructions_deleted: 1, instructions_archived: 0 });
  expect(await cleanUpAgents(pool, "cleanup", "development", false)).toEqual(dry);
  const { rows } = await pool.query("select content -> 'deselected' as deselected from told_plans");
  expect(rows).toEqual([{ deselected: ["7"] }]);
});

test("a deselection that never reached the microscope does not count as one that did once its order is cleared away", async () => {
  await fill({
    sessions: [],
    connections: [],
    instructions: [0, 1].map(() => ({ age: 366 * DAY_HOURS, acknowledgements: [] })),
  });
  await pool.query(
    "update instructions set status = 'expired', sent_at = case when instruction_id = 'i0' then now() end",
  );
  await pool.query("insert into acquisitions (uuid, name) values ('skipped-a', 'skipped')");
  await pool.query("insert into grids (uuid, acquisition_uuid, name) values ('skipped-g', 'skipped-a', 'grid')");
  await pool.query(
    `insert into deselections (entity_uuid, grid_uuid, told_by)
     values ('skipped-sent', 'skipped-g', '{i1,i0}'), ('skipped-unsent', 'skipped-g', '{i1}')`,
  );
  expect([...(await readDeselected(pool, "skipped-g"))]).toEqual(["skipped-sent"]);
  expect(await cleanUpAgents(pool, "cleanup", "development", false)).toMatchObject({ instructions_deleted: 2 });
  expect([...(await readDeselected(pool, "skipped-g"))]).toEqual(["skipped-sent"]);
});

test("what was deselected outlives its grid, which may be uploaded again, as long as its order is kept", async () => {
  const left = async (): Promise<string[]> =>
    (
      await pool.query<{ uuid: string }>("select entity_uuid as uuid from deselections where grid_uuid = 'gone-g'")
    ).rows.map(({ uuid }) => uuid);
  await fill({
    sessions: [],
    connections: [],
    instructions: [1, 366 * DAY_HOURS].map((age) => ({ age, acknowledgements: [1] })),
  });
  await pool.query("insert into acquisitions (uuid, name) values ('gone-a', 'gone')");
  await pool.query("insert into grids (uuid, acquisition_uuid, name) values ('gone-g', 'gone-a', 'grid')");
  await pool.query(
    `insert into deselections (entity_uuid, grid_uuid, told_by) values ('gone-new', 'gone-g', '{i1,i0}'), ('gone-old', 'gone-g', '{i1}')`,
  );
  await cleanUpAgents(pool, "cleanup", "development", false);
  await pool.query("delete from acquisitions where uuid = 'gone-a'");
  expect((await left()).toSorted()).toEqual(["gone-new", "gone-old"]);
  await cleanUpAgents(pool, "cleanup", "development", false);
  expect(await left()).toEqual(["gone-new"]);
});
