import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";

/** The RabbitMQ that tests may use. */
export interface RabbitmqForTests {
  /** `amqp://user:password@host:port/vhost`. */
  readonly url: string;
  /** Of its management API, with user and password; null where none is configured. */
  readonly managementUrl: string | null;
}

/**
 * The RabbitMQ for tests, from `SMARTEM_TEST_RABBITMQ_URL` and `SMARTEM_TEST_RABBITMQ_MANAGEMENT_URL`; null where
 * there is none and tests that need one are to be skipped.
 *
 * @throws where there is none although `SMARTEM_REQUIRE_SERVICES=1` demands it
 * @example describe.skipIf(rabbitmqForTests() === null)("the outbox with RabbitMQ", () => { … });
 */
export function rabbitmqForTests(): RabbitmqForTests | null {
  const url = process.env.SMARTEM_TEST_RABBITMQ_URL;
  if (url) return { url, managementUrl: process.env.SMARTEM_TEST_RABBITMQ_MANAGEMENT_URL || null };
  if (process.env.SMARTEM_REQUIRE_SERVICES === "1") {
    throw new Error("SMARTEM_REQUIRE_SERVICES=1, but SMARTEM_TEST_RABBITMQ_URL names no RabbitMQ");
  }
  return null;
}

/** Whether the RabbitMQ for tests can be made short of memory: it has to be one that `scripts/services.sh` has started. */
export function memoryAlarmForTests(): boolean {
  return rabbitmqForTests() !== null && Boolean(process.env.SMARTEM_TEST_SERVICES_DIR);
}

/**
 * Makes the RabbitMQ for tests short of memory, so that it takes nothing more from whoever publishes, while `work` runs. Other tests
 * that publish to it meanwhile wait, so it should not be long.
 */
export async function withMemoryAlarm(work: () => Promise<void>): Promise<void> {
  const services = join(import.meta.dirname, "../../../../scripts/services.sh");
  const set = (state: "on" | "off") =>
    promisify(execFile)(services, ["alarm", process.env.SMARTEM_TEST_SERVICES_DIR ?? "", state]);
  await set("on");
  try {
    await work();
  } finally {
    await set("off");
  }
}

/** A virtual host that one test, or one test file, has for itself, so that queues of the same name do not meet. */
export interface TestVhost {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
  /** Cuts all connections to the virtual host, as a restarting broker would; gives their number. */
  cutConnections(): Promise<number>;
  /** Removes it with its queues, and cuts its connections. */
  drop(): Promise<void>;
}

/**
 * Makes a virtual host on the RabbitMQ for tests.
 *
 * @throws where there is no RabbitMQ, or none with a management API: check rabbitmqForTests() first
 */
export async function createTestVhost(): Promise<TestVhost> {
  const rabbitmq = rabbitmqForTests();
  if (rabbitmq === null || rabbitmq.managementUrl === null) {
    throw new Error("needs SMARTEM_TEST_RABBITMQ_URL and SMARTEM_TEST_RABBITMQ_MANAGEMENT_URL");
  }
  const management = managementClient(rabbitmq.managementUrl);
  const broker = new URL(rabbitmq.url);
  const user = decodeURIComponent(broker.username);
  const vhost = uniqueName("smartem_test");
  await management("PUT", `/api/vhosts/${vhost}`);
  await management("PUT", `/api/permissions/${vhost}/${encodeURIComponent(user)}`, {
    configure: ".*",
    write: ".*",
    read: ".*",
  });
  const url = new URL(broker);
  url.pathname = `/${vhost}`;
  return {
    url: url.href,
    host: broker.hostname,
    port: Number(broker.port || 5672),
    user,
    password: decodeURIComponent(broker.password),
    vhost,
    cutConnections: async () => {
      const connections = await management("GET", `/api/vhosts/${vhost}/connections`);
      if (!Array.isArray(connections)) throw new Error("the management API lists no connections");
      for (const { name } of connections) await management("DELETE", `/api/connections/${encodeURIComponent(name)}`);
      return connections.length;
    },
    drop: async () => {
      await management("DELETE", `/api/vhosts/${vhost}`);
    },
  };
}

/** A name that no other test uses, for queues and exchanges where a virtual host of its own is more than needed. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${Date.now().toString(36)}_${randomBytes(5).toString("hex")}`;
}

type ManagementClient = (method: "GET" | "PUT" | "DELETE", path: string, body?: unknown) => Promise<unknown>;

function managementClient(managementUrl: string): ManagementClient {
  const { origin, username, password } = new URL(managementUrl);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return async (method, path, body) => {
    const response = await fetch(origin + path, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`RabbitMQ's management API answered ${method} ${path} with ${response.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
}
