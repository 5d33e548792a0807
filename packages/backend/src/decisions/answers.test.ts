import { Ajv } from "ajv";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

type Json = Record<string, unknown>;
interface Document {
  readonly paths: Json;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

const HOLES = 12;

let at: BackendForTests;
let document: Document;
beforeAll(async () => {
  at = await startBackendForTests();
  document = (await at.request("GET", "/openapi.json")).body as Document;
  await at.request("POST", "/ingest", smallSession("w", HOLES, 3));
  await at.request("POST", "/agent/agent/sessions", { session_id: "w-session", acquisition_uuid: "w-a" });
  await at.request("POST", "/events", [
    ...Array.from({ length: HOLES }, (_, n) => ({
      event_type: "foilhole.model_prediction",
      foilhole_uuid: `w-h${n}`,
      prediction_model_name: "model",
      prediction_value: n % 2 === 0 ? 0.9 : 0.2,
    })),
    { event_type: "ctf.completed", micrograph_uuid: "w-m1", ctf_max_resolution_estimate: 3.5 },
  ]);
  await at.request("PUT", "/foilholes/w-h5/choice", { choice: "locked" });
  await at.settled();
  await at.request("PUT", "/acquisitions/w-a/decision_settings", {
    mode: "advise",
    session_duration_min: 60,
    limits: { ctfmaxresolution: 5 },
  });
  await at.settled();
});
afterAll(() => at.stop());

const get = async <T>(path: string): Promise<T> => (await at.request("GET", path)).body as T;

/** What keeps an answer from being what the OpenAPI document says of it; what it does not speak of counts as well. */
async function mistakesIn(path: string, address: string): Promise<unknown> {
  const { status, body } = await at.request("GET", address);
  expect(status, address).toBe(200);
  const operation = (document.paths[path] as { get: { responses: Record<string, Json> } }).get;
  const { schema } = (operation.responses["200"] as { content: Record<string, { schema: Json }> }).content[
    "application/json"
  ] as { schema: Json };
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const closed = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(closed);
    if (typeof part !== "object" || part === null) return part;
    const own = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]));
    return own.type === "object" && own.properties !== undefined ? { ...own, additionalProperties: false } : own;
  };
  const validate = ajv.compile({ ...(closed({ ...schema, components: document.components }) as Json) });
  validate(body);
  return validate.errors?.map(({ instancePath, message, params }) => [instancePath, message, params]) ?? [];
}

test("answers about decisions are what the OpenAPI document says of them", async () => {
  const [newest] = await get<{ id: number; replayable: boolean }[]>("/grids/w-g/decisions?limit=1");
  expect(newest?.replayable).toBe(true);
  expect(await get("/grids/w-g/proposal")).toMatchObject({ decision_id: newest?.id });
  const proposal = "/grids/{grid_uuid}/proposal";
  expect(await mistakesIn(proposal, "/grids/w-g/proposal")).toEqual([]);
  expect((await at.request("POST", "/grids/w-g/proposal/reject", { decision_id: newest?.id })).status).toBe(200);
  for (const [path, address] of [
    ["/grids/{grid_uuid}/plan", "/grids/w-g/plan"],
    ["/gridsquares/{gridsquare_uuid}/plan", "/gridsquares/w-s/plan"],
    ["/grids/{grid_uuid}/decisions", "/grids/w-g/decisions"],
    ["/grids/{grid_uuid}/decisions/{decision_id}", `/grids/w-g/decisions/${newest?.id}`],
    ["/grids/{grid_uuid}/decisions/{decision_id}/replay", `/grids/w-g/decisions/${newest?.id}/replay`],
    ["/grids/{grid_uuid}/decisions/report", "/grids/w-g/decisions/report"],
    ["/grids/{grid_uuid}/choices", "/grids/w-g/choices"],
    [proposal, "/grids/w-g/proposal"],
  ] as const)
    expect(await mistakesIn(path, address), path).toEqual([]);
});

test("a decision says which micrograph led to it, where it was taken, and what a good one was; others are none of the grid's", async () => {
  const decisions = await get<{ id: number; cause: Json | null; summary: Json }[]>("/grids/w-g/decisions");
  const caused = decisions.find(({ cause }) => cause !== null);
  expect(caused?.cause).toEqual({
    micrograph_uuid: "w-m1",
    foilhole_uuid: "w-h1",
    foilhole_id: "101",
    gridsquare_uuid: "w-s",
    gridsquare_id: "1",
  });
  expect(decisions[0]?.summary.limits).toMatchObject({ ctfmaxresolution: 5 });
  expect(caused?.summary.limits).toMatchObject({ ctfmaxresolution: 6 });
  // By the microscope's clock: when the last of three was taken.
  expect(caused?.summary.imaged_until).toBe("2026-01-01T08:02:00.000Z");
  expect(await get(`/grids/w-g/decisions/${caused?.id}`)).toEqual(caused);
  expect((await at.request("GET", "/grids/w-g/decisions/999999")).status).toBe(404);
  await at.request("POST", "/ingest", smallSession("x", 1));
  expect((await at.request("GET", `/grids/x-g/decisions/${caused?.id}`)).status).toBe(404);
});

test("decisions come in pages, which say how many there are", async () => {
  const all = await get<{ id: number }[]>("/grids/w-g/decisions");
  expect(all.length).toBeGreaterThan(1);
  const { body, headers } = await at.request("GET", `/grids/w-g/decisions?limit=1&before=${all[0]?.id}`);
  expect((body as { id: number }[]).map(({ id }) => id)).toEqual([all[1]?.id]);
  expect(headers.get("x-total-count")).toBe(String(all.length - 1));
  const ids = all.map(({ id }) => id);
  const asked = async (query: string): Promise<number[]> =>
    (await get<{ id: number }[]>(`/grids/w-g/decisions?${query}`)).map(({ id }) => id);
  expect(await asked(`id=${ids.at(-1)}&id=${ids[0]}&id=999999`)).toEqual([ids[0], ids.at(-1)]);
  expect(await asked(`id=${ids[1]}`)).toEqual([ids[1]]);
});
