import { silentLogger } from "@smartem/common/logging";
import { expect, test } from "vitest";
import { createMigratedTestDatabase, createTestDatabase } from "../testing/postgres-for-tests.js";
import { openPool, transaction } from "./connection.js";
import { migrate, migrateWithin, migrationStatus } from "./migrate.js";

test("a database that a later version has migrated is left alone, and it is said which version it wants", async () => {
  const database = await createMigratedTestDatabase();
  const pool = openPool({ ...database, maxConnections: 2 }, silentLogger);
  try {
    await pool.query("insert into kysely_migration values ('9990-later', now()::text), ('9991-latest', now()::text)");
    const before = await migrationStatus(pool);
    await expect(migrate(pool)).rejects.toMatchObject({
      code: "newer_schema",
      message: expect.stringContaining("9991-latest"),
      hint: expect.stringContaining("newer"),
    });
    expect(await migrationStatus(pool)).toEqual(before);
  } finally {
    await pool.end();
    await database.drop();
  }
});

test.each([
  ["what is below", "insert into micrographs (uuid, foilhole_uuid, micrograph_id) values ('m', 'h', '1')"],
  ["what is above", "update grids set name = 'later'"],
])("who is changing a hole, then %s, is waited for before anything is done, and neither is lost", async (_, then) => {
  const database = await createTestDatabase();
  const pool = openPool({ ...database, maxConnections: 3 }, silentLogger);
  const earlier = await pool.connect();
  try {
    await transaction(pool, (tx) => migrateWithin(tx, "0205-database-identity"));
    await pool.query(`
      insert into acquisitions (uuid) values ('a');
      insert into grids (uuid, acquisition_uuid) values ('g', 'a');
      insert into gridsquares (uuid, grid_uuid, gridsquare_id) values ('s', 'g', '1');
      insert into foilholes (uuid, gridsquare_uuid, foilhole_id) values ('h', 's', '1')`);
    // Of two that wait for each other, who looks first gives way.
    await earlier.query("set deadlock_timeout = '30s'");
    await earlier.query("begin; update foilholes set x_location = 1");
    const migrated = migrate(pool);
    migrated.catch(() => undefined);
    const waitsFor = async () => {
      const { rows } = await pool.query<{ name: string }>(
        `select relation::regclass::text as name from pg_locks join pg_database d on d.oid = database
         where datname = current_database() and not granted`,
      );
      return rows.map(({ name }) => name);
    };
    await expect.poll(waitsFor, { timeout: 30_000, interval: 10 }).toEqual(["foilholes"]);
    const { rows: locked } = await pool.query("select from pg_locks where relation = 'micrographs'::regclass");
    expect(locked).toEqual([]);
    await earlier.query(then);
    await earlier.query("commit");
    expect(await migrated).toContain("0210-grids-of-micrographs");
    const { rows } = await pool.query(
      "select x_location, g.name is not null or micrograph_count = 1 as changed from foilholes, grids g",
    );
    expect(rows).toEqual([{ x_location: 1, changed: true }]);
  } finally {
    earlier.release(true);
    await pool.end();
    await database.drop();
  }
});

test("what the earlier version wrote otherwise fails, instead of losing what it does not know of", async () => {
  const database = await createMigratedTestDatabase();
  const pool = openPool({ ...database, maxConnections: 2 }, silentLogger);
  try {
    await pool.query(`
      insert into acquisitions (uuid) values ('a');
      insert into grids (uuid, acquisition_uuid) values ('g', 'a');
      insert into gridsquares (uuid, grid_uuid, gridsquare_id) values ('s', 'g', '1');
      insert into foilholes (uuid, gridsquare_uuid, foilhole_id, pixel_intensity_mean) values ('h', 's', '1', 7);
      insert into agent_sessions (session_id, agent_id, acquisition_uuid) values ('told', 'agent', 'a');
      insert into instructions (instruction_id, session_id, agent_id, instruction_type, payload)
        values ('i', 'told', 'agent', 'microscope.control.reorder_gridsquares', '{}');
      insert into told_plans (grid_uuid, target, content, instruction_id, told_at) values ('g', 'skip', '{}', 'i', now())`);
    const sumUp = `with gone as (delete from square_counts returning *)
      insert into square_counts select gridsquare_uuid, sum(foilholes), sum(imaged), sum(micrographs) from gone group by 1`;
    const tell = `insert into told_plans (grid_uuid, target, content, instruction_id) values ('g', 'skip', '{"skip": ["1"]}', 'i')
      on conflict (grid_uuid, target) do update set content = excluded.content, told_at = now()`;
    for (const statement of [sumUp, tell]) {
      await expect(pool.query(statement), statement).rejects.toMatchObject({ code: "23502" });
    }
    const { rows } = await pool.query(
      "select foilholes, intensities, intensity_sum, content from square_counts, told_plans",
    );
    expect(rows).toEqual([{ foilholes: 1, intensities: 1, intensity_sum: 7, content: {} }]);
  } finally {
    await pool.end();
    await database.drop();
  }
});
