import { randomUUID } from "node:crypto";
import { createLogger } from "@smartem/common/logging";
import fc from "fast-check";
import { Connection } from "rabbitmq-client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Backend, startBackend } from "../backend.js";
import { type BackendConfig, readConfig } from "../config.js";
import type { DatabaseConfig } from "../database/connection.js";
import { eventually, smallSession } from "../testing/backend-for-tests.js";
import { createTestDatabase, type TestDatabase } from "../testing/postgres-for-tests.js";
import {
  createTestVhost,
  memoryAlarmForTests,
  rabbitmqForTests,
  type TestVhost,
  withMemoryAlarm,
} from "../testing/rabbitmq-for-tests.js";
import { followEvents } from "../testing/sse-for-tests.js";
import { startTcpProxy, type TcpProxy } from "../testing/tcp-proxy.js";

/*
 * What the network, the services and the clock may do to a backend. Each time the same is asked: nothing is lost, nothing has its
 * effect twice, and nobody has to start anything again.
 */

const QUERY_TIMEOUT_MS = 3_000;
const HEARTBEAT_S = 2;

let database: TestDatabase;
let databaseNet: TcpProxy;
let endings: (() => Promise<unknown>)[];
beforeEach(async () => {
  endings = [];
  database = await createTestDatabase();
  databaseNet = await startTcpProxy(database.host, database.port);
});
afterEach(async () => {
  databaseNet.release();
  for (const end of endings.splice(0).reverse()) await end();
  await databaseNet.close();
  await database.drop();
});

function configOf(changes: Partial<BackendConfig> = {}): BackendConfig {
  return {
    ...readConfig({}),
    http: { ...readConfig({}).http, port: 0 },
    database: {
      ...database,
      host: "127.0.0.1",
      port: databaseNet.port,
      maxConnections: 6,
      queryTimeoutMs: QUERY_TIMEOUT_MS,
    },
    decisions: { defaultMode: "observe", planIntervalMs: 60_000, instructionIntervalMs: 0 },
    ...changes,
  };
}

async function backendWith(changes: Partial<BackendConfig> = {}): Promise<Backend> {
  const backend = await startBackend({
    config: configOf(changes),
    logger: createLogger("test", process.env.SMARTEM_TEST_LOG_LEVEL ?? "silent"),
  });
  endings.push(() => backend.stop());
  return backend;
}

async function post(backend: Backend, path: string, body: unknown): Promise<number> {
  const response = await fetch(`${backend.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  await response.text();
  return response.status;
}

/** Sends until it is accepted, as agents and pipelines do. */
async function insist(backend: Backend, path: string, body: unknown): Promise<void> {
  await eventually(
    () => post(backend, path, body).catch(() => 0),
    (status) => status >= 200 && status < 300,
  );
}

async function rows<T>(backend: Backend, sql: string): Promise<T[]> {
  return eventually(
    () =>
      backend.pool.query(sql).then(
        (result) => result.rows as T[],
        () => null,
      ),
    (found) => found !== null,
  ) as Promise<T[]>;
}

const predictionsOf = (prefix: string, holes: number) =>
  Array.from({ length: holes }, (_, n) => ({
    message_id: randomUUID(),
    event_type: "foilhole.model_prediction",
    foilhole_uuid: `${prefix}-h${n}`,
    prediction_model_name: "model",
    prediction_value: n / holes,
  }));

/** Each hole has exactly one prediction in the end. */
async function eachOnce(backend: Backend, holes: number): Promise<void> {
  await eventually(
    () => rows<{ n: number }>(backend, "select count(distinct foilhole_uuid) as n from quality_predictions"),
    ([row]) => row?.n === holes,
  );
  await eventually(
    () => rows<{ n: number }>(backend, "select count(*) as n from inbox where status <> 'dead'"),
    ([row]) => row?.n === 0,
  );
  expect(
    await rows(backend, "select count(*) as n, count(distinct foilhole_uuid) as d from quality_predictions"),
  ).toEqual([{ n: holes, d: holes }]);
}

describe("the database", () => {
  test("is behind a half-open network: requests are refused in time, and all goes on when it is back", async () => {
    const backend = await backendWith();
    await insist(backend, "/ingest", smallSession("half", 20));
    databaseNet.hold();
    const startedAt = performance.now();
    const statuses = await Promise.all([
      post(backend, "/acquisitions", { uuid: "while-held" }),
      fetch(`${backend.url}/health`).then(({ status }) => status),
    ]);
    expect(statuses).toEqual([503, 503]);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    databaseNet.release();
    await insist(backend, "/events", predictionsOf("half", 20));
    await eachOnce(backend, 20);
  });

  test("is behind a half-open network when the backend is stopped: it ends all the same", async () => {
    const backend = await backendWith({
      database: { ...configOf().database, queryTimeoutMs: 120_000 } as DatabaseConfig,
    });
    await insist(backend, "/ingest", smallSession("stopped", 5));
    databaseNet.hold();
    const startedAt = performance.now();
    await backend.stop();
    expect(performance.now() - startedAt).toBeLessThan(60_000);
  });

  test("cuts all connections again and again while messages are sent: each takes effect once", async () => {
    const backend = await backendWith();
    await insist(backend, "/ingest", smallSession("cut", 120));
    const messages = predictionsOf("cut", 120);
    for (let n = 0; n < messages.length; n += 10) {
      const sending = insist(backend, "/events", messages.slice(n, n + 10));
      if (n % 30 === 0) databaseNet.cut();
      await sending;
    }
    await eachOnce(backend, 120);
  });

  test("ends all sessions, as at its restart: streams go on, and no event is missing or doubled", async () => {
    const backend = await backendWith();
    const heard: string[] = [];
    const stream = followEvents(`${backend.url}/events/stream?after=0`, (event, data) => {
      if (event === "acquisition.created") heard.push((data as { uuid: string }).uuid);
    });
    const expected: string[] = [];
    for (let n = 0; n < 12; n++) {
      if (n % 4 === 2) databaseNet.cut();
      expected.push(`a${n}`);
      await insist(backend, "/acquisitions", { uuid: `a${n}` });
      // A stream that is cut off before it has begun is refused, and asked for again by whoever wants it.
      if (n === 0) await eventually(() => heard.length, Boolean);
    }
    await eventually(
      () => heard.length,
      (length) => length >= expected.length,
    );
    await stream.close();
    expect(heard).toEqual(expected);
  });

  test("is away when a backend starts: the start waits for it, and gives up with the reason", async () => {
    databaseNet.refuse();
    await expect(
      startBackend({ config: configOf(), logger: createLogger("test", "silent"), databaseWaitMs: 0 }),
    ).rejects.toMatchObject({ code: "database_unavailable", message: expect.stringContaining(`:${databaseNet.port}`) });
    // Comes back when the first attempt has failed.
    const logger = createLogger("test", "warn", {
      write: (line) => void (/starting again/.test(line) && databaseNet.admit()),
    });
    const backend = await startBackend({ config: configOf(), logger });
    endings.push(() => backend.stop());
    expect(await post(backend, "/acquisitions", { uuid: "late" })).toBe(201);
  });
});

test("the clock of the machine jumps by days: instructions neither expire nor come again", async () => {
  const backend = await backendWith();
  await insist(backend, "/agent/clock/sessions", { session_id: "clock" });
  const received: string[] = [];
  const stream = followEvents(`${backend.url}/agent/clock/session/clock/instructions/stream`, (event, data) => {
    if (event === "instruction") received.push((data as { instruction_id: string }).instruction_id);
  });
  const real = Date.now;
  try {
    for (const [n, days] of [2, -2, 0.5].entries()) {
      vi.spyOn(Date, "now").mockImplementation(() => real() + days * 86_400_000);
      await insist(backend, "/agent/clock/sessions/clock/instructions", {
        instruction_id: `i${n}`,
        instruction_type: "agent.status.request",
      });
      await eventually(
        () => received.length,
        (length) => length === n + 1,
      );
      expect(await post(backend, `/agent/clock/session/clock/instructions/i${n}/ack`, { status: "processed" })).toBe(
        200,
      );
    }
  } finally {
    vi.restoreAllMocks();
    await stream.close();
  }
  expect(received).toEqual(["i0", "i1", "i2"]);
  expect(await rows(backend, "select distinct status from instructions")).toEqual([{ status: "acknowledged" }]);
});

test("in whatever order and however often messages and entities come, the end is the same", async () => {
  const backend = await backendWith();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(1_000_000)), async (random) => {
      const next = (limit: number): number => (random.next().value as number) % limit;
      run += 1;
      const prefix = `order${run}`;
      const session = smallSession(prefix, 5);
      const messages: { path: string; body: unknown }[] = [
        ...predictionsOf(prefix, 5),
        ...session.micrographs.flatMap(({ uuid: micrograph_uuid }, n) => [
          {
            message_id: randomUUID(),
            event_type: "ctf.completed",
            micrograph_uuid,
            ctf_max_resolution_estimate: 3 + n,
          },
          {
            message_id: randomUUID(),
            event_type: "motion_correction.completed",
            micrograph_uuid,
            total_motion: 5 + n,
            average_motion: 1,
          },
        ]),
      ].map((body) => ({ path: "/events", body }));
      const { acquisitions, grids, gridsquares, ...below } = session;
      const steps = [
        ...messages,
        ...messages.filter(() => next(3) === 0),
        { path: "/ingest", body: { acquisitions, grids, gridsquares, ...below } },
      ];
      for (let i = steps.length - 1; i > 0; i--) {
        const j = next(i + 1);
        const [a, b] = [steps[i], steps[j]];
        if (a === undefined || b === undefined) continue;
        steps[i] = b;
        steps[j] = a;
      }
      for (const { path, body } of steps) await insist(backend, path, body);
      const state = await eventually(
        () =>
          rows<{ state: string | null; waiting: number }>(
            backend,
            `select (select string_agg(concat_ws('/', m.status, m.ctf_max_resolution_estimate, m.total_motion), ' ' order by m.uuid) from micrographs m
               where m.uuid like '${prefix}-%') as state,
             (select count(*) from inbox where status <> 'dead') as waiting`,
          ),
        ([row]) => row?.waiting === 0 && row.state !== null,
      );
      expect(state[0]?.state).toBe(Array.from({ length: 5 }, (_, n) => `ctf completed/${3 + n}/${5 + n}`).join(" "));
      const [count] = await rows<{ n: number }>(
        backend,
        `select count(*) as n from quality_predictions where foilhole_uuid like '${prefix}-%'`,
      );
      expect(count?.n).toBe(5);
    }),
    { numRuns: 5 },
  );
});

describe.skipIf(rabbitmqForTests() === null)("RabbitMQ (SMARTEM_TEST_RABBITMQ_URL)", () => {
  let vhost: TestVhost;
  let net: TcpProxy;
  beforeEach(async () => {
    vhost = await createTestVhost();
    net = await startTcpProxy(vhost.host, vhost.port);
    endings.push(async () => {
      net.release();
      await net.close();
      await vhost.drop();
    });
  });

  const withBroker = (changes: Partial<BackendConfig> = {}): Promise<Backend> => {
    const url = new URL(vhost.url);
    url.port = String(net.port);
    return backendWith({ rabbitmq: { url: url.href, heartbeatS: HEARTBEAT_S }, ...changes });
  };
  /** A pipeline beside the broken network. */
  const pipeline = () => {
    const connection = new Connection({ url: vhost.url, retryLow: 50 });
    connection.on("error", () => undefined);
    const publisher = connection.createPublisher({
      confirm: true,
      maxAttempts: 20,
      // A message to a queue that is not there yet would be gone.
      queues: [{ queue: "smartem_backend", durable: true }],
    });
    endings.push(async () => {
      await publisher.close();
      await connection.close();
    });
    return (messages: readonly { message_id: string }[]): Promise<unknown> =>
      Promise.all(
        messages.map((message) =>
          publisher.send({ routingKey: "smartem_backend", durable: true, messageId: message.message_id }, message),
        ),
      );
  };
  /** Everything that the backend publishes, as another system gets it. */
  const listener = async (): Promise<{ uuid?: string; event_type?: string }[]> => {
    const heard: { uuid?: string; event_type?: string }[] = [];
    const connection = new Connection({ url: vhost.url, retryLow: 50 });
    connection.on("error", () => undefined);
    const consumer = connection.createConsumer(
      {
        queue: "listener",
        queueOptions: { durable: true },
        exchanges: [{ exchange: "smartem.events", type: "topic", durable: true }],
        queueBindings: [{ exchange: "smartem.events", routingKey: "#" }],
      },
      async (message) => {
        heard.push(message.body as { uuid?: string });
      },
    );
    endings.push(async () => {
      await consumer.close();
      await connection.close();
    });
    await new Promise<void>((resolve) => consumer.once("ready", resolve));
    return heard;
  };

  test("is restarted while messages flow: each takes effect once", async () => {
    const backend = await withBroker();
    const send = pipeline();
    await insist(backend, "/ingest", smallSession("restart", 200));
    const messages = predictionsOf("restart", 200);
    for (let n = 0; n < messages.length; n += 50) {
      await send(messages.slice(n, n + 50));
      net.cut();
      await vhost.cutConnections();
    }
    await eachOnce(backend, 200);
  });

  test("is behind a half-open network: noticed by the silence, and all is taken in when it is back", async () => {
    const backend = await withBroker();
    const send = pipeline();
    await insist(backend, "/ingest", smallSession("silent", 40));
    const health = async () => (await fetch(`${backend.url}/health`)).status;
    await eventually(health, (status) => status === 200);
    net.hold();
    await send(predictionsOf("silent", 40));
    await eventually(health, (status) => status === 503);
    net.release();
    net.cut();
    await eachOnce(backend, 40);
    await eventually(health, (status) => status === 200);
  });

  test("never gets the worker's acknowledgement of what is committed: the second delivery changes nothing", async () => {
    const backend = await withBroker();
    const send = pipeline();
    await insist(backend, "/ingest", smallSession("unacked", 60));
    const messages = predictionsOf("unacked", 60);
    const arrived = (count: number) =>
      eventually(
        () => rows<{ n: number }>(backend, "select count(*) as n from quality_predictions"),
        ([row]) => row?.n === count,
      );
    // It consumes.
    await send(messages.slice(0, 1));
    await arrived(1);
    net.hold("to-service");
    await send(messages.slice(1));
    await arrived(60);
    net.cut();
    net.release();
    await eachOnce(backend, 60);
  });

  test("is away while the API commits, and the API ends before it can publish: the next one does", async () => {
    const heard = await listener();
    const first = await withBroker();
    net.refuse();
    net.cut();
    await insist(first, "/ingest", smallSession("unpublished", 5));
    const stopping = endings.pop();
    await stopping?.();
    net.admit();
    await withBroker();
    const told = () =>
      heard.filter(({ uuid, event_type }) => uuid?.startsWith("unpublished-") && event_type?.endsWith(".created"));
    await eventually(told, (events) => new Set(events.map(({ uuid }) => uuid)).size === 13);
  });

  test.skipIf(!memoryAlarmForTests())(
    "is short of memory and takes no events: what it holds is taken in all the same, the backend can be stopped, and events go out when it has room again",
    async () => {
      const heard = await listener();
      const first = await withBroker();
      // More than it hands over before the first of them is acknowledged.
      const COUNT = 1_200;
      await insist(first, "/ingest", smallSession("alarm", COUNT, 0));
      await endings.pop()?.();
      await pipeline()(predictionsOf("alarm", COUNT));
      const blocked = async (backend: Backend) =>
        (await (await fetch(`${backend.url}/health`)).text()).includes("publishing: blocked");
      await withMemoryAlarm(async () => {
        const backend = await withBroker();
        await insist(backend, "/acquisitions", { uuid: "alarm-late" });
        await eventually(() => blocked(backend), Boolean);
        await eachOnce(backend, COUNT);
        const looking = new Connection({ url: vhost.url });
        await eventually(
          () => looking.queueDeclare({ queue: "smartem_backend", passive: true }),
          ({ messageCount }) => messageCount === 0,
        );
        await looking.close();
        expect(await blocked(backend)).toBe(true);
        // Who publishes does not wait inside its transaction.
        await eventually(
          () =>
            rows<{ n: number }>(
              backend,
              `select count(*) as n from pg_stat_activity
               where datname = current_database() and state = 'idle in transaction'`,
            ),
          ([row]) => row?.n === 0,
          10_000,
        );
        await endings.pop()?.();
        expect(heard.some(({ uuid }) => uuid === "alarm-late")).toBe(false);
      });
      await withBroker();
      await eventually(() => heard.some(({ uuid }) => uuid === "alarm-late"), Boolean);
    },
  );

  test("two workers share one queue, the database going away meanwhile: the messages of a grid keep their order", async () => {
    const backend = await withBroker();
    await withBroker({ role: "worker", rabbitmq: { url: vhost.url, heartbeatS: HEARTBEAT_S } });
    const send = pipeline();
    await insist(backend, "/ingest", smallSession("order", 1));
    const COUNT = 1_500;
    // The same kind of message of one hole and of several, so that only their order tells which was the last.
    const messages = Array.from({ length: COUNT }, (_, n) => ({
      message_id: randomUUID(),
      prediction_model_name: "model",
      prediction_value: n / COUNT,
      ...(n % 7 === 3
        ? { event_type: "foilhole.model_multi_prediction", foilhole_uuids: ["order-h0"] }
        : { event_type: "foilhole.model_prediction", foilhole_uuid: "order-h0" }),
    }));
    await send(messages.slice(0, 500));
    databaseNet.hold();
    await send(messages.slice(500, 1_000));
    databaseNet.release();
    databaseNet.cut();
    await send(messages.slice(1_000));
    await eventually(
      () => rows<{ n: number }>(backend, "select count(*) as n from quality_predictions"),
      ([row]) => row?.n === COUNT,
    );
    const applied = await rows<{ value: number }>(backend, "select value from quality_predictions order by id");
    expect(applied.map(({ value }) => value)).toEqual(messages.map(({ prediction_value }) => prediction_value));
  });

  test("two workers share one queue, and one is cut off for good: the other does all of it, once", async () => {
    const backend = await withBroker();
    const second = await withBroker({ role: "worker", rabbitmq: { url: vhost.url, heartbeatS: HEARTBEAT_S } });
    const send = pipeline();
    await insist(backend, "/ingest", smallSession("two", 150));
    const messages = predictionsOf("two", 150);
    await send(messages.slice(0, 50));
    net.hold();
    await send(messages.slice(50));
    net.refuse();
    net.cut();
    await eachOnce(second, 150);
  });
});
