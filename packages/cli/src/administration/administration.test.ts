import { chmodSync, mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPool, transaction } from "@smartem/backend/database/connection";
import { migrateWithin, migrationStatus } from "@smartem/backend/database/migrate";
import { type BackendForTests, smallSession, startBackendForTests } from "@smartem/backend/testing/backend-for-tests";
import { createTestDatabase, type TestDatabase } from "@smartem/backend/testing/postgres-for-tests";
import { startTcpProxy } from "@smartem/backend/testing/tcp-proxy";
import { silentLogger } from "@smartem/common/logging";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../testing/command.js";

type Json = Record<string, unknown>;

let at: BackendForTests;
let dir: string;
beforeAll(async () => {
  at = await startBackendForTests();
  dir = mkdtempSync(join(tmpdir(), "smartem-administration-"));
  chmodSync(dir, 0o755);
  await at.request("POST", "/ingest", smallSession("cli", 3));
});
afterAll(async () => {
  await at.stop();
  rmSync(dir, { recursive: true, force: true });
});

const environmentOf = (database: TestDatabase): Record<string, string> => ({
  POSTGRES_HOST: database.host,
  POSTGRES_PORT: String(database.port),
  POSTGRES_DB: database.database,
  POSTGRES_USER: database.user,
  POSTGRES_PASSWORD: database.password,
  NO_COLOR: "1",
});

async function run(
  name: "smartem" | `smartem.${string}`,
  args: readonly string[],
  code = 0,
  database: TestDatabase = at.database,
): Promise<string> {
  const ended = await runCommand(name, args, environmentOf(database)).ended;
  expect(ended, `${name} ${args.join(" ")}: ${ended.output}`).toMatchObject({ code });
  return ended.output;
}
const json = async <T = Json>(name: "smartem" | `smartem.${string}`, args: readonly string[], code = 0): Promise<T> =>
  JSON.parse(await run(name, [...args, "--json"], code)) as T;

test("dead letters are listed, shown, retried and dropped as a person does it", async () => {
  await at.request("POST", "/events", [{ event_type: "no.such.type" }, { event_type: "ctf.completed" }]);
  expect(await json("smartem", ["queue", "status"])).toMatchObject({ dead: 2, ready: 0 });
  const list = await json<{ id: number }[]>("smartem", ["queue", "dead-letters", "list"]);
  expect(list).toHaveLength(2);
  const shown = await run("smartem", ["queue", "dead-letters", "show", String(list[0]?.id)]);
  expect(shown).toContain("no.such.type");
  expect(await run("smartem", ["queue", "dead-letters", "retry", String(list[0]?.id)], 1)).toBe(
    "0 retried, 1 refused\n",
  );
  expect(await run("smartem", ["queue", "dead-letters", "drop"], 1)).toContain("--all");
  expect(await run("smartem", ["queue", "dead-letters", "drop", "--all"])).toBe("2 dropped\n");
});

test("models are registered and weighed, and simulated messages take their way", async () => {
  expect(await json("smartem.register-prediction-model", ["noise", "nothing at all", "--can-train"])).toEqual({
    name: "noise",
    created: true,
  });
  expect(await run("smartem.register-prediction-model", ["noise"])).toContain("known already");
  expect((await at.request("GET", "/prediction_models/noise")).body).toMatchObject({
    description: "nothing at all",
    can_train: true,
    can_infer: true,
  });
  await run("smartem.init-model-weight", ["cli-g", "noise", "--weight", "0.25"]);
  expect((await at.request("GET", "/grid/cli-g/model_weights")).body).toMatchObject({ noise: [{ weight: 0.25 }] });
  expect(
    await at.rows("select payload from events where event_type = 'weights.changed' and grid_uuid = 'cli-g'"),
  ).toEqual([
    {
      payload: {
        ...{ grid_uuid: "cli-g", acquisition_uuid: "cli-a", micrograph_uuid: null },
        weights: [{ prediction_model_name: "noise", metric_name: null, weight: 0.25, weight_sd: null }],
      },
    },
  ]);
  expect(await run("smartem.init-model-weight", ["cli-g", "unknown"], 1)).toContain("register-prediction-model");
  expect(await run("smartem.random-model-predictions", ["cli-g", "noise", "--seed", "3"])).toContain("3 random");
  expect(await json("smartem", ["random-prior-updates", "cli-g", "--good", "1"])).toMatchObject({ micrographs: 3 });
});

test("models and grids are also named as in the original, and never guessed", async () => {
  await run("smartem.register-prediction-model", ["resnet"]);
  const weight = async (args: readonly string[]): Promise<Json> => json("smartem.init-model-weight", args);
  expect(await weight(["resnet", "0.75", "--grid-uuid", "cli-g"])).toMatchObject({ grid: "cli-g", weight: 0.75 });
  // There is one grid.
  expect(await weight(["resnet", "0.5"])).toMatchObject({ grid: "cli-g", model: "resnet", weight: 0.5 });
  expect(await at.rows("select weight from model_weights where prediction_model_name = 'resnet' order by id")).toEqual([
    { weight: 0.75 },
    { weight: 0.5 },
  ]);

  const predictions = ["resnet", "--grid-uuid", "cli-g", "--level", "hole", "--random-range", "0.2", "0.3"];
  expect(await json("smartem.random-model-predictions", predictions)).toMatchObject({ level: "foilhole", sent: 3 });
  // Behind the two numbers, what follows is an argument again.
  const squares = ["random-model-predictions", "--level", "square", "--random-range", "0.2", "0.3", "resnet"];
  expect(await json("smartem", squares)).toMatchObject({ grid: "cli-g", level: "gridsquare", sent: 1 });
  await at.settled();
  const between = "prediction_model_name = 'resnet' and value between 0.2 and 0.3";
  expect(await at.rows(`select from quality_predictions where ${between}`)).toHaveLength(4);

  await at.request("POST", "/ingest", smallSession("updates", 2));
  const updates = ["--grid-uuid", "updates-g", "--random-range", "0", "0.4", "--metric", "ctfmaxresolution"];
  expect(await json("smartem.random-prior-updates", updates)).toMatchObject({ grid: "updates-g", micrographs: 2 });
  await at.settled();
  expect(
    await at.rows(
      `select from micrographs where grid_uuid = 'updates-g' and ctf_max_resolution_estimate < 6 and total_motion is null`,
    ),
  ).toHaveLength(2);

  // Usage errors end with 1 as everywhere here.
  const refused: readonly (readonly [string, readonly string[], string])[] = [
    ["init-model-weight", ["resnet", "0.5"], "several grids"],
    ["init-model-weight", ["nobody", "0.5"], "neither a known grid nor a registered model"],
    ["init-model-weight", ["nobody", "0.5", "--grid-uuid", "cli-g"], "nobody not found"],
    ["init-model-weight", ["resnet", "much", "--grid-uuid", "cli-g"], "no weight"],
    ["init-model-weight", ["resnet", "0.5", "--weight", "1", "--grid-uuid", "cli-g"], "given twice"],
    ["random-model-predictions", ["nobody", "--grid-uuid", "cli-g"], "neither a known grid nor a registered model"],
    ["random-model-predictions", ["cli-g"], "no model is named"],
    ["random-model-predictions", ["cli-g", "resnet", "--grid-uuid", "cli-g"], "named twice"],
    ["random-model-predictions", ["resnet", "cli-g"], "is a model, no grid"],
    ["random-model-predictions", ["resnet", "--random-range", "0.2", "--level", "hole"], "two numbers"],
    ["random-prior-updates", [], "several grids"],
    ["random-prior-updates", ["cli-g", "--grid-uuid", "cli-g"], "named twice"],
    ["random-prior-updates", ["cli-g", "--good", "1", "--random-range", "0", "1"], "cannot be used with"],
  ];
  for (const [name, args, reason] of refused) expect(await run(`smartem.${name}`, args, 1)).toContain(reason);

  await run("smartem.register-prediction-model", ["updates-g"]);
  expect(await run("smartem.init-model-weight", ["updates-g", "0.5"], 1)).toContain("both a grid and a model");
  await at.request("DELETE", "/acquisitions/updates-a");
});

test("agents' left-overs are counted, and cleaned up by either policy", async () => {
  await at.request("POST", "/agent/cleaner/sessions", { session_id: "clean", experimental_parameters: { a: 1 } });
  await at.request("POST", "/agent/cleaner/sessions/clean/close", {});
  await at.rows("update agent_sessions set ended_at = now() - interval '20 days' where session_id = 'clean'");
  expect(await json("smartem.agent-cleanup", ["--operation=stats"])).toMatchObject({ sessions_completed: 1 });
  const development = ["--operation=sessions", "--policy=development"];
  expect(await json("smartem.agent-cleanup", [...development, "--dry-run"])).toMatchObject({ sessions_archived: 1 });
  expect(await run("smartem", ["agent-cleanup", ...development])).toMatch(/sessions archived +1/);
  expect(await run("smartem.agent-cleanup", ["--operation=everything"], 1)).toContain("Allowed choices");
});

describe("the database", () => {
  test("is described, backed up while the backend runs, and restored elsewhere", async () => {
    expect(await json("smartem", ["db", "status"])).toMatchObject({ kind: "external", migrations_pending: [] });
    const totals = await json<{ table: string; rows: number }[]>("smartem", ["db", "totals"]);
    expect(totals.find(({ table }) => table === "foilholes")).toMatchObject({ rows: 3 });
    expect(await run("smartem", ["db", "duplicates"])).toBe("No duplicates.\n");
    const file = join(dir, "backup.gz");
    expect(await run("smartem", ["db", "backup", file])).toMatch(/Wrote \d+ rows of \d+ tables/);
    const other = await createTestDatabase();
    try {
      expect(await run("smartem", ["db", "status"], 1, other)).toContain("0001-initial");
      expect(await run("smartem", ["db", "restore", file], 0, other)).toContain("Restored");
      expect(await run("smartem", ["db", "restore", file], 1, other)).toContain("--replace");
      expect(await run("smartem", ["db", "totals"], 0, other)).toMatch(/foilholes +3 /);
      truncateSync(file, statSync(file).size - 100);
      expect(await run("smartem", ["db", "restore", file, "--replace"], 1, other)).toContain("can't be restored");
      expect(await run("smartem", ["db", "totals"], 0, other)).toMatch(/foilholes +3 /);
    } finally {
      await other.drop();
    }
  });

  test("of an earlier version is migrated by no command but the one that says so, and of a later one is said to be", async () => {
    const earlier = await createTestDatabase();
    const pool = openPool({ ...earlier, maxConnections: 2 }, silentLogger);
    try {
      await transaction(pool, (tx) => migrateWithin(tx, "0205-database-identity"));
      for (const command of ["queue status", "queue dead-letters list", "db duplicates", "agent-cleanup --dry-run"]) {
        expect(await run("smartem", command.split(" "), 1, earlier), command).toContain("smartem db migrate");
      }
      expect(await run("smartem", ["db", "totals"], 0, earlier)).toMatch(/grids +0 /);
      expect((await migrationStatus(pool)).done.at(-1)).toBe("0205-database-identity");
      expect(await run("smartem", ["db", "migrate"], 0, earlier)).toContain("Migrated: 0210-grids-of-micrographs");
      expect(await run("smartem", ["queue", "status"], 0, earlier)).toContain("ready 0");
      await pool.query("insert into kysely_migration values ('9990-later', now()::text)");
      expect(await run("smartem", ["db", "status"], 1, earlier)).toMatch(/9990-later\n(.*\n)+Of a later version/);
    } finally {
      await pool.end();
      await earlier.drop();
    }
  });

  test("embedded, is made and looked at without a backend, and beside one", async () => {
    const options = ["--data-dir", join(dir, "embedded")];
    const environment = { POSTGRES_HOST: "" };
    const migrated = await runCommand("smartem", ["db", "migrate", ...options], environment).ended;
    expect(migrated).toMatchObject({ code: 0, output: expect.stringContaining("Migrated: 0001-initial") });
    const serving = runCommand("smartem", ["serve", "--port", "0"], {
      ...environment,
      SMARTEM_DATA_DIR: join(dir, "embedded"),
      // Taken: what the command line says goes before it.
      HTTP_API_PORT: new URL(at.url).port,
    });
    try {
      await serving.printed(/"msg":"ready"/);
      const beside = await runCommand("smartem", ["db", "status", "--json", ...options], environment).ended;
      expect(JSON.parse(beside.output)).toMatchObject({ kind: "embedded", migrations_pending: [] });
    } finally {
      serving.child.kill("SIGTERM");
      await serving.ended;
    }
  });
});

test("`serve` ends at SIGTERM, though the network to its database is half-open", async () => {
  const net = await startTcpProxy(at.database.host, at.database.port);
  const serving = runCommand("smartem", ["serve", "--port", "0"], {
    ...environmentOf(at.database),
    POSTGRES_HOST: "127.0.0.1",
    POSTGRES_PORT: String(net.port),
  });
  try {
    await serving.printed(/"msg":"ready"/);
    net.hold();
    serving.child.kill("SIGTERM");
    const { code, output } = await serving.ended;
    expect(output).toContain("did not end in time");
    expect(code).toBe(0);
  } finally {
    serving.child.kill("SIGKILL");
    await net.close();
  }
});

test("programs of their own print their own name", async () => {
  expect(await run("smartem.agent-cleanup", ["--help"])).toMatch(/^Usage: smartem.agent-cleanup/);
});
