import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type BackendForTests, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

/** An API alone: nothing of a worker's statements is counted. */
let at: BackendForTests;
let log: string[];
const SMALL = 3;
const LARGE = 150;

beforeAll(async () => {
  at = await startBackendForTests("embedded", { role: "api" });
  log = [];
  const original = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  vi.spyOn(pg.Client.prototype, "query").mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [statement] = args;
    const text = typeof statement === "string" ? statement : ((statement as { text?: string }).text ?? "");
    // What goes on by itself: the feed of events and the probe of the LISTEN connection.
    const isOurs = (this as pg.Client & { database: string }).database === at.database.database;
    if (isOurs && !/from events\s+where id >|events_id_seq|pg_snapshot_xmin|pg_locks|^select 1$/.test(text))
      log.push(text);
    return original.apply(this, args);
  } as never);
  for (const [prefix, holes] of [
    ["few", SMALL],
    ["many", LARGE],
  ] as const) {
    const session = smallSession(prefix, holes);
    await at.request("POST", "/ingest", {
      ...session,
      gridsquares: Array.from({ length: holes }, (_, n) => ({
        uuid: n === 0 ? `${prefix}-s` : `${prefix}-s${n}`,
        grid_uuid: `${prefix}-g`,
        gridsquare_id: String(n + 1),
      })),
      atlases: [{ uuid: `${prefix}-at`, grid_uuid: `${prefix}-g`, name: "atlas" }],
      atlas_tiles: Array.from({ length: holes }, (_, n) => ({
        uuid: `${prefix}-t${n}`,
        atlas_uuid: `${prefix}-at`,
        tile_id: String(n),
      })),
    });
    await at.request("POST", `/agent/${prefix}/sessions`, { session_id: prefix, acquisition_uuid: `${prefix}-a` });
    for (let n = 0; n < Math.min(holes, 20); n++) {
      await at.request("POST", `/agent/${prefix}/sessions/${prefix}/instructions`, { instruction_type: "x" });
      await at.request("POST", `/grids/${prefix}-g/notes`, { text: "note" });
      await at.request("POST", "/prediction_models", { name: "model" });
      await at.request("POST", "/quality_predictions", {
        prediction_model_name: "model",
        value: 0.5,
        foilhole_uuid: `${prefix}-h${n}`,
      });
    }
  }
});
afterAll(async () => {
  vi.restoreAllMocks();
  await at.stop();
});

async function statementsOf(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; statements: number }> {
  log.length = 0;
  const { status } = await at.request(method, path, body);
  return { status, statements: log.length };
}

test("no GET takes more statements for more rows", async () => {
  const document = (await at.request("GET", "/openapi.json")).body as {
    paths: Record<string, Record<string, unknown>>;
  };
  const paths = Object.entries(document.paths).flatMap(([path, item]) =>
    "get" in item && !path.endsWith("/stream") ? [path] : [],
  );
  const fill = (path: string, prefix: string): string =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const values: Record<string, string> = {
        acquisition_uuid: `${prefix}-a`,
        grid_uuid: `${prefix}-g`,
        gridsquare_uuid: `${prefix}-s`,
        foilhole_uuid: `${prefix}-h0`,
        micrograph_uuid: `${prefix}-m0`,
        atlas_uuid: `${prefix}-at`,
        tile_uuid: `${prefix}-t0`,
        agent_id: prefix,
        session_id: prefix,
        prediction_model_name: "model",
        latent_rep_model_name: "model",
        name: "model",
        metric_name: "ctfmaxresolution",
      };
      return values[name] ?? "1";
    });
  const grown: string[] = [];
  let answered = 0;
  for (const path of paths) {
    for (const query of path.includes("grid") || path.includes("acquisition") ? ["", "?counts=true"] : [""]) {
      const few = await statementsOf("GET", fill(path, "few") + query);
      const many = await statementsOf("GET", fill(path, "many") + query);
      expect(many.status, path).toBe(few.status);
      if (few.status === 200) answered += 1;
      if (many.statements > few.statements) grown.push(`${path}${query}: ${few.statements} → ${many.statements}`);
    }
  }
  expect(grown).toEqual([]);
  expect(answered).toBeGreaterThan(40);
});

test("no batch takes more statements for more entities or messages", async () => {
  const session = (prefix: string, holes: number) => smallSession(prefix, holes);
  const few = await statementsOf("POST", "/ingest", session("batch-few", SMALL));
  const many = await statementsOf("POST", "/ingest", session("batch-many", LARGE));
  expect(many).toEqual(few);
  const events = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({
      event_type: "foilhole.model_prediction",
      foilhole_uuid: `${prefix}-h${n}`,
      prediction_model_name: "model",
      prediction_value: 0.5,
    }));
  expect(await statementsOf("POST", "/events", events("batch-many", LARGE))).toEqual(
    await statementsOf("POST", "/events", events("batch-few", SMALL)),
  );
});
