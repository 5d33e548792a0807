import { get, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
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
