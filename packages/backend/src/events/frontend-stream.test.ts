import { get, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { STREAM_HEARTBEAT_MS } from "../http/sse.js";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { followEvents } from "../testing/sse-for-tests.js";
import { IDS_PER_EVENT } from "./frontend-stream.js";

interface Heard {
  readonly event: string;
  readonly data: Record<string, unknown>;
  readonly id: number | null;
}

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

function listen(query = "", lastId: number | null = null) {
  const heard: Heard[] = [];
  const stream = followEvents(
    `${at.url}/frontend/events/stream${query}`,
    (event, data, id) => heard.push({ event, data: data as Record<string, unknown>, id }),
    lastId === null ? {} : { "last-event-id": String(lastId) },
  );
  return { heard, stream };
}

const idsOf = (heard: readonly Heard[]) => heard.map(({ id }) => id ?? Number.NaN);
const isIncreasing = (ids: readonly number[]) => ids.every((id, n) => n === 0 || id > (ids[n - 1] ?? 0));

/** Log entries of an agent, as large as asked for, as if many requests had brought them. */
async function log(count: number, size: number): Promise<void> {
  await at.rows(
    `insert into events (event_type, payload)
     select 'agent.log', jsonb_build_object('agent_id', 'a', 'message', n || repeat('x', $2)) from generate_series(1, $1) n`,
    [count, size],
  );
}

/** A client that takes nothing until it is told to. */
async function connectWithoutReading(path: string, lastId: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${at.url}${path}`, { headers: { "last-event-id": String(lastId) }, agent: false }, resolve).on(
      "error",
      reject,
    );
  });
}

async function readAll(response: IncomingMessage, until: (heard: readonly Heard[]) => boolean): Promise<Heard[]> {
  const heard: Heard[] = [];
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    text += chunk;
    const messages = text.split("\n\n");
    text = messages.pop() ?? "";
    for (const message of messages) {
      const fields = new Map(
        message.split("\n").map((line) => [line.split(": ", 1)[0], line.slice(line.indexOf(": ") + 2)]),
      );
      const data = fields.get("data");
      if (data === undefined) continue;
      heard.push({
        event: fields.get("event") ?? "",
        data: JSON.parse(data) as Record<string, unknown>,
        id: fields.has("id") ? Number(fields.get("id")) : null,
      });
    }
    if (until(heard)) break;
  }
  return heard;
}

test("everything on the stream has an id that is larger than the one before, and resuming from any of them misses nothing and repeats nothing", async () => {
  await at.request("POST", "/ingest", smallSession("ids", 1));
  await at.request("POST", "/agent/agent/sessions", { session_id: "ids-s", acquisition_uuid: "ids-a" });
  const { heard, stream } = listen();
  await eventually(
    () => heard.map(({ event }) => event),
    (events) => events.includes("heartbeat"),
  );
  await at.request("POST", "/ingest", smallSession("ids", 3));
  await at.request("POST", "/agent/agent/sessions/ids-s/instructions", { instruction_type: "agent.status.request" });
  await eventually(
    () => heard.map(({ event }) => event),
    (events) => events.includes("acquisition.progress") && events.includes("instruction.lifecycle"),
  );
  await log(3, 1);
  const lasting = (all: readonly Heard[]) =>
    all.filter(({ event }) => event !== "heartbeat" && event !== "acquisition.progress");
  await eventually(
    () => heard.filter(({ event }) => event === "agent.log").length,
    (n) => n === 3,
  );
  await at.settled();
  await stream.close();
  expect(isIncreasing(idsOf(heard))).toBe(true);
  for (const { id } of heard) {
    const again = listen("", id);
    const expected = lasting(heard).filter((one) => (one.id ?? 0) > (id ?? 0));
    await eventually(
      () => lasting(again.heard).length,
      (n) => n >= expected.length,
    );
    await again.stream.close();
    expect(lasting(again.heard).slice(0, expected.length)).toEqual(expected);
    expect(isIncreasing([id ?? 0, ...idsOf(again.heard)])).toBe(true);
  }
});

test("who comes back after much has happened gets all of it at its own pace; what tells how things stand meanwhile stands where it was told", async () => {
  const before = listen();
  await eventually(
    () => before.heard.length,
    (n) => n > 0,
  );
  await before.stream.close();
  const lastId = before.stream.lastId ?? 0;
  const count = 5_000;
  await log(count, 4_000);
  await eventually(
    async () => {
      const newest = listen("?event_types=heartbeat");
      await eventually(
        () => newest.heard.length,
        (n) => n > 0,
      );
      await newest.stream.close();
      return newest.stream.lastId ?? 0;
    },
    (id) => id >= lastId + count * IDS_PER_EVENT,
  );
  const slow = await connectWithoutReading("/frontend/events/stream", lastId);
  const quick = listen("?event_types=acquisition.progress");
  await at.request("POST", "/ingest", smallSession("pace", 2));
  await eventually(
    () => quick.heard.length,
    (n) => n > 0,
  );
  await quick.stream.close();
  const heard = await readAll(slow, (all) => all.filter(({ event }) => event === "agent.log").length === count);
  slow.destroy();
  expect(heard.filter(({ event }) => event === "agent.log")).toHaveLength(count);
  expect(heard.some(({ event, data }) => event === "acquisition.progress" && data.acquisition_uuid === "pace-a")).toBe(
    true,
  );
  expect(isIncreasing(idsOf(heard))).toBe(true);
});

test("what comes in thousands is told in a few events, and of entities, predictions, weights and decisions there is something to hear", async () => {
  const holes = 5_000;
  const { heard, stream } = listen("?acquisition_uuid=many-a");
  await eventually(
    () => heard.length,
    (n) => n > 0,
  );
  const session = smallSession("many", holes, 3);
  await at.request("POST", "/ingest", session);
  await at.request(
    "POST",
    "/events",
    session.foilholes.slice(0, 300).map(({ uuid }) => ({
      event_type: "foilhole.model_prediction",
      foilhole_uuid: uuid,
      prediction_model_name: "resnet",
      prediction_value: 0.5,
    })),
  );
  await at.request("POST", "/prediction_models", { name: "squares", description: "of squares" });
  await at.request("POST", "/quality_predictions", {
    prediction_model_name: "squares",
    gridsquare_uuid: "many-s",
    value: 0.25,
  });
  await at.request("POST", "/events", {
    event_type: "ctf.completed",
    micrograph_uuid: "many-m0",
    ctf_max_resolution_estimate: 3,
  });
  await at.settled();
  await at.request("DELETE", "/gridsquares/many-s");
  const of = (event: string) => heard.filter((one) => one.event === event).map(({ data }) => data);
  const count = (entity: string, action: string) =>
    of("entities.changed")
      .filter((data) => data.entity === entity && data.action === action)
      .reduce((sum, data) => sum + Number(data.count), 0);
  await eventually(
    () => [count("foilhole", "deleted"), count("micrograph", "deleted")],
    (deleted) => deleted.join() === `${holes},3`,
  );
  await stream.close();
  expect(count("acquisition", "created")).toBe(1);
  expect(count("grid", "created")).toBe(1);
  expect(count("gridsquare", "created")).toBe(1);
  expect(count("foilhole", "created")).toBe(holes);
  expect(count("micrograph", "created")).toBe(3);
  expect(count("micrograph", "updated")).toBeGreaterThan(0);
  expect(count("micrograph", "deleted")).toBe(3);
  expect(of("entities.changed").length).toBeLessThan(40);
  const [created] = of("entities.changed").filter((data) => data.entity === "foilhole");
  expect(created).toMatchObject({ action: "created", acquisition_uuid: "many-a", grid_uuid: "many-g", count: holes });
  expect(created?.uuids).toHaveLength(200);
  expect(session.foilholes.map(({ uuid }) => uuid)).toEqual(expect.arrayContaining(created?.uuids as unknown[]));
  const predictions = of("predictions.changed");
  expect(
    predictions.filter((data) => data.level === "foilhole").reduce((sum, data) => sum + Number(data.count), 0),
  ).toBe(300);
  expect(predictions).toContainEqual({
    level: "gridsquare",
    prediction_model_name: "squares",
    metric_name: null,
    acquisition_uuid: "many-a",
    grid_uuid: "many-g",
    count: 1,
    uuids: ["many-s"],
  });
  expect(of("weights.changed").at(-1)).toMatchObject({
    grid_uuid: "many-g",
    acquisition_uuid: "many-a",
    micrograph_uuid: "many-m0",
    weights: expect.arrayContaining([
      expect.objectContaining({ prediction_model_name: "resnet", weight: expect.any(Number) }),
    ]),
  });
  expect(of("decision.made").length).toBeGreaterThan(0);
  expect(isIncreasing(idsOf(heard))).toBe(true);
});

test("parameters that are left empty ask for everything", async () => {
  const { heard, stream } = listen("?acquisition_uuid=&agent_id=&event_types=");
  await eventually(
    () => heard,
    (all) => all.some(({ event }) => event === "heartbeat"),
  );
  await at.request("POST", "/ingest", smallSession("empty", 1));
  await eventually(
    () => heard,
    (all) => ["acquisition.progress", "entities.changed"].every((type) => all.some(({ event }) => event === type)),
  );
  await stream.close();
});

test("a stream of what does not happen shows that it is there, so that no proxy cuts it off", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const leaving = new AbortController();
  try {
    const { body } = await fetch(`${at.url}/frontend/events/stream?event_types=note.deleted`, {
      signal: leaving.signal,
    });
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    vi.advanceTimersByTime(STREAM_HEARTBEAT_MS);
    let text = "";
    while (!text.endsWith(": alive\n\n"))
      text += (await reader?.read())?.value ?? expect.fail(`it ended after ${text}`);
    expect(text).not.toContain("event:");
  } finally {
    leaving.abort();
    vi.useRealTimers();
  }
});

test("while the database does not answer, nothing says that what is seen is up to date: no heartbeat, no new stream", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const { heard, stream } = listen("?event_types=heartbeat");
  const status = async (): Promise<number> => {
    const leaving = new AbortController();
    const { status: answer } = await fetch(`${at.url}/frontend/events/stream`, { signal: leaving.signal });
    leaving.abort();
    return answer;
  };
  const query = vi.spyOn(at.backend.pool, "query");
  try {
    await eventually(
      () => heard.length,
      (n) => n === 1,
    );
    vi.advanceTimersByTime(STREAM_HEARTBEAT_MS);
    await eventually(
      () => heard.length,
      (n) => n === 2,
    );
    query.mockImplementation(() => Promise.reject(new Error("Connection terminated")));
    await eventually(status, (answer) => answer === 503);
    vi.advanceTimersByTime(STREAM_HEARTBEAT_MS);
    query.mockRestore();
    await eventually(status, (answer) => answer === 200);
    expect(heard).toHaveLength(2);
    vi.advanceTimersByTime(STREAM_HEARTBEAT_MS);
    await eventually(
      () => heard.length,
      (n) => n === 3,
    );
  } finally {
    query.mockRestore();
    vi.useRealTimers();
    await stream.close();
  }
});

test.each(["/frontend/events/stream", "/events/stream"])("%s refuses types that there are not", async (path) => {
  expect(await at.request("GET", `${path}?event_types=grid.created,nonsense`)).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ["query", "event_types"], msg: expect.stringContaining("nonsense") }] },
  });
});

test("progress that could not be counted is told as soon as it can be, whatever else happens", async () => {
  await at.request("POST", "/ingest", smallSession("uncounted", 2));
  await at.settled();
  const { heard, stream } = listen("?event_types=heartbeat,acquisition.progress&acquisition_uuid=uncounted-a");
  await eventually(
    () => heard.length,
    (n) => n > 0,
  );
  const query = vi.spyOn(at.backend.pool, "query");
  await at.rows("alter table square_counts rename to square_counts_away");
  await at.request("PUT", "/acquisitions/uncounted-a", { status: "paused" });
  await eventually(
    () =>
      query.mock.settledResults.filter((_, n) => String(query.mock.calls[n]?.[0]).includes("imaged_foilhole_count")),
    (counted) => counted.some(({ type }) => type === "rejected"),
  );
  query.mockRestore();
  await at.rows("alter table square_counts_away rename to square_counts");
  await eventually(
    () => heard,
    (seen) => seen.some(({ data }) => data.status === "paused"),
  );
  await stream.close();
  expect(heard.find(({ data }) => data.status === "paused")?.data).toMatchObject({
    ...{ grid_count: 1, gridsquare_count: 1, foilhole_count: 2, imaged_foilhole_count: 2, micrograph_count: 2 },
  });
});
