import { silentLogger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openPool, type Pool, transaction } from "../database/connection.js";
import { migrate } from "../database/migrate.js";
import { createTestDatabase, type TestDatabase } from "../testing/postgres-for-tests.js";
import { type RecordedEvent, readEvents, SettledEvents } from "./feed.js";

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

/** So many events, once they are settled. */
async function eventsAfter(settled: SettledEvents, after: number, count: number): Promise<RecordedEvent[]> {
  return vi.waitFor(
    async () => {
      const events = await readEvents(pool, after, (await settled.look()).upTo, 10);
      expect(events.length).toBeGreaterThanOrEqual(count);
      return events;
    },
    { timeout: 60_000, interval: 20 },
  );
}

/** A transaction that is ended by hand. */
async function open() {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("begin");
  return {
    record: async (what: string) => {
      await client.query("insert into events (event_type, payload) values ($1, '{}')", [what]);
    },
    end: async (how: "commit" | "rollback") => {
      await client.query(how);
      await client.end();
    },
  };
}

test("events are given out in the order of their ids, none before those that may still come to stand before it", async () => {
  const settled = new SettledEvents(pool);
  const [one, two, three] = [await open(), await open(), await open()];
  // Their transactions' numbers are in another order than their ids, and they end in a third one.
  await two.record("first");
  await three.record("second");
  await one.record("third");
  await two.record("fourth");
  await one.end("commit");
  expect(await settled.look()).toMatchObject({ upTo: 0, pending: true });
  await two.end("commit");
  expect(await settled.look()).toMatchObject({ upTo: 0, pending: true });
  await three.end("rollback");
  const events = await eventsAfter(settled, 0, 3);
  expect(events.map((event) => event.event_type)).toEqual(["first", "third", "fourth"]);
  const ids = events.map((event) => event.id);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));

  // Who begins to look while a transaction is under way waits for it as well.
  const late = await open();
  await late.record("fifth");
  await pool.query("insert into events (event_type, payload) values ('sixth', '{}')");
  const other = new SettledEvents(pool);
  expect(await other.look()).toMatchObject({ pending: true });
  await late.end("commit");
  const rest = await eventsAfter(other, ids.at(-1) ?? 0, 2);
  expect(rest.map((event) => event.event_type)).toEqual(["fifth", "sixth"]);
});

test("a reader whose last event has been deleted has those after it", async () => {
  const settled = new SettledEvents(pool);
  const [{ before = 0 } = {}] = (await pool.query<{ before: number }>("select max(id) as before from events")).rows;
  await transaction(pool, (tx) =>
    tx.query("insert into events (event_type, payload) select 'n' || n, '{}' from generate_series(1, 3) n"),
  );
  const [one, two, three] = await eventsAfter(settled, before, 3);
  await pool.query("delete from events where id = $1", [one?.id]);
  expect(await eventsAfter(settled, one?.id ?? 0, 2)).toEqual([two, three]);
});

test("a long transaction in another database of the server holds up nobody, one that records events here does", async () => {
  const foreign = await createTestDatabase();
  const client = new pg.Client({ connectionString: foreign.url });
  await client.connect();
  try {
    await client.query("begin");
    await client.query("select pg_current_xact_id()");
    const settled = new SettledEvents(pool);
    const [{ before = 0 } = {}] = (await pool.query<{ before: number }>("select max(id) as before from events")).rows;
    const own = await open();
    await own.record("held");
    await pool.query("insert into events (event_type, payload) values ('free', '{}')");
    // Looked at until the writers have been, and are found to be under way.
    for (let n = 0; n < 15; n++) {
      expect(await settled.look()).toMatchObject({ upTo: 0, pending: true });
      await delay(50);
    }
    // One that begins to write only then is not waited for.
    const late = await open();
    await late.record("late");
    await own.end("commit");
    const events = await eventsAfter(settled, before, 2);
    expect(events.map((event) => event.event_type)).toEqual(["held", "free"]);
    await late.end("commit");
    expect(await eventsAfter(settled, events.at(-1)?.id ?? 0, 1)).toMatchObject([{ event_type: "late" }]);
  } finally {
    await client.end();
    await foreign.drop();
  }
});
