import { request as httpRequest } from "node:http";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AthenaClient, createAthenaClient } from "../client.js";
import { ENDPOINTS, type EndpointName } from "../endpoints.js";
import { PLUGIN_NAMES } from "../schemas.js";
import { codeOf, granted } from "../testing/values.js";
import { type AthenaMock, startAthenaMock } from "./server.js";

const SESSION = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const OTHER_SESSION = "b5cdbfb9-bd0f-414e-93f8-0abca3331f8e";
const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const NOW = new Date("2026-02-26T12:45:18.076Z");

let mock: AthenaMock;
let athena: AthenaClient;
const called = new Set<string>();

beforeEach(async () => {
  mock = await startAthenaMock({ clock: () => NOW });
  const client = createAthenaClient({ baseUrl: mock.url, retries: 0 });
  athena = new Proxy(client, {
    get(target, name: keyof AthenaClient) {
      called.add(name);
      return target[name];
    },
  });
  granted(await athena.postSession({ sessionId: SESSION, sessionName: "lysozyme" }));
});

afterEach(async () => {
  await athena.close();
  await mock.close();
});

afterAll(() => {
  const untested = (Object.keys(ENDPOINTS) as EndpointName[]).filter((name) => !called.has(name));
  expect(untested).toEqual([]);
});

async function registerGrid(): Promise<void> {
  granted(
    await athena.postAreas([
      { id: 1, sessionId: SESSION, areaType: "atlas" },
      { id: 100, sessionId: SESSION, areaType: "gridsquare", parentId: 1 },
      { id: 200, sessionId: SESSION, areaType: "gridsquare", parentId: 1 },
      { id: 101, sessionId: SESSION, areaType: "foilhole", parentId: 100 },
      { id: 102, sessionId: SESSION, areaType: "foilhole", parentId: 100 },
      { id: 201, sessionId: SESSION, areaType: "foilhole", parentId: 200 },
    ]),
  );
}

function send(method: string, path: string, body?: string, contentType = "application/json"): Promise<Response> {
  return fetch(`${mock.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body, headers: { "content-type": contentType } }),
  });
}

describe("sessions", () => {
  test("a session is answered with all its fields, unknown ones null", async () => {
    expect(granted(await athena.getSession({ id: SESSION }))).toEqual({
      sessionId: SESSION,
      sessionName: "lysozyme",
      athenaId: null,
      timestamp: NOW.toISOString(),
      gridType: "HoleyCarbon",
    });
  });

  test("neither the id nor the name of a session can be registered twice", async () => {
    expect(codeOf(await athena.postSession({ sessionId: SESSION, sessionName: "other" }))).toBe("athena_conflict");
    expect(codeOf(await athena.postSession({ sessionId: OTHER_SESSION, sessionName: "lysozyme" }))).toBe(
      "athena_conflict",
    );
    expect(granted(await athena.getSessions())).toHaveLength(1);
  });

  test("a session without an id, or with the nil id, gets one", async () => {
    const first = granted(await athena.postSession({ sessionName: "a" }));
    const nil = "00000000-0000-0000-0000-000000000000";
    const second = granted(await athena.postSession({ sessionName: "b", sessionId: nil }));
    expect(new Set([first.sessionId, second.sessionId, nil]).size).toBe(3);
    expect(granted(await athena.isSessionRegistered({ id: second.sessionId }))).toBe(true);
  });

  test("a session is found by its name; an unknown name is 404, none at all 400", async () => {
    expect(granted(await athena.getSessionByName({ sessionName: "lysozyme" })).sessionId).toBe(SESSION);
    expect(codeOf(await athena.getSessionByName({ sessionName: "apoferritin" }))).toBe("athena_not_found");
    expect((await send("GET", "/api/v1/Session")).status).toBe(400);
    expect((await send("POST", "/api/v1/Session", '{"sessionName":"  "}')).status).toBe(400);
    // Sessions without a name are none other's.
    for (const body of ['{"sessionName":null}', "{}"]) {
      const made = await send("POST", "/api/v1/Session", body);
      expect(made.status).toBe(201);
      expect(await made.json()).toMatchObject({ sessionName: null });
    }
  });

  test("a deleted session is answered once more and takes everything with it", async () => {
    await registerGrid();
    expect(granted(await athena.deleteSession({ id: SESSION })).sessionName).toBe("lysozyme");
    expect(codeOf(await athena.deleteSession({ id: SESSION }))).toBe("athena_not_found");
    expect(granted(await athena.isSessionRegistered({ id: SESSION }))).toBe(false);
    granted(await athena.postSession({ sessionId: SESSION, sessionName: "lysozyme" }));
    expect(granted(await athena.getAreas({ sessionId: SESSION }))).toEqual([]);
  });

  test("ids are the same in upper and lower case", async () => {
    expect(granted(await athena.getSession({ id: SESSION.toUpperCase() })).sessionId).toBe(SESSION);
    granted(await athena.postArea({ id: 5, sessionId: SESSION.toUpperCase(), areaType: "gridsquare" }));
    expect(granted(await athena.getArea({ sessionId: SESSION, areaId: 5 })).sessionId).toBe(SESSION);
  });
});

describe("areas", () => {
  beforeEach(registerGrid);

  test("areas are listed whole, by type and by parent", async () => {
    const ids = async (filter: object): Promise<number[]> =>
      granted(await athena.getAreas({ sessionId: SESSION, ...filter })).map((area) => area.id);
    expect(await ids({})).toEqual([1, 100, 200, 101, 102, 201]);
    expect(await ids({ areaType: "gridsquare" })).toEqual([100, 200]);
    expect(await ids({ parentAreaId: 100 })).toEqual([101, 102]);
    expect(await ids({ areaType: "particle" })).toEqual([]);
    expect(granted(await athena.getChildAreas({ sessionId: SESSION, parentAreaId: 200 })).map((one) => one.id)).toEqual(
      [201],
    );
    expect(codeOf(await athena.getChildAreas({ sessionId: SESSION, parentAreaId: 999 }))).toBe("athena_not_found");
  });

  test("an area that exists cannot be registered again, and a bulk with one such registers none", async () => {
    expect(codeOf(await athena.postArea({ id: 100, sessionId: SESSION, areaType: "gridsquare" }))).toBe(
      "athena_conflict",
    );
    const bulk = [300, 100].map((id) => ({ id, sessionId: SESSION, areaType: "gridsquare" as const }));
    expect(codeOf(await athena.postAreas(bulk))).toBe("athena_conflict");
    expect(codeOf(await athena.getArea({ sessionId: SESSION, areaId: 300 }))).toBe("athena_not_found");
    const twice = [300, 300].map((id) => ({ id, sessionId: SESSION, areaType: "gridsquare" as const }));
    expect(codeOf(await athena.postAreas(twice))).toBe("athena_conflict");
  });

  test("PUT registers or replaces, alone and in bulk", async () => {
    const area = { id: 102, sessionId: SESSION, areaType: "foilhole" as const, parentId: 200 };
    expect(granted(await athena.putArea(area))).toEqual([area]);
    expect(granted(await athena.putAreas([area, { ...area, id: 103 }]))).toBeNull();
    expect(granted(await athena.getChildAreas({ sessionId: SESSION, parentAreaId: 200 })).map((one) => one.id)).toEqual(
      [102, 201, 103],
    );
  });

  test("the same area id in another session is another area", async () => {
    granted(await athena.postSession({ sessionId: OTHER_SESSION, sessionName: "other" }));
    granted(await athena.postArea({ id: 100, sessionId: OTHER_SESSION, areaType: "foilhole" }));
    expect(granted(await athena.getArea({ sessionId: SESSION, areaId: 100 })).areaType).toBe("gridsquare");
  });

  test("an unknown session or parent is 404, an area within itself 400", async () => {
    expect(codeOf(await athena.postArea({ id: 7, sessionId: UNKNOWN, areaType: "atlas" }))).toBe("athena_not_found");
    expect(codeOf(await athena.putArea({ id: 7, sessionId: SESSION, areaType: "atlas", parentId: 8 }))).toBe(
      "athena_not_found",
    );
    expect(codeOf(await athena.putArea({ id: 1, sessionId: SESSION, areaType: "atlas", parentId: 101 }))).toBe(
      "athena_bad_request",
    );
  });

  test.each([
    ["id 0", { id: 0, areaType: "atlas" }],
    ["a negative id", { id: -4, areaType: "atlas" }],
    ["an id beyond int32", { id: 2_147_483_648, areaType: "atlas" }],
    ["a fractional id", { id: 1.5, areaType: "atlas" }],
    ["a text id", { id: "12", areaType: "atlas" }],
    ["no id", { areaType: "atlas" }],
    ["an unknown type", { id: 9, areaType: "grid" }],
  ])("an area with %s is refused", async (_, area) => {
    const response = await send("POST", "/api/v1/Area", JSON.stringify({ sessionId: SESSION, ...area }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ title: "Bad Request", status: 400, instance: "/api/v1/Area" });
  });

  test("members that the schema does not know are passed over", async () => {
    await send("POST", "/api/v1/Area", JSON.stringify({ sessionId: SESSION, id: 55, areaType: "atlas", extra: 1 }));
    expect(await (await send("GET", `/api/v1/Session/${SESSION}/Area/55`)).json()).toEqual({
      sessionId: SESSION,
      id: 55,
      areaType: "atlas",
      parentId: null,
    });
  });
});

describe("area states", () => {
  beforeEach(registerGrid);

  test("every state is kept and the latest one is the area's", async () => {
    const change = { sessionId: SESSION, areaId: 101 };
    const queued = granted(await athena.postAreaState({ ...change, state: "queued" }));
    expect(queued).toEqual({ ...change, id: 1, state: "queued", timestamp: NOW.toISOString() });
    const more = granted(
      await athena.postAreaStates([
        { ...change, id: 1, state: "started" },
        { sessionId: SESSION, areaId: 100, state: "started", timestamp: "2026-01-01T00:00:00Z" },
      ]),
    );
    expect(more.map((one) => one.id)).toEqual([2, 3]);
    expect(granted(await athena.getLatestAreaState({ sessionId: SESSION, areaId: 101 })).state).toBe("started");
    expect(granted(await athena.getAreaState({ sessionId: SESSION, areaStateId: 1 })).state).toBe("queued");
    const history = async (filter: object): Promise<number[]> =>
      granted(await athena.getAreaStates({ sessionId: SESSION, ...filter })).map((one) => one.id);
    expect(await history({})).toEqual([1, 2, 3]);
    expect(await history({ areaType: "gridsquare" })).toEqual([3]);
    expect(await history({ parentAreaId: 100 })).toEqual([1, 2]);
  });

  test("what is unknown is 404 and a bulk with such keeps none", async () => {
    expect(codeOf(await athena.postAreaState({ sessionId: SESSION, areaId: 999, state: "started" }))).toBe(
      "athena_not_found",
    );
    const bulk = [101, 999].map((areaId) => ({ sessionId: SESSION, areaId, state: "started" as const }));
    expect(codeOf(await athena.postAreaStates(bulk))).toBe("athena_not_found");
    expect(codeOf(await athena.getLatestAreaState({ sessionId: SESSION, areaId: 101 }))).toBe("athena_not_found");
    expect(codeOf(await athena.getLatestAreaState({ sessionId: SESSION, areaId: 999 }))).toBe("athena_not_found");
    expect(codeOf(await athena.getAreaState({ sessionId: SESSION, areaStateId: 1 }))).toBe("athena_not_found");
  });
});

describe("application states", () => {
  test("the state is unknown until EPU says what it is", async () => {
    expect(granted(await athena.getCurrentApplicationState())).toMatchObject({ state: "unknown", timestamp: null });
  });

  test("the current state is the last one of any session, the history is the session's own", async () => {
    const running = granted(
      await athena.postCurrentApplicationState({ state: "running", sessionId: SESSION, details: "running autofocus" }),
    );
    const idle = granted(await athena.postCurrentApplicationState({ state: "idle" }));
    expect(granted(await athena.getCurrentApplicationState())).toEqual(idle);
    expect(granted(await athena.getApplicationStates({ sessionId: SESSION }))).toEqual([running]);
    expect(codeOf(await athena.getApplicationStates({ sessionId: UNKNOWN }))).toBe("athena_not_found");
  });
});

describe("decisions", () => {
  beforeEach(registerGrid);
  const include = { sessionId: SESSION, areaId: 100, decisionType: "include" as const, decisionValue: "false" };

  test("a decision gets what it lacks: an id, a time, the default plug-in", async () => {
    const record = granted(await athena.postDecision(include));
    expect(record).toEqual({
      ...include,
      id: record.id,
      pluginType: "default",
      decidedBy: null,
      details: null,
      timestamp: NOW.toISOString(),
    });
    expect(granted(await athena.getDecision({ sessionId: SESSION, decisionId: record.id }))).toEqual(record);
    expect(codeOf(await athena.getDecision({ sessionId: SESSION, decisionId: UNKNOWN }))).toBe("athena_not_found");
  });

  test("a decision's own id and time are kept and its id cannot be used twice", async () => {
    const own = { ...include, id: UNKNOWN, timestamp: "2024-04-06T10:24:20.1234567+01:00" };
    expect(granted(await athena.postDecision(own))).toMatchObject({ id: UNKNOWN, timestamp: own.timestamp });
    expect(codeOf(await athena.postDecision(own))).toBe("athena_conflict");
    expect(codeOf(await athena.postDecisions([{ ...include }, own]))).toBe("athena_conflict");
    expect(granted(await athena.getDecisions({ sessionId: SESSION }))).toHaveLength(1);
  });

  test("an unknown session or area is 404 for one decision and a conflict for many", async () => {
    expect(codeOf(await athena.postDecision({ ...include, areaId: 999 }))).toBe("athena_not_found");
    expect(codeOf(await athena.postDecision({ ...include, sessionId: UNKNOWN }))).toBe("athena_not_found");
    expect(codeOf(await athena.postDecisions([include, { ...include, areaId: 999 }]))).toBe("athena_conflict");
    expect(codeOf(await athena.postDecisions([]))).toBe("athena_bad_request");
    expect(granted(await athena.getDecisions({ sessionId: SESSION }))).toEqual([]);
  });

  test("the latest decision is the last to arrive, whatever its time says", async () => {
    granted(await athena.postDecision({ ...include, timestamp: "2030-01-01T00:00:00Z" }));
    granted(await athena.postDecision({ ...include, decisionValue: "true", timestamp: "2020-01-01T00:00:00Z" }));
    expect(granted(await athena.getLatestDecision({ sessionId: SESSION, areaId: 100 }))?.decisionValue).toBe("true");
  });

  test("no decision of that kind is 204, an unknown session or area 404", async () => {
    granted(await athena.postDecision(include));
    const query = { sessionId: SESSION, areaId: 100 };
    expect(granted(await athena.getLatestDecision({ ...query, decisionType: "focus" }))).toBeNull();
    expect(granted(await athena.getLatestDecision({ ...query, pluginType: "custom" }))).toBeNull();
    expect(granted(await athena.getLatestDecision({ ...query, areaId: 101 }))).toBeNull();
    expect(codeOf(await athena.getLatestDecision({ ...query, areaId: 999 }))).toBe("athena_not_found");
    expect(codeOf(await athena.getLatestDecision({ sessionId: UNKNOWN }))).toBe("athena_not_found");
  });

  test("decisions are listed by areas, type and plug-in, and none are an empty list", async () => {
    granted(
      await athena.postDecisions([
        { ...include, areaId: 100, decisionValue: "1" },
        { ...include, areaId: 101, decisionValue: "2", pluginType: "custom" },
        { ...include, areaId: 102, decisionValue: "3", decisionType: "focus" },
      ]),
    );
    const values = async (filter: object): Promise<(string | null)[]> =>
      granted(await athena.getDecisions({ sessionId: SESSION, ...filter })).map((one) => one.decisionValue);
    expect(await values({})).toEqual(["1", "2", "3"]);
    expect(await values({ areaIds: [101] })).toEqual(["2"]);
    expect(await values({ areaIds: [100, 102] })).toEqual(["1", "3"]);
    expect(await values({ decisionType: "include" })).toEqual(["1", "2"]);
    expect(await values({ pluginType: "custom" })).toEqual(["2"]);
    expect(await values({ areaIds: [201] })).toEqual([]);
  });

  test("decisions are deleted by area and type, or all of them", async () => {
    const kinds = [
      { ...include, decisionValue: "a" },
      { ...include, decisionValue: "b", decisionType: "focus" as const },
      { ...include, decisionValue: "c", areaId: 101 },
    ];
    granted(await athena.postDecisions(kinds));
    const left = async (): Promise<string> =>
      granted(await athena.getDecisions({ sessionId: SESSION }))
        .map((one) => one.decisionValue)
        .join("");
    granted(await athena.deleteDecisions({ sessionId: SESSION, areaId: 100, decisionType: "focus" }));
    expect(await left()).toBe("ac");
    granted(await athena.deleteDecisions({ sessionId: SESSION, areaId: 100 }));
    expect(await left()).toBe("c");
    expect(codeOf(await athena.deleteDecisions({ sessionId: SESSION, areaId: 999 }))).toBe("athena_not_found");
    granted(await athena.postDecisions(kinds));
    granted(await athena.deleteDecisions({ sessionId: SESSION, decisionType: "focus" }));
    expect(await left()).toBe("cac");
    expect((await send("DELETE", `/api/v1/Session/${SESSION}/Decisions?areaId=many`)).status).toBe(400);
    expect((await send("DELETE", `/api/v1/Session/${SESSION}/Decisions`)).status).toBe(204);
    expect(await left()).toBe("");
    granted(await athena.postDecisions(kinds));
    expect(granted(await athena.deleteAllDecisions({ sessionId: SESSION }))).toBeNull();
    expect(await left()).toBe("");
    expect(codeOf(await athena.deleteAllDecisions({ sessionId: UNKNOWN }))).toBe("athena_not_found");
  });

  test("who names no plug-in type gets custom decisions only where the plug-in is taken over", async () => {
    const latest = async (decisionType: "include" | "acquisitionOrder"): Promise<string | null | undefined> =>
      granted(await athena.getLatestDecision({ sessionId: SESSION, areaId: 100, decisionType }))?.decisionValue;
    granted(
      await athena.postDecisions([
        { ...include, decisionValue: "EPU's" },
        { ...include, decisionValue: "ours", pluginType: "custom" },
        { ...include, decisionType: "acquisitionOrder", decisionValue: "ours", pluginType: "custom" },
      ]),
    );
    expect(await latest("include")).toBe("ours");
    const plugin = { pluginName: "SkipGridSquarePrediction", customPluginSelection: false };
    granted(await athena.postConfiguration({ smartPluginConfigurations: [plugin] }));
    expect(await latest("include")).toBe("EPU's");
    expect(await latest("acquisitionOrder")).toBe("ours");
    granted(await athena.postDecision({ ...include, decisionValue: "EPU's again" }));
    granted(await athena.patchPlugin({ ...plugin, customPluginSelection: true }));
    expect(await latest("include")).toBe("ours");
    const named = { sessionId: SESSION, areaId: 100, pluginType: "default" as const };
    expect(granted(await athena.getLatestDecision(named))?.decisionValue).toBe("EPU's again");
  });

  test("of many decisions with one id that arrive at once exactly one is kept", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, () => athena.postDecision({ ...include, id: UNKNOWN })),
    );
    expect(outcomes.filter((one) => one.ok)).toHaveLength(1);
    expect(new Set(outcomes.filter((one) => !one.ok).map(codeOf))).toEqual(new Set(["athena_conflict"]));
  });
});

describe("configuration", () => {
  test("there is none until one is posted, and it can be replaced, patched and deleted", async () => {
    expect(codeOf(await athena.getConfiguration())).toBe("athena_not_found");
    expect(codeOf(await athena.deleteConfiguration())).toBe("athena_not_found");
    const smartPluginConfigurations = PLUGIN_NAMES.map((pluginName) => ({ pluginName, customPluginSelection: false }));
    const posted = granted(await athena.postConfiguration({ smartPluginConfigurations }));
    expect(posted.smartPluginConfigurations).toHaveLength(7);
    const patch = { pluginName: "AutomaticFoilHoleSelection", customPluginSelection: true };
    expect(granted(await athena.patchPlugin(patch))).toEqual({ ...patch, timestamp: NOW.toISOString() });
    const custom = granted(await athena.getConfiguration()).smartPluginConfigurations.filter(
      (one) => one.customPluginSelection,
    );
    expect(custom.map((one) => one.pluginName)).toEqual(["AutomaticFoilHoleSelection"]);
    expect(granted(await athena.deleteConfiguration())).toBeNull();
    expect(codeOf(await athena.patchPlugin(patch))).toBe("athena_not_found");
  });

  test("a plug-in that does not exist cannot be configured, and none twice", async () => {
    const one = { pluginName: "SmartFocusPrediction", customPluginSelection: true };
    const unknown = { ...one, pluginName: "CoffeePrediction" };
    expect(codeOf(await athena.postConfiguration({ smartPluginConfigurations: [one, unknown] }))).toBe(
      "athena_bad_request",
    );
    expect(codeOf(await athena.postConfiguration({ smartPluginConfigurations: [one, one] }))).toBe(
      "athena_bad_request",
    );
    granted(await athena.postConfiguration({ smartPluginConfigurations: [one] }));
    expect(codeOf(await athena.patchPlugin(unknown))).toBe("athena_not_found");
  });
});

describe("name-value store", () => {
  test("records are numbered as they come and found by id, area and name", async () => {
    await registerGrid();
    const draft = { sessionId: SESSION, name: "metadata", value: "value", setBy: "EPU" };
    expect(granted(await athena.postNameValue(draft))).toEqual({
      ...draft,
      id: 1,
      areaId: null,
      timestamp: NOW.toISOString(),
    });
    granted(
      await athena.postNameValues([
        { ...draft, areaId: 100 },
        { ...draft, areaId: 100, name: "other" },
      ]),
    );
    const ids = async (filter: object): Promise<number[]> =>
      granted(await athena.getNameValues({ sessionId: SESSION, ...filter })).map((one) => one.id);
    expect(await ids({})).toEqual([1, 2, 3]);
    expect(await ids({ areaId: 100 })).toEqual([2, 3]);
    expect(await ids({ areaId: 100, name: "other" })).toEqual([3]);
    expect(granted(await athena.getNameValue({ sessionId: SESSION, id: 3 })).name).toBe("other");
    expect(codeOf(await athena.getNameValue({ sessionId: SESSION, id: 4 }))).toBe("athena_not_found");
    expect(codeOf(await athena.getNameValues({ sessionId: SESSION, areaId: 999 }))).toBe("athena_not_found");
    expect(codeOf(await athena.postNameValue({ ...draft, name: "" }))).toBe("athena_bad_request");
    expect(codeOf(await athena.postNameValues([draft, { ...draft, areaId: 999 }]))).toBe("athena_not_found");
    expect(await ids({})).toEqual([1, 2, 3]);
  });
});

describe("runs", () => {
  test("runs are numbered and stop once", async () => {
    expect(granted(await athena.startRun({ sessionId: SESSION }))).toEqual({
      sessionId: SESSION,
      runNumber: 1,
      startTime: NOW.toISOString(),
      stopTime: null,
      stopReason: null,
    });
    granted(await athena.startRun({ sessionId: SESSION }));
    const stop = { sessionId: SESSION, runNumber: 1, reason: "acquisition completed" };
    const stopped = granted(await athena.stopRun(stop));
    expect(stopped).toMatchObject({ stopTime: NOW.toISOString(), stopReason: "acquisition completed" });
    expect(granted(await athena.stopRun({ ...stop, reason: "again" }))).toEqual(stopped);
    expect(granted(await athena.getRun({ sessionId: SESSION, runNumber: 1 }))).toEqual(stopped);
    expect(granted(await athena.getRuns({ sessionId: SESSION })).map((run) => run.runNumber)).toEqual([1, 2]);
    expect(codeOf(await athena.stopRun({ ...stop, runNumber: 3 }))).toBe("athena_not_found");
    expect(codeOf(await athena.getRun({ sessionId: SESSION, runNumber: 3 }))).toBe("athena_not_found");
    expect(codeOf(await athena.startRun({ sessionId: UNKNOWN }))).toBe("athena_not_found");
  });
});

describe("algorithm results", () => {
  beforeEach(registerGrid);
  const ctf = { sessionId: SESSION, areaId: 101, name: "ctf" as const };

  test("none is 204 for lists and the latest, 404 for one area's", async () => {
    expect(granted(await athena.getAlgorithmResults({ sessionId: SESSION, parentAreaId: 100 }))).toBeNull();
    expect(granted(await athena.getLatestAlgorithmResult({ sessionId: SESSION, parentAreaId: 100 }))).toBeNull();
    expect(codeOf(await athena.getAlgorithmResult(ctf))).toBe("athena_not_found");
    expect(codeOf(await athena.getAlgorithmResults({ sessionId: SESSION, parentAreaId: 999 }))).toBe(
      "athena_not_found",
    );
  });

  test("results are found by area, by parent and by algorithm", async () => {
    mock.addAlgorithmResults([
      { ...ctf, result: { resolution: 3.5 } },
      { ...ctf, result: { resolution: 3.1 } },
      { ...ctf, areaId: 201 },
      { ...ctf, areaId: 102, name: "motioncorrection" },
    ]);
    expect(granted(await athena.getAlgorithmResult(ctf)).result).toEqual({ resolution: 3.1 });
    const within = { sessionId: SESSION, parentAreaId: 100 };
    expect(granted(await athena.getAlgorithmResults(within))?.map((one) => one.areaId)).toEqual([101, 101, 102]);
    expect(granted(await athena.getAlgorithmResults({ ...within, name: "ctf" }))).toHaveLength(2);
    expect(granted(await athena.getLatestAlgorithmResult(within))?.name).toBe("motioncorrection");
    expect((await send("GET", `/api/v1/Session/${SESSION}/AlgorithmResult?name=coffee`)).status).toBe(400);
  });

  test("results also come in over HTTP, beside the API", async () => {
    const body = JSON.stringify([{ ...ctf, result: { resolution: 4 } }]);
    expect((await send("POST", "/mock/AlgorithmResults", body)).status).toBe(204);
    expect(granted(await athena.getAlgorithmResult(ctf)).result).toEqual({ resolution: 4 });
    const unknown = JSON.stringify([{ ...ctf, areaId: 999 }]);
    expect((await send("POST", "/mock/AlgorithmResults", unknown)).status).toBe(404);
  });
});

describe("the service itself", () => {
  test("it says its version and that it is there", async () => {
    expect(granted(await athena.getVersion())).toBe("v1");
    expect(granted(await athena.getAthenaStatus())).toBeNull();
  });

  test.each([
    ["GET", "/api/v1/Session/no-uuid"],
    ["GET", `/api/v1/Session/${SESSION}/Area/abc`],
    ["GET", `/api/v1/Session/${SESSION}/Area/1.5`],
    ["GET", `/api/v1/Session/${SESSION}/Areas?areaType=grid`],
    ["GET", `/api/v1/Session/${SESSION}/LatestDecision?areaId=99999999999`],
    ["GET", `/api/v1/Session/${SESSION}/LatestDecision?areaId=0`],
    ["GET", `/api/v1/Session/${SESSION}/TimedDecision?timeout=-1`],
    ["GET", `/api/v1/Session/${SESSION}/Decisions?areaIds=1&areaIds=x`],
  ])("%s %s is a bad request", async (method, path) => {
    expect((await send(method, path)).status).toBe(400);
  });

  test("an unknown path is 404 with problem details", async () => {
    const response = await send("GET", "/api/v1/Nothing");
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
  });

  test("a body that is not JSON, empty, of another type or too large is refused", async () => {
    expect((await send("POST", "/api/v1/RunStart", "{")).status).toBe(400);
    expect((await send("POST", "/api/v1/RunStart", "")).status).toBe(400);
    expect((await send("POST", "/api/v1/RunStart", "null")).status).toBe(400);
    expect((await send("POST", "/api/v1/RunStart", "<a/>", "application/xml")).status).toBe(415);
    expect((await send("POST", "/api/v1/RunStart", " ".repeat(33 * 1024 * 1024))).status).toBe(413);
  });

  test.each(["text/json", "application/json-patch+json", "application/vnd.epu+json; charset=utf-8"])(
    "a body may also come as %s",
    async (contentType) => {
      const body = JSON.stringify({ sessionId: SESSION });
      expect((await send("POST", "/api/v1/RunStart", body, contentType)).status).toBe(200);
    },
  );

  test("a client that breaks off in the middle of a body changes nothing", async () => {
    await new Promise<void>((resolve) => {
      const request = httpRequest(`${mock.url}/api/v1/RunStart`, {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": 100 },
      });
      request.on("error", () => resolve());
      request.write(JSON.stringify({ sessionId: SESSION }));
      setImmediate(() => request.destroy(new Error("gone")));
    });
    expect(granted(await athena.getRuns({ sessionId: SESSION }))).toEqual([]);
  });
});

describe("waiting for a decision", () => {
  beforeEach(registerGrid);
  const order = { sessionId: SESSION, areaId: 100, decisionType: "acquisitionOrder" as const };

  test("a decision that is there is answered at once", async () => {
    granted(await athena.postDecision({ ...order, decisionValue: "first" }));
    expect(granted(await athena.getTimedDecision({ ...order, timeout: 600 }))?.decisionValue).toBe("first");
  });

  test("the decision wakes exactly those who wait for it", async () => {
    const waiting = Array.from({ length: 50 }, () => athena.getTimedDecision({ ...order, timeout: 600 }));
    const custom = athena.getTimedDecision({ ...order, timeout: 600, pluginType: "custom" });
    await expect.poll(() => mock.waitingCount()).toBe(51);
    granted(
      await athena.postDecisions([
        { ...order, decisionType: "focus" },
        { ...order, areaId: 200 },
      ]),
    );
    expect(mock.waitingCount()).toBe(51);
    const made = granted(await athena.postDecision({ ...order, decisionValue: "now" }));
    expect((await Promise.all(waiting)).map(granted)).toEqual(Array.from({ length: 50 }, () => made));
    expect(mock.waitingCount()).toBe(1);
    granted(await athena.postDecision({ ...order, pluginType: "custom", decisionValue: "ours" }));
    expect(granted(await custom)?.decisionValue).toBe("ours");
  });

  test("none within the timeout is 204", async () => {
    expect(granted(await athena.getTimedDecision({ ...order, timeout: 1 }))).toBeNull();
    expect(granted(await athena.getTimedDecision(order))).toBeNull();
    expect(mock.waitingCount()).toBe(0);
  });

  test("taking a plug-in over wakes who waits with the decision that is now in effect", async () => {
    const select = { ...order, decisionType: "foilHoleSelection" as const };
    const plugin = { pluginName: "AutomaticFoilHoleSelection", customPluginSelection: false };
    granted(await athena.postConfiguration({ smartPluginConfigurations: [plugin] }));
    granted(await athena.postDecision({ ...select, pluginType: "custom", decisionValue: "ours" }));
    const waiting = athena.getTimedDecision({ ...select, timeout: 600 });
    await expect.poll(() => mock.waitingCount()).toBe(1);
    granted(await athena.patchPlugin({ ...plugin, customPluginSelection: true }));
    expect(granted(await waiting)?.decisionValue).toBe("ours");
  });

  test("a client that leaves is forgotten", async () => {
    const leaving = new AbortController();
    const waiting = athena.getTimedDecision({ ...order, timeout: 600 }, { signal: leaving.signal });
    await expect.poll(() => mock.waitingCount()).toBe(1);
    leaving.abort();
    expect(codeOf(await waiting)).toBe("athena_unreachable");
    await expect.poll(() => mock.waitingCount()).toBe(0);
  });

  test("when the session goes, who waits is told that it is gone", async () => {
    const waiting = athena.getTimedDecision({ ...order, timeout: 600 });
    await expect.poll(() => mock.waitingCount()).toBe(1);
    granted(await athena.deleteSession({ id: SESSION }));
    expect(codeOf(await waiting)).toBe("athena_not_found");
  });

  test("closing the service answers who waits", async () => {
    const waiting = athena.getTimedDecision({ ...order, timeout: 600 });
    await expect.poll(() => mock.waitingCount()).toBe(1);
    await mock.close();
    expect(granted(await waiting)).toBeNull();
  });
});

test("a client that never finishes its request does not keep the service from closing", async () => {
  const closed = new Promise<void>((resolve) => {
    const request = httpRequest(`${mock.url}/api/v1/RunStart`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": 100 },
    });
    request.on("error", () => resolve());
    request.write("{");
  });
  // Only an answered call shows that the server has seen the other one by now.
  granted(await athena.getVersion());
  await mock.close();
  await closed;
});

test("a port that is taken is a named error", async () => {
  const port = Number(new URL(mock.url).port);
  await expect(startAthenaMock({ port })).rejects.toMatchObject({ code: "athena_mock_not_started" });
});
