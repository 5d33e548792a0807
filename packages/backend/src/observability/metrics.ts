import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Pool } from "../database/connection.js";
import type { EventFeed } from "../events/feed.js";

/*
 * What Prometheus is told of one process. Labels are kinds, of which there are few: never an entity, an agent or a session.
 */

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** The queue is looked at at most this often, however many ask. */
const QUEUE_MAX_AGE_MS = 5_000;

export interface Metrics {
  /** The text that Prometheus reads. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Messages of one type were applied, or set back, in one batch. */
  handled(eventType: string, messages: number, seconds: number): void;
  /** A message was applied so long after it came in. */
  waited(seconds: number): void;
  /** A grid was decided on. */
  decided(seconds: number): void;
  /** Counts requests and streams of a server. Has to be called before its routes are added. */
  observe(app: FastifyInstance): void;
  /** Counts what the whole system records; every API process sees all of it. */
  follow(feed: EventFeed): () => void;
}

export function createMetrics(pool: Pool, logger: Logger): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const handlerSeconds = new Histogram({
    name: "smartem_inbox_handler_seconds",
    help: "Time in which the messages of one type in one batch were applied",
    labelNames: ["event_type"],
    buckets: SECONDS,
    registers,
  });
  const handledMessages = new Counter({
    name: "smartem_inbox_messages_handled_total",
    help: "Messages that were applied or set back",
    labelNames: ["event_type"],
    registers,
  });
  const waitSeconds = new Histogram({
    name: "smartem_inbox_wait_seconds",
    help: "Time from a message's arrival until it was applied",
    buckets: [...SECONDS, 30, 60, 300, 3_600],
    registers,
  });
  const decisionSeconds = new Histogram({
    name: "smartem_decision_seconds",
    help: "Time in which a grid was read, decided on, and its decision stored",
    buckets: SECONDS,
    registers,
  });
  const requestSeconds = new Histogram({
    name: "smartem_http_request_seconds",
    help: "Time to answer requests, by their route",
    labelNames: ["method", "route", "status"],
    buckets: SECONDS,
    registers,
  });
  const events = new Counter({
    name: "smartem_events_total",
    help: "Events that the system has recorded, as every API process sees them: entities that came in, decisions, changes of status",
    labelNames: ["event_type"],
    registers,
  });
  const instructions = new Counter({
    name: "smartem_instructions_total",
    help: "Steps in the life of instructions, as every API process sees them",
    labelNames: ["status"],
    registers,
  });
  observeQueue(pool, logger, registers);

  return {
    async read() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    handled(eventType, messages, seconds) {
      handlerSeconds.observe({ event_type: eventType }, seconds);
      handledMessages.inc({ event_type: eventType }, messages);
    },
    waited: (seconds) => waitSeconds.observe(seconds),
    decided: (seconds) => decisionSeconds.observe(seconds),
    observe(app) {
      new Gauge({
        name: "smartem_event_streams",
        help: "Open Server-Sent Events streams, by their route",
        labelNames: ["route"],
        registers,
        collect() {
          this.reset();
          for (const { route } of app.eventStreams) this.inc({ route });
        },
      });
      app.addHook("onResponse", async ({ method, routeOptions: { url } }, { statusCode, elapsedTime }) => {
        // A stream lasts as long as its client likes.
        if (url?.endsWith("/stream") === true) return;
        requestSeconds.observe({ method, route: url ?? "none", status: statusCode }, elapsedTime / 1_000);
      });
    },
    follow: (feed) =>
      feed.subscribe((recorded) => {
        for (const { event_type, payload } of recorded) {
          events.inc({ event_type });
          if (event_type === "instruction.lifecycle") instructions.inc({ status: String(payload.status) });
        }
      }),
  };
}

interface Queue {
  readonly status: string;
  readonly messages: number;
  readonly oldest_s: number;
}

/** Depth and age of the inbox, from one statement that an index answers, shared by all who ask within a few seconds. */
function observeQueue(pool: Pool, logger: Logger, registers: Registry[]): void {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let answer: Promise<Queue[]> = Promise.resolve([]);
  const look = (): Promise<Queue[]> => {
    if (performance.now() - askedAtMs < QUEUE_MAX_AGE_MS) return answer;
    askedAtMs = performance.now();
    answer = pool
      .query<Queue>(
        `select status, count(*)::int as messages, extract(epoch from now() - min(received_at))::float8 as oldest_s
         from inbox group by status`,
      )
      .then(({ rows }) => rows)
      .catch((error: unknown) => {
        logger.debug({ reason: messageOf(error) }, "the queue can't be looked at for its metrics");
        return [];
      });
    return answer;
  };
  const depth = (name: string, help: string, value: (queue: Queue) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ["status"],
      registers,
      async collect() {
        const queues = await look();
        this.reset();
        for (const status of ["ready", "parked", "dead"]) {
          const found = queues.find((queue) => queue.status === status);
          this.set({ status }, found === undefined ? 0 : value(found));
        }
      },
    });
  };
  depth(
    "smartem_queue_messages",
    "Messages in the inbox: ready to be applied, parked, or dead",
    (queue) => queue.messages,
  );
  depth("smartem_queue_oldest_seconds", "Age of the oldest message in the inbox", (queue) => queue.oldest_s);
}
