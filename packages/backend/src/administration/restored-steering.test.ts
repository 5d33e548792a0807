import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@smartem/common/logging";
import { Kysely, PostgresDialect } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPool } from "../database/connection.js";
import * as restorations from "../database/migrations/0264-restorations.js";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { backUp, restore } from "./backup.js";

let at: BackendForTests;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "smartem-restored-"));
  chmodSync(dir, 0o755);
  at = await startBackendForTests();
});
afterAll(async () => {
  await at.stop();
  rmSync(dir, { recursive: true, force: true });
});

interface Instruction {
  readonly instruction_id: string;
  readonly instruction_type: string;
  readonly status: string;
  readonly payload: { readonly foilhole_ids?: string[]; readonly skip_foilhole_ids?: string[] };
}

const base = smallSession("r", 30, 3);
const hole = (n: number, selected: boolean) => ({ ...base.foilholes[n], selected });
/** Another square, with ten holes, whose image was taken then. */
const square = (n: number, acquisition_datetime: string, selected: boolean) => ({
  gridsquares: [{ uuid: `r-s${n}`, grid_uuid: "r-g", gridsquare_id: String(n), acquisition_datetime, selected: true }],
  foilholes: base.foilholes.slice(0, 10).map((each, at) => ({
    ...each,
    uuid: `r-${n}k${at}`,
    gridsquare_uuid: `r-s${n}`,
    gridsquare_id: String(n),
    foilhole_id: String(1000 * n + at),
    selected,
  })),
});

const ingest = async (body: unknown): Promise<void> => {
  expect((await at.request("POST", "/ingest", body)).status).toBe(200);
  await at.settled();
};
const registered = async (path: string): Promise<void> => {
  expect((await at.request("POST", `${path}/registered`)).status).toBe(200);
  await at.settled();
};
const instructions = async (): Promise<Instruction[]> => {
  await at.settled();
  return (await at.request("GET", "/instructions?session_id=r-session")).body as Instruction[];
};
/** The holes of a square that are in the plan. */
const planned = async (gridsquare: string): Promise<Set<string>> => {
  await at.settled();
  const { body } = await at.request("GET", `/gridsquare/${gridsquare}/overall_prediction`);
  const rows = body as { foilhole_uuid: string; suggested_acquisition_index: number }[];
  return new Set(rows.filter((row) => row.suggested_acquisition_index > 0).map((row) => row.foilhole_uuid));
};

async function restoreFrom(file: string): Promise<void> {
  await at.backend.stop();
  const pool = openPool({ ...at.database, maxConnections: 3 }, silentLogger);
  // The server takes a moment to notice that a connection has ended.
  await eventually(
    () =>
      pool.query(
        `select from pg_stat_activity
         where datname = current_database() and application_name = 'smartem' and pid <> pg_backend_pid()`,
      ),
    ({ rowCount }) => rowCount === 0,
  );
  await restore(pool, file, { replace: true });
  await pool.end();
  await at.restart();
}

test("what was skipped since the backup is no operator's word after its restoration, and everything is told anew", async () => {
  const [first] = base.gridsquares;
  await ingest({
    ...base,
    gridsquares: [{ ...first, acquisition_datetime: "2026-01-01T08:00:00Z", selected: true }],
    foilholes: base.foilholes.map((_, n) => hole(n, n !== 9)),
  });
  await registered("/gridsquares/r-s");
  await registered("/grids/r-g");
  await at.request("POST", "/agent/agent/sessions", { session_id: "r-session", acquisition_uuid: "r-a" });
  await at.request("PUT", "/acquisitions/r-a/decision_settings", { mode: "automatic", session_duration_min: 100_000 });
  const open = await instructions();
  expect(open.map(({ status }) => status)).toEqual(["pending", "pending"]);
  const file = join(dir, "backup.gz");
  await backUp(at.backend.pool, file);

  // What is lost: a hole is skipped, and EPU does as it is told; so it is with all holes of a square that is found then.
  await at.request("PUT", "/foilholes/r-h20/choice", { choice: "locked" });
  expect((await instructions()).flatMap(({ payload }) => payload.skip_foilhole_ids ?? [])).toContain("120");
  await restoreFrom(file);
  expect((await instructions()).map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);

  await ingest({ foilholes: [hole(20, false)] });
  await ingest(square(2, "2026-01-01T09:00:00Z", false));
  expect(await planned("r-s")).toContain("r-h20");
  // That was known in the backup.
  expect(await planned("r-s")).not.toContain("r-h9");
  expect((await planned("r-s2")).size).toBe(10);
  await ingest({ gridsquares: [{ ...first, selected: false }] });
  expect((await planned("r-s")).size).toBe(26);
  const again = (await instructions()).filter(({ status }) => status === "pending");
  expect(again.map(({ instruction_type }) => instruction_type)).toContain("microscope.control.reorder_gridsquares");
  expect(again.flatMap(({ payload }) => payload.foilhole_ids ?? [])).toEqual(
    expect.arrayContaining(["104", "120", "2000"]),
  );

  // From then on who deselects something is an operator; so is who does in what was looked at since.
  for (const path of ["/gridsquares/r-s", "/gridsquares/r-s2", "/grids/r-g"]) await registered(path);
  await ingest({ foilholes: [hole(21, false)] });
  expect(await planned("r-s")).not.toContain("r-h21");
  expect(await planned("r-s")).toContain("r-h20");
  await ingest(square(3, "2126-01-01T09:00:00Z", false));
  expect((await planned("r-s3")).size).toBe(0);
  // Selected again and deselected, by somebody, it is not ours either.
  await ingest({ foilholes: [hole(20, true)] });
  await ingest({ foilholes: [hole(20, false)] });
  expect(await planned("r-s")).not.toContain("r-h20");
});

test("a backup of a restored database can be restored, and its schema goes back and forth", async () => {
  const file = join(dir, "restored.gz");
  await backUp(at.backend.pool, file);
  await restoreFrom(file);
  expect(await at.rows("select restored_at > now() - interval '1 hour' as recent from database_identity")).toEqual([
    { recent: true },
  ]);
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: at.backend.pool }) });
  await restorations.down(database);
  // Nothing is decided meanwhile.
  expect((await at.request("POST", "/ingest", { foilholes: [hole(22, false)] })).status).toBeLessThan(300);
  await eventually(
    () => at.rows("select from foilholes where uuid = 'r-h22' and selected is false"),
    (seen) => seen.length === 1,
  );
  await restorations.up(database);
  await at.settled();
  expect(await planned("r-s")).not.toContain("r-h22");
  await ingest({ foilholes: [hole(23, false)] });
  expect(await planned("r-s")).not.toContain("r-h23");
});
