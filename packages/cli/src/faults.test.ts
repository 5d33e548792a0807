import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, startAgent } from "@smartem/agent/agent";
import { backUp, restore } from "@smartem/backend/administration/backup";
import { type Backend, startBackend } from "@smartem/backend/backend";
import { readConfig } from "@smartem/backend/config";
import { openPool } from "@smartem/backend/database/connection";
import { startEmbeddedPostgres } from "@smartem/backend/embedded-postgres/start-embedded-postgres";
import { silentLogger } from "@smartem/common/logging";
import { writeFinishedSession } from "@smartem/simulator/epu-writer/finished-session";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compareWithDatabase, isEqual } from "./demo/compare.js";

let dir: string;
let endings: (() => Promise<unknown>)[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "smartem-faults-"));
  chmodSync(dir, 0o755);
  endings = [];
});
afterEach(async () => {
  for (const end of endings.reverse()) await end();
  rmSync(dir, { recursive: true, force: true });
});

async function backendAt(port: number): Promise<Backend> {
  return startBackend({
    config: {
      ...readConfig({ HTTP_API_PORT: String(port) }),
      dataDir: join(dir, "data"),
    },
    logger: silentLogger,
  });
}

function agentOf(apiUrl: string, watchFolder: string, computer = "agent"): Promise<Agent> {
  return startAgent({
    watchFolder,
    stateFolder: join(dir, computer),
    apiUrl,
    agentId: "agent",
    log: silentLogger,
    times: {
      apiBackoff: { initialMs: 50, maxMs: 500 },
      fileBackoff: { initialMs: 50, maxMs: 500 },
      lossLookSpreadMs: 100,
    },
  });
}

async function count(backend: Backend, table: string): Promise<number> {
  return (await backend.pool.query<{ n: number }>(`select count(*) as n from ${table}`)).rows[0]?.n ?? 0;
}

async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 90_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  // While the database is away, asking fails.
  while (!(await holds().catch(() => false))) {
    if (Date.now() > end) throw new Error(`not reached: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("the database is killed while a session is taken in: it comes back by itself, and nothing is lost or doubled", async () => {
  const epu = join(dir, "epu");
  const session = await writeFinishedSession(epu, { squares: 8, holesPerSquare: 60, seed: 5 });
  const backend = await backendAt(0);
  endings.push(() => backend.stop());
  const agent = await agentOf(backend.url ?? "", epu);
  endings.push(() => agent.stop());
  const postmaster = (): number =>
    Number(readFileSync(join(dir, "data", "database", "pgdata", "postmaster.pid"), "utf8").split("\n")[0]);
  let killed = 0;
  for (const atLeast of [1, 200]) {
    // Sessions of a killed server may still answer while it is not there any more.
    await until(
      `${atLeast} holes`,
      async () => postmaster() !== killed && (await count(backend, "foilholes")) >= atLeast,
    );
    killed = postmaster();
    process.kill(killed, "SIGKILL");
  }
  await until(
    "all micrographs",
    async () => (await count(backend, "micrographs")) === session.written.micrographs.size,
  );
  await agent.settled();
  const comparisons = await compareWithDatabase(backend.pool, session.written);
  expect(comparisons.filter((comparison) => !isEqual(comparison))).toEqual([]);
  // Every entity has told of itself exactly once.
  const { rows } = await backend.pool.query(
    "select payload ->> 'uuid' from events where event_type like '%.created' group by 1 having count(*) > 1",
  );
  expect(rows).toEqual([]);
}, 240_000);

test("another computer, without the journal, goes on from what the API has: nothing of it is written or told again", async () => {
  const epu = join(dir, "epu");
  const session = await writeFinishedSession(epu, { squares: 6, holesPerSquare: 60, seed: 6 });
  const backend = await backendAt(0);
  endings.push(() => backend.stop());
  const first = await agentOf(backend.url ?? "", epu, "computer-1");
  await until("some micrographs", async () => (await count(backend, "micrographs")) > 0);
  await first.stop();

  const second = await agentOf(backend.url ?? "", epu, "computer-2");
  await second.settled();
  await second.stop();
  const comparisons = await compareWithDatabase(backend.pool, session.written);
  expect(comparisons.filter((comparison) => !isEqual(comparison))).toEqual([]);
  const created = await backend.pool.query(
    "select payload ->> 'uuid' from events where event_type like '%.created' group by 1 having count(*) > 1",
  );
  expect(created.rows).toEqual([]);

  const tables = [
    "acquisitions",
    "grids",
    "atlases",
    "atlas_tiles",
    "gridsquares",
    "tile_positions",
    "foilholes",
    "micrographs",
  ];
  /** Which transaction wrote each row last, and how many events there are of entities. */
  const state = async () =>
    Promise.all([
      ...tables.map(
        async (table) => (await backend.pool.query(`select ctid, xmin from ${table} order by ctid`)).rows as unknown[],
      ),
      backend.pool
        .query(
          "select count(*) as n from events where event_type ~ '[.](created|updated|changed)$' and event_type not like 'agent%'",
        )
        .then(({ rows }) => rows as unknown[]),
    ]);
  // Squares also tell how far the decisions on them are.
  await until("all squares are decided on", async () => {
    const { rows } = await backend.pool.query(
      "select from decision_requests union all select from gridsquares where status = 'foil holes decision started'",
    );
    return rows.length === 0;
  });
  const before = await state();
  const third = await agentOf(backend.url ?? "", epu, "computer-3");
  endings.push(() => third.stop());
  await third.settled();
  const { entities } = third.status();
  expect(entities.micrograph).toMatchObject({ confirmed: session.written.micrographs.size });
  expect(await state()).toEqual(before);
}, 240_000);

test("the database is restored from a backup of the middle of a session, which has ended since: the agent uploads again what it lacks", async () => {
  const epu = join(dir, "epu");
  mkdirSync(epu);
  const backup = join(dir, "backup.gz");
  let backend = await backendAt(0);
  endings.push(() => backend.stop());
  const port = Number(new URL(backend.url ?? "").port);
  const agent = await agentOf(backend.url ?? "", epu);
  endings.push(() => agent.stop());
  let imaged = 0;
  const session = await writeFinishedSession(epu, {
    squares: 4,
    holesPerSquare: 20,
    seed: 7,
    afterHole: async ({ micrographs }) => {
      if (++imaged !== 30) return;
      await until("what is written", async () => (await count(backend, "micrographs")) === micrographs.size);
      await backUp(backend.pool, backup);
    },
  });
  await until(
    "all micrographs",
    async () => (await count(backend, "micrographs")) === session.written.micrographs.size,
  );
  await agent.settled();
  await backend.stop();

  const embedded = await startEmbeddedPostgres({ dataDir: join(dir, "data", "database") });
  const pool = openPool({ ...embedded, maxConnections: 2 }, silentLogger);
  await restore(pool, backup, { replace: true });
  const kept = (await pool.query<{ n: number }>("select count(*) as n from micrographs")).rows[0]?.n ?? 0;
  await pool.end();
  await embedded.stop();
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(session.written.micrographs.size);

  backend = await backendAt(port);
  await until("all micrographs again", async () => {
    return (await count(backend, "micrographs")) === session.written.micrographs.size;
  });
  await agent.settled();
  const comparisons = await compareWithDatabase(backend.pool, session.written);
  expect(comparisons.filter((comparison) => !isEqual(comparison))).toEqual([]);
}, 240_000);

test("the API is away for long, two sessions share square numbers, files are broken, and a folder is renamed: all is there in the end", async () => {
  const epu = join(dir, "epu");
  const one = await writeFinishedSession(join(epu, "visit-1"), { squares: 2, holesPerSquare: 10, seed: 1 });
  const two = await writeFinishedSession(join(epu, "visit-2"), {
    squares: 2,
    holesPerSquare: 10,
    seed: 1,
    startedAtMs: Date.UTC(2025, 6, 1, 8),
  });
  mkdirSync(join(epu, "visit-1", one.sessionName, "Metadata"), { recursive: true });
  writeFileSync(join(epu, "visit-1", one.sessionName, "Metadata", "GridSquare_99999.dm"), "<GridSquareXml");
  writeFileSync(join(epu, "visit-1", one.sessionName, "Metadata", "GridSquare_99998.dm"), "");
  writeFileSync(
    join(epu, "visit-1", one.sessionName, "Metadata", "GridSquare_99997.dm"),
    '<?xml version="1.0"?><html/>',
  );
  writeFileSync(join(epu, "visit-1", one.sessionName, "Metadata", "GridSquare_99996.dm"), "");
  truncateSync(join(epu, "visit-1", one.sessionName, "Metadata", "GridSquare_99996.dm"), 300 * 2 ** 20);

  // A port that nobody listens on yet.
  const probe = await backendAt(0);
  const port = Number(new URL(probe.url ?? "").port);
  await probe.stop();
  const agent = await agentOf(`http://127.0.0.1:${port}`, epu);
  endings.push(() => agent.stop());
  await until("failed attempts", async () => JSON.stringify(await agent.status()).includes("99999"));
  const backend = await backendAt(port);
  endings.push(() => backend.stop());
  const expected = one.written.micrographs.size + two.written.micrographs.size;
  await until("all micrographs", async () => (await count(backend, "micrographs")) === expected);
  renameSync(join(epu, "visit-2"), join(epu, "visit-2-renamed"));
  await agent.settled();
  expect(await count(backend, "acquisitions")).toBe(2);
  expect(await count(backend, "micrographs")).toBe(expected);
  expect(await count(backend, "foilholes")).toBe(one.written.foilHoles.size + two.written.foilHoles.size);
  const status = JSON.stringify(await agent.status());
  for (const broken of ["99999", "99998", "99997", "99996"]) expect(status).toContain(`GridSquare_${broken}.dm`);
}, 240_000);
