import { Connection } from "rabbitmq-client";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { httpChannel, type OutgoingMessage, rabbitChannel } from "./channel.js";
import { startFakeBackend } from "./testing/fake-backend.js";

const MESSAGES: readonly OutgoingMessage[] = Array.from({ length: 20 }, (_, index) => ({
  event_type: "refresh.predictions",
  message_id: `m-${index}`,
  grid_uuid: `g-${index}`,
}));
const RABBITMQ_URL = process.env.SMARTEM_TEST_RABBITMQ_URL ?? "";
if (RABBITMQ_URL === "" && process.env.SMARTEM_REQUIRE_SERVICES === "1") {
  throw new Error("SMARTEM_REQUIRE_SERVICES=1, but SMARTEM_TEST_RABBITMQ_URL names no RabbitMQ");
}

describe("sending over HTTP", () => {
  it("splits what is more than a request may bring, and keeps the order", async () => {
    const fake = await startFakeBackend("channel");
    onTestFinished(() => fake.close());
    const many = Array.from({ length: 11_000 }, (_, index) => ({
      event_type: "refresh.predictions",
      grid_uuid: String(index),
    }));
    await httpChannel({ apiUrl: `${fake.url}/` }).send(many);
    expect(fake.received).toEqual(many);
  });

  it("repeats while the backend is away", async () => {
    const fake = await startFakeBackend("channel");
    onTestFinished(() => fake.close());
    fake.failNext(2);
    await httpChannel({ apiUrl: fake.url }).send(MESSAGES);
    expect(fake.received).toEqual(MESSAGES);
  });

  it("gives up when it is closed", async () => {
    const channel = httpChannel({ apiUrl: "http://127.0.0.1:1" });
    const sending = expect(channel.send(MESSAGES)).rejects.toMatchObject({ code: "channel_closed" });
    await channel.close();
    await sending;
  });

  it("says so where what answers is not the backend", async () => {
    const fake = await startFakeBackend("channel");
    onTestFinished(() => fake.close());
    await expect(httpChannel({ apiUrl: `${fake.url}/elsewhere` }).send(MESSAGES)).rejects.toMatchObject({
      code: "events_refused",
    });
  });
});

describe("a broker that is away", () => {
  it("is not waited for any longer than the sender wants, and leaves nothing running", async () => {
    const problems: string[] = [];
    const channel = rabbitChannel({
      url: "amqp://guest:guest@127.0.0.1:1/",
      onProblem: (message) => problems.push(message),
    });
    const stopping = new AbortController();
    const sending = expect(channel.send(MESSAGES, stopping.signal)).rejects.toMatchObject({ code: "channel_closed" });
    await vi.waitUntil(() => problems.length > 0, { timeout: 15_000 });
    stopping.abort();
    await sending;
    await channel.close();
    await channel.close();
  });
});

describe.skipIf(RABBITMQ_URL === "")("sending over RabbitMQ (needs SMARTEM_TEST_RABBITMQ_URL)", () => {
  it("puts persistent messages into the queue in order, once the backend has declared it", async () => {
    const queue = `smartem_simulator_test_${process.pid}_${Date.now()}`;
    const backend = new Connection(RABBITMQ_URL);
    const channel = rabbitChannel({ url: RABBITMQ_URL, queue });
    onTestFinished(async () => {
      await channel.close();
      await backend.queueDelete({ queue });
      await backend.close();
    });
    const [, sending] = await Promise.all([
      backend.queueDeclare({ queue, durable: true }),
      channel.send(MESSAGES).then(() => "taken over"),
    ]);
    expect(sending).toBe("taken over");
    const received: { body: unknown; messageId: unknown; durable: unknown; contentType: unknown }[] = [];
    await vi.waitUntil(async () => {
      for (;;) {
        const message = await backend.basicGet({ queue, noAck: true });
        if (message === undefined) break;
        const { body, messageId, durable, contentType } = message;
        received.push({ body, messageId, durable, contentType });
      }
      return received.length >= MESSAGES.length;
    });
    expect(received).toEqual(
      MESSAGES.map((message) => ({
        body: message,
        messageId: message.message_id,
        durable: true,
        contentType: "application/json",
      })),
    );
  });
});
