import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

type Json = Record<string, unknown>;

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

async function get<T = Json>(path: string, status = 200): Promise<T> {
  const response = await at.request("GET", path);
  expect(response.status, `GET ${path}`).toBe(status);
  return response.body as T;
}
async function send<T = Json>(method: string, path: string, body: unknown, status = 200): Promise<T> {
  const response = await at.request(method, path, body);
  expect(response.status, `${method} ${path}: ${JSON.stringify(response.body)}`).toBe(status);
  return response.body as T;
}

test("counts and completion come with entities when asked for, and only then", async () => {
  await send("POST", "/ingest", smallSession("counts", 8, 2));
  const counted = { foilhole_count: 8, micrograph_count: 2, completion: 0.25 };
  expect(await get("/acquisitions/counts-a?counts=true")).toMatchObject({
    grid_count: 1,
    gridsquare_count: 1,
    ...counted,
  });
  expect(await get("/grids/counts-g?counts=true")).toMatchObject({ gridsquare_count: 1, ...counted });
  const squares = await get<Json[]>("/grids/counts-g/gridsquares?counts=true");
  expect(squares).toHaveLength(1);
  expect(squares[0]).toMatchObject(counted);
  const holes = await get<Json[]>("/gridsquares/counts-s/foilholes?counts=true&limit=3");
  expect(holes.map((hole) => hole.micrograph_count)).toEqual([1, 1, 0]);
  expect(await get("/grids/counts-g")).not.toHaveProperty("foilhole_count");
  await send("POST", "/acquisitions", { uuid: "counts-empty" }, 201);
  expect(await get("/acquisitions/counts-empty?counts=true")).toMatchObject({
    grid_count: 0,
    gridsquare_count: 0,
    foilhole_count: 0,
    micrograph_count: 0,
    completion: null,
  });
});

describe("lists", () => {
  test("every list of the document takes limit and offset and tells its whole length", async () => {
    await send("POST", "/ingest", smallSession("lists", 3));
    await send("POST", "/agent/lister/sessions", { session_id: "lists-x", acquisition_uuid: "lists-a" }, 201);
    const document = await get<{
      paths: Record<string, { get?: { responses: Json; parameters?: { name: string }[] } }>;
    }>("/openapi.json");
    const lists = Object.entries(document.paths).filter(([, { get: operation }]) =>
      JSON.stringify(operation?.responses["200"] ?? {}).includes('"schema":{"type":"array"'),
    );
    expect(lists.length).toBeGreaterThan(25);
    const values: Record<string, string> = {
      acquisition_uuid: "lists-a",
      grid_uuid: "lists-g",
      gridsquare_uuid: "lists-s",
      foilhole_uuid: "lists-h0",
      agent_id: "lister",
      session_id: "lists-x",
      prediction_model_name: "m",
      latent_rep_model_name: "l",
    };
    for (const [path, { get: operation }] of lists) {
      const names = (operation?.parameters ?? []).map(({ name }) => name);
      expect(names, path).toEqual(expect.arrayContaining(["limit", "offset"]));
      const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "unknown");
      const { status, headers, body } = await at.request("GET", `${url}?limit=1&offset=1`);
      if (status === 404) continue;
      expect(status, url).toBe(200);
      expect(headers.get("x-total-count"), url).toMatch(/^\d+$/);
      expect((body as unknown[]).length, url).toBeLessThanOrEqual(1);
    }
  });

  test("a page beyond the end is empty, and says how many there are", async () => {
    for (const name of ["one", "two", "three"])
      await send("POST", "/prediction_models", { name: `paged ${name}` }, 201);
    const { body, headers } = await at.request("GET", "/prediction_models?offset=1000");
    expect(body).toEqual([]);
    expect(Number(headers.get("x-total-count"))).toBeGreaterThanOrEqual(3);
    expect(await get<Json[]>("/prediction_models?name=paged%20two")).toHaveLength(1);
  });
});

describe("instructions", () => {
  test("one that an operator creates is delivered, answered and audited", async () => {
    await send("POST", "/agent/i-agent/sessions", { session_id: "i-s" }, 201);
    const base = "/agent/i-agent/sessions/i-s/instructions";
    const created = await send(
      "POST",
      base,
      { instruction_type: "agent.status.request", priority: "high", expires_at: "2099-01-01T00:00:00" },
      201,
    );
    expect(created).toMatchObject({ status: "pending", priority: "high", expires_at: "2099-01-01T00:00:00Z" });
    const id = String(created.instruction_id);
    await send("POST", `/agent/i-agent/session/i-s/instructions/${id}/ack`, { status: "processed", result: "fine" });
    const audit = await get<{ status: string; acknowledgements: Json[]; history: Json[] }>(`/instructions/${id}`);
    expect(audit).toMatchObject({ status: "acknowledged", ack_status: "processed" });
    expect(audit.acknowledgements).toMatchObject([{ status: "processed", result: "fine" }]);
    expect(audit.history.map(({ status }) => status)).toEqual(["pending", "acknowledged"]);
    expect(await send("POST", `/instructions/${id}/cancel`, {}, 409)).toMatchObject({ code: "wrong_state" });
    expect(await get<Json[]>("/instructions?agent_id=i-agent&status=acknowledged")).toHaveLength(1);
    expect(await get<Json[]>(`${base}?status=pending`)).toEqual([]);
  });

  test("one that is cancelled is never delivered, and cancelling it again changes nothing", async () => {
    await send("POST", "/agent/c-agent/sessions", { session_id: "c-s" }, 201);
    const { instruction_id } = await send(
      "POST",
      "/agent/c-agent/sessions/c-s/instructions",
      { instruction_type: "x" },
      201,
    );
    for (const _ of [1, 2])
      expect(await send("POST", `/instructions/${instruction_id}/cancel`, {})).toMatchObject({ status: "cancelled" });
    const events = await at.rows<{ status: string }>(
      "select payload ->> 'status' as status from events where event_type = 'agent.instruction.updated' and payload ->> 'instruction_id' = $1",
      [instruction_id],
    );
    expect(events).toEqual([{ status: "cancelled" }]);
    expect(
      await send("POST", `/agent/c-agent/session/c-s/instructions/${instruction_id}/ack`, { status: "processed" }, 400),
    ).toMatchObject({ code: "wrong_state" });
  });

  test("a session of another agent, a completed and an unknown one are refused", async () => {
    await send("POST", "/agent/owner/sessions", { session_id: "owned" }, 201);
    await send("POST", "/agent/thief/sessions/owned/instructions", { instruction_type: "x" }, 403);
    await send("POST", "/agent/owner/sessions/nowhere/instructions", { instruction_type: "x" }, 404);
    await send("POST", "/agent/owner/sessions/owned/close", {});
    await send("POST", "/agent/owner/sessions/owned/instructions", { instruction_type: "x" }, 409);
    await get("/instructions/nothing", 404);
    expect(await get<Json[]>("/sessions?status=completed&agent_id=owner")).toMatchObject([{ session_id: "owned" }]);
  });
});

test("notes on acquisitions, grids and squares are kept, changed and dropped", async () => {
  await send("POST", "/ingest", smallSession("notes", 1));
  for (const [path, entity] of [
    ["/acquisitions/notes-a", "acquisition"],
    ["/grids/notes-g", "grid"],
    ["/gridsquares/notes-s", "gridsquare"],
  ] as const) {
    const note = await send("POST", `${path}/notes`, { text: "ice is thick", author: "Ada" }, 201);
    expect(note).toMatchObject({ entity, acquisition_uuid: "notes-a", author: "Ada", text: "ice is thick" });
    await send("POST", `${path}/notes`, { text: "second" }, 201);
    await send("PUT", `/notes/${note.note_id}`, { text: "ice is thin" });
    expect((await get<Json[]>(`${path}/notes`)).map(({ text }) => text)).toEqual(["ice is thin", "second"]);
    await send("DELETE", `/notes/${note.note_id}`, undefined, 204);
    expect(await get<Json[]>(`${path}/notes`)).toHaveLength(1);
  }
  await send("POST", "/grids/nowhere/notes", { text: "x" }, 404);
  await send("POST", "/grids/notes-g/notes", { text: "" }, 422);
  await send("PUT", "/notes/999999", { text: "x" }, 404);
  await send("DELETE", "/gridsquares/notes-s", undefined, 204);
  expect(await at.rows("select 1 from notes where entity = 'gridsquare'")).toEqual([]);
});

test("the metrics of an acquisition are counted against its limits, failed fits apart", async () => {
  await send("POST", "/ingest", smallSession("metrics", 6));
  await send("PUT", "/acquisitions/metrics-a/decision_settings", {
    limits: { motioncorrection: 10, ctfmaxresolution: 5, numparticles: null },
  });
  for (const [n, ctf] of [3, 4, 6, 100_000].entries()) {
    await send(
      "POST",
      `/micrographs/metrics-m${n}/motion_correction/completed`,
      { total_motion: 8 + n, average_motion: 1 },
      202,
    );
    await send("POST", `/micrographs/metrics-m${n}/ctf_estimation/completed`, { ctf_max_res: ctf }, 202);
    await send(
      "POST",
      `/micrographs/metrics-m${n}/particle_picking/completed`,
      { number_of_particles_picked: 100 },
      202,
    );
  }
  const rejected = { number_of_particles_selected: 60, number_of_particles_rejected: 40 };
  await send("POST", "/micrographs/metrics-m0/particle_selection/completed", rejected, 202);
  const metrics = await eventually(
    () => get<{ micrograph_count: number; metrics: Json[] }>("/acquisitions/metrics-a/quality_metrics"),
    (seen) => seen.metrics.every(({ count }) => count === 4) && seen.metrics.some(({ min }) => min === 60),
  );
  expect(metrics).toMatchObject({
    micrograph_count: 6,
    metrics: [
      { metric_name: "motioncorrection", limit: 10, within_limit: 3, failed: 0, min: 8, max: 11, median: 9.5 },
      { metric_name: "ctfmaxresolution", limit: 5, within_limit: 2, failed: 1, min: 3, max: 6, median: 4 },
      { metric_name: "numparticles", limit: null, within_limit: null, failed: 0, min: 60, max: 100 },
    ],
    predictions: { total_predictions: 0 },
  });
  await get("/acquisitions/nowhere/quality_metrics", 404);
});

test("instruments are known from their acquisitions, with the agents that work for them now", async () => {
  for (const [uuid, start] of [
    ["krios-1", "2026-01-01T00:00:00Z"],
    ["krios-2", "2026-02-01T00:00:00Z"],
  ])
    await send(
      "POST",
      "/acquisitions",
      { uuid, instrument_id: "krios", instrument_model: "Titan Krios", start_time: start },
      201,
    );
  await send("POST", "/agent/krios-pc/sessions", { acquisition_uuid: "krios-2" }, 201);
  expect((await get<Json[]>("/instruments")).filter(({ instrument_id }) => instrument_id === "krios")).toEqual([
    {
      instrument_id: "krios",
      instrument_model: "Titan Krios",
      computer_name: null,
      acquisition_count: 2,
      latest_acquisition_uuid: "krios-2",
      latest_start_time: "2026-02-01T00:00:00Z",
      active_agents: ["krios-pc"],
    },
  ]);
});

describe("dead letters", () => {
  const letters = (query = "") => get<(Json & { id: number })[]>(`/admin/queue/dead-letters${query}`);

  test("they can be listed, looked at, applied again and dropped", async () => {
    await send(
      "POST",
      "/events",
      [{ event_type: "no.such.type", x: 1 }, "garbage", { event_type: "ctf.completed" }],
      202,
    );
    const all = await eventually(
      () => letters(),
      (seen) => seen.length === 3,
    );
    expect(all.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("no.such.type"),
      expect.stringContaining("not a JSON object"),
      expect.stringContaining("required"),
    ]);
    expect(await get("/admin/queue")).toMatchObject({ dead: 3 });
    expect(await letters("?event_type=ctf.completed")).toHaveLength(1);
    const [first, second] = all;
    expect(await get(`/admin/queue/dead-letters/${first?.id}`)).toMatchObject({
      body: { event_type: "no.such.type", x: 1 },
    });
    // Nothing has changed about it, so it is refused again: it is not lost.
    expect(await send("POST", "/admin/queue/dead-letters/retry", { ids: [first?.id] })).toEqual({
      retried: 0,
      refused: 1,
    });
    expect(await letters()).toHaveLength(3);
    expect(await send("POST", "/admin/queue/dead-letters/drop", { ids: [second?.id] })).toEqual({ dropped: 1 });
    expect(await send("POST", "/admin/queue/dead-letters/drop", { event_type: "ctf.completed" })).toEqual({
      dropped: 1,
    });
    expect(await send("POST", "/admin/queue/dead-letters/drop", {})).toEqual({ dropped: 1 });
    expect(await letters()).toEqual([]);
    await get(`/admin/queue/dead-letters/${first?.id}`, 404);
    await send("POST", "/admin/queue/dead-letters/retry", { ids: [first?.id] }, 404);
  });

  test("what the database can't hold becomes a dead letter too, and what came with it is taken in", async () => {
    const prediction = { event_type: "foilhole.model_prediction", foilhole_uuid: "nul-h0", prediction_value: 0.5 };
    const { body } = await at.request("POST", "/events", [
      { ...prediction, prediction_model_name: "nul\u0000" },
      { ...prediction, prediction_model_name: "half \ud800" },
      { ...prediction, prediction_model_name: "a backslash: \\u0000, a pair: \ud835\udefc" },
      null,
      { event_type: "\ud800" },
    ]);
    expect(body).toMatchObject({ accepted: 1, rejected: [{ index: 0 }, { index: 1 }, { index: 3 }, { index: 4 }] });
    await send("POST", "/ingest", smallSession("nul", 1));
    await eventually(
      () => at.rows("select prediction_model_name from quality_predictions where foilhole_uuid = 'nul-h0'"),
      (rows) => rows.length === 1,
    );
    expect((await letters()).map(({ reason }) => reason)).toEqual([
      expect.stringContaining("U+0000"),
      expect.stringContaining("U+0000"),
      expect.stringContaining("not a JSON object"),
      expect.stringContaining("unknown event_type"),
    ]);
    await send("POST", "/admin/queue/dead-letters/drop", {});
  });

  test("one that is nested too deeply to be written down is set aside without its body, and what came with it is taken in", async () => {
    const depth = 20_000;
    const nested = `{"event_type": "particle_selection.completed", "micrograph_uuid": "deep-m0", "number_of_particles_selected": 1,
      "number_of_particles_rejected": 1, "selection_distribution": ${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;
    const sound = { event_type: "ctf.completed", micrograph_uuid: "deep-m0", ctf_max_resolution_estimate: 3 };
    const response = await fetch(`${at.url}/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `[${nested}, ${JSON.stringify(sound)}]`,
    });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: "unstorable" }] });
    expect(await letters()).toMatchObject([
      {
        event_type: "particle_selection.completed",
        body: null,
        reason: expect.stringContaining("could not be stored"),
      },
    ]);
    await send("POST", "/admin/queue/dead-letters/drop", {});
  });

  test("one that could not be applied is applied when it is retried after its cause is gone", async () => {
    await send("POST", "/agent/dl-agent/sessions", { session_id: "dl-s" }, 201);
    const message = {
      event_type: "agent.instruction.created",
      instruction_id: "dl-i",
      session_id: "dl-s",
      agent_id: "somebody-else",
      instruction_type: "x",
      payload: {},
    };
    await send("POST", "/events", message, 202);
    const [letter] = await eventually(
      () => letters(),
      (seen) => seen.length === 1,
    );
    await at.rows("update agent_sessions set agent_id = 'somebody-else' where session_id = 'dl-s'");
    expect(await send("POST", "/admin/queue/dead-letters/retry", { ids: [letter?.id] })).toEqual({
      retried: 1,
      refused: 0,
    });
    await eventually(
      () => at.rows("select 1 from instructions where instruction_id = 'dl-i'"),
      (rows) => rows.length === 1,
    );
    expect(await letters()).toEqual([]);
  });
});

test("what is refused before there is a route, or names a parent that is not there, says what was wrong", async () => {
  await at.request("POST", "/ingest", smallSession("refused", 1));
  for (const [path, status, code] of [
    ["/acquisitions/%E0%A4%A", 400, "FST_ERR_BAD_URL"],
    [`/acquisitions/${"x".repeat(5_000)}`, 414, "FST_ERR_MAX_PARAM_LENGTH"],
  ] as const)
    expect(await at.request("GET", path)).toMatchObject({ status, body: { detail: expect.any(String), code } });
  expect(await at.request("PUT", "/gridsquares/refused-s", { grid_uuid: "nowhere" })).toMatchObject({
    status: 404,
    body: { detail: "Grid nowhere not found" },
  });
  expect(await at.request("PUT", "/micrographs/refused-m0", { number_of_particles_picked: -5 })).toMatchObject({
    status: 422,
  });
  await at.request("PUT", "/acquisitions/refused-a", { name: "Named" });
  expect((await at.request("PUT", "/acquisitions/refused-a", { name: null })).body).toMatchObject({ name: "Named" });
});

test("a slash at the end of a path changes nothing, as clients are used to", async () => {
  for (const path of ["/health", "/acquisitions", "/openapi.json"]) {
    expect([path, (await at.request("GET", `${path}/`)).status]).toEqual([path, 200]);
  }
  const acquisition = { uuid: "slashed", name: "slashed" };
  expect((await at.request("POST", "/acquisitions/", acquisition)).status).toBe(201);
  expect((await at.request("GET", "/acquisitions/slashed/")).body).toMatchObject(acquisition);
});

test("a status that says that nothing has happened yet is one", async () => {
  await at.request("POST", "/ingest", smallSession("none", 1));
  for (const [path, query] of [
    ["/acquisitions/none-a/grids", { uuid: "none-g2", name: "another", acquisition_uuid: "none-a" }],
    ["/grids/none-g/gridsquares", { uuid: "none-s2", gridsquare_id: "2", grid_uuid: "none-g" }],
  ] as const) {
    expect(await at.request("POST", path, { ...query, status: "none" })).toMatchObject({ body: { status: "none" } });
    expect((await at.request("GET", `${path}?status=none`)).body).toMatchObject([{ uuid: query.uuid }]);
  }
  await at.request("PUT", "/gridsquares/none-s2", { status: "foil holes decision started" });
  const again = { uuid: "none-s2", gridsquare_id: "2", grid_uuid: "none-g", status: "none" };
  expect((await at.request("POST", "/grids/none-g/gridsquares", again)).body).toMatchObject({
    status: "foil holes decision started",
  });
});

test("a broker is behind by the events that are for it alone", async () => {
  await at.settled();
  await at.rows("insert into event_cursors (name, last_id) select 'relay:test', coalesce(max(id), 0) from events");
  const behind = async () => {
    const { relays } = (await at.request("GET", "/admin/queue")).body as { relays: { name: string; behind: number }[] };
    return relays.find(({ name }) => name === "relay:test")?.behind;
  };
  await at.rows(`insert into events (event_type, payload) values ('agent.log', '{}'), ('agent.status', '{}')`);
  expect(await behind()).toBe(0);
  await at.rows(`insert into events (event_type, payload) values ('grid.updated', '{}')`);
  expect(await behind()).toBe(1);
  await at.rows("delete from event_cursors where name = 'relay:test'");
});
