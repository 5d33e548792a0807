import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

type Row = Record<string, unknown>;
interface Summary {
  readonly results: number;
  readonly good_share: number | null;
  readonly time_left_min: number;
  readonly planned_holes: number;
  readonly expected_good: number;
  readonly costs_min: Readonly<Record<"hole" | "cluster" | "square" | "grid", number>>;
  readonly models: readonly { readonly name: string; readonly weight: number; readonly coefficient: Row }[];
  readonly warnings: readonly string[];
}
const HOLES = 40;
const START = Date.UTC(2026, 0, 1, 8);

const prediction = (
  foilhole_uuid: string,
  prediction_value: number | string | null,
  prediction_model_name = "model",
) => ({
  event_type: "foilhole.model_prediction",
  foilhole_uuid,
  prediction_model_name,
  prediction_value,
});

async function events(...list: unknown[]): Promise<Row> {
  const { body } = await at.request("POST", "/events", list);
  await at.settled();
  return body as Row;
}

const summary = async (prefix: string): Promise<Summary> =>
  ((await at.request("GET", `/grids/${prefix}-g/plan`)).body as { decision: { summary: Summary } }).decision.summary;

/** The plan's probability of every hole, after checking that the plan is whole: all holes but the imaged ones once, in one order. */
async function wholePlan(prefix: string, holes: number, imaged = 0): Promise<Map<string, number>> {
  const rows = (await at.request("GET", `/gridsquare/${prefix}-s/overall_prediction`)).body as Row[];
  expect(rows).toHaveLength(holes);
  const order = rows.map((row) => Number(row.suggested_acquisition_index)).sort((a, b) => a - b);
  expect(order).toEqual([...Array<number>(imaged).fill(0), ...Array.from({ length: holes - imaged }, (_, n) => n + 1)]);
  for (const { value } of rows) {
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan(1);
  }
  return new Map(rows.map(({ foilhole_uuid, value }) => [String(foilhole_uuid), Number(value)]));
}

test("a model that nobody registered is registered by its first prediction and counts", async () => {
  await at.request("POST", "/ingest", smallSession("unknown-model", HOLES, 0));
  await events(
    ...Array.from({ length: HOLES }, (_, n) => prediction(`unknown-model-h${n}`, n < 20 ? 0.9 : 0.1, "newcomer")),
  );
  const plan = await wholePlan("unknown-model", HOLES);
  expect(plan.get("unknown-model-h3")).toBeGreaterThan(plan.get("unknown-model-h33") ?? 1);
  expect((await summary("unknown-model")).models).toMatchObject([{ name: "newcomer", weight: 1 }]);
  const models = (await at.request("GET", "/prediction_models")).body as Row[];
  expect(models.map(({ name }) => name)).toContain("newcomer");
});

test("predictions that are no numbers from 0 to 1 are refused one by one; the plan is what the others make it", async () => {
  await at.request("POST", "/ingest", smallSession("nan", HOLES, 0));
  const response = await fetch(`${at.url}/events`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(prediction("nan-h0", 0.5)).replace("0.5", "NaN"),
  });
  expect(response.status).toBe(422);
  const wrong = [-0.5, 1.5, 1e300, -1e-9, "NaN", null];
  const { accepted, rejected } = await events(
    ...wrong.map((value) => prediction("nan-h5", value)),
    prediction("nan-h6", 0.95),
    prediction("nan-h7", 0.1),
  );
  expect(accepted).toBe(2);
  expect((rejected as Row[]).map(({ index, code }) => [index, code])).toEqual(
    wrong.map((_, index) => [index, "malformed"]),
  );
  const plan = await wholePlan("nan", HOLES);
  expect(plan.get("nan-h6")).toBe(Math.max(...plan.values()));
  // Nothing said of it: between those of which something is.
  expect(plan.get("nan-h5")).toBeLessThan(plan.get("nan-h6") ?? 0);
  expect(plan.get("nan-h5")).toBeGreaterThan(plan.get("nan-h7") ?? 1);
});

test("predictions and results of what is not known yet wait for it, and then count", async () => {
  await events(prediction("early-h1", 0.97), prediction("early-h2", 0.1), prediction("early-never", 0.5), {
    event_type: "ctf.completed",
    micrograph_uuid: "early-m0",
    ctf_max_resolution_estimate: 3,
  });
  await at.request("POST", "/ingest", smallSession("early", 10, 1));
  await eventually(
    async () => (await at.request("GET", "/grids/early-g/plan")).body as { decision: { summary: Summary } | null },
    (plan) => plan.decision?.summary.results === 1 && plan.decision.summary.models.length === 1,
  );
  await at.settled();
  const plan = await wholePlan("early", 10, 1);
  expect(plan.get("early-h1")).toBeGreaterThan(plan.get("early-h2") ?? 1);
  // What never comes is waited for by its message alone.
  expect(await at.rows("select status from inbox where waiting_for = 'early-never'")).toEqual([{ status: "parked" }]);
});

test("of contradictory predictions of one model the last counts; models that contradict each other cancel", async () => {
  await at.request("POST", "/ingest", smallSession("contra", HOLES, 0));
  await events(
    ...Array.from({ length: 10 * HOLES }, (_, n) => prediction(`contra-h${n % HOLES}`, n % 3 === 0 ? 1 : 0)),
    ...Array.from({ length: HOLES }, (_, n) => prediction(`contra-h${n}`, n === 7 ? 1 : 0)),
  );
  let plan = await wholePlan("contra", HOLES);
  const best = plan.get("contra-h7") ?? 0;
  for (const [uuid, value] of plan) if (uuid !== "contra-h7") expect(value).toBeLessThan(best);
  await events(...Array.from({ length: HOLES }, (_, n) => prediction(`contra-h${n}`, n === 7 ? 0 : 1, "opponent")));
  plan = await wholePlan("contra", HOLES);
  expect(plan.get("contra-h7")).toBeCloseTo(plan.get("contra-h8") ?? 0, 6);
});

test("a model that says the same of all holes leaves them as they were to each other", async () => {
  await at.request("POST", "/ingest", smallSession("const", HOLES, 0));
  await events(...Array.from({ length: HOLES }, (_, n) => prediction(`const-h${n}`, 1)));
  const values = [...(await wholePlan("const", HOLES)).values()];
  expect(Math.max(...values) - Math.min(...values)).toBeLessThan(1e-9);
  expect(Number.isFinite((await summary("const")).models[0]?.weight)).toBe(true);
});

test("a flood of predictions leads to few decisions, and the last word of it to the plan", async () => {
  await at.request("POST", "/ingest", smallSession("flood", HOLES, 0));
  await at.settled();
  const decisions = async (): Promise<number> =>
    (await at.rows<{ n: number }>("select count(*)::int as n from decisions where grid_uuid = 'flood-g'"))[0]?.n ?? 0;
  const before = await decisions();
  const batches = 6;
  for (let batch = 0; batch < batches; batch++) {
    const { status } = await at.request(
      "POST",
      "/events",
      Array.from({ length: 1_000 }, (_, n) => prediction(`flood-h${n % HOLES}`, n % HOLES === 0 ? batch / 5 : 0.2)),
    );
    expect(status).toBeLessThan(300);
  }
  await at.settled();
  expect((await decisions()) - before).toBeLessThan(60);
  const plan = await wholePlan("flood", HOLES);
  expect(plan.get("flood-h0")).toBe(Math.max(...plan.values()));
});

test("a grid with one hole: planned first, then imaged, then nothing is left", async () => {
  await at.request("POST", "/ingest", smallSession("one", 1, 0));
  await at.settled();
  await wholePlan("one", 1);
  expect((await summary("one")).planned_holes).toBe(1);
  await at.request("POST", "/ingest", smallSession("one", 1, 1));
  await events({ event_type: "ctf.completed", micrograph_uuid: "one-m0", ctf_max_resolution_estimate: 3 });
  await wholePlan("one", 1, 1);
  expect(await summary("one")).toMatchObject({ planned_holes: 0, results: 1, good_share: 1 });
});

test("grids without squares have no decision, with squares but without holes an empty one", async () => {
  const { acquisitions, grids, gridsquares } = smallSession("bare", 0);
  await at.request("POST", "/ingest", { acquisitions, grids });
  await events({ event_type: "refresh.predictions", grid_uuid: "bare-g" });
  expect(await at.request("GET", "/grids/bare-g/plan")).toMatchObject({ status: 404, body: { code: "no_plan" } });
  await at.request("POST", "/ingest", { gridsquares });
  await events({ event_type: "refresh.predictions", grid_uuid: "bare-g" });
  expect(await summary("bare")).toMatchObject({ planned_holes: 0, results: 0, good_share: null, expected_good: 0 });
});

test.each([
  ["all good", 3, 1],
  ["all bad", 30, 0],
])("%s: the belief comes near certainty without reaching it, and every hole keeps its place", async (_, ctf, share) => {
  const prefix = `extreme-${share}`;
  await at.request("POST", "/ingest", smallSession(prefix, HOLES, 30));
  const { micrographs } = smallSession(prefix, HOLES, 30);
  await events(
    ...micrographs.map(({ uuid }) => ({
      event_type: "ctf.completed",
      micrograph_uuid: uuid,
      ctf_max_resolution_estimate: ctf,
    })),
  );
  const plan = await wholePlan(prefix, HOLES, 30);
  expect(await summary(prefix)).toMatchObject({ results: 30, good_share: share });
  const left = plan.get(`${prefix}-h35`) ?? Number.NaN;
  expect(Math.abs(left - share)).toBeLessThan(0.2);
});

test("a clock that is set back in mid-session: the time left goes by the newest micrograph, costs stay in order", async () => {
  const base = smallSession("clock", HOLES, 20);
  await at.request("POST", "/ingest", {
    ...base,
    // Ten minutes forward, then an hour back, then ten minutes in which the clock runs backwards.
    micrographs: base.micrographs.map((micrograph, n) => ({
      ...micrograph,
      acquisition_datetime: new Date(START + (n < 10 ? n : -60 - n) * 60_000).toISOString(),
    })),
  });
  await at.request("PUT", "/acquisitions/clock-a/decision_settings", { session_duration_min: 100 });
  await events(
    ...base.micrographs.map(({ uuid }) => ({
      event_type: "ctf.completed",
      micrograph_uuid: uuid,
      ctf_max_resolution_estimate: 4,
    })),
  );
  await wholePlan("clock", HOLES, 20);
  const { time_left_min, costs_min, results } = await summary("clock");
  expect(results).toBe(20);
  expect(time_left_min).toBe(91);
  const { hole, cluster, square, grid } = costs_min;
  expect([hole, cluster, square, grid]).toEqual([hole, cluster, square, grid].toSorted((a, b) => a - b));
  expect(hole).toBeGreaterThan(0);
  expect(grid).toBeLessThan(60);
});

test("limits changed back and forth in mid-session end where they began, belief and all", async () => {
  await at.request("POST", "/ingest", smallSession("limits", HOLES, 20));
  await events(
    ...Array.from({ length: 20 }, (_, n) => ({
      event_type: "ctf.completed",
      micrograph_uuid: `limits-m${n}`,
      ctf_max_resolution_estimate: n % 2 === 0 ? 4 : 8,
    })),
  );
  const limit = async (ctfmaxresolution: number): Promise<number[]> => {
    await at.request("PUT", "/acquisitions/limits-a/decision_settings", { limits: { ctfmaxresolution } });
    await at.settled();
    return [...(await wholePlan("limits", HOLES, 20)).values()];
  };
  const half = await limit(6);
  const none = await limit(2);
  expect(none[30]).toBeLessThan((half[30] ?? 0) - 0.2);
  expect(await limit(6)).toEqual(half);
});
