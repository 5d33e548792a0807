import { silentLogger } from "@smartem/common/logging";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openPool, type Pool, transaction } from "../database/connection.js";
import { migrate } from "../database/migrate.js";
import { createTestDatabase, type TestDatabase } from "../testing/postgres-for-tests.js";
import { type EventPosition, newestPosition, positionOfEvent, type RecordedEvent, readEvents } from "./feed.js";

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

/** So many events, once nobody else's transaction on the same server, in whichever database, hides them any more. */
async function eventsAfter(position: EventPosition, count: number): Promise<RecordedEvent[]> {
  return vi.waitFor(
    async () => {
      const events = await readEvents(pool, position, 10);
      expect(events.length).toBeGreaterThanOrEqual(count);
      return events;
    },
    { timeout: 60_000, interval: 20 },
  );
}

/** A transaction that is ended by hand. */
async function open(): Promise<{ record(what: string): Promise<void>; commit(): Promise<void> }> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("begin");
  // From now on it has a number.
  await client.query("select pg_current_xact_id()");
  return {
    record: async (what) => {
      await client.query("insert into events (event_type, payload) values ($1, '{}')", [what]);
    },
    commit: async () => {
      await client.query("commit");
      await client.end();
    },
  };
}

test("an event is not missed whose id was drawn before that of an earlier transaction, and that was committed after it", async () => {
  const first = await open();
  const second = await open();
  await second.record("second");
  await first.record("first");
  await first.commit();
  const seen = await eventsAfter(await positionOfEvent(pool, 0), 1);
  expect(seen.map((event) => event.event_type)).toEqual(["first"]);
  await second.commit();
  const after = await positionOfEvent(pool, seen[0]?.id ?? 0);
  const rest = await eventsAfter(after, 1);
  // Its id is the smaller one.
  expect(rest.map((event) => event.event_type)).toEqual(["second"]);
  expect(rest[0]?.id).toBeLessThan(seen[0]?.id ?? 0);
  const newest = await newestPosition(pool);
  expect(newest.id).toBe(rest[0]?.id);
  expect(await readEvents(pool, newest, 10)).toEqual([]);
});

test("a reader whose last event has been deleted misses none of those after it", async () => {
  const before = await newestPosition(pool);
  await transaction(pool, (tx) =>
    tx.query("insert into events (event_type, payload) select 'n' || n, '{}' from generate_series(1, 3) n"),
  );
  const [one, two] = await eventsAfter(before, 3);
  await pool.query("delete from events where id = $1", [one?.id]);
  const rest = await eventsAfter(await positionOfEvent(pool, one?.id ?? 0), 2);
  expect(rest).toContainEqual(two);
  expect(rest).not.toContainEqual(one);
});
