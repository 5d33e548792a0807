import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger, silentLogger } from "@smartem/common/logging";
import { expect, test, vi } from "vitest";
import { startBackend } from "../backend.js";
import type { Pool } from "../database/connection.js";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { followEvents } from "../testing/sse-for-tests.js";
import { createMetrics } from "./metrics.js";

async function withBackend(
  work: (at: BackendForTests) => Promise<void>,
  changes: Parameters<typeof startBackendForTests>[1] = {},
): Promise<void> {
  const at = await startBackendForTests("embedded", changes);
  try {
    await work(at);
  } finally {
    await at.stop();
  }
}

const ctf = (uuid: string) => ({ event_type: "ctf.completed", micrograph_uuid: uuid, ctf_max_resolution_estimate: 4 });

/** The samples of a page of metrics: `name{labels}` and value. */
async function samples(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

test("metrics tell of requests, events, the queue, handlers, decisions and streams, in kinds and never by entity", () =>
  withBackend(async (at) => {
    await at.request("POST", "/ingest", smallSession("metrics", 3));
    await at.request("POST", "/events", [ctf("metrics-m0"), ctf("metrics-m1"), ctf("unheard-of")]);
    const stream = followEvents(`${at.url}/frontend/events/stream`, () => undefined);
    const seen = await eventually(
      () => samples(at.url),
      (all) =>
        all.get('smartem_inbox_messages_handled_total{event_type="ctf.completed"}') === 3 &&
        all.get('smartem_event_streams{route="/frontend/events/stream"}') === 1 &&
        (all.get("smartem_decision_seconds_count") ?? 0) > 0 &&
        all.get('smartem_events_total{event_type="micrograph.created"}') === 3,
    );
    expect(seen.get("smartem_inbox_wait_seconds_count")).toBe(2);
    expect(seen.get('smartem_inbox_handler_seconds_count{event_type="ctf.completed"}')).toBeGreaterThan(0);
    expect(seen.get('smartem_http_request_seconds_count{method="POST",route="/ingest",status="200"}')).toBe(1);
    expect(seen.get('smartem_queue_messages{status="dead"}')).toBe(0);
    expect(seen.get("process_cpu_seconds_total")).toBeGreaterThan(0);
    expect([...seen.keys()].filter((name) => /metrics-|unheard-of/.test(name))).toEqual([]);
    await stream.close();
  }));

test("however many ask, the queue is looked at once in five seconds, and its absence is no error", async () => {
  let asked = 0;
  const pool = {
    query: async () => {
      asked += 1;
      if (asked > 1) throw new Error("away");
      return { rows: [{ queues: [{ status: "ready", messages: 7, oldest_s: 3 }], worker_seen_s: 4 }] };
    },
  } as unknown as Pool;
  let now = 1_000;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  const metrics = createMetrics(pool, silentLogger, "embedded");
  try {
    const pages = await Promise.all(Array.from({ length: 20 }, () => metrics.read()));
    expect(asked).toBe(1);
    for (const { text } of pages) expect(text).toContain('smartem_queue_messages{status="ready"} 7');
    for (const { text } of pages) expect(text).toContain("smartem_worker_seen_seconds 4");
    now += 4_900;
    await metrics.read();
    expect(asked).toBe(1);
    now += 200;
    expect((await metrics.read()).text).toContain("smartem_queue_messages");
    expect((await metrics.read()).text).toContain("smartem_worker_seen_seconds +Inf");
    expect(asked).toBe(2);
  } finally {
    clock.mockRestore();
  }
});

test("a worker, which has no API, offers its metrics on a port of its own", async () => {
  const lines: string[] = [];
  const logger = createLogger("test", "info", { write: (line: string) => void lines.push(line) });
  await withBackend(async (at) => {
    const worker = await startBackend({
      config: { ...at.config, role: "worker", metrics: { host: "127.0.0.1", port: 0 } },
      logger,
    });
    const offered = lines.map((line) => JSON.parse(line) as { msg: string; port?: number }).find(({ port }) => port);
    expect((await samples(`http://127.0.0.1:${offered?.port}`)).has("process_cpu_seconds_total")).toBe(true);
    expect((await fetch(`http://127.0.0.1:${offered?.port}/acquisitions`)).status).toBe(404);
    await worker.stop();
  });
});

test("that no worker runs is seen in the API's health and metrics, and what then waits", () =>
  withBackend(async (at) => {
    const health = async () => {
      const { status, services } = (await at.request("GET", "/health")).body as {
        status: string;
        services: Record<string, { status: string; details: string }>;
      };
      return { status, worker: services.worker };
    };
    await eventually(health, ({ worker }) => worker?.status === "ok");
    expect(await health()).toEqual({ status: "ok", worker: { status: "ok", details: "running" } });
    expect((await samples(at.url)).get("smartem_worker_seen_seconds")).toBeLessThan(30);
    await at.backend.stop();
    const alone = await startBackend({ config: { ...at.config, role: "api" }, logger: silentLogger });
    try {
      await alone.pool.query("update worker_seen set at = now() - interval '5 minutes'");
      const { services, status } = (await (await fetch(`${alone.url}/health`)).json()) as Record<string, unknown>;
      expect([status, services]).toMatchObject([
        "ok",
        { worker: { status: "error", details: expect.stringMatching(/^no worker has run for 30\d s/) } },
      ]);
      await fetch(`${alone.url}/ingest`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(smallSession("alone", 1)),
      });
      await alone.pool.query("update decision_requests set not_before = now() - interval '200 seconds'");
      await alone.pool.query(
        "insert into agent_sessions (session_id, agent_id, acquisition_uuid) values ('alone', 'agent', 'alone-a')",
      );
      const seen = await samples(alone.url ?? "");
      expect(seen.get("smartem_worker_seen_seconds")).toBeGreaterThan(299);
      expect(seen.get("smartem_decision_requests_oldest_seconds")).toBeGreaterThan(199);
      expect(seen.get('smartem_agent_sessions{state="unconnected"}')).toBe(1);
      expect(seen.get('smartem_agent_sessions{state="connected"}')).toBe(0);
      expect(seen.get("smartem_relay_oldest_seconds")).toBe(0);
      // The relay of a broker has taken nothing of it.
      await alone.pool.query("update events set created_at = now() - interval '100 seconds'");
      const metrics = createMetrics(alone.pool, silentLogger, "rabbitmq");
      const behind = async () => /^smartem_relay_oldest_seconds (.*)$/m.exec((await metrics.read()).text)?.[1];
      expect(Number(await behind())).toBeGreaterThan(99);
    } finally {
      await alone.stop();
      await at.restart();
    }
  }));

test("every line that a request or a batch causes carries its id, and the client is told", async () => {
  const lines: string[] = [];
  await withBackend(
    async (at) => {
      const config = { ...at.config, role: "all" as const, http: { ...at.config.http, port: 0 } };
      const logger = createLogger("test", "debug", { write: (line: string) => void lines.push(line) });
      const backend = await startBackend({ config, logger });
      const get = async (id?: string) =>
        (
          await fetch(`${backend.url}/version?x=1`, id === undefined ? {} : { headers: { "x-request-id": id } })
        ).headers.get("x-request-id");
      expect(await get("from-the-proxy")).toBe("from-the-proxy");
      const own = await get();
      expect(own).toMatch(/^[0-9a-f-]{36}$/);
      expect(await get('with spaces and "quotes"')).toMatch(/^[0-9a-f-]{36}$/);
      const logged = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      await eventually(logged, (all) => all.some(({ request_id }) => request_id === own));
      expect(logged().find(({ request_id }) => request_id === own)).toMatchObject({ path: "/version", status: 200 });

      await at.request("POST", "/ingest", smallSession("ids", 1));
      const send = async (event: object) =>
        (
          await fetch(`${backend.url}/events`, {
            method: "POST",
            headers: { "content-type": "application/json", "x-request-id": "of-the-pipeline" },
            body: JSON.stringify(event),
          })
        ).json();
      const unknownSession = {
        event_type: "agent.instruction.created",
        instruction_id: "i",
        session_id: "s-of-another",
      };
      await at.request("POST", "/agent/another/sessions", { session_id: "s-of-another" });
      const withOrigin = (said: string) => (line: Record<string, unknown>) =>
        line.msg === said && [line.correlation_id, line.correlation_ids].flat().includes("of-the-pipeline");
      await send(ctf("ids-m0"));
      await send({ ...unknownSession, agent_id: "a", instruction_type: "x", payload: {} });
      await eventually(
        logged,
        (all) => all.some(withOrigin("messages were applied")) && all.some(withOrigin("a message is a dead letter")),
      );
      expect(logged().find(withOrigin("messages were applied"))).toMatchObject({ first_message: expect.any(Number) });
      await backend.stop();
    },
    { role: "api" },
  );
});

test("stopping ends streams with a word, finishes the request under way, and takes no other", () =>
  withBackend(async (at) => {
    await at.request("POST", "/ingest", smallSession("drain", 1));
    const stream = await fetch(`${at.url}/frontend/events/stream`);
    const text = stream.text();
    // The request waits for a row that is held here.
    const holder = await at.backend.pool.connect();
    await holder.query("begin");
    await holder.query("select 1 from acquisitions where uuid = 'drain-a' for update");
    const underWay = at.request("PUT", "/acquisitions/drain-a", { name: "renamed" });
    await eventually(
      () => at.rows<{ n: number }>("select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock'"),
      ([row]) => (row?.n ?? 0) > 0,
    );
    const stopped = at.backend.stop();
    expect(await text).toContain(": the server is stopping");
    await eventually(
      () =>
        fetch(`${at.url}/version`).then(
          ({ status }) => status,
          () => "refused",
        ),
      (outcome) => outcome === "refused" || outcome === 503,
    );
    await holder.query("commit");
    holder.release();
    expect(await underWay).toMatchObject({ status: 200, body: { name: "renamed" } });
    await stopped;
    await at.restart();
  }));

test("a batch of messages that is being applied when the worker stops is applied to its end", () =>
  withBackend(async (at) => {
    await at.request("POST", "/ingest", smallSession("batch", 3));
    const holder = await at.backend.pool.connect();
    await holder.query("begin");
    await holder.query("select 1 from micrographs for update");
    await at.request("POST", "/events", [ctf("batch-m0"), ctf("batch-m1"), ctf("batch-m2")]);
    await eventually(
      () => at.rows<{ n: number }>("select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock'"),
      ([row]) => (row?.n ?? 0) > 0,
    );
    const stopped = at.backend.stop();
    await holder.query("commit");
    holder.release();
    await stopped;
    await at.restart();
    expect(await at.rows("select count(*)::int as n from micrographs where ctf_max_resolution_estimate = 4")).toEqual([
      { n: 3 },
    ]);
  }));

test("health says how the log aggregator stands, without being unwell for it", async () => {
  await withBackend(async (at) => {
    const graylog = {
      health: () => ({ status: "error" as const, details: "away" }),
      write: () => undefined,
      close: async () => undefined,
    };
    const backend = await startBackend({ config: at.config, logger: createLogger("test", "silent"), graylog });
    const response = await fetch(`${backend.url}/health`);
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({
        status: "ok",
        services: expect.objectContaining({ log_aggregator: { status: "error", details: "away" } }),
      }),
    ]);
    await backend.stop();
  });
});

test("switched on, spans of requests go to the collector; nothing of it is loaded otherwise", async () => {
  const paths: string[] = [];
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    paths.push(request.url ?? "");
    request.on("data", (data: Buffer) => bodies.push(data.toString()));
    request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  try {
    await withBackend(
      async (at) => {
        await at.request("GET", "/acquisitions/none");
        await at.backend.stop();
        expect(paths).toContain("/v1/traces");
        expect(bodies.join("")).toContain("GET /acquisitions/:acquisition_uuid");
        await at.restart();
      },
      { tracing: true },
    );
  } finally {
    delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
    collector.closeAllConnections();
    await new Promise((resolve) => collector.close(resolve));
  }
});
