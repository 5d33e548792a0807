import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { followEvents } from "../testing/sse-for-tests.js";
import { IDS_PER_EVENT } from "./frontend-stream.js";
import { forgetOld } from "./retention.js";

type Json = Record<string, unknown>;

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

const events = (pattern: string) =>
  at.rows<{ event_type: string; payload: Json }>(
    "select event_type, payload from events where event_type ~ $1 order by id",
    [pattern],
  );
const statusOf = async (path: string) => ((await at.request("GET", path)).body as { status: string | null }).status;

describe("results", () => {
  const results = (prefix: string, kind: "ctf" | "motion", values: readonly number[]) =>
    at.request(
      "POST",
      "/events",
      values.map((value, n) =>
        kind === "ctf"
          ? { event_type: "ctf.completed", micrograph_uuid: `${prefix}-m${n}`, ctf_max_resolution_estimate: value }
          : {
              event_type: "motion_correction.completed",
              micrograph_uuid: `${prefix}-m${n}`,
              total_motion: value,
              average_motion: 1,
            },
      ),
    );
  const verdicts = async (prefix: string, type: string) =>
    Object.fromEntries(
      (await events(`^${type}$`))
        .filter(({ payload }) => String(payload.micrograph_uuid).startsWith(`${prefix}-`))
        .map(({ payload }) => [String(payload.micrograph_uuid).replace(`${prefix}-`, ""), payload.quality]),
    );

  test("are judged by the limit, and other systems are told", async () => {
    await at.request("POST", "/ingest", smallSession("limit", 4));
    await at.request("PUT", "/acquisitions/limit-a/decision_settings", { limits: { ctfmaxresolution: 5 } });
    await results("limit", "ctf", [4, 5, 5.5, 100_000]);
    await at.settled();
    expect(await verdicts("limit", "ctf.registered")).toEqual({ m0: true, m1: true, m2: false, m3: false });
    const [event] = await events("^ctf.registered$");
    expect(event?.payload).toEqual({ micrograph_uuid: "limit-m0", quality: true, metric_name: "ctfmaxresolution" });
  });

  test("without a limit, they are judged against their own grid as soon as it has shown enough", async () => {
    await at.request("POST", "/ingest", smallSession("relative", 8));
    await results("relative", "motion", [10, 10.5, 9.5]);
    await at.settled();
    expect(await verdicts("relative", "motion_correction.registered")).toEqual({});
    // Some wild ones don't make each other good, as they would with a mean and a standard deviation.
    await results("relative", "motion", [10, 10.5, 9.5, 10, 10.5, 9.5, 30, 60]);
    await at.settled();
    const verdict = await verdicts("relative", "motion_correction.registered");
    expect(verdict).toMatchObject({ m0: true, m2: true, m6: false, m7: false });
  });
});

test("statuses move with what happens, each with its event, and never back", async () => {
  const { micrographs, ...before } = smallSession("status", 3);
  await at.request("POST", "/ingest", {
    ...before,
    acquisitions: [{ ...before.acquisitions[0], start_time: "2099-01-01T00:00:00Z" }],
  });
  expect(await statusOf("/acquisitions/status-a")).toBe("planned");
  await eventually(
    () => statusOf("/grids/status-g"),
    (status) => status === "grid squares decision started",
  );
  await at.request("POST", "/ingest", { micrographs });
  expect(await statusOf("/acquisitions/status-a")).toBe("started");
  expect(await statusOf("/foilholes/status-h0")).toBe("micrographs detected");
  await eventually(
    () => statusOf("/gridsquares/status-s"),
    (status) => status === "foil holes decision completed",
  );
  await eventually(
    () => statusOf("/grids/status-g"),
    (status) => status === "grid squares decision completed",
  );
  await at.request("PUT", "/acquisitions/status-a", { end_time: "2026-01-01T20:00:00Z" });
  expect(await statusOf("/acquisitions/status-a")).toBe("completed");
  // A late file changes nothing of that.
  await at.request("POST", "/ingest", { acquisitions: before.acquisitions, micrographs });
  await at.settled();
  expect(await statusOf("/acquisitions/status-a")).toBe("completed");
  const told = (await events("\\.updated$"))
    .filter(({ payload }) => String(payload.uuid).startsWith("status-"))
    .map(({ event_type, payload }) => `${event_type} ${payload.uuid}`);
  expect(told).toEqual(
    expect.arrayContaining([
      "acquisition.updated status-a",
      "grid.updated status-g",
      "gridsquare.updated status-s",
      "foilhole.updated status-h0",
    ]),
  );
  const { n } = (
    await at.rows<{ n: number }>(
      "select count(*) as n from events where payload ->> 'uuid' = 'status-g' and event_type = 'grid.updated'",
    )
  )[0] ?? { n: 0 };
  // Scan started, decision started, decision completed.
  expect(n).toBeLessThanOrEqual(3);
});

test("an acquisition that is completed completes the decisions on its grids and squares", async () => {
  await at.request("POST", "/ingest", smallSession("done", 6, 1));
  await eventually(
    () => statusOf("/gridsquares/done-s"),
    (status) => status === "foil holes decision started",
  );
  await at.request("PUT", "/acquisitions/done-a", { status: "completed" });
  expect(await statusOf("/grids/done-g")).toBe("grid squares decision completed");
  expect(await statusOf("/gridsquares/done-s")).toBe("foil holes decision completed");
});

describe("an instruction's events", () => {
  const told = async (id: string) =>
    (await events("^agent\\.instruction\\."))
      .filter(({ payload }) => payload.instruction_id === id)
      .map(({ event_type, payload }) => [
        event_type.replace("agent.instruction.", ""),
        payload.status ?? payload.retry_count,
      ]);

  test("tell of its creation, delivery, retries and expiry", async () => {
    await at.request("POST", "/agent/e-agent/sessions", { session_id: "e-s" });
    const stream = followEvents(`${at.url}/agent/e-agent/session/e-s/instructions/stream`, () => undefined);
    const { body } = await at.request("POST", "/agent/e-agent/sessions/e-s/instructions", {
      instruction_type: "microscope.control.take_image",
      expires_at: "2099-01-01T00:00:00Z",
    });
    const id = String((body as Json).instruction_id);
    const expire = () =>
      at.rows(
        "update instructions set expires_at = now() - interval '1 second', created_at = now() - interval '2 seconds' where instruction_id = $1",
        [id],
      );
    await eventually(
      () => told(id),
      (seen) => seen.length === 2,
    );
    for (let retry = 1; retry <= 3; retry++) {
      await expire();
      await eventually(
        () => told(id),
        (seen) => seen.length === 2 + 2 * retry,
      );
    }
    await expire();
    const all = await eventually(
      () => told(id),
      (seen) => seen.at(-1)?.[0] === "expired",
    );
    await stream.close();
    expect(all.map(([type, detail]) => `${type} ${detail}`)).toEqual([
      "created undefined",
      "updated sent",
      ...Array.from({ length: 3 }, () => ["updated pending", "updated sent"]).flat(),
      "expired 3",
    ]);
  });

  test.each(["failed", "processed"])(
    "tell that it was withdrawn after the agent had received it, and then %s",
    async (answer) => {
      const session = `e-withdrawn-${answer}`;
      await at.request("POST", "/agent/e-agent/sessions", { session_id: session });
      const stream = followEvents(`${at.url}/agent/e-agent/session/${session}/instructions/stream`, () => undefined);
      const { body } = await at.request("POST", `/agent/e-agent/sessions/${session}/instructions`, {
        instruction_type: "microscope.control.take_image",
      });
      const id = String((body as Json).instruction_id);
      await eventually(
        () => told(id),
        (seen) => seen.length === 2,
      );
      const ack = (status: string) =>
        at.request("POST", `/agent/e-agent/session/${session}/instructions/${id}/ack`, { status });
      await ack("received");
      await at.request("POST", `/agent/e-agent/sessions/${session}/close`, {});
      await ack(answer);
      await stream.close();
      expect((await told(id)).map(([type, detail]) => `${type} ${detail}`)).toEqual([
        "created undefined",
        "updated sent",
        "updated received",
        "updated cancelled",
        // That it was carried out all the same makes it so; any other answer is noted.
        answer === "processed" ? "updated processed" : "updated cancelled",
      ]);
    },
  );
});

test("old events are forgotten, the broker's unread ones are not, and who resumes from before is told what it missed", async () => {
  await at.request("POST", "/ingest", smallSession("old", 2));
  await at.settled();
  const [{ last = 0 } = {}] = await at.rows<{ last: number }>("select max(id) as last from events");
  await at.rows("update events set created_at = now() - interval '100 days'");
  await at.rows("insert into received_messages values ('old', now() - interval '100 days'), ('new', now())");
  const retention = { eventsDays: 90, messageIdsDays: 90, agentLogsDays: 365 };
  await forgetOld(at.backend.pool, { kind: "rabbitmq" }, retention);
  expect(await at.rows("select count(*) as n from events")).toEqual([{ n: expect.any(Number) }]);
  expect(await events(".")).not.toHaveLength(1);
  await forgetOld(at.backend.pool, { kind: "embedded" }, retention);
  expect(await at.rows("select id from events")).toEqual([{ id: last }]);
  expect(await at.rows("select message_id from received_messages where message_id in ('old', 'new')")).toEqual([
    { message_id: "new" },
  ]);

  const heard: [string, unknown][] = [];
  const stream = followEvents(`${at.url}/events/stream?after=1`, (event, data) => heard.push([event, data]));
  const current: [string, unknown][] = [];
  const resumed = followEvents(`${at.url}/events/stream?after=${last}`, (event, data) => current.push([event, data]));
  await eventually(
    () => heard,
    (seen) => seen.length > 0,
  );
  await at.request("POST", "/acquisitions", { uuid: "after-retention" });
  const named = ([event]: [string, unknown]) => event === "acquisition.created";
  await eventually(
    () => [heard, current],
    ([a = [], b = []]) => a.some(named) && b.some(named),
  );
  await Promise.all([stream.close(), resumed.close()]);
  expect(heard[0]).toEqual(["resync", expect.objectContaining({ missed_from: 2, missed_to: last - 1 })]);
  expect(current.map(([event]) => event)).not.toContain("resync");
});

test("log lines of agents are forgotten a year after they came, whatever their agents' clocks said", async () => {
  await at.request("POST", "/agent/agent/sessions", { session_id: "logs" });
  const line = (message: string, timestamp: string) => ({ level: "INFO", logger_name: "agent", message, timestamp });
  const sent = await at.request("POST", "/agent/agent/session/logs/logs", {
    logs: [
      line("old", "2026-01-01T00:00:00Z"),
      line("old, ahead of its time", "2099-01-01T00:00:00Z"),
      line("young", "2026-01-01T00:00:00Z"),
      line("young, behind", "1970-01-01T00:00:00Z"),
    ],
  });
  expect(sent.status).toBe(200);
  await at.rows("update agent_logs set received_at = now() - interval '366 days' where message like 'old%'");
  await at.rows("update agent_logs set received_at = now() - interval '364 days' where message like 'young%'");
  const retention = { eventsDays: 90, messageIdsDays: 90, agentLogsDays: 365 };
  await forgetOld(at.backend.pool, { kind: "embedded" }, retention);
  expect(await at.rows("select message from agent_logs where session_id = 'logs' order by id")).toEqual([
    { message: "young" },
    { message: "young, behind" },
  ]);
});

test("who resumes from beyond the newest event has had those of another database: it is told so, and of what happens from then on", async () => {
  await at.request("POST", "/acquisitions", { uuid: "before-restore" });
  await at.settled();
  const [{ last = 0 } = {}] = await at.rows<{ last: number }>("select max(id) as last from events");
  for (const [path, beyond] of [
    ["/events/stream", last + 500_000],
    ["/frontend/events/stream", (last + 500_000) * IDS_PER_EVENT],
  ] as const) {
    const heard: { event: string; id: number | null }[] = [];
    const stream = followEvents(`${at.url}${path}`, (event, _data, id) => heard.push({ event, id }), {
      "last-event-id": String(beyond),
    });
    await eventually(
      () => heard,
      (seen) => seen.some(({ event }) => event === "resync"),
    );
    await at.request("POST", "/acquisitions", { uuid: `after-restore${path.replaceAll("/", "-")}` });
    const news = ["acquisition.created", "entities.changed"];
    await eventually(
      () => heard,
      (seen) => seen.some(({ event }) => news.includes(event)),
    );
    await stream.close();
    const since = heard.slice(heard.findIndex(({ event }) => event === "resync")).map(({ id }) => id ?? 0);
    expect(Math.max(...since)).toBeLessThan(beyond);
    expect(since).toEqual([...since].sort((a, b) => a - b));
  }
});
