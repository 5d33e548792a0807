import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { silentLogger } from "@smartem/common/logging";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBackend } from "../backend.js";
import { isUnavailable, openPool, type Pool, transaction } from "../database/connection.js";
import { migrateWithin, migrationStatus } from "../database/migrate.js";
import { readEvents, SettledEvents } from "../events/feed.js";
import { IDS_PER_EVENT } from "../events/frontend-stream.js";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { createTestDatabase, type TestDatabase } from "../testing/postgres-for-tests.js";
import { followEvents } from "../testing/sse-for-tests.js";
import { startTcpProxy } from "../testing/tcp-proxy.js";
import { backUp, restore } from "./backup.js";

let at: BackendForTests;
let other: TestDatabase;
let pool: Pool;
let dir: string;
let file: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "smartem-backup-"));
  chmodSync(dir, 0o755);
  file = join(dir, "backup.gz");
  at = await startBackendForTests();
  other = await createTestDatabase();
  pool = openPool({ ...other, maxConnections: 3 }, silentLogger);
  await at.request("POST", "/ingest", smallSession("saved", 30));
  await at.request("POST", "/grids/saved-g/notes", { text: "tab\there, \\. and \u2028 and\r\nnew lines, é 𝛼" });
  await at.request("POST", "/acquisitions", { uuid: "backslash", name: "\\.", storage_path: "C:\\data\\new" });
  // What goes on in the background would make two looks at the same database differ.
  await at.backend.stop();
});
afterAll(async () => {
  await pool.end();
  await at.database.drop();
  await other.drop();
  rmSync(dir, { recursive: true, force: true });
});

async function contents(of: Pool): Promise<Record<string, string | null>> {
  const { rows: tables } = await of.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname !~ '^kysely'
       -- say where readers of events may resume, and that a worker runs, which are other matters after a restoration
       and relname not in ('event_cursors', 'worker_seen') order by 1`,
  );
  const all: Record<string, string | null> = {};
  for (const { name } of tables) {
    const { rows } = await of.query<{ digest: string | null }>(
      `select md5(string_agg(x, ' ' order by x)) as digest from (select (to_jsonb(t) - 'txid')::text as x from "${name}" t) s`,
    );
    all[name] = rows[0]?.digest ?? null;
  }
  return all;
}

test("what is restored is what was backed up, and goes on from there", async () => {
  const source = openPool(at.config.database ?? other, silentLogger);
  const expected = await contents(source);
  const progress: number[] = [];
  const summary = await backUp(source, file, {}, (done) => progress.push(done));
  expect(summary.rows).toBeGreaterThan(90);
  expect(progress.at(-1)).toBe(summary.rows);
  await source.end();

  await restore(pool, file);
  const restored = await contents(pool);
  expect({ ...restored, database_identity: expected.database_identity }).toEqual(expected);
  // Who has known more of it notices.
  expect(restored.database_identity).not.toBe(expected.database_identity);
  // Events are there for readers, and new rows get new numbers.
  const settled = new SettledEvents(pool);
  const events = async () => (await readEvents(pool, 0, (await settled.look()).upTo, 10_000)).length;
  await expect.poll(events, { timeout: 60_000 }).toBeGreaterThan(90);
  const { rows } = await pool.query<{ seq: number }>("insert into acquisitions (uuid) values ('new') returning seq");
  const { rows: before } = await pool.query<{ seq: number }>(
    "select max(seq) as seq from acquisitions where uuid <> 'new'",
  );
  expect(rows[0]?.seq).toBeGreaterThan(before[0]?.seq ?? 0);
});

test("a backup that is there is replaced only when told so", async () => {
  const earlier = join(dir, "earlier.gz");
  writeFileSync(earlier, "an earlier backup");
  await expect(backUp(pool, earlier)).rejects.toMatchObject({
    code: "backup_exists",
    hint: expect.stringContaining("--replace"),
  });
  expect(readFileSync(earlier, "utf8")).toBe("an earlier backup");
  const { created_at } = await backUp(pool, earlier, { replace: true });
  expect(gunzipSync(readFileSync(earlier)).toString("utf8").split("\n", 1)[0]).toContain(created_at);
});

test("a database that holds data is replaced only when told so", async () => {
  await expect(restore(pool, file)).rejects.toMatchObject({ code: "database_not_empty" });
  await restore(pool, file, { replace: true });
  expect((await pool.query("select 1 from acquisitions where uuid = 'new'")).rows).toEqual([]);
});

test("a restoration that loses the database in the middle leaves what was there, and the next one asks before it replaces that", async () => {
  const before = await contents(pool);
  await pool.end();
  const proxy = await startTcpProxy(other.host, other.port);
  const far = openPool({ ...other, host: "127.0.0.1", port: proxy.port, maxConnections: 3 }, silentLogger);
  const lost = restore(far, file, { replace: true }, () => {
    proxy.refuse();
    proxy.cut();
  });
  await expect(lost).rejects.toSatisfy(isUnavailable);
  await far.end();
  await proxy.close();
  pool = openPool({ ...other, maxConnections: 3 }, silentLogger);
  expect(await contents(pool)).toEqual(before);
  // The server needs a moment to see that the connection has gone.
  const refusal = () => restore(pool, file).catch(({ code }: { code?: string }) => code);
  await expect.poll(refusal, { timeout: 60_000 }).toBe("database_not_empty");
});

test("a backup that is cut, changed or of something else changes nothing", async () => {
  const before = await contents(pool);
  const whole = readFileSync(file);
  const text = gunzipSync(whole).toString();
  const broken: [string, Buffer][] = [
    ["cut", whole.subarray(0, whole.length - 20)],
    ["not gzipped", Buffer.from(text)],
    ["without its end", gzipSync(text.slice(0, text.lastIndexOf('{"end"')))],
    ["a row less", gzipSync(text.replace(/^saved-h7\t.*\n/m, ""))],
    ["of something else", gzipSync('{"format":"other"}\n')],
    ["empty", gzipSync("")],
  ];
  for (const [name, bytes] of broken) {
    const path = join(dir, "broken.gz");
    writeFileSync(path, bytes);
    await expect(restore(pool, path, { replace: true }), name).rejects.toMatchObject({ code: "backup_unreadable" });
  }
  // One that passes for whole, but holds what the schema refuses.
  const path = join(dir, "refused.gz");
  writeFileSync(path, gzipSync(text.replace(/^(saved-h7\t\d+\t)saved-s\t/m, "$1nowhere\t")));
  await expect(restore(pool, path, { replace: true })).rejects.toMatchObject({ code: "23503" });
  expect(await contents(pool)).toEqual(before);
});

test("a backup of an unknown, newer schema is refused before anything is changed", async () => {
  const before = await contents(pool);
  const text = gunzipSync(readFileSync(file)).toString();
  const path = join(dir, "newer.gz");
  writeFileSync(path, gzipSync(text.replace(/"schema":"[^"]+"/, '"schema":"9999-future"')));
  await expect(restore(pool, path, { replace: true })).rejects.toMatchObject({ code: "newer_schema" });
  expect(await contents(pool)).toEqual(before);
});

test("what an earlier version backed up of this schema, though this one leaves it out, does not come back", async () => {
  const text = gunzipSync(readFileSync(file)).toString();
  const { tables, rows } = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "") as { tables: number; rows: number };
  const path = join(dir, "by-an-earlier-version.gz");
  const more = `{"table":"worker_seen","columns":["at"],"rows":1}\n2026-01-01 00:00:00+00\n\\.\n{"end"`;
  const counts = text
    .replace('{"end"', () => more)
    .replace(`"tables":${tables},"rows":${rows}`, `"tables":${tables + 1},"rows":${rows + 1}`);
  writeFileSync(path, gzipSync(counts));
  await restore(pool, path, { replace: true });
  expect((await pool.query("select at from worker_seen")).rows).toEqual([{ at: null }]);
});

test("a database of an earlier version is backed up as it is, one of a later version or without a schema is not", async () => {
  const earlier = await createTestDatabase();
  const of = openPool({ ...earlier, maxConnections: 3 }, silentLogger);
  const path = join(dir, "of-an-earlier-version.gz");
  try {
    await expect(backUp(of, path)).rejects.toMatchObject({ code: "no_schema" });
    await transaction(of, (tx) => migrateWithin(tx, "0205-database-identity"));
    await of.query("insert into acquisitions (uuid, name) values ('kept', 'before the upgrade')");
    await of.query("insert into events (event_type, payload) values ('acquisition.created', '{}')");
    const before = await contents(of);
    expect(await backUp(of, path)).toMatchObject({ schema: "0205-database-identity" });
    expect(await contents(of)).toEqual(before);
    await restore(pool, path, { replace: true });
    expect((await pool.query("select uuid, name from acquisitions")).rows).toEqual([
      { uuid: "kept", name: "before the upgrade" },
    ]);
    expect(await migrationStatus(pool)).toMatchObject({ pending: [] });
    await pool.query("insert into kysely_migration values ('9990-later', now()::text)");
    await expect(backUp(pool, join(dir, "of-a-later-version.gz"))).rejects.toMatchObject({ code: "newer_schema" });
  } finally {
    await of.end();
    await earlier.drop();
    await restore(pool, file, { replace: true });
  }
});

test("events go on under new ids, and who resumes from one that went with the restoration is told so", async () => {
  const newest = async () => (await pool.query<{ id: number }>("select max(id) as id from events")).rows[0]?.id ?? 0;
  const saved = await newest();
  const later = join(dir, "later.gz");
  await backUp(pool, later);
  await pool.query(
    "insert into events (event_type, payload) select 'acquisition.created', '{}' from generate_series(1, 5)",
  );
  const heard = await newest();
  await restore(pool, later, { replace: true });
  expect(await newest()).toBe(saved);

  const backend = await startBackend({
    config: { ...at.config, database: { ...other, maxConnections: 5 } },
    logger: silentLogger,
  });
  try {
    for (const [path, type, idsPerEvent] of [
      ["/events/stream", "acquisition.created", 1],
      ["/frontend/events/stream", "note.created", IDS_PER_EVENT],
    ] as const) {
      await pool.query("insert into events (event_type, payload) select $1, '{}' from generate_series(1, 20)", [type]);
      const resume = async (after: number) => {
        const had: { event: string; id: number }[] = [];
        const stream = followEvents(`${backend.url}${path}`, (event, _data, id) => had.push({ event, id: id ?? 0 }), {
          "last-event-id": String(after),
        });
        await eventually(
          () => had.filter(({ event }) => event === type),
          (seen) => seen.length === 20,
        );
        await stream.close();
        return had.filter(({ event }) => event === type || event === "resync");
      };
      const told = (had: readonly { event: string }[]) => had.some(({ event }) => event === "resync");
      expect(told(await resume(saved * idsPerEvent)), path).toBe(false);
      const had = await resume(heard * idsPerEvent);
      expect(had[0]).toMatchObject({ event: "resync" });
      expect(Math.min(...had.map(({ id }) => id)), path).toBeGreaterThan(heard * idsPerEvent);
      expect(told(await resume(had[0]?.id ?? 0)), path).toBe(false);
    }
  } finally {
    await backend.stop();
  }
});
