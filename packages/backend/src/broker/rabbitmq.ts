import { messageOf, SmartemError } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { Connection, type Consumer, ConsumerStatus, type Publisher } from "rabbitmq-client";
import type { RecordedEvent } from "../events/feed.js";
import type { Broker } from "./broker.js";
import { OrderedIntake } from "./ordered-intake.js";

/** The queue that external systems publish to, and the routing key under which they may. */
export const BACKEND_QUEUE = "smartem_backend";
/** Where anyone may bind a queue to what the backend publishes; the routing key is the event_type. */
export const EVENTS_EXCHANGE = "smartem.events";
/** Where copies of dead letters go: the name of the queue that they came from with this behind it. */
export const DEAD_LETTER_SUFFIX = ".dead_letters";
/** Why a dead letter is one. */
export const REASON_HEADER = "x-error";
/** The id by which administrators retry or drop it. */
export const DEAD_LETTER_ID_HEADER = "x-dead-letter-id";
/** A longer reason is cut: headers have to fit into one frame. */
const REASON_MAX_LENGTH = 4_000;
/** Marks the backend's own messages, so that it does not take them in again. */
export const ORIGIN_HEADER = "x-origin";
export const ORIGIN = "smartem-backend";

export interface RabbitConfig {
  readonly url: string;
  /** A durable direct exchange that existing services use (`RABBITMQ_EXCHANGE`). */
  readonly exchange?: string;
  readonly queue?: string;
  readonly eventsExchange?: string;
  /** A connection that is silent for twice as long is given up. */
  readonly heartbeatS?: number;
  /** `quorum` where no client declares the queue as a classic one. */
  readonly queueType?: "classic" | "quorum";
}

const HEARTBEAT_S = 10;
const ACQUIRE_TIMEOUT_MS = 5_000;
/** Messages that the broker hands over before the first of them is acknowledged. */
const PREFETCH = 1_000;
/** A worker that can't store messages for so long lets another one try, and comes back later. */
const GIVE_UP_AFTER_MS = 15_000;
const STAND_ASIDE_MS = 5_000;
/**
 * How often a quorum queue may deliver a message: RabbitMQ 4 drops one after 20 times, unless told otherwise. As good as without a
 * limit; -1, which 4 takes for none, is 0 to 3.
 */
const DELIVERY_LIMIT = 1_000_000;
const PUBLISH_AT_ONCE = 200;

export async function connectRabbit(config: RabbitConfig, logger: Logger): Promise<Broker> {
  const queue = config.queue ?? BACKEND_QUEUE;
  const eventsExchange = config.eventsExchange ?? EVENTS_EXCHANGE;
  const connection = new Connection({
    url: config.url,
    connectionName: "smartem-backend",
    retryLow: 200,
    retryHigh: 5_000,
    acquireTimeout: ACQUIRE_TIMEOUT_MS,
    heartbeat: config.heartbeatS ?? HEARTBEAT_S,
  });
  let problem: string | null = "not connected yet";
  connection.on("error", (error) => {
    problem = messageOf(error);
    logger.warn({ reason: problem }, "the message broker's connection was lost; it is tried again");
  });
  connection.on("connection", () => {
    problem = null;
    logger.info("connected to the message broker");
  });
  connection.on("connection.blocked", (reason) => {
    problem = `blocked: ${reason}`;
  });
  connection.on("connection.unblocked", () => {
    problem = null;
  });

  const exchanges = [
    { exchange: eventsExchange, type: "topic", durable: true },
    ...(config.exchange === undefined ? [] : [{ exchange: config.exchange, type: "direct", durable: true }]),
  ];
  const deadLetterQueue = queue + DEAD_LETTER_SUFFIX;
  const queueArguments =
    config.queueType === "quorum"
      ? { arguments: { "x-queue-type": "quorum" as const, "x-delivery-limit": DELIVERY_LIMIT } }
      : {};
  // At once, whoever publishes or consumes first: what is bound to the exchange, or sent to the queue, before that is not lost.
  const declare = async (): Promise<void> => {
    for (const exchange of exchanges) await connection.exchangeDeclare(exchange);
    for (const name of [queue, deadLetterQueue]) {
      await connection.queueDeclare({ queue: name, durable: true, ...queueArguments });
    }
    if (config.exchange !== undefined) {
      await connection.queueBind({ queue, exchange: config.exchange, routingKey: queue });
    }
  };
  connection.on("connection", () => {
    declare().catch((error: unknown) =>
      logger.error(
        { reason: messageOf(error) },
        "the exchanges and queues of the message broker could not be declared",
      ),
    );
  });
  const publisher: Publisher = connection.createPublisher({
    confirm: true,
    maxAttempts: 3,
    exchanges,
    queues: [{ queue: deadLetterQueue, durable: true, ...queueArguments }],
  });
  publisher.on("retry", (error) => logger.warn({ reason: messageOf(error) }, "publishing again"));
  let consumer: Consumer | null = null;
  let intake: OrderedIntake | null = null;
  let comeBack: NodeJS.Timeout | undefined;
  /** At once, so that who publishes can end or do something else, instead of waiting for a broker that is away. */
  const requireConnection = (): void => {
    if (!connection.ready) throw new SmartemError("broker_unavailable", 503, "The message broker does not answer.");
  };

  return {
    kind: "rabbitmq",
    async consume(receive) {
      const standAside = async (): Promise<void> => {
        await consumer
          ?.close()
          .catch((error: unknown) => logger.warn({ reason: messageOf(error) }, "the channel broke"));
        // What this one still held is with the broker again, in its place.
        comeBack = setTimeout(() => {
          intake?.open();
          consumer?.start();
        }, STAND_ASIDE_MS);
      };
      intake = new OrderedIntake({
        receive,
        giveUp: () => void standAside(),
        giveUpAfterMs: GIVE_UP_AFTER_MS,
        logger,
      });
      consumer = connection.createConsumer(
        {
          queue,
          queueOptions: {
            durable: true,
            ...queueArguments,
          },
          qos: { prefetchCount: PREFETCH },
          // One worker at a time takes messages in, which is what keeps them in their order; all of them apply them.
          exclusive: true,
          exchanges: exchanges.slice(1),
          queueBindings: config.exchange === undefined ? [] : [{ exchange: config.exchange, routingKey: queue }],
        },
        async (message) => {
          if (message.headers?.[ORIGIN_HEADER] === ORIGIN) return ConsumerStatus.ACK;
          const isStored = await intake?.take({
            message: bodyOf(message.body),
            messageId: message.messageId ?? null,
            redelivered: message.redelivered,
          });
          return isStored === true ? ConsumerStatus.ACK : ConsumerStatus.REQUEUE;
        },
      );
      consumer.on("error", (error: { code?: string }) => {
        if (error.code === "ACCESS_REFUSED") logger.debug("another worker takes messages in; this one stands by");
        else
          logger.warn(
            { reason: messageOf(error) },
            "the consumer of the message broker's queue failed; it starts again",
          );
      });
    },
    async publish(events: readonly RecordedEvent[]) {
      requireConnection();
      for (let start = 0; start < events.length; start += PUBLISH_AT_ONCE) {
        const some = events.slice(start, start + PUBLISH_AT_ONCE);
        await Promise.all(
          some.flatMap((event) => {
            const body = { event_type: event.event_type, ...event.payload };
            const envelope = {
              durable: true,
              contentType: "application/json",
              messageId: `event-${event.id}`,
              timestamp: Math.floor(Date.parse(event.created_at) / 1000),
              headers: { [ORIGIN_HEADER]: ORIGIN },
            };
            return [
              publisher.send({ ...envelope, exchange: eventsExchange, routingKey: event.event_type }, body),
              ...(config.exchange === undefined
                ? []
                : [publisher.send({ ...envelope, exchange: config.exchange, routingKey: BACKEND_QUEUE }, body)]),
            ];
          }),
        );
      }
    },
    async publishDeadLetters(letters) {
      requireConnection();
      await Promise.all(
        letters.map(({ id, message_id, event_type, reason, received_at, body }) => {
          // One that got past the reading has lost its type; one that did not is whole.
          const message = message_id === null || !isRecord(body) ? body : { event_type, ...body };
          return publisher.send(
            {
              exchange: "",
              routingKey: deadLetterQueue,
              durable: true,
              messageId: message_id ?? `dead-letter-${id}`,
              timestamp: Math.floor(Date.parse(received_at) / 1000),
              headers: {
                [ORIGIN_HEADER]: ORIGIN,
                [REASON_HEADER]: (reason ?? "").slice(0, REASON_MAX_LENGTH),
                [DEAD_LETTER_ID_HEADER]: id,
              },
              ...(typeof message === "string" ? {} : { contentType: "application/json" }),
            },
            typeof message === "string" ? Buffer.from(message) : message,
          );
        }),
      );
    },
    health: () =>
      connection.ready && problem === null
        ? { status: "ok", details: "connected" }
        : { status: "error", details: problem ?? "not connected" },
    async close() {
      clearTimeout(comeBack);
      intake?.close();
      if (!connection.ready) {
        // There is nobody to say goodbye to; what was not acknowledged comes again.
        connection.unsafeDestroy();
        return;
      }
      await consumer?.close();
      await publisher.close();
      await connection.close();
    },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A body that is no JSON is handed on as it is, to become a dead letter with a reason. */
function bodyOf(body: unknown): unknown {
  if (!Buffer.isBuffer(body) && typeof body !== "string") return body;
  const text = body.toString();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
