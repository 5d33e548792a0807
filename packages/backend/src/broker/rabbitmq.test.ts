import { silentLogger } from "@smartem/common/logging";
import { Connection, type Publisher } from "rabbitmq-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecordedEvent } from "../events/feed.js";
import type { Delivery } from "../inbox/receive.js";
import { eventually } from "../testing/backend-for-tests.js";
import { createTestVhost, rabbitmqForTests, type TestVhost } from "../testing/rabbitmq-for-tests.js";
import type { Broker } from "./broker.js";
import { connectRabbit } from "./rabbitmq.js";

describe.skipIf(rabbitmqForTests() === null)("RabbitMQ (needs SMARTEM_TEST_RABBITMQ_URL)", () => {
  let vhost: TestVhost;
  let observer: Connection;
  let publisher: Publisher;
  beforeAll(async () => {
    vhost = await createTestVhost();
    observer = new Connection({ url: vhost.url });
    observer.on("error", () => undefined);
    publisher = observer.createPublisher({ confirm: true, maxAttempts: 5 });
  });
  afterAll(async () => {
    await publisher.close();
    await observer.close();
    await vhost.drop();
  });

  const isThere = (look: () => Promise<unknown>): Promise<boolean> =>
    look().then(
      () => true,
      () => false,
    );

  test("has what others bind to and send to as soon as a backend is connected, and again after its connection was cut", async () => {
    const broker = await connectRabbit({ url: vhost.url, exchange: "legacy", queue: "declared" }, silentLogger);
    const all = () =>
      Promise.all([
        isThere(() => observer.exchangeDeclare({ exchange: "smartem.events", type: "topic", passive: true })),
        isThere(() => observer.exchangeDeclare({ exchange: "legacy", type: "direct", passive: true })),
        isThere(() => observer.queueDeclare({ queue: "declared", passive: true })),
        isThere(() => observer.queueDeclare({ queue: "declared.dead_letters", passive: true })),
      ]);
    const complete = (there: boolean[]): boolean => there.every(Boolean);
    await eventually(all, complete);
    // What goes to the older exchange comes to the queue, though nobody consumes yet.
    await publisher.send({ exchange: "legacy", routingKey: "declared" }, "early");
    await eventually(
      () => observer.queueDeclare({ queue: "declared", passive: true }),
      ({ messageCount }) => messageCount === 1,
    );
    await observer.exchangeDelete({ exchange: "smartem.events" });
    await eventually(async () => {
      // The broker lists a connection, so that it can be cut, only a while after it was made.
      await vhost.cutConnections();
      return all();
    }, complete);
    await broker.close();
  });

  test("publishes and consumes nothing as long as its queue is declared otherwise, and both once that is gone", async () => {
    const queue = "otherwise";
    await observer.queueDeclare({ queue, durable: true, arguments: { "x-queue-type": "quorum" } });
    const broker = await connectRabbit({ url: vhost.url, queue, queueType: "classic" }, silentLogger);
    const seen: Delivery[] = [];
    await broker.consume(async (deliveries) => {
      seen.push(...deliveries);
    });
    const event: RecordedEvent = {
      id: 1,
      acquisition_uuid: null,
      grid_uuid: null,
      event_type: "grid.registered",
      created_at: "2026-01-01T00:00:00Z",
      payload: {},
    };
    const published = () => isThere(() => broker.publish([event]));
    await eventually(
      () => broker.health().status,
      (status) => status === "ok",
    );
    expect(await published()).toBe(false);
    await observer.queueDelete({ queue });
    await eventually(published, Boolean);
    await publisher.send({ routingKey: queue, durable: true }, { event_type: "afterwards" });
    await eventually(
      () => seen.length,
      (n) => n === 1,
    );
    await broker.close();
  });

  test.each(["classic", "quorum"] as const)(
    "holds messages of a %s queue while the database is away, and gives them back when it is closed meanwhile",
    async (queueType) => {
      const queue = `held-${queueType}`;
      const seen: Delivery[] = [];
      let away = true;
      const consume = async (): Promise<Broker> => {
        const broker = await connectRabbit({ url: vhost.url, queue, queueType }, silentLogger);
        await broker.consume(async (deliveries) => {
          seen.push(...deliveries);
          if (away) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
        });
        return broker;
      };
      const first = await consume();
      await eventually(() => isThere(() => observer.queueDeclare({ queue, passive: true })), Boolean);
      await publisher.send({ routingKey: queue, durable: true }, { event_type: "held" });
      await eventually(
        () => seen.length,
        (n) => n >= 3,
      );
      // The same delivery is stored again: the queue has not delivered it a second time.
      expect(seen.map(({ redelivered }) => redelivered)).toEqual(seen.map(() => false));
      await first.close();
      away = false;
      seen.length = 0;
      const second = await consume();
      await eventually(
        () => seen.length,
        (n) => n === 1,
      );
      expect(seen[0]).toMatchObject({ message: { event_type: "held" }, redelivered: true });
      await second.close();
      expect((await observer.queueDeclare({ queue, passive: true })).messageCount).toBe(0);
    },
  );
});
