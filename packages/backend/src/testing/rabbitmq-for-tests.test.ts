import { Connection } from "rabbitmq-client";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createTestVhost, rabbitmqForTests, uniqueName } from "./rabbitmq-for-tests.js";

afterEach(() => vi.unstubAllEnvs());

describe("without a RabbitMQ", () => {
  it("tests that need one are skipped, unless the services are required", () => {
    vi.stubEnv("SMARTEM_TEST_RABBITMQ_URL", "");
    vi.stubEnv("SMARTEM_REQUIRE_SERVICES", "");
    expect(rabbitmqForTests()).toBe(null);
    vi.stubEnv("SMARTEM_REQUIRE_SERVICES", "1");
    expect(() => rabbitmqForTests()).toThrow("SMARTEM_TEST_RABBITMQ_URL");
  });
});

describe.skipIf(rabbitmqForTests() === null)("a virtual host for tests (needs SMARTEM_TEST_RABBITMQ_URL)", () => {
  it("keeps queues of the same name apart", async () => {
    const vhosts = await Promise.all([createTestVhost(), createTestVhost()]);
    const [first, second] = await Promise.all(vhosts.map(({ url }) => connected(url)));
    await first?.queueDeclare({ queue: "smartem_backend", durable: true });
    const publisher = first?.createPublisher({ confirm: true });
    await publisher?.send({ routingKey: "smartem_backend" }, "one");
    await publisher?.close();
    const there = await second?.queueDeclare({ queue: "smartem_backend", durable: true });
    expect(there?.messageCount).toBe(0);
    await first?.close();
    await second?.close();
    for (const vhost of vhosts) await vhost.drop();
  });

  it("can be removed while a client is connected", async () => {
    const vhost = await createTestVhost();
    const client = await connected(vhost.url);
    const cut = new Promise((resolve) => client.once("error", resolve));
    await vhost.drop();
    await cut;
    await client.close();
  });

  it("can cut its connections, after which clients connect anew", async () => {
    const vhost = await createTestVhost();
    const client = await connected(vhost.url);
    const back = new Promise((resolve) => client.once("connection", resolve));
    await vi.waitUntil(async () => (await vhost.cutConnections()) > 0, { timeout: 20_000 });
    await back;
    await client.close();
    await vhost.drop();
  });
});

describe("unique names", () => {
  it("differ however quickly they are asked for", () => {
    expect(new Set(Array.from({ length: 100 }, () => uniqueName("q"))).size).toBe(100);
  });
});

async function connected(url: string): Promise<Connection> {
  const client = new Connection({ url, retryLow: 50 });
  client.on("error", () => undefined);
  await client.onConnect();
  return client;
}
