import { silentLogger } from "@smartem/common/logging";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBackend } from "../backend.js";
import { transaction } from "../database/connection.js";
import { createInstruction, type NewInstruction, sweep } from "../instructions/store.js";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { type FollowedEvents, followEvents } from "../testing/sse-for-tests.js";
import { startTcpProxy } from "../testing/tcp-proxy.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
  await at.request("POST", "/ingest", smallSession("x", 1));
});
afterAll(() => at.stop());

type Message = Record<string, unknown>;

function listen(
  session: string,
  agent = "agent",
  url = at.url,
  query = "",
): { received: Message[]; events: string[]; stream: FollowedEvents } {
  const received: Message[] = [];
  const events: string[] = [];
  const stream = followEvents(`${url}/agent/${agent}/session/${session}/instructions/stream${query}`, (event, data) => {
    events.push(event);
    if (event === "instruction") received.push(data as Message);
  });
  return { received, events, stream };
}

const create = (instruction: NewInstruction) =>
  transaction(at.backend.pool, (tx) => createInstruction(tx, instruction));
const order = (sessionId: string, more: Partial<NewInstruction> = {}): NewInstruction => ({
  sessionId,
  type: "microscope.control.reorder_gridsquares",
  payload: { gridsquare_ids: ["1"], priority: "normal", reason: "test" },
  ...more,
});
const ack = (session: string, instruction: string, status: string, agent = "agent") =>
  at.request("POST", `/agent/${agent}/session/${session}/instructions/${instruction}/ack`, { status });

async function openSession(session_id: string): Promise<void> {
  const { status } = await at.request("POST", "/agent/agent/sessions", { session_id, acquisition_uuid: "x-a" });
  expect(status).toBe(201);
}

test("instructions arrive as they are made, by priority, then sequence; each once; and are acknowledged", async () => {
  await openSession("s1");
  const low = await create(order("s1", { priority: "low" }));
  const normal = await create(order("s1"));
  const high = await create(order("s1", { priority: "high" }));
  const { received, events, stream } = listen("s1");
  await eventually(
    () => received.length,
    (n) => n === 3,
  );
  expect(received.map((message) => message.instruction_id)).toEqual([high, normal, low]);
  expect(events[0]).toBe("connection");
  const live = await create(order("s1"));
  await eventually(
    () => received.length,
    (n) => n === 4,
  );
  expect(received[3]).toMatchObject({
    type: "instruction",
    instruction_id: live,
    session_id: "s1",
    agent_id: "agent",
    payload: { gridsquare_ids: ["1"] },
  });
  for (const id of [low, normal, high, live]) expect((await ack("s1", id, "processed")).status).toBe(200);
  await stream.close();
});

test("what was sent but not acknowledged is sent again on reconnection; an acknowledgement repeated changes nothing", async () => {
  await openSession("s2");
  const id = await create(order("s2"));
  const first = listen("s2");
  await eventually(
    () => first.received.length,
    (n) => n === 1,
  );
  await first.stream.close();
  const second = listen("s2");
  await eventually(
    () => second.received.length,
    (n) => n === 1,
  );
  expect(second.received[0]?.instruction_id).toBe(id);
  expect((await ack("s2", id, "received")).status).toBe(200);
  const answer = await ack("s2", id, "processed");
  expect(answer).toMatchObject({ status: 200, body: { status: "processed", instruction_id: id } });
  expect(await ack("s2", id, "processed")).toMatchObject({
    status: 200,
    body: { acknowledged_at: (answer.body as Message).acknowledged_at },
  });
  expect((await ack("s2", id, "failed")).status).toBe(400);
  await second.stream.close();
  const third = listen("s2");
  await eventually(
    () => third.events.length,
    (n) => n === 1,
  );
  expect(third.received).toEqual([]);
  await third.stream.close();
  const history = await at.rows<{ status: string }>(
    "select status from instruction_history where instruction_id = $1 order by id",
    [id],
  );
  expect(history.map(({ status }) => status)).toEqual(["pending", "sent", "sent", "acknowledged", "acknowledged"]);
});

test("errors keep their codes: unknown 404, another agent's 403", async () => {
  await openSession("s3");
  const id = await create(order("s3"));
  expect((await ack("s3", "no-such", "processed")).status).toBe(404);
  expect((await ack("no-such", id, "processed")).status).toBe(404);
  expect((await ack("s3", id, "processed", "stranger")).status).toBe(403);
  expect((await ack("s3", id, "nonsense")).status).toBe(422);
  expect((await at.request("POST", "/agent/agent/session/s3/heartbeat")).status).toBe(404);
});

test("a stream for an unknown or another agent's session says so and ends", async () => {
  await openSession("s4");
  for (const [session, agent] of [
    ["no-such", "agent"],
    ["s4", "stranger"],
  ] as const) {
    const { events, stream } = listen(session, agent);
    await stream.ended;
    expect(events).toEqual(["error"]);
  }
});

test("what was acknowledged as received alone is sent again to an agent that asks for it, and answered as ever", async () => {
  await openSession("s-unanswered");
  const id = await create(order("s-unanswered"));
  const first = listen("s-unanswered");
  await eventually(
    () => first.received.length,
    (n) => n === 1,
  );
  expect((await ack("s-unanswered", id, "received")).status).toBe(200);
  await first.stream.close();
  const later = await create(order("s-unanswered"));
  const second = listen("s-unanswered");
  await eventually(
    () => second.received.length,
    (n) => n === 1,
  );
  expect(second.received[0]?.instruction_id).toBe(later);
  expect((await ack("s-unanswered", later, "processed")).status).toBe(200);
  await second.stream.close();
  const third = listen("s-unanswered", "agent", at.url, "?unanswered=true");
  await eventually(
    () => third.received.length,
    (n) => n === 1,
  );
  expect(third.received[0]?.instruction_id).toBe(id);
  const stored = "select status, ack_status from instructions where instruction_id = $1";
  expect(await at.rows(stored, [id])).toEqual([{ status: "acknowledged", ack_status: "received" }]);
  expect((await ack("s-unanswered", id, "processed")).status).toBe(200);
  await third.stream.close();
  const fourth = listen("s-unanswered", "agent", at.url, "?unanswered=true");
  await eventually(
    () => fourth.events.length,
    (n) => n === 1,
  );
  expect(fourth.received).toEqual([]);
  await fourth.stream.close();
});

test("an instruction that expires unacknowledged is sent again up to its last retry, then it is expired", async () => {
  await openSession("s5");
  const { received, stream } = listen("s5");
  const id = await create(order("s5", { expiresAt: new Date(Date.now() + 600_000).toISOString() }));
  for (let sent = 1; sent <= 4; sent++) {
    await eventually(
      () => received.length,
      (n) => n === sent,
    );
    await at.rows("update instructions set expires_at = now() where instruction_id = $1", [id]);
    await sweep(at.backend.pool);
  }
  const [row] = await at.rows<{ status: string; retry_count: number }>(
    "select status, retry_count from instructions where instruction_id = $1",
    [id],
  );
  expect(row).toEqual({ status: "expired", retry_count: 3 });
  expect(
    await at.rows(
      "select 1 from events where event_type = 'agent.instruction.expired' and payload ->> 'instruction_id' = $1",
      [id],
    ),
  ).toHaveLength(1);
  // The network was cut when the agent had carried it out.
  expect((await ack("s5", id, "processed")).status).toBe(200);
  expect((await at.request("GET", `/instructions/${id}`)).body).toMatchObject({ status: "acknowledged" });
  await stream.close();
});

test("an event from outside asks for an instruction for its session", async () => {
  await openSession("s6");
  const { received, stream } = listen("s6");
  const request = {
    event_type: "agent.instruction.created",
    instruction_id: "from-outside",
    session_id: "s6",
    agent_id: "agent",
    instruction_type: "agent.status.request",
    payload: {},
    message_id: "o1",
  };
  await at.request("POST", "/events", [request, request]);
  await eventually(
    () => received.length,
    (n) => n === 1,
  );
  expect(received[0]).toMatchObject({ instruction_id: "from-outside", instruction_type: "agent.status.request" });
  await stream.close();
});

test("heartbeats keep a connection, and those who watch are told", async () => {
  await openSession("s7");
  const { events, stream } = listen("s7");
  await eventually(
    () => events.length,
    (n) => n === 1,
  );
  const { status, body } = await at.request("POST", "/agent/agent/session/s7/heartbeat");
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: "success", agent_id: "agent", session_id: "s7" });
  await stream.close();
  await eventually(
    () => at.rows("select 1 from agent_connections where session_id = 's7' and closed_at is null"),
    (rows) => rows.length === 0,
  );
});

/** Two streams of one session, the first of them behind a network that is then cut half-open. */
async function withHalfOpen(
  session: string,
  which: "older" | "younger",
  work: (streams: {
    halfOpen: ReturnType<typeof listen>;
    whole: ReturnType<typeof listen>;
    /** The older first. */
    connections: () => Promise<{ connection_id: string; close_reason: string | null; last_heartbeat_at: string }[]>;
    beat: (connection?: string) => Promise<number>;
    release: () => void;
  }) => Promise<void>,
): Promise<void> {
  await openSession(session);
  const { hostname, port } = new URL(at.url);
  const net = await startTcpProxy(hostname, Number(port));
  const open = async (url: string) => {
    const opened = listen(session, "agent", url);
    await eventually(
      () => opened.events.length,
      (n) => n === 1,
    );
    return opened;
  };
  const far = `http://127.0.0.1:${net.port}`;
  const first = await open(which === "older" ? far : at.url);
  if (which === "older") net.hold();
  const second = await open(which === "older" ? at.url : far);
  net.hold();
  const [halfOpen, whole] = which === "older" ? [first, second] : [second, first];
  try {
    await work({
      halfOpen,
      whole,
      connections: () =>
        at.rows(
          `select connection_id, close_reason, last_heartbeat_at from agent_connections
           where session_id = $1 order by connected_at`,
          [session],
        ),
      async beat(connection) {
        const query = connection === undefined ? "" : `?connection_id=${connection}`;
        return (await at.request("POST", `/agent/agent/session/${session}/heartbeat${query}`)).status;
      },
      release: () => net.release(),
    });
  } finally {
    await whole.stream.close();
    await halfOpen.stream.close();
    await net.close();
  }
}

const idsOf = (messages: readonly Message[]): unknown[] => messages.map((message) => message.instruction_id);

test("what goes to a connection that a cut network has left half-open comes to the one that the agent names", () =>
  withHalfOpen("half-open", "younger", async ({ whole, connections, beat }) => {
    const orders: string[] = [];
    for (let n = 0; n < 20; n++) orders.push(await create(order("half-open")));
    await eventually(
      () => at.rows("select from instructions where session_id = 'half-open' and status = 'sent'"),
      (sent) => sent.length === orders.length,
    );
    const [named, left] = await connections();
    expect(await beat(named?.connection_id)).toBe(200);
    await eventually(
      () => new Set(idsOf(whole.received)).size,
      (n) => n === orders.length,
    );
    expect((await connections()).map((row) => row.close_reason)).toEqual([null, "left"]);
    // One that is closed keeps nothing, and takes nothing from the one that is open.
    expect(await beat(left?.connection_id)).toBe(404);
    expect((await connections()).map((row) => row.close_reason)).toEqual([null, "left"]);
  }));

test("an agent that names no connection listens at its youngest: a half-open one is sent nothing and is found stale", () =>
  withHalfOpen("unnamed", "older", async ({ halfOpen, whole, connections, beat, release }) => {
    const orders: string[] = [];
    for (let n = 0; n < 20; n++) orders.push(await create(order("unnamed")));
    await eventually(
      () => whole.received.length,
      (n) => n === orders.length,
    );
    expect(idsOf(whole.received).sort()).toEqual([...orders].sort());
    const before = await connections();
    expect(await beat()).toBe(200);
    const after = await connections();
    expect(after.map((row, n) => row.last_heartbeat_at === before[n]?.last_heartbeat_at)).toEqual([true, false]);
    // Should the younger one go away first, the older one has everything.
    await whole.stream.close();
    release();
    await eventually(
      () => new Set(idsOf(halfOpen.received)).size,
      (n) => n === orders.length,
    );
    const next = await create(order("unnamed"));
    await eventually(
      () => idsOf(halfOpen.received),
      (ids) => ids.includes(next),
    );
  }));

test("a session of which nothing was heard for an hour is taken up by its agent's trying to connect; a closed one is not", async () => {
  await openSession("silent");
  const pending = await create(order("silent"));
  await at.rows("update agent_sessions set last_activity_at = now() - interval '2 hours' where session_id = 'silent'");
  const status = () => at.rows<{ status: string }>("select status from agent_sessions where session_id = 'silent'");
  await eventually(status, ([row]) => row?.status === "inactive");
  const refused = listen("silent");
  await refused.stream.ended;
  expect(refused.events).toEqual(["error"]);
  const { received, events, stream } = listen("silent");
  await eventually(
    () => received.length,
    (n) => n === 1,
  );
  expect(events[0]).toBe("connection");
  expect(idsOf(received)).toEqual([pending]);
  await at.request("POST", "/agent/agent/sessions/silent/close");
  await stream.ended;
  for (let tries = 0; tries < 2; tries++) {
    const closed = listen("silent");
    await closed.stream.ended;
    expect(closed.events).toEqual(["error"]);
  }
  expect(await status()).toEqual([{ status: "completed" }]);
});

test("the connection that comes last is the youngest, also where the clock was set back", async () => {
  await openSession("set-back");
  const first = listen("set-back");
  await eventually(
    () => first.events.length,
    (n) => n === 1,
  );
  await at.rows("update agent_connections set connected_at = now() + interval '1 hour' where session_id = 'set-back'");
  const second = listen("set-back");
  await eventually(
    () => second.events.length,
    (n) => n === 1,
  );
  const ordered = await create(order("set-back"));
  await eventually(
    () => second.received.length,
    (n) => n === 1,
  );
  expect(idsOf(second.received)).toEqual([ordered]);
  expect(first.received).toEqual([]);
  await first.stream.close();
  await second.stream.close();
});

test("a heartbeat of a session without a connection is refused and changes nothing", async () => {
  await openSession("unheard");
  await at.rows("update agent_sessions set status = 'inactive' where session_id = 'unheard'");
  expect(await at.request("POST", "/agent/agent/session/unheard/heartbeat")).toMatchObject({ status: 404 });
  expect(await at.rows("select status from agent_sessions where session_id = 'unheard'")).toEqual([
    { status: "inactive" },
  ]);
});

test.each(["stale", "closed"] as const)(
  "a stream whose connection is %s says so and ends, is given no instruction any more, and those who watch are told",
  async (how) => {
    const session = `ending-${how}`;
    await openSession(session);
    const { events, received, stream } = listen(session);
    await eventually(
      () => events.length,
      (n) => n === 1,
    );
    const other = await startBackend({ config: { ...at.config, role: "api" }, logger: silentLogger });
    try {
      // The agent's stream is with another process than the one that closes it.
      const elsewhere: string[] = [];
      const second = followEvents(`${other.url}/agent/agent/session/${session}/instructions/stream`, (event, data) => {
        elsewhere.push(event === "error" ? String((data as Message).error) : event);
      });
      await eventually(
        () => elsewhere.length,
        (n) => n === 1,
      );
      if (how === "stale") {
        await at.rows(
          "update agent_connections set last_heartbeat_at = now() - interval '3 minutes' where session_id = $1",
          [session],
        );
      } else {
        expect((await at.request("POST", `/agent/agent/sessions/${session}/close`)).body).toMatchObject({
          session_id: session,
          status: "completed",
        });
      }
      await Promise.all([stream.ended, second.ended]);
      expect(elsewhere).toEqual(["connection", how === "stale" ? "connection_closed" : "session_validation_failed"]);
      expect(events).toEqual(["connection", "error"]);
    } finally {
      await other.stop();
    }
    await create(order(session));
    expect(received).toEqual([]);
    const [last] = await at.rows<{ payload: Message }>(
      "select payload from events where event_type = 'agent.status' and payload ->> 'session_id' = $1 order by id desc limit 1",
      [session],
    );
    expect(last?.payload).toMatchObject({
      connection_count: 0,
      status: how === "stale" ? "active" : "completed",
    });
  },
);

test("a session that an operator has closed stays closed until somebody opens it; one that its agent has left is its to take up", async () => {
  const register = () =>
    at.request("POST", "/agent/agent/sessions", { session_id: "lasting", acquisition_uuid: "x-a" });
  const of = (what: string) => at.request("POST", `/agent/agent/sessions/lasting/${what}`);
  await register();
  expect((await of("close?closed_by=agent")).body).toMatchObject({ status: "completed", closed_by: "agent" });
  expect((await register()).body).toMatchObject({ status: "active", closed_by: null, ended_at: null });
  expect((await of("close")).body).toMatchObject({ status: "completed", closed_by: "operator" });
  // An agent that has nothing to do any more leaves it at that.
  expect((await of("close?closed_by=agent")).body).toMatchObject({ closed_by: "operator" });
  expect(await register()).toMatchObject({ status: 409, body: { code: "session_closed" } });
  expect((await of("open")).body).toMatchObject({ status: "inactive", closed_by: null, ended_at: null });
  expect(await register()).toMatchObject({ status: 201, body: { status: "active" } });
  expect((await of("open")).body).toMatchObject({ status: "active" });
  await at.rows("update agent_sessions set status = 'inactive' where session_id = 'lasting'");
  expect((await register()).body).toMatchObject({ status: "active" });
});

test("what a session has not answered when it is closed is cancelled, for good, and told of; a decision is asked for", async () => {
  await openSession("cut");
  const { received, stream } = listen("cut");
  const sent = await create(order("cut"));
  await eventually(
    () => received.length,
    (n) => n === 1,
  );
  await stream.close();
  await eventually(
    () => at.rows("select from agent_connections where session_id = 'cut' and closed_at is null"),
    (rows) => rows.length === 0,
  );
  const pending = await create(order("cut"));
  const held = await create(order("cut"));
  await ack("cut", held, "received");
  const answered = await create(order("cut"));
  for (const status of ["received", "processed"]) await ack("cut", answered, status);
  await at.rows(
    `insert into told_plans (grid_uuid, target, content, instruction_id, told_at)
     values ('x-g', 'squares', '{"order": [], "skip": []}', $1, now())`,
    [pending],
  );
  await at.settled();
  const decided = () => at.rows("select from decisions where grid_uuid = 'x-g'");
  const before = (await decided()).length;
  await at.request("POST", "/agent/agent/sessions/cut/close");
  const statuses = () =>
    at.rows("select instruction_id as id, status from instructions where session_id = 'cut' order by seq");
  expect(await statuses()).toEqual([
    { id: sent, status: "cancelled" },
    { id: pending, status: "cancelled" },
    { id: held, status: "cancelled" },
    { id: answered, status: "acknowledged" },
  ]);
  expect((await at.request("GET", `/instructions/${pending}`)).body).toMatchObject({
    history: [{ status: "pending" }, { status: "cancelled", details: { reason: "the session was closed" } }],
  });
  const told = await at.rows<{ event_type: string }>(
    "select event_type from events where payload ->> 'instruction_id' = $1 and payload ->> 'status' = 'cancelled' order by 1",
    [pending],
  );
  expect(told.map(({ event_type }) => event_type)).toEqual(["agent.instruction.updated", "instruction.lifecycle"]);
  await eventually(decided, (rows) => rows.length > before);

  // What comes later has nobody to go to: it is refused, or withdrawn where it was under way while the session was closed.
  await at.request("POST", "/events", {
    event_type: "agent.instruction.created",
    instruction_id: "too-late",
    session_id: "cut",
    agent_id: "agent",
    instruction_type: "agent.status.request",
    payload: {},
  });
  await eventually(
    () => at.rows("select reason from inbox where status = 'dead' and body ->> 'instruction_id' = 'too-late'"),
    (rows) => rows.length === 1,
  );
  const crossed = await create(order("cut"));
  await sweep(at.backend.pool);
  expect(await statuses()).toContainEqual({ id: crossed, status: "cancelled" });
  // What no agent was ever sent nobody can have carried out; of what it was, its answer is noted…
  expect((await ack("cut", pending, "processed")).status).toBe(400);
  for (const _ of [1, 2]) expect((await ack("cut", held, "failed")).status).toBe(200);
  expect((await at.request("GET", `/instructions/${held}`)).body).toMatchObject({
    status: "cancelled",
    ack_status: "failed",
    acknowledgements: [{ status: "received" }, { status: "failed" }],
  });
  // …and what the agent was giving to the microscope just then has been done.
  for (const id of [sent, held]) expect((await ack("cut", id, "processed")).status).toBe(200);
  expect(await statuses()).toEqual(expect.arrayContaining([sent, held].map((id) => ({ id, status: "acknowledged" }))));
});

test("logs are stored in batches of at most 500", async () => {
  await openSession("s8");
  const entry = { level: "INFO", logger_name: "agent", message: "hello", timestamp: "2026-01-01T00:00:00Z" };
  expect(await at.request("POST", "/agent/agent/session/s8/logs", { logs: [entry, entry] })).toMatchObject({
    status: 200,
    body: { stored: 2 },
  });
  expect((await at.request("POST", "/agent/agent/session/s8/logs", { logs: Array(501).fill(entry) })).status).toBe(422);
});

test("the web UI's stream tells of instructions, results and progress, resumes after the last id, and leaves nothing out", async () => {
  await openSession("s9");
  const heard: { event: string; data: Message; id: number | null }[] = [];
  const hear = (event: string, data: unknown, id: number | null): void => {
    heard.push({ event, data: data as Message, id });
  };
  const first = followEvents(`${at.url}/frontend/events/stream?acquisition_uuid=x-a`, hear);
  await eventually(
    () => heard.length,
    (n) => n > 0,
  );
  await create(order("s9"));
  await at.request("POST", "/events", {
    event_type: "ctf.completed",
    micrograph_uuid: "x-m0",
    ctf_max_resolution_estimate: 3,
  });
  await at.request("POST", "/ingest", {
    foilholes: [{ uuid: "x-h99", gridsquare_uuid: "x-s", gridsquare_id: "1", foilhole_id: "999" }],
  });
  await eventually(
    () => heard.map(({ event }) => event),
    (events) =>
      ["instruction.lifecycle", "processing.metric", "acquisition.progress"].every((event) => events.includes(event)),
  );
  const progress = heard.find(({ event }) => event === "acquisition.progress");
  expect(progress?.data).toMatchObject({
    acquisition_uuid: "x-a",
    grid_count: 1,
    gridsquare_count: 1,
    foilhole_count: 2,
    micrograph_count: 1,
  });
  const lastId = first.lastId ?? 0;
  await first.close();
  const missed = await create(order("s9"));
  heard.length = 0;
  const second = followEvents(`${at.url}/frontend/events/stream?event_types=instruction.lifecycle`, hear, {
    "last-event-id": String(lastId),
  });
  await eventually(
    () => heard.filter(({ data }) => data.instruction_id === missed).length,
    (n) => n >= 1,
  );
  const ids = heard.flatMap(({ id }) => id ?? []);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  expect(ids.every((id) => id > lastId)).toBe(true);
  await second.close();
});

test("without debugging there are no debug endpoints", async () => {
  expect((await at.request("GET", "/debug/sessions")).status).toBe(404);
});

test("health, status, version and the OpenAPI document answer", async () => {
  expect(await at.request("GET", "/health")).toMatchObject({
    status: 200,
    body: { status: "ok", services: { database: { status: "ok" } } },
  });
  expect(await at.request("GET", "/version")).toMatchObject({ body: { service: "smartem-decisions" } });
  expect((await at.request("GET", "/status")).status).toBe(200);
  const { body } = await at.request("GET", "/openapi.json");
  expect(body).toMatchObject({
    openapi: "3.1.0",
    components: { schemas: { AcquisitionResponse: {}, MicrographCreateRequest: {} } },
  });
});

test("a stream whose connection can't be recorded is refused: one that is open and gives nothing would be waited on for ever", async () => {
  await openSession("unrecorded");
  await at.rows("alter table agent_connections rename to agent_connections_away");
  const stream = `${at.url}/agent/agent/session/unrecorded/instructions/stream`;
  try {
    expect((await fetch(stream)).status).toBe(500);
  } finally {
    await at.rows("alter table agent_connections_away rename to agent_connections");
  }
  const { events, stream: again } = listen("unrecorded");
  await eventually(
    () => events,
    (seen) => seen.includes("connection"),
  );
  await again.close();
});
