import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { migrationStatus } from "../database/migrate.js";
import { createMigratedTestDatabase, createTestDatabase, type TestDatabase } from "./postgres-for-tests.js";

const made: TestDatabase[] = [];
afterEach(async () => {
  for (const db of made.splice(0)) await db.drop();
});

async function create(): Promise<TestDatabase> {
  const db = await createTestDatabase();
  made.push(db);
  return db;
}

async function connected(db: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: db.url });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

describe("a test database", () => {
  it("is empty, in UTF-8, and apart from every other one", async () => {
    const [first, second] = await Promise.all([create(), create()]);
    const inFirst = await connected(first);
    const inSecond = await connected(second);
    await inFirst.query("CREATE TABLE squares (id int)");
    const tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
    expect((await inFirst.query(tables)).rows).toEqual([{ tablename: "squares" }]);
    expect((await inSecond.query(tables)).rows).toEqual([]);
    expect((await inSecond.query("SHOW server_encoding")).rows).toEqual([{ server_encoding: "UTF8" }]);
    await inFirst.end();
    await inSecond.end();
  });

  it("can be reached by its parts as well as by its URL", async () => {
    const { host, port, user, password, database } = await create();
    const client = new pg.Client({ host, port, user, password, database });
    await client.connect();
    expect((await client.query("SELECT current_database() AS name")).rows).toEqual([{ name: database }]);
    await client.end();
  });

  it("with the current schema has nothing left to migrate, and is a copy that others do not see", async () => {
    const [first, second] = await Promise.all([createMigratedTestDatabase(), createMigratedTestDatabase()]);
    made.push(first, second);
    const inFirst = await connected(first);
    await inFirst.query("INSERT INTO acquisitions (uuid, name) VALUES ('a', 'session')");
    await inFirst.end();
    const pool = new pg.Pool({ connectionString: second.url });
    expect(await migrationStatus(pool)).toMatchObject({ pending: [], done: expect.arrayContaining(["0001-initial"]) });
    expect((await pool.query("SELECT uuid FROM acquisitions")).rows).toEqual([]);
    await pool.end();
  });

  it("is dropped although sessions are still open in it", async () => {
    const [db, other] = await Promise.all([create(), create()]);
    await connected(db);
    await db.drop();
    const client = await connected(other);
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [db.database]);
    expect(found.rowCount).toBe(0);
    await client.end();
  });
});
