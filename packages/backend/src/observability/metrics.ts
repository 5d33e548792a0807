import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Broker } from "../broker/broker.js";
import type { Pool } from "../database/connection.js";
import type { EventFeed } from "../events/feed.js";
import { PUBLISHED_EVENT_TYPES } from "../events/types.js";
import { WORKER_SEEN_S } from "../health/worker-seen.js";

/*
 * What Prometheus is told of one process. Labels are kinds, of which there are few: never an entity, an agent or a session.
 */

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** The database is looked at at most this often, however many ask. */
const SEEN_MAX_AGE_MS = 5_000;
/** Of a session `s`: its agent listens. */
const IS_CONNECTED =
  "exists (select from agent_connections c where c.session_id = s.session_id and c.closed_at is null)";

export interface Metrics {
  /** The text that Prometheus reads. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Messages of one type were applied, or set back, in one batch. */
  handled(eventType: string, messages: number, seconds: number): void;
  /** A message was applied so long after it came in. */
  waited(seconds: number): void;
  /** A grid was decided on. */
  decided(seconds: number): void;
  /** A grid could not be decided on. */
  decisionFailed(): void;
  /** Counts requests and streams of a server. Has to be called before its routes are added. */
  observe(app: FastifyInstance): void;
  /** Counts what the whole system records; every API process sees all of it. */
  follow(feed: EventFeed): () => void;
}

/** @param brokerKind of which relay it is told how far it has come */
export function createMetrics(pool: Pool, logger: Logger, brokerKind: Broker["kind"]): Metrics {
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
  const decisionsFailed = new Counter({
    name: "smartem_decisions_failed_total",
    help: "Decisions on a grid that failed; each is tried again half a minute later",
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
  observeDatabase(pool, logger, brokerKind, registers);

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
    decisionFailed: () => decisionsFailed.inc(),
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

/** What the database tells of what goes on in all processes. */
interface Seen {
  readonly queues: readonly Queue[];
  readonly relay_oldest_s: number | null;
  readonly decisions_oldest_s: number | null;
  readonly worker_seen_s: number | null;
  readonly sessions_connected: number;
  readonly sessions_unconnected: number;
}

/** From one statement that indexes answer, shared by all who ask within a few seconds. */
function observeDatabase(pool: Pool, logger: Logger, brokerKind: Broker["kind"], registers: Registry[]): void {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let answer: Promise<Seen | undefined> = Promise.resolve(undefined);
  const look = (): Promise<Seen | undefined> => {
    if (performance.now() - askedAtMs < SEEN_MAX_AGE_MS) return answer;
    askedAtMs = performance.now();
    answer = pool
      .query<Seen>(
        `select
           (select coalesce(json_agg(q), '[]') from (
             select status, count(*) as messages, extract(epoch from now() - min(received_at))::float8 as oldest_s
             from inbox group by status) q) as queues,
           (select extract(epoch from now() - created_at)::float8 from events
            where $1 <> 'embedded' and event_type = any($2)
              and id > coalesce((select last_id from event_cursors where name = 'relay:' || $1), 0)
            order by id limit 1) as relay_oldest_s,
           (select greatest(0, extract(epoch from now() - min(not_before)))::float8 from decision_requests)
             as decisions_oldest_s,
           ${WORKER_SEEN_S} as worker_seen_s,
           (select count(*)::int from agent_sessions s where status = 'active' and ${IS_CONNECTED}) as sessions_connected,
           (select count(*)::int from agent_sessions s where status = 'active' and not ${IS_CONNECTED})
             as sessions_unconnected`,
        [brokerKind, PUBLISHED_EVENT_TYPES],
      )
      .then(({ rows }) => rows[0])
      .catch((error: unknown) => {
        logger.debug({ reason: messageOf(error) }, "the database can't be looked at for metrics");
        return undefined;
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
        const queues = (await look())?.queues ?? [];
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
  const value = (name: string, help: string, of: (seen: Seen | undefined) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(of(await look()));
      },
    });
  };
  value(
    "smartem_worker_seen_seconds",
    "Time since any worker was there; +Inf: never, or the database does not answer",
    (seen) => seen?.worker_seen_s ?? Number.POSITIVE_INFINITY,
  );
  value(
    "smartem_relay_oldest_seconds",
    "Age of the oldest event that the broker has not been given",
    (seen) => seen?.relay_oldest_s ?? 0,
  );
  value(
    "smartem_decision_requests_oldest_seconds",
    "For how long the grid has been due that waits longest to be decided on",
    (seen) => seen?.decisions_oldest_s ?? 0,
  );
  new Gauge({
    name: "smartem_agent_sessions",
    help: "Active sessions of agents, by whether their agent listens",
    labelNames: ["state"],
    registers,
    async collect() {
      const seen = await look();
      this.set({ state: "connected" }, seen?.sessions_connected ?? 0);
      this.set({ state: "unconnected" }, seen?.sessions_unconnected ?? 0);
    },
  });
}
