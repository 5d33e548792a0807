import { silentLogger } from "@smartem/common/logging";
import { Kysely, PostgresDialect } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as legaciesMigration from "../database/migrations/0100-decision-legacies.js";
import * as imagedMigration from "../database/migrations/0198-imaged-legacies.js";
import { type BackendForTests, eventually, startBackendForTests } from "../testing/backend-for-tests.js";
import { startDecisionWorker } from "./worker.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

type Row = Record<string, unknown>;
interface Summary {
  readonly time_left_min: number;
  readonly time_elsewhere_min: number;
  readonly planned_minutes: number;
  readonly price_per_minute: number;
  readonly imaged_until: string | null;
}
const HOLES = 60;
const START = Date.UTC(2026, 0, 1, 8);

/** A session of two grids, each with a square of 60 holes; a model thinks as well of them as said. */
async function session(prefix: string, scores: readonly [number, number]): Promise<void> {
  await at.request("POST", "/ingest", {
    acquisitions: [{ uuid: `${prefix}-a`, name: prefix, start_time: new Date(START).toISOString() }],
    grids: [0, 1].map((g) => ({ uuid: `${prefix}-g${g}`, acquisition_uuid: `${prefix}-a`, name: `grid ${g}` })),
    gridsquares: [0, 1].map((g) => ({ uuid: `${prefix}-s${g}`, grid_uuid: `${prefix}-g${g}`, gridsquare_id: `${g}` })),
    foilholes: [0, 1].flatMap((g) =>
      Array.from({ length: HOLES }, (_, n) => ({
        uuid: `${prefix}-${g}h${n}`,
        gridsquare_uuid: `${prefix}-s${g}`,
        gridsquare_id: `${g}`,
        foilhole_id: `${1000 * g + n}`,
        x_stage_position: (n % 10) * 2e-6,
        y_stage_position: Math.floor(n / 10) * 2e-6,
      })),
    ),
  });
  await at.request("PUT", `/acquisitions/${prefix}-a/decision_settings`, {
    session_duration_min: 90,
    costs_min: { hole: 1, cluster: 2, square: 6, grid: 8 },
  });
  await at.request(
    "POST",
    "/events",
    scores.flatMap((score, g) =>
      Array.from({ length: HOLES }, (_, n) => ({
        event_type: "foilhole.model_prediction",
        foilhole_uuid: `${prefix}-${g}h${n}`,
        prediction_model_name: "model",
        prediction_value: Math.min(0.99, Math.max(0.01, score + ((n % 10) - 4.5) * 0.02)),
      })),
    ),
  );
  await at.settled();
}

/** A micrograph of a hole of a grid, so many minutes after the start. */
async function image(prefix: string, grid: number, hole: number, minute: number): Promise<void> {
  await at.request("POST", "/ingest", { micrographs: [micrograph(prefix, grid, hole, minute)] });
  await at.settled();
}

function micrograph(prefix: string, grid: number, hole: number, minute: number) {
  return {
    uuid: `${prefix}-${grid}m${hole}`,
    foilhole_uuid: `${prefix}-${grid}h${hole}`,
    foilhole_id: `${1000 * grid + hole}`,
    micrograph_id: `${prefix}-${grid}-${hole}`,
    manifest_file: `FoilHole_${1000 * grid + hole}_Data_1_1_20260101_080000.xml`,
    acquisition_datetime: new Date(START + minute * 60_000).toISOString(),
  };
}

/** The summary of a decision that was made now. */
async function decided(prefix: string, grid: number): Promise<Summary> {
  await at.request("POST", "/events", { event_type: "refresh.predictions", grid_uuid: `${prefix}-g${grid}` });
  await at.settled();
  return lastDecision(prefix, grid);
}

async function lastDecision(prefix: string, grid: number): Promise<Summary> {
  const { body } = await at.request("GET", `/grids/${prefix}-g${grid}/plan`);
  return (body as { decision: { summary: Summary } }).decision.summary;
}

test("grids of a session share the time that is left, at about the same price of a minute", async () => {
  await session("even", [0.7, 0.7]);
  const first = await decided("even", 0);
  const second = await decided("even", 1);
  expect(first.time_left_min).toBe(90);
  expect(first.time_elsewhere_min).toBeGreaterThan(20);
  expect(second.time_elsewhere_min).toBeGreaterThan(20);
  expect(first.planned_minutes + second.planned_minutes).toBeGreaterThan(70);
  expect(first.planned_minutes + second.planned_minutes).toBeLessThan(100);
  expect(first.price_per_minute / second.price_per_minute).toBeGreaterThan(0.8);
  expect(first.price_per_minute / second.price_per_minute).toBeLessThan(1.25);
});

test("a grid that promises little gets what the better one leaves over", async () => {
  await session("uneven", [0.9, 0.15]);
  const good = await decided("uneven", 0);
  const poor = await decided("uneven", 1);
  expect(good.time_elsewhere_min).toBeLessThan(25);
  expect(good.planned_minutes).toBeGreaterThan(60);
  expect(poor.time_elsewhere_min).toBeGreaterThan(60);
  expect(poor.planned_minutes).toBeLessThan(25);
});

test("the session's clock counts on all its grids; a grid that the microscope has left keeps no time", async () => {
  await session("course", [0.7, 0.7]);
  await image("course", 0, 0, 10);
  await image("course", 0, 1, 30);
  const ahead = await decided("course", 1);
  // The first grid has used 30 of the 90 minutes, and wants some of the rest.
  expect(ahead.time_left_min).toBe(60);
  expect(ahead.time_elsewhere_min).toBeGreaterThan(10);
  await image("course", 1, 0, 40);
  const now = await decided("course", 1);
  expect(now.time_left_min).toBe(50);
  expect(now.time_elsewhere_min).toBe(0);
  // Should anybody go back, it is for what the grid now worked on does not use.
  const left = await decided("course", 0);
  expect(left.time_left_min).toBe(50);
  expect(left.time_elsewhere_min).toBeGreaterThan(10);
});

test("a micrograph from years ahead neither ends the session nor is where the microscope is", async () => {
  await session("ahead", [0.7, 0.7]);
  for (const [hole, minute] of [10, 20, 30].entries()) await image("ahead", 0, hole, minute);
  await image("ahead", 0, 3, 5_000_000);
  const decision = await decided("ahead", 0);
  expect(decision.time_left_min).toBe(60);
  expect(decision.imaged_until).toBe(new Date(START + 30 * 60_000).toISOString());
});

test("while one grid takes time, the plans of those that are to come are made anew, and nobody asks in turns", async () => {
  await session("behind", [0.7, 0.7]);
  const before = await decided("behind", 1);
  expect(before.time_left_min).toBe(90);
  await image("behind", 0, 0, 5);
  expect((await lastDecision("behind", 1)).time_left_min).toBe(90);
  await image("behind", 0, 1, 40);
  const after = await lastDecision("behind", 1);
  expect(after.time_left_min).toBe(50);
  expect(after.planned_minutes).toBeLessThan(before.planned_minutes);
  // Neither the grid that is completed nor the one that was left wants a plan again.
  await at.request("PUT", "/grids/behind-g1", { status: "grid squares decision completed" });
  await at.settled();
  await image("behind", 0, 2, 60);
  expect((await lastDecision("behind", 1)).time_left_min).toBe(50);
});

test("a grid that is completed, or has no decision yet, keeps no time from the others", async () => {
  await session("done", [0.7, 0.7]);
  expect((await decided("done", 0)).time_elsewhere_min).toBeGreaterThan(10);
  await at.request("PUT", "/grids/done-g1", { status: "grid squares decision completed" });
  expect((await decided("done", 0)).time_elsewhere_min).toBe(0);
  await at.request("PUT", "/grids/done-g1", { status: "scan started" });
  await at.settled();
  await at.rows("delete from decision_legacies where grid_uuid = 'done-g1'");
  const alone = await decided("done", 0);
  expect(alone.time_elsewhere_min).toBe(0);
  expect(alone.planned_minutes).toBeGreaterThan(60);
});

test("a grid that was completed keeps time from the others as soon as there is something to do on it again", async () => {
  await session("resumed", [0.7, 0.7]);
  await at.request("POST", "/ingest", {
    gridsquares: [{ uuid: "resumed-s2", grid_uuid: "resumed-g0", gridsquare_id: "2", selected: false }],
    foilholes: Array.from({ length: 20 }, (_, n) => ({
      uuid: `resumed-2h${n}`,
      gridsquare_uuid: "resumed-s2",
      gridsquare_id: "2",
      foilhole_id: `${2000 + n}`,
      x_stage_position: 1e-4 + (n % 10) * 2e-6,
      y_stage_position: Math.floor(n / 10) * 2e-6,
    })),
    micrographs: Array.from({ length: HOLES }, (_, n) => micrograph("resumed", 0, n, n / 2)),
  });
  await at.request(
    "POST",
    "/events",
    Array.from({ length: 20 }, (_, n) => ({
      event_type: "foilhole.model_prediction",
      foilhole_uuid: `resumed-2h${n}`,
      prediction_model_name: "model",
      prediction_value: 0.9,
    })),
  );
  await at.settled();
  const status = async () => ((await at.request("GET", "/grids/resumed-g0")).body as Row).status;
  expect(await status()).toBe("grid squares decision completed");
  expect((await decided("resumed", 1)).time_elsewhere_min).toBe(0);
  await at.request("PUT", "/gridsquares/resumed-s2", { selected: true });
  await at.settled();
  expect(await status()).toBe("grid squares decision started");
  expect((await decided("resumed", 1)).time_elsewhere_min).toBeGreaterThan(10);
});

test("a decision that shared its time replays to the bit and says so in words", async () => {
  await session("replay", [0.7, 0.7]);
  await at.request("POST", "/agent/agent/sessions", { session_id: "replay-session", acquisition_uuid: "replay-a" });
  await at.request("PUT", "/acquisitions/replay-a/decision_settings", { mode: "automatic" });
  await at.settled();
  const decisions = (await at.request("GET", "/grids/replay-g0/decisions")).body as Row[];
  const told = decisions.find(({ replayable }) => replayable === true);
  const { body } = await at.request("GET", `/grids/replay-g0/decisions/${String(told?.id)}/replay`);
  expect(body).toMatchObject({
    identical: true,
    explanation: expect.stringMatching(/\d+ min are better spent on other grids\.$/),
  });
});

test("who tells when a session ends, or on which instrument it is, has it planned anew", async () => {
  await session("told", [0.7, 0.7]);
  await at.settled();
  expect((await lastDecision("told", 0)).time_left_min).toBe(90);
  await at.request("PUT", "/acquisitions/told-a", { planned_end_time: new Date(START + 40 * 60_000).toISOString() });
  await at.settled();
  expect((await lastDecision("told", 0)).time_left_min).toBe(40);
  await at.request("PUT", "/instruments/Krios%208/quality_limits", { ctfmaxresolution: 3 });
  await at.request("PUT", "/acquisitions/told-a", { instrument_id: "Krios 8" });
  await at.settled();
  expect(await lastDecision("told", 1)).toMatchObject({ limits: { ctfmaxresolution: 3 } });
});

test("what the newest grid with results has taught is carried to the next, of the same session or the next one of the instrument", async () => {
  const weights = async (prefix: string, grid: number) => {
    const { models } = (await decided(prefix, grid)) as unknown as { models: { name: string; weight: number }[] };
    return Object.fromEntries(models.map(({ name, weight }) => [name, weight]));
  };
  const otherModel = (prefix: string, grid: number) =>
    at.request(
      "POST",
      "/events",
      Array.from({ length: HOLES }, (_, n) => ({
        event_type: "foilhole.model_prediction",
        foilhole_uuid: `${prefix}-${grid}h${n}`,
        prediction_model_name: "other",
        prediction_value: 0.5 - ((n % 10) - 4.5) * 0.05,
      })),
    );
  await session("taught", [0.5, 0.5]);
  await at.request("PUT", "/acquisitions/taught-a", { instrument_id: "Krios 7" });
  for (const grid of [0, 1]) await otherModel("taught", grid);
  expect((await weights("taught", 1)).model).toBeCloseTo(0.5);
  // The other model is right of the first grid, and the second one is never imaged.
  for (let hole = 0; hole < 40; hole++) await image("taught", 0, hole, hole);
  await at.request(
    "POST",
    "/events",
    Array.from({ length: 40 }, (_, hole) => ({
      event_type: "ctf.completed",
      micrograph_uuid: `taught-0m${hole}`,
      ctf_max_resolution_estimate: hole % 10 < 5 ? 3 : 12,
    })),
  );
  await at.settled();
  const learned = (await weights("taught", 0)).model ?? 1;
  expect(learned).toBeLessThan(0.3);
  expect((await weights("taught", 1)).model).toBeLessThan(0.4);

  await session("next", [0.5, 0.5]);
  await at.request("PUT", "/acquisitions/next-a", { instrument_id: "Krios 7", start_time: "2026-01-02T08:00:00Z" });
  await otherModel("next", 0);
  await at.settled();
  expect((await weights("next", 0)).model).toBeLessThan(0.4);
});

test("what decisions leave for later ones survives the way back to the older schema and forth again", async () => {
  await session("schema", [0.7, 0.7]);
  await decided("schema", 0);
  const kept = () => at.rows<Row>("select * from decision_legacies order by grid_uuid");
  const before = await kept();
  expect(before.find(({ grid_uuid }) => grid_uuid === "schema-g0")).toMatchObject({ time_left_min: 90 });
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: at.backend.pool }) });
  await imagedMigration.down(database);
  await legaciesMigration.down(database);
  const inDecisions = "select grid_uuid from decisions where summary ? 'legacy' order by 1";
  expect(await at.rows(inDecisions)).toEqual(before.map(({ grid_uuid }) => ({ grid_uuid })));
  await legaciesMigration.up(database);
  await imagedMigration.up(database);
  expect(await kept()).toEqual(before);
  expect(await at.rows(inDecisions)).toEqual([]);
});

test("a microscope is told of one of its grids at a time, first of the one that it works on", async () => {
  const own = await startBackendForTests("embedded", {
    decisions: { defaultMode: "observe", planIntervalMs: 0, instructionIntervalMs: 1_500 },
  });
  const shared = at;
  at = own;
  try {
    await session("turns", [0.7, 0.7]);
    await image("turns", 1, 0, 1);
    await at.request("PUT", "/acquisitions/turns-a/decision_settings", { mode: "automatic" });
    await at.settled();
    await at.request("POST", "/agent/agent/sessions", { session_id: "turns-session", acquisition_uuid: "turns-a" });
    const told = () =>
      at.rows<{ grid_uuid: string; at: Date; ms: number }>(
        `select grid_uuid, extract(epoch from min(told_at) - min(min(told_at)) over ()) * 1000 as ms
         from told_plans group by grid_uuid order by min(told_at)`,
      );
    const rows = await eventually(told, (seen) => seen.length === 2);
    expect(rows.map(({ grid_uuid }) => grid_uuid)).toEqual(["turns-g1", "turns-g0"]);
    expect(Number(rows[1]?.ms)).toBeGreaterThanOrEqual(1_500);
  } finally {
    at = shared;
    await own.stop();
  }
});

test.each(["the mode was changed", "the session went on"])(
  "a decision on one grid that began before %s leaves alone what another grid was told since",
  async (what) => {
    const prefix = what === "the mode was changed" ? "mode-since" : "on-since";
    await session(prefix, [0.7, 0.7]);
    const acquisition = `/acquisitions/${prefix}-a`;
    if (prefix === "on-since") {
      await at.request("PUT", `${acquisition}/decision_settings`, { mode: "automatic" });
      await at.request("PUT", acquisition, { status: "completed" });
      await at.settled();
    }
    await at.request("POST", "/agent/agent/sessions", {
      session_id: `${prefix}-session`,
      acquisition_uuid: `${prefix}-a`,
    });
    await at.settled();
    const told = (): Promise<{ status: string }[]> =>
      at.rows("select i.status from told_plans t join instructions i using (instruction_id) where t.grid_uuid = $1", [
        `${prefix}-g1`,
      ]);
    expect(await told()).toEqual([]);
    const client = await at.backend.pool.connect();
    let second: ReturnType<typeof startDecisionWorker> | undefined;
    try {
      await client.query("begin");
      await client.query("select from square_plans where grid_uuid = $1 for update", [`${prefix}-g0`]);
      await at.request("POST", "/events", { event_type: "refresh.predictions", grid_uuid: `${prefix}-g0` });
      // It knows all that it goes by, and waits to store its plan.
      await eventually(
        () =>
          at.rows(
            "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into square_plans%'",
          ),
        (waiting) => waiting.length === 1,
      );
      if (prefix === "on-since")
        await at.rows("update acquisitions set status = 'started' where uuid = $1", [`${prefix}-a`]);
      else await at.request("PUT", `${acquisition}/decision_settings`, { mode: "automatic" });
      await at.request("POST", "/events", { event_type: "refresh.predictions", grid_uuid: `${prefix}-g1` });
      second = startDecisionWorker({
        pool: at.backend.pool,
        notifications: { subscribe: () => () => undefined, close: () => Promise.resolve() },
        logger: silentLogger,
        defaultMode: "observe",
        planIntervalMs: 0,
        instructionIntervalMs: 0,
      });
      await eventually(told, (orders) => orders.length > 0);
      await client.query("commit");
    } finally {
      client.release();
      await second?.stop();
    }
    await at.settled();
    expect([...new Set((await told()).map(({ status }) => status))]).toEqual(["pending"]);
  },
);
