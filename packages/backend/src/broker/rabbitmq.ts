import { messageOf, SmartemError } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { type Channel, Connection, type Consumer, ConsumerStatus } from "rabbitmq-client";
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
/** What AMQP has room for. */
const MESSAGE_ID_MAX_BYTES = 255;
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
/** After declaring has failed: somebody may have declared a queue in another way, and change that. */
const OPEN_AGAIN_MS = 5_000;
/**
 * How often a quorum queue may deliver a message: RabbitMQ 4 drops one after 20 times, unless told otherwise. As good as without a
 * limit; -1, which 4 takes for none, is 0 to 3.
 */
const DELIVERY_LIMIT = 1_000_000;
const PUBLISH_AT_ONCE = 200;

/**
 * One of the backend's two connections. RabbitMQ, when it is short of memory or disk, reads nothing more from one that publishes, its
 * acknowledgements included: messages taken in over the same one would stay in the queue that fills the broker.
 */
interface Line {
  readonly connection: Connection;
  /** What is wrong with it; null where nothing is. */
  problem(): string | null;
  /** Whether the broker reads nothing from it at the moment. */
  isBlocked(): boolean;
}

function connect({ url, heartbeatS }: RabbitConfig, purpose: "publishing" | "consuming", logger: Logger): Line {
  const connection = new Connection({
    url,
    connectionName: `smartem-backend ${purpose}`,
    retryLow: 200,
    retryHigh: 5_000,
    acquireTimeout: ACQUIRE_TIMEOUT_MS,
    heartbeat: heartbeatS ?? HEARTBEAT_S,
  });
  let problem: string | null = "not connected yet";
  let isBlocked = false;
  connection.on("error", (error) => {
    problem = messageOf(error);
    logger.warn({ reason: problem, purpose }, "the message broker's connection was lost; it is tried again");
  });
  connection.on("connection", () => {
    problem = null;
    isBlocked = false;
    logger.info({ purpose }, "connected to the message broker");
  });
  connection.on("connection.blocked", (reason) => {
    problem = `blocked: ${reason}`;
    isBlocked = true;
    logger.warn({ reason, purpose }, "the message broker takes nothing at the moment");
  });
  connection.on("connection.unblocked", () => {
    problem = null;
    isBlocked = false;
    logger.info({ purpose }, "the message broker takes messages again");
  });
  return {
    connection,
    isBlocked: () => isBlocked,
    problem() {
      const found = connection.ready ? problem : (problem ?? "not connected");
      return found === null ? null : `${purpose}: ${found}`;
    },
  };
}

/** Ends what goes over a connection, then the connection; where the broker does not take a goodbye, without one. */
async function leave({ connection, problem }: Line, end: () => Promise<unknown>): Promise<void> {
  if (problem() === null) {
    try {
      await end();
      return await connection.close();
    } catch {
      // It was lost meanwhile, and would be made again.
    }
  }
  // What was not acknowledged comes again.
  connection.unsafeDestroy();
}

export async function connectRabbit(config: RabbitConfig, logger: Logger): Promise<Broker> {
  const queue = config.queue ?? BACKEND_QUEUE;
  const eventsExchange = config.eventsExchange ?? EVENTS_EXCHANGE;
  const publishing = connect(config, "publishing", logger);
  let consuming: Line | null = null;

  const exchanges = [
    { exchange: eventsExchange, type: "topic", durable: true },
    ...(config.exchange === undefined ? [] : [{ exchange: config.exchange, type: "direct", durable: true }]),
  ];
  const deadLetterQueue = queue + DEAD_LETTER_SUFFIX;
  const queueArguments =
    config.queueType === "quorum"
      ? { arguments: { "x-queue-type": "quorum" as const, "x-delivery-limit": DELIVERY_LIMIT } }
      : {};
  let consumer: Consumer | null = null;
  let intake: OrderedIntake | null = null;
  let comeBack: NodeJS.Timeout | null = null;
  const startConsumer = (): void => {
    if (comeBack === null) consumer?.start();
  };
  /** A channel for publishing, on which everything has been declared: so nothing is sent to what is not there yet. */
  const openChannel = async (): Promise<Channel> => {
    const channel = await publishing.connection.acquire({ emitErrorsFromChannel: true });
    channel.on("error", (error: unknown) =>
      logger.warn({ reason: messageOf(error) }, "the channel for publishing broke; it is opened again"),
    );
    for (const exchange of exchanges) await channel.exchangeDeclare(exchange);
    for (const name of [queue, deadLetterQueue]) {
      await channel.queueDeclare({ queue: name, durable: true, ...queueArguments });
    }
    if (config.exchange !== undefined) {
      await channel.queueBind({ queue, exchange: config.exchange, routingKey: queue });
    }
    await channel.confirmSelect();
    startConsumer();
    return channel;
  };
  let opening: Promise<Channel> | null = null;
  const outgoing = async (): Promise<Channel> => {
    // At once, so that who publishes can end or do something else, instead of waiting for a broker that is away.
    if (!publishing.connection.ready) throw unavailable("The message broker does not answer.");
    if (publishing.isBlocked()) throw unavailable("The message broker takes nothing at the moment.");
    const tried = opening;
    const channel = await tried?.catch(() => null);
    if (channel?.active === true) return channel;
    if (opening === null || opening === tried) opening = openChannel();
    return opening;
  };
  const rejections = new Set<(error: Error) => void>();
  publishing.connection.on("connection.blocked", () => {
    for (const reject of rejections) reject(unavailable("The message broker has ceased to take messages."));
  });
  /** Fails as soon as the broker takes nothing more: what is to be confirmed would be so only when it has room again. */
  const unlessBlocked = <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      rejections.add(reject);
      work.finally(() => rejections.delete(reject)).then(resolve, reject);
    });
  let openAgain: NodeJS.Timeout | undefined;
  const open = (): void => {
    clearTimeout(openAgain);
    outgoing().catch((error: unknown) => {
      if (!publishing.connection.ready) return;
      logger.error(
        { reason: messageOf(error) },
        "the exchanges and queues of the message broker could not be declared; it is tried again",
      );
      openAgain = setTimeout(open, OPEN_AGAIN_MS);
    });
  };
  // Not only when there is something to publish: what others bind to the exchange, or send to the queue, before that is not lost.
  publishing.connection.on("connection", open);

  return {
    kind: "rabbitmq",
    async consume(receive) {
      const standAside = async (): Promise<void> => {
        await consumer
          ?.close()
          .catch((error: unknown) => logger.warn({ reason: messageOf(error) }, "the channel broke"));
        // What this one still held is with the broker again, in its place.
        comeBack = setTimeout(() => {
          comeBack = null;
          intake?.open();
          startConsumer();
        }, STAND_ASIDE_MS);
      };
      intake = new OrderedIntake({
        receive,
        giveUp: () => void standAside(),
        giveUpAfterMs: GIVE_UP_AFTER_MS,
        logger,
      });
      consuming = connect(config, "consuming", logger);
      consumer = consuming.connection.createConsumer(
        {
          queue,
          queueOptions: { passive: true },
          // Until all is declared.
          lazy: true,
          qos: { prefetchCount: PREFETCH },
          // One worker at a time takes messages in, which is what keeps them in their order; all of them apply them.
          exclusive: true,
        },
        async (message) => {
          const letterId: unknown = message.headers?.[DEAD_LETTER_ID_HEADER];
          const deadLetterId = Number.isSafeInteger(letterId) ? (letterId as number) : null;
          if (deadLetterId === null && message.headers?.[ORIGIN_HEADER] === ORIGIN) return ConsumerStatus.ACK;
          const isStored = await intake?.take({
            deadLetterId,
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
      opening?.then(startConsumer, () => undefined);
    },
    async publish(events: readonly RecordedEvent[]) {
      const channel = await unlessBlocked(outgoing());
      for (let start = 0; start < events.length; start += PUBLISH_AT_ONCE) {
        const some = events.slice(start, start + PUBLISH_AT_ONCE);
        const confirmed = some.flatMap((event) => {
          const body = { event_type: event.event_type, ...event.payload };
          const envelope = {
            durable: true,
            contentType: "application/json",
            messageId: `event-${event.id}`,
            timestamp: Math.floor(Date.parse(event.created_at) / 1000),
            headers: { [ORIGIN_HEADER]: ORIGIN },
          };
          return [
            channel.basicPublish({ ...envelope, exchange: eventsExchange, routingKey: event.event_type }, body),
            ...(config.exchange === undefined
              ? []
              : [channel.basicPublish({ ...envelope, exchange: config.exchange, routingKey: BACKEND_QUEUE }, body)]),
          ];
        });
        await unlessBlocked(Promise.all(confirmed));
      }
    },
    async publishDeadLetters(letters) {
      const channel = await unlessBlocked(outgoing());
      const confirmed = letters.map(({ id, message_id, event_type, reason, received_at, body }) => {
        // One that got past the reading has lost its type; one that did not is whole.
        const message = message_id === null || !isRecord(body) ? body : { event_type, ...body };
        return channel.basicPublish(
          {
            exchange: "",
            routingKey: deadLetterQueue,
            durable: true,
            messageId: fitsBroker(message_id) ? message_id : `dead-letter-${id}`,
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
      });
      await unlessBlocked(Promise.all(confirmed));
    },
    health() {
      const problems = [publishing, consuming].flatMap((line) => line?.problem() ?? []);
      return problems.length === 0
        ? { status: "ok", details: "connected" }
        : { status: "error", details: problems.join("; ") };
    },
    async close() {
      if (comeBack !== null) clearTimeout(comeBack);
      clearTimeout(openAgain);
      intake?.close();
      if (consuming !== null) await leave(consuming, async () => consumer?.close());
      await leave(publishing, async () => (await opening)?.close());
    },
  };
}

/** A longer id would be cut, and be another one. */
function fitsBroker(messageId: string | null): messageId is string {
  return messageId !== null && Buffer.byteLength(messageId) <= MESSAGE_ID_MAX_BYTES;
}

function unavailable(message: string): SmartemError {
  return new SmartemError("broker_unavailable", 503, message);
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
