import { join } from "node:path";
import { createAthenaClient } from "@smartem/athena-api/client";
import { ensureGridArea } from "@smartem/athena-api/ensure";
import { type AthenaMock, startAthenaMock } from "@smartem/athena-api/mock/server";
import { REORDER_FOILHOLES, REORDER_GRIDSQUARES, SKIP_GRIDSQUARES } from "@smartem/common/instructions";
import { ok } from "@smartem/common/result";
import { delay } from "@smartem/common/time";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Agent } from "../agent.js";
import { AthenaControl } from "../control/athena-control.js";
import type { MicroscopeControl, MicroscopeOrder } from "../control/microscope-control.js";
import { imageXml, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import type { FakeInstruction } from "../testing/fake-api.js";
import { FAST_TIMES, until } from "../testing/harness.js";
import { OTHER_SESSION, SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";

const workplace = useWorkplace();

beforeEach(() => {
  writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
});

async function connected(agent: Agent): Promise<string> {
  await agent.settled();
  const { api } = workplace;
  await until("a stream", () => [...api.sessions.values()].some((session) => session.streams.size > 0));
  const [session] = api.sessions.values();
  return session?.session_id ?? "";
}

async function answered(instruction: FakeInstruction) {
  await until("an answer", () => instruction.acks.some((ack) => ack.status !== "received"));
  return instruction.acks.find((ack) => ack.status !== "received");
}

/** A control that remembers what it was given. */
function recordingControl(): MicroscopeControl & { readonly given: MicroscopeOrder[]; fails: number } {
  const given: MicroscopeOrder[] = [];
  const control = {
    name: "recording",
    service: null,
    given,
    fails: 0,
    settle: async () => ok(null),
    give: async (_session: unknown, order: MicroscopeOrder) => {
      if (control.fails > 0) {
        control.fails--;
        return { ok: false as const, error: { kind: "transient" as const, message: "It does not answer." } };
      }
      given.push(order);
      return ok({ result: "given", watch: null });
    },
    whatBecameOf: async () => ok(null),
    observe: async (orders: readonly unknown[]) => ok(orders.map(() => null)),
    refuses: () => null,
    close: async () => undefined,
  };
  return control;
}

test("the agent tells about itself when it is asked", async () => {
  const { api, watched } = workplace;
  const session = await connected(await workplace.agent());
  const ask = async (type: string, payload = {}) => {
    const ack = await answered(api.instruct(session, type, payload));
    expect(ack?.status).toBe("processed");
    return JSON.parse(ack?.result ?? "null");
  };
  expect(await ask("agent.status.request")).toMatchObject({
    watch_folder: watched,
    entities: { micrograph: { known: 12, confirmed: 12 } },
    queue: { files: 0, entities: 0 },
    orphans: { pictures_without_manifest: 0 },
  });
  expect(await ask("agent.info.datastore")).toMatchObject({ files: { micrographManifest: { done: 12 } } });
  const { throughput } = await ask("agent.info.metrics");
  expect(throughput.entities.total).toBeGreaterThanOrEqual(40);
  expect(await ask("agent.info.errors")).toMatchObject({ unread: [], refused: [] });
  expect(await ask("agent.info.orphans")).toMatchObject({ sessions_without_epu_session: [] });
  expect(await ask("agent.config.update", { log_interval: 7, colour: "blue", sse_timeout: -1 })).toEqual({
    changed: { log_interval: { from: 0.02, to: 7 } },
    refused: { colour: expect.stringContaining("not a setting"), sse_timeout: expect.stringContaining("not a number") },
  });
});

test("instructions that no control can carry out or that are unknown are declined with the reason, expired ones fail", async () => {
  const { api } = workplace;
  const session = await connected(await workplace.agent());
  const reasonOf = async (instruction: FakeInstruction) => {
    const ack = await answered(instruction);
    return [ack?.status, ack?.error_message];
  };
  const none = expect.stringContaining("controls no microscope");
  expect(await reasonOf(api.instruct(session, "microscope.control.move_stage", {}))).toEqual(["declined", none]);
  expect(await reasonOf(api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: ["101"] }))).toEqual([
    "declined",
    none,
  ]);
  expect(await reasonOf(api.instruct(session, "agent.dance", {}))).toEqual([
    "declined",
    "The agent does not know instructions of type agent.dance.",
  ]);
  const past = { expires_at: "2020-01-01T00:00:00Z" };
  expect(await reasonOf(api.instruct(session, "agent.status.request", {}, past))).toEqual([
    "failed",
    expect.stringContaining("expired"),
  ]);
});

test("ids that are no numbers fail, ids that are unknown are declined", async () => {
  const { api } = workplace;
  const control = recordingControl();
  const session = await connected(await workplace.agent({ control }));
  const bad = await answered(api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: ["abc"] }));
  expect(bad).toMatchObject({ status: "failed", error_message: expect.stringContaining('"abc"') });
  const unknown = await answered(api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: ["101", "777"] }));
  expect(unknown).toMatchObject({ status: "declined", error_message: "There is no grid square 777 in this session." });
  const hole = { gridsquare_id: "102", foilhole_ids: ["101000"] };
  expect(await answered(api.instruct(session, REORDER_FOILHOLES, hole))).toMatchObject({
    status: "declined",
    error_message: "There is no foil hole 101000 in grid square 102.",
  });
  expect(control.given).toEqual([]);
});

/** How often it was asked what has become of an instruction. */
function asked({ message }: FakeInstruction): number {
  return workplace.api.requests.filter(({ path }) => path === `/instructions/${message.instruction_id}`).length;
}

test("what the API withdraws or loses while the microscope's control is away is not given to it when it is back", async () => {
  const { api } = workplace;
  const control = recordingControl();
  control.fails = Number.POSITIVE_INFINITY;
  const session = await connected(await workplace.agent({ control }));
  const [first, second, third] = [["101"], ["102"], ["103"]].map((ids) =>
    api.instruct(session, REORDER_GRIDSQUARES, { gridsquare_ids: ids }),
  ) as [FakeInstruction, FakeInstruction, FakeInstruction];
  const all = [first, second, third];
  await until("the API knows that they came", () => all.every(({ acks }) => acks.length > 0));
  first.isCancelled = true;
  api.instructions.delete(second.message.instruction_id);
  for (const each of [first, second]) {
    const before = asked(each);
    await until("it is asked about", () => asked(each) > before);
  }
  control.fails = 0;
  expect(await answered(third)).toMatchObject({ status: "processed" });
  expect(control.given).toMatchObject([{ gridSquareIds: ["103"] }]);
  expect(await answered(first)).toMatchObject({ status: "failed", given: false });
  expect(second.acks.map((ack) => ack.status)).toEqual(["received"]);
});

test("an order that waited does not undo a later one of its kind that was given first, also after a restart of the agent", async () => {
  const { api } = workplace;
  const away = recordingControl();
  away.fails = Number.POSITIVE_INFINITY;
  const before = await workplace.agent({ control: away });
  const session = await connected(before);
  const squares = (ids: string[]) => ({ gridsquare_ids: ids, reason: "" });
  const holes = (order: string[], skipped: string[] = []) => ({
    gridsquare_id: "101",
    foilhole_ids: order.map((n) => `10100${n}`),
    skip_foilhole_ids: skipped.map((n) => `10100${n}`),
  });
  const high = { priority: "high" } as const;
  const older = api.instruct(session, REORDER_GRIDSQUARES, squares(["101", "102"]));
  await until("it to be tried", () => older.acks.length > 0);
  const olderHoles = api.instruct(session, REORDER_FOILHOLES, holes(["0", "1"], ["2", "3"]));
  const otherHoles = api.instruct(session, REORDER_FOILHOLES, { gridsquare_id: "102", foilhole_ids: ["102001"] });
  const newer = api.instruct(session, REORDER_GRIDSQUARES, squares(["102", "101"]), high);
  const newerHoles = api.instruct(session, REORDER_FOILHOLES, holes(["3", "1", "0"]), high);
  const all = [older, olderHoles, otherHoles, newer, newerHoles];
  await until("the API knows that they came", () => all.every(({ acks }) => acks.length > 0));
  await before.stop();
  const control = recordingControl();
  const give = control.give;
  control.give = async (...order) => (control.given.length < 2 ? give(...order) : away.give(...order));
  const between = await workplace.agent({ control });
  for (const each of [newer, newerHoles]) expect(await answered(each)).toMatchObject({ status: "processed" });
  await between.stop();
  control.give = give;
  await workplace.agent({ control });
  expect(await answered(older)).toMatchObject({
    status: "declined",
    error_message: `Superseded: the later order ${newer.message.instruction_id} was given before it.`,
    given: false,
  });
  expect(await answered(olderHoles)).toMatchObject({
    status: "processed",
    result: expect.stringContaining("3 were left out"),
  });
  expect(await answered(otherHoles)).toMatchObject({ status: "processed" });
  expect(control.given).toMatchObject([
    { gridSquareIds: ["102", "101"] },
    { foilHoleIds: ["101003", "101001", "101000"] },
    { gridSquareId: "101", foilHoleIds: [], skipFoilHoleIds: ["101002"] },
    { gridSquareId: "102", foilHoleIds: ["102001"] },
  ]);
});

test("which of two orders is the later one is said by the API, whichever comes first, and not by numbers that have begun again", async () => {
  const { api } = workplace;
  const control = recordingControl();
  const session = await connected(await workplace.agent({ control }));
  const order = (ids: string[], sequence_number: number | null, agoMs: number) => {
    const created_at = new Date(api.now() - agoMs).toISOString();
    return api.instruct(session, REORDER_GRIDSQUARES, { gridsquare_ids: ids }, { sequence_number, created_at });
  };
  // As after a time without a stream: what has priority is sent first.
  expect(await answered(order(["101"], 8, 1_000))).toMatchObject({ status: "processed" });
  expect(await answered(order(["102"], 7, 2_000))).toMatchObject({ status: "declined", given: false });
  expect(await answered(order(["103"], 1, 0))).toMatchObject({ status: "processed" });
  expect(await answered(order(["104"], null, 0))).toMatchObject({ status: "processed" });
  expect(control.given).toMatchObject([["101"], ["103"], ["104"]].map((gridSquareIds) => ({ gridSquareIds })));
});

test("an order that the network delivers late is not given to the microscope when it was withdrawn before it came", async () => {
  const { api } = workplace;
  const control = recordingControl();
  const session = await connected(await workplace.agent({ control }));
  const created_at = new Date(api.now() - 20_000).toISOString();
  const holes = (square: string) => ({ gridsquare_id: square, foilhole_ids: [`${square}001`], reason: "" });
  api.instruct(session, REORDER_FOILHOLES, holes("101"), { created_at }).isCancelled = true;
  const later = api.instruct(session, REORDER_FOILHOLES, holes("102"), { created_at });
  expect((await answered(later))?.status).toBe("processed");
  expect(control.given).toMatchObject([{ gridSquareId: "102" }]);
});

test("an order that waited is given to the microscope where the API can't be asked about it, and not while it does not answer", async () => {
  const { api } = workplace;
  const control = recordingControl();
  const session = await connected(await workplace.agent({ control }));
  const waited = async (ids: string[]): Promise<FakeInstruction> => {
    control.fails = Number.POSITIVE_INFINITY;
    const order = api.instruct(session, REORDER_GRIDSQUARES, { gridsquare_ids: ids });
    await until("the API knows that it came", () => order.acks.length > 0);
    return order;
  };
  api.tellsOfInstructions = false;
  const old = await waited(["101"]);
  control.fails = 0;
  expect(await answered(old)).toMatchObject({ status: "processed" });

  api.tellsOfInstructions = true;
  const order = await waited(["102"]);
  api.trouble = (path) => ({ kind: path.startsWith("/instructions/") ? "fails" : "none" });
  const before = asked(order);
  await until("it is asked about", () => asked(order) > before);
  control.fails = 0;
  await until("it is asked about again", () => asked(order) > before + 2);
  expect(control.given).toMatchObject([{ gridSquareIds: ["101"] }]);
  api.trouble = () => ({ kind: "none" });
  expect(await answered(order)).toMatchObject({ status: "processed" });
  expect(control.given).toMatchObject([{ gridSquareIds: ["101"] }, { gridSquareIds: ["102"] }]);
});

test("instructions are carried out once each and in order, however often they are sent", async () => {
  const { api } = workplace;
  const control = recordingControl();
  control.fails = 3;
  const session = await connected(await workplace.agent({ control }));
  const orders = [["101"], ["102"], ["103"], ["104"]];
  const instructions = orders.map((ids) => api.instruct(session, REORDER_GRIDSQUARES, { gridsquare_ids: ids }));
  // Connections break before anything is answered: all is sent again, and again.
  for (let cut = 0; cut < 3; cut++) {
    api.cutStreams();
    await until("a new stream", () => [...api.sessions.values()].some((each) => each.streams.size > 0));
  }
  for (const instruction of instructions) expect(await answered(instruction)).toMatchObject({ status: "processed" });
  expect(control.given.map((order) => ("gridSquareIds" in order ? order.gridSquareIds : []))).toEqual(orders);
  expect(instructions[0]?.acks[0]?.status).toBe("received");
});

test.each([
  ["behind", 600_000],
  ["ahead of", -600_000],
])(
  "whether an instruction has expired is judged by the API's clock, with this one 10 min %s it",
  async (_, aheadMs) => {
    const { api } = workplace;
    api.clockAheadMs = aheadMs;
    const control = recordingControl();
    const session = await connected(await workplace.agent({ control }));
    const lasting = (ms: number) => ({ expires_at: new Date(api.now() + ms).toISOString() });
    const expired = api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: ["101"] }, lasting(-60_000));
    expect(await answered(expired)).toMatchObject({
      status: "failed",
      error_message: expect.stringContaining("expired"),
    });
    expect(control.given).toEqual([]);
    const live = await answered(api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: ["102"] }, lasting(60_000)));
    expect(live).toMatchObject({ status: "processed" });
    expect(Math.abs(Date.parse(live?.processed_at ?? "") - api.now())).toBeLessThan(30_000);
  },
);

test("a journaled instruction waits for the API to tell its time before it is carried out", async () => {
  const { api } = workplace;
  const control = recordingControl();
  control.fails = 1_000_000;
  const first = await workplace.agent({ control });
  const session = await connected(first);
  const expires_at = new Date(api.now() + 60_000).toISOString();
  const instruction = api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: ["101"] }, { expires_at });
  await until("it is tried", () => control.fails < 1_000_000);
  await first.stop();
  await api.stop();
  control.fails = 0;
  const second = await workplace.agent({ control });
  await until("the API is asked in vain", () => second.status().sessions.some((each) => each.last_error !== null));
  expect(control.given).toEqual([]);
  // Meanwhile it has expired, by the API's clock.
  api.clockAheadMs = 120_000;
  await api.start();
  expect(await answered(instruction)).toMatchObject({ status: "failed" });
  expect(control.given).toEqual([]);
});

test("an instruction that can't be carried out before it expires fails then", async () => {
  const { api } = workplace;
  const control = recordingControl();
  control.fails = 1_000_000;
  const session = await connected(await workplace.agent({ control }));
  const expires_at = new Date(Date.now() + 400).toISOString();
  const late = api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: ["101"] }, { expires_at });
  expect(await answered(late)).toMatchObject({ status: "failed", error_message: expect.stringContaining("expired") });
});

test("what asks about the agent does not wait for a control that does not answer, nor do another session's orders", async () => {
  const { api, watched } = workplace;
  writeFiles(watched, sessionFiles(OTHER_SESSION));
  const recording = recordingControl();
  let asked = 0;
  let answer = (): void => undefined;
  const answers = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const control: MicroscopeControl = {
    ...recording,
    async give(of, order, takeovers, signal, onBegin) {
      if (of.name === "Supervisor_1") {
        asked++;
        await answers;
      }
      return recording.give(of, order, takeovers, signal, onBegin);
    },
  };
  const agent = await workplace.agent({ control });
  await connected(agent);
  await until("both sessions", () => [...api.sessions.values()].filter((each) => each.streams.size > 0).length === 2);
  const [session = "", other = ""] = agent
    .status()
    .sessions.toSorted((a, b) => (a.name ?? "").localeCompare(b.name ?? ""))
    .map((each) => each.session_id);
  const stuck = ["101", "102"].map((id) => api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: [id] }));
  try {
    await until("the control to be asked", () => asked === 1);
    expect(await answered(api.instruct(session, "agent.info.metrics", {}))).toMatchObject({ status: "processed" });
    const order = api.instruct(other, SKIP_GRIDSQUARES, { gridsquare_ids: ["101"] });
    expect(await answered(order)).toMatchObject({ status: "processed" });
    expect(asked).toBe(1);
    // The API knows that it came, and does not send it again until it expires.
    await until("the next order to be acknowledged", () => stuck[1]?.acks.length === 1);
    expect(stuck.flatMap(({ acks }) => acks).every((ack) => ack.status === "received")).toBe(true);
  } finally {
    answer();
  }
  for (const each of stuck) expect(await answered(each)).toMatchObject({ status: "processed" });
  expect(recording.given.map((order) => ("gridSquareIds" in order ? order.gridSquareIds[0] : null))).toEqual([
    "101",
    "101",
    "102",
  ]);
});

test("orders that an agent had received when its journal was lost are carried out by the one after it", async () => {
  const { api } = workplace;
  const away = recordingControl();
  away.fails = Number.POSITIVE_INFINITY;
  const agent = await workplace.agent({ control: away });
  const session = await connected(agent);
  const [first, second] = ["101", "102"].map((id) => api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: [id] }));
  if (first === undefined || second === undefined) throw new Error("no instructions");
  await until("both to be received", () => first.acks.length > 0 && second.acks.length > 0);
  await agent.stop();
  const control = recordingControl();
  await workplace.agent({ control, stateFolder: join(workplace.watched, "..", "another-journal") });
  for (const each of [first, second]) expect(await answered(each)).toMatchObject({ status: "processed" });
  expect(control.given).toHaveLength(2);
});

test("answers that the API does not get are sent until it has them", async () => {
  const { api } = workplace;
  const session = await connected(await workplace.agent());
  let lost = 0;
  api.trouble = (path) => ({ kind: path.endsWith("/ack") && lost++ < 3 ? "fails" : "none" });
  expect(await answered(api.instruct(session, "agent.info.metrics", {}))).toMatchObject({ status: "processed" });
  expect(lost).toBeGreaterThan(3);
});

test("a stream that falls silent without closing is given up and opened again", async () => {
  const { api } = workplace;
  api.heartbeatMs = 1_000_000;
  const times = { ...FAST_TIMES, streamHeartbeatMs: 100, sseTimeoutMs: 100 };
  const agent = await workplace.agent({ times });
  await connected(agent);
  await until("several connections", () => api.connections >= 3);
  api.heartbeatMs = 20;
  await until("a connection that lasts", () => agent.status().sessions[0]?.state === "connected");
});

test("a stream that ends with its token is opened again without a fault being told of", async () => {
  const { api } = workplace;
  const agent = await workplace.agent({ times: { ...FAST_TIMES, goodStreamMs: 0, heartbeatIntervalMs: 0 } });
  const session = await connected(agent);
  const before = agent.status().errors.count;
  for (const connection of [2, 3]) {
    for (const stream of api.sessions.get(session)?.streams ?? []) stream.end(": the access token has expired\n\n");
    await until("the next connection", () => agent.status().sessions[0]?.connections === connection);
  }
  expect(agent.status()).toMatchObject({ errors: { count: before }, sessions: [{ last_error: null }] });
  api.cutStreams();
  await until("one that broke to be told of", () => agent.status().errors.count > before);
});

test("streams that end as soon as they have begun are told of", async () => {
  const { api } = workplace;
  const agent = await workplace.agent({ times: { ...FAST_TIMES, goodStreamMs: 3_600_000 } });
  const session = await connected(agent);
  const before = agent.status().errors.count;
  for (const stream of api.sessions.get(session)?.streams ?? []) stream.end();
  await until("it to be told of", () => agent.status().errors.count > before);
  expect(agent.status().errors.latest.at(-1)).toMatchObject({ message: "instruction stream lost" });
});

test("a session that the API no longer knows is registered again", async () => {
  const { api } = workplace;
  const session = await connected(await workplace.agent());
  api.sessions.clear();
  api.cutStreams();
  await until("the session", () => (api.sessions.get(session)?.streams.size ?? 0) > 0, 20_000);
  expect(await answered(api.instruct(session, "agent.info.metrics", {}))).toMatchObject({ status: "processed" });
});

test("a session that an operator has closed is left so, calmly, until somebody opens it; the status says so", async () => {
  const { api } = workplace;
  const times = { ...FAST_TIMES, apiBackoff: { initialMs: 1, maxMs: 2_000 } };
  const agent = await workplace.agent({ times });
  const session = await connected(agent);
  const state = () => agent.status().sessions[0]?.state;
  const attempts = () => api.requests.filter(({ path }) => path.endsWith("/sessions")).length;
  const before = attempts();
  const begunAt = performance.now();
  api.closedSessions.add(session);
  const closed = api.sessions.get(session);
  if (closed !== undefined) closed.status = "completed";
  api.cutStreams();
  await until("the agent to know", () => state() === "closed");
  expect(agent.status().sessions[0]?.last_error).toContain("closed by an operator");
  await until("another look", () => attempts() >= before + 2);
  // One at once, then one after the longest wait, of which at least half.
  expect(performance.now() - begunAt).toBeGreaterThan(900);
  expect(state()).toBe("closed");
  api.closedSessions.clear();
  await until("the session", () => state() === "connected");
});

test("however many sessions are listened for, uploads and answers get through", async () => {
  const { api, watched } = workplace;
  for (let number = 1; number < 10; number++) {
    const name = `Many_${number}`;
    const session = { ...OTHER_SESSION.session, id: String(4_800_000 + number), name, atlasPath: null };
    const few = { squareIds: ["101"], visited: 1, holesPerSquare: 1, imagedPerSquare: 1, exposuresPerHole: 1 };
    writeFiles(watched, sessionFiles({ ...OTHER_SESSION, ...few, folder: name, session }));
  }
  const agent = await workplace.agent();
  const listenedFor = () => [...api.sessions.values()].filter((each) => each.streams.size > 0).length;
  await until("a stream for each session", () => listenedFor() === 10, 60_000);
  for (const session of api.sessions.keys()) {
    expect(await answered(api.instruct(session, "agent.info.metrics", {}))).toMatchObject({ status: "processed" });
  }
  const before = api.counts().micrograph ?? 0;
  const data = join(watched, "Many_9", "Images-Disc1", "GridSquare_101", "Data");
  const content = imageXml({ uniqueId: "one-more" });
  writeFiles(data, [{ path: "FoilHole_101000_Data_9009_1_20240406_120000.xml", content }]);
  await agent.settled();
  expect(api.counts().micrograph).toBe(before + 1);
});

test("heartbeats are sent, and log entries in batches", async () => {
  const { api } = workplace;
  await connected(await workplace.agent());
  await until("heartbeats", () => api.heartbeats > 2);
  await until("logs", () => api.logs.length > 0);
  expect(api.logs).toContainEqual(
    expect.objectContaining({
      level: "INFO",
      logger_name: "smartem-agent",
      message: expect.stringContaining("agent started"),
    }),
  );
});

test("an interval that is changed counts at once, though nobody looks for changes", async () => {
  const { api } = workplace;
  const anHourMs = 3_600_000;
  const session = await connected(
    await workplace.agent({ times: { ...FAST_TIMES, heartbeatIntervalMs: anHourMs, logIntervalMs: anHourMs } }),
  );
  await until("the first heartbeat", () => api.heartbeats === 1);
  const waits = vi.spyOn(globalThis, "setTimeout");
  await delay(3_000);
  const aboutASecond = waits.mock.calls.filter(([, ms = 0]) => ms > 800 && ms <= 1_000);
  waits.mockRestore();
  expect(aboutASecond).toEqual([]);
  expect([api.heartbeats, api.logs.length]).toEqual([1, 0]);
  api.instruct(session, "agent.config.update", { heartbeat_interval: 0.05, log_interval: 0.1 });
  await until("heartbeats", () => api.heartbeats > 3);
  await until("logs", () => api.logs.length > 0);
});

test("each new connection is named to the API at once, so that it sends nothing to an earlier one", async () => {
  const { api } = workplace;
  await connected(await workplace.agent({ times: { heartbeatIntervalMs: 3_600_000 } }));
  await until("the first to be named", () => api.heartbeatOf === "connection-1");
  api.cutStreams();
  await until("the second to be named", () => api.heartbeatOf === "connection-2");
  expect(api.heartbeats).toBe(2);
});

describe("with Athena", () => {
  let athena: AthenaMock;
  let agent: Agent;
  let session: string;
  let client: ReturnType<typeof createAthenaClient>;

  beforeEach(async () => {
    athena = await startAthenaMock();
    client = createAthenaClient({ baseUrl: athena.url });
    agent = await workplace.agent({ control: new AthenaControl(createAthenaClient({ baseUrl: athena.url })) });
    session = await connected(agent);
  });

  afterEach(async () => {
    await client.close();
    await agent.stop();
    await athena.close();
  });

  async function athenaSession(): Promise<string> {
    const found = await client.getSessionByName({ sessionName: "Supervisor_1" });
    return found.ok ? found.value.sessionId : "";
  }

  async function decision(
    areaId: number,
    decisionType: "acquisitionOrder" | "foilHoleSelection" | "gridSquareSelection",
  ) {
    const sessionId = await athenaSession();
    const latest = await client.getLatestDecision({ sessionId, areaId, decisionType, pluginType: "custom" });
    return latest.ok ? JSON.parse(latest.value?.decisionValue ?? "null") : latest.error;
  }

  async function verified(instruction: FakeInstruction) {
    await until("a verification", () => instruction.verifications.length > 0);
    return instruction.verifications[0]?.outcome;
  }

  test("orders of two EPU sessions of one name never reach each other's squares and holes", async () => {
    const { api, watched } = workplace;
    const name = SMALL_SESSION.session.name;
    writeFiles(watched, sessionFiles({ ...OTHER_SESSION, session: { ...OTHER_SESSION.session, name } }));
    await until("both sessions", () => [...api.sessions.values()].filter((each) => each.streams.size > 0).length === 2);
    await agent.settled();
    const other = [...api.sessions.keys()].find((id) => id !== session) ?? "";
    const orders = [
      [session, ["101003", "101001"]],
      [other, ["101001", "101005"]],
      [session, ["101001", "101003"]],
    ] as const;
    for (const [of, foilhole_ids] of orders) {
      const order = api.instruct(of, REORDER_FOILHOLES, { gridsquare_id: "101", foilhole_ids, reason: "" });
      expect(await answered(order)).toMatchObject({ status: "processed" });
    }
    const found = await client.getSessions();
    const sessions = found.ok ? found.value : [];
    const held = await Promise.all(
      sessions.map(async ({ sessionId, sessionName }) => {
        const all = await client.getDecisions({ sessionId, areaIds: [101], decisionType: "acquisitionOrder" });
        return [sessionName === name, all.ok ? all.value.length : null];
      }),
    );
    expect(held).toEqual([
      [true, 2],
      [false, 1],
    ]);
    expect(await decision(101, "acquisitionOrder")).toMatchObject([{ areaId: 101_001 }, { areaId: 101_003 }]);
  });

  test("an order to an EPU session without a name reaches a session of its own", async () => {
    const { api, watched } = workplace;
    writeFiles(watched, sessionFiles({ ...OTHER_SESSION, session: { ...OTHER_SESSION.session, name: "" } }));
    await until("both sessions", () => [...api.sessions.values()].filter((each) => each.streams.size > 0).length === 2);
    await agent.settled();
    const other = [...api.sessions.keys()].find((id) => id !== session) ?? "";
    const order = api.instruct(other, SKIP_GRIDSQUARES, { gridsquare_ids: ["101"], reason: "" });
    expect(await answered(order)).toMatchObject({ status: "processed" });
    const found = await client.getSessions();
    expect(found.ok && found.value.map(({ sessionName }) => sessionName)).toEqual(["EPU session 4700111"]);
  });

  test("an order of holes is acknowledged when Athena holds it, in the session of EPU's name, and verified when it is followed", async () => {
    const { api } = workplace;
    const registered = await client.postSession({ sessionName: "Supervisor_1" });
    expect(registered.ok).toBe(true);
    const order = api.instruct(session, REORDER_FOILHOLES, {
      gridsquare_id: "101",
      foilhole_ids: ["101003", "101001"],
      skip_foilhole_ids: ["101005"],
      reason: "thin ice",
    });
    expect(await answered(order)).toMatchObject({ status: "processed" });
    expect((await client.getSessions()).ok && (await client.getSessions())).toMatchObject({
      value: [{ sessionName: "Supervisor_1" }],
    });
    expect(await decision(101, "acquisitionOrder")).toEqual([
      { areaId: 101_003, result: "1" },
      { areaId: 101_001, result: "2" },
    ]);
    expect(await decision(101, "foilHoleSelection")).toEqual([{ areaId: 101_005, result: "false" }]);
    const configuration = await client.getConfiguration();
    expect(configuration.ok ? configuration.value.smartPluginConfigurations : []).toContainEqual(
      expect.objectContaining({ pluginName: "AutomaticFoilHoleSelection", customPluginSelection: true }),
    );
    expect(order.verifications).toEqual([]);
    await client.postAreaState({ sessionId: await athenaSession(), areaId: 101_003, state: "started" });
    expect(await verified(order)).toBe("followed");
    await client.postAreaState({ sessionId: await athenaSession(), areaId: 101_005, state: "started" });
    await until("what was skipped has been told of", () => order.verifications.length > 1);
    expect(order.verifications.at(-1)).toMatchObject({
      outcome: "not_followed",
      details: "Area 101005 was to be skipped and is started.",
    });
  });

  test("skipped squares stay skipped by later skips, and an order that brings one back says so", async () => {
    const { api } = workplace;
    const first = api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: ["103"] });
    const second = api.instruct(session, SKIP_GRIDSQUARES, { gridsquare_ids: ["104"] });
    await answered(second);
    const sessionId = await athenaSession();
    const grid = await ensureGridArea(client, sessionId);
    const gridAreaId = grid.ok ? grid.value : 0;
    expect(await decision(gridAreaId, "gridSquareSelection")).toEqual([
      { areaId: 103, result: "false" },
      { areaId: 104, result: "false" },
    ]);
    const third = api.instruct(session, "athena.control.reorder_gridsquares", {
      gridsquare_order: [
        { gridsquare_id: "104", quality_score: 0.9 },
        { gridsquare_id: "101", quality_score: 0.5 },
      ],
    });
    await answered(third);
    expect(await decision(gridAreaId, "gridSquareSelection")).toEqual([
      { areaId: 103, result: "false" },
      { areaId: 104, result: "true" },
    ]);
    await client.postAreaStates([
      { sessionId, areaId: 103, state: "skipped" },
      { sessionId, areaId: 101, state: "started" },
    ]);
    expect(await verified(first)).toBe("followed");
    expect(await verified(second)).toBe("superseded");
    expect(await verified(third)).toBe("not_followed");
  });

  test("an order whose session Athena has forgotten is told of, and keeps no other from being verified", async () => {
    const { api, watched } = workplace;
    writeFiles(watched, sessionFiles(OTHER_SESSION));
    await until("both sessions", () => [...api.sessions.values()].filter((each) => each.streams.size > 0).length === 2);
    await agent.settled();
    const other = [...api.sessions.keys()].find((id) => id !== session) ?? "";
    const lost = api.instruct(session, REORDER_FOILHOLES, { gridsquare_id: "101", foilhole_ids: ["101002"] });
    await answered(lost);
    const order = api.instruct(other, REORDER_FOILHOLES, { gridsquare_id: "101", foilhole_ids: ["101003"] });
    await answered(order);
    expect((await client.deleteSession({ id: await athenaSession() })).ok).toBe(true);
    const kept = await client.getSessionByName({ sessionName: "Supervisor_2" });
    const sessionId = kept.ok ? kept.value.sessionId : "";
    await client.postAreaState({ sessionId, areaId: 101_003, state: "started" });
    expect(await verified(order)).toBe("followed");
    expect(await verified(lost)).toBe("superseded");
    expect(lost.verifications[0]?.details).toContain("Athena has no record of it any more");
    expect([lost, order].map(({ verifications }) => verifications[0]?.record_lost)).toEqual([true, undefined]);
  });

  test("with Athena away, orders wait and are given when it is back", async () => {
    const { api } = workplace;
    const { url } = athena;
    await athena.close();
    const order = api.instruct(session, REORDER_FOILHOLES, { gridsquare_id: "101", foilhole_ids: ["101002"] });
    await until("that it is being tried", () => order.acks.some((ack) => ack.status === "received"));
    athena = await startAthenaMock({ port: Number(new URL(url).port) });
    expect(await answered(order)).toMatchObject({ status: "processed" });
    expect(await decision(101, "acquisitionOrder")).toEqual([{ areaId: 101_002, result: "1" }]);
  });

  test("what Athena can't do is declined", async () => {
    const { api } = workplace;
    expect(await answered(api.instruct(session, "microscope.control.take_image", {}))).toMatchObject({
      status: "declined",
      error_message: "Athena's Decision Service offers no way to take an image.",
    });
  });
});
