import { join } from "node:path";
import { messageOf, SmartemError } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { FastifyInstance } from "fastify";
import { authRoutes } from "./auth/routes.js";
import { type Broker, embeddedBroker } from "./broker/broker.js";
import { connectRabbit } from "./broker/rabbitmq.js";
import type { BackendConfig } from "./config.js";
import { type DatabaseConfig, isUnavailable, openPool, type Pool } from "./database/connection.js";
import { type SupervisedDatabase, superviseEmbeddedDatabase } from "./database/embedded.js";
import { migrate } from "./database/migrate.js";
import { listenForNotifications, type Notifications } from "./database/notifications.js";
import { debugRoutes } from "./debug/routes.js";
import { operatorRoutes } from "./decisions/operator-routes.js";
import { reportRoutes } from "./decisions/report.js";
import { DECISIONS_CHANNEL } from "./decisions/requests.js";
import { decisionRoutes } from "./decisions/routes.js";
import { startDecisionWorker } from "./decisions/worker.js";
import { sumUpCounts } from "./entities/counts.js";
import { entityRoutes } from "./entities/routes.js";
import { type EventFeed, startEventFeed } from "./events/feed.js";
import { EVENTS_CHANNEL } from "./events/outbox.js";
import { startRelay } from "./events/relay.js";
import { forgetOld } from "./events/retention.js";
import { eventRoutes } from "./events/routes.js";
import { healthRoutes } from "./health/routes.js";
import { showWorker } from "./health/worker-seen.js";
import { closeServer, createServer } from "./http/server.js";
import { webRoutes } from "./http/web.js";
import { imageRoutes } from "./images/routes.js";
import { receiveFromBroker } from "./inbox/dead-letters.js";
import { startDeadLetterMirror } from "./inbox/mirror.js";
import { INBOX_CHANNEL } from "./inbox/parking.js";
import { queueRoutes } from "./inbox/routes.js";
import { startInboxWorker } from "./inbox/worker.js";
import { ingestRoutes } from "./ingest/routes.js";
import { instructionRoutes } from "./instructions/routes.js";
import { INSTRUCTIONS_CHANNEL, sweep } from "./instructions/store.js";
import { instrumentRoutes } from "./instruments/routes.js";
import { type Loop, startLoop } from "./loop.js";
import { noteRoutes } from "./notes/routes.js";
import type { GraylogDestination } from "./observability/gelf.js";
import { createMetrics, type Metrics } from "./observability/metrics.js";
import { metricsRoutes } from "./observability/metrics-routes.js";
import { startMetricsServer } from "./observability/metrics-server.js";
import { startTracing } from "./observability/tracing.js";
import { resultColumnRoutes } from "./overview/result-columns.js";
import { overviewRoutes } from "./overview/routes.js";
import { throughputRoutes } from "./overview/throughput.js";
import { predictionRoutes } from "./predictions/routes.js";
import { predictionSeriesRoutes } from "./predictions/series-routes.js";
import { suggestionRoutes } from "./predictions/suggestion-routes.js";
import { processingRoutes } from "./processing/routes.js";
import { qualityRoutes } from "./quality/routes.js";
import { registrationRoutes } from "./registrations/routes.js";
import { sessionRoutes } from "./sessions/routes.js";
import { closeSilent } from "./sessions/store.js";
import { VERSION } from "./version.js";

export interface Backend {
  /** Where the API listens; null in a worker. */
  readonly url: string | null;
  readonly pool: Pool;
  /**
   * Serves what is under way, then ends everything it started. What does not end in time, because it waits for a database or a broker
   * that does not answer, is left as it is: nothing is lost by it, but connections may then stay open for as long as the network does.
   */
  stop(): Promise<void>;
}

export interface BackendOptions {
  readonly config: BackendConfig;
  readonly logger: Logger;
  /** Where the log goes besides; for `/health`, and closed last. */
  readonly graylog?: GraylogDestination | null;
  /** The built web UI. */
  readonly webRoot?: string;
  /** For how long a database that does not answer is tried again. */
  readonly databaseWaitMs?: number;
}

const CHANNELS = [EVENTS_CHANNEL, DECISIONS_CHANNEL, INBOX_CHANNEL, INSTRUCTIONS_CHANNEL];
const SWEEP_INTERVAL_MS = 1_000;
const RETENTION_INTERVAL_MS = 60_000;
const COUNTS_INTERVAL_MS = 10_000;

/** How long a stop waits for all that works with the network. */
const STOP_TIMEOUT_MS = 15_000;
/** What each part has to end in, when those before it have taken all of that. */
const LAST_CHANCE_MS = 1_000;

type Ending = () => Promise<void>;

/** How long a start waits for a database that is restarting, or that was started at the same moment. */
const DATABASE_WAIT_MS = 60_000;
const DATABASE_RETRY_MS = 1_000;

/**
 * Starts the backend in the roles that the configuration names: the API, the worker, or both in one process. Where the database
 * does not answer yet, it is tried again for a minute.
 *
 * @throws SmartemError `port_in_use`, `database_unavailable`, `migration_failed`, `newer_schema`, or what the embedded database says
 */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const { logger, graylog } = options;
  const givenUpMs = performance.now() + (options.databaseWaitMs ?? DATABASE_WAIT_MS);
  for (;;) {
    try {
      return await startParts(options);
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > givenUpMs) {
        await graylog?.close();
        throw isUnavailable(error) ? unreachable(options.config.database, error) : error;
      }
      logger.warn({ reason: messageOf(error) }, "the database does not answer: starting again in a moment");
      await delay(DATABASE_RETRY_MS);
    }
  }
}

function unreachable(database: DatabaseConfig | null, cause: unknown): SmartemError {
  const where = database === null ? "The embedded database" : `The database at ${database.host}:${database.port}`;
  return new SmartemError("database_unavailable", 503, `${where} does not answer: ${messageOf(cause)}.`, {
    hint: "See that PostgreSQL runs, and that POSTGRES_HOST and POSTGRES_PORT name it.",
    cause,
  });
}

async function startParts({ config, logger, graylog = null, webRoot }: BackendOptions): Promise<Backend> {
  // Ended in the reverse order of their start: first what works with the network, which may not answer; then what needs only this machine.
  const endings: Ending[] = [];
  const foundations: Ending[] = [];
  const end = (ending: Ending): Promise<void> =>
    ending().catch((error: unknown) => logger.warn({ reason: messageOf(error) }, "a part did not end cleanly"));
  const stop = async (): Promise<void> => {
    const givenUpMs = performance.now() + STOP_TIMEOUT_MS;
    for (const ending of endings.splice(0).reverse()) {
      const leftMs = Math.max(LAST_CHANCE_MS, givenUpMs - performance.now());
      if (!(await settlesWithin(end(ending), leftMs)))
        logger.warn("a part did not end in time, and is left: what it was at is done again");
    }
    for (const ending of foundations.splice(0).reverse()) await end(ending);
  };
  for (const warning of config.warnings) logger.warn(warning);
  try {
    if (config.tracing) {
      const tracing = await startTracing(`smartem-${config.role}`, logger);
      endings.push(() => tracing.stop());
    }
    const database = await openDatabase(config, logger, foundations);
    const pool = openPool(database, logger);
    endings.push(() => pool.end());
    const migrated = await migrateWithoutHaste(database, logger);
    if (migrated.length > 0) logger.info({ migrations: migrated }, "the database has the current schema");
    const notifications = await listenForNotifications(database, CHANNELS, logger);
    endings.push(() => notifications.close());
    const broker: Broker = config.rabbitmq === null ? embeddedBroker : await connectRabbit(config.rabbitmq, logger);
    endings.push(() => broker.close());

    const metrics = createMetrics(pool, logger, broker.kind);
    if (config.metrics !== null) {
      const offered = await startMetricsServer(config.metrics, metrics);
      endings.push(() => offered.stop());
      logger.info({ host: config.metrics.host, port: offered.port }, "metrics are offered");
    }
    if (config.role !== "api") await startWorker(config, pool, notifications, broker, metrics, logger, endings);
    const parts = { config, database, pool, notifications, broker, metrics, graylog, logger };
    const url = config.role === "worker" ? null : await startApi(parts, endings, webRoot);
    // Closed last; what fails before is still to be told there.
    if (graylog !== null) foundations.unshift(() => graylog.close());
    return { url, pool, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whether `work` settles in so long. */
async function settlesWithin(work: Promise<void>, ms: number): Promise<boolean> {
  const settled = new AbortController();
  const inTime = await Promise.race([work.then(() => true), delay(ms, settled.signal).then(() => false)]);
  settled.abort();
  return inTime;
}

/** A migration of a large database may take longer than a statement usually may. */
async function migrateWithoutHaste(database: DatabaseConfig, logger: Logger): Promise<string[]> {
  const { host, port, database: name, user, password } = database;
  const pool = openPool({ host, port, database: name, user, password, maxConnections: 2, queryTimeoutMs: 0 }, logger);
  try {
    return await migrate(pool);
  } finally {
    await pool.end();
  }
}

async function openDatabase(config: BackendConfig, logger: Logger, endings: Ending[]): Promise<DatabaseConfig> {
  if (config.database !== null) return config.database;
  const embedded: SupervisedDatabase = await superviseEmbeddedDatabase(join(config.dataDir, "database"), logger);
  endings.push(() => embedded.stop());
  return embedded.config;
}

async function startWorker(
  config: BackendConfig,
  pool: Pool,
  notifications: Notifications,
  broker: Broker,
  metrics: Metrics,
  logger: Logger,
  endings: Ending[],
): Promise<void> {
  const loops: Loop[] = [
    startInboxWorker({ pool, notifications, logger, metrics, parkedMaxAgeS: config.parkedMaxAgeS }),
    startDecisionWorker({ pool, notifications, logger, metrics, ...config.decisions }),
    startLoop("sweep", { idleMs: SWEEP_INTERVAL_MS, logger }, async () => {
      await showWorker(pool);
      await sweep(pool);
      await closeSilent(pool);
      return "idle";
    }),
    startLoop("counts", { idleMs: COUNTS_INTERVAL_MS, logger }, () => sumUpCounts(pool)),
    startLoop("retention", { idleMs: RETENTION_INTERVAL_MS, logger }, () => forgetOld(pool, broker, config.retention)),
  ];
  // All at once: where the database does not answer, each of them waits for it.
  endings.push(async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
  });
  if (broker.kind !== "embedded") {
    loops.push(startRelay(pool, broker, notifications, logger));
    loops.push(startDeadLetterMirror(pool, broker, notifications, logger));
    await broker.consume((deliveries) => receiveFromBroker(pool, deliveries, logger));
  }
}

async function startApi(
  parts: Omit<ApiParts, "feed">,
  endings: Ending[],
  webRoot: string | undefined,
): Promise<string> {
  const { config, pool, notifications, metrics, logger } = parts;
  const feed = await startEventFeed(pool, notifications, logger);
  endings.push(() => feed.stop());
  const unfollow = metrics.follow(feed);
  endings.push(async () => unfollow());
  const app = await createServer({
    logger,
    version: VERSION,
    http: config.http,
    auth: config.auth,
    metrics,
    tracing: config.tracing,
  });
  endings.push(() => closeServer(app));
  registerRoutes(app, { ...parts, feed });
  if (webRoot !== undefined) await webRoutes(app, webRoot);
  return listen(app, config.http.host, config.http.port);
}

/** What the API's operations work with. */
export interface ApiParts {
  readonly config: BackendConfig;
  /** Where the pool's connections lead. */
  readonly database: DatabaseConfig;
  readonly pool: Pool;
  readonly notifications: Notifications;
  readonly broker: Broker;
  readonly feed: EventFeed;
  readonly metrics: Metrics;
  /** null: there is none. */
  readonly graylog: GraylogDestination | null;
  readonly logger: Logger;
}

/** All operations of the API. */
export function registerRoutes(
  app: FastifyInstance,
  { config, database, pool, notifications, broker, feed, metrics, graylog, logger }: ApiParts,
): void {
  authRoutes(app, config.auth);
  entityRoutes(app, pool, config.gridSquareBatchMax);
  ingestRoutes(app, pool);
  registrationRoutes(app, pool);
  predictionRoutes(app, pool);
  predictionSeriesRoutes(app, pool);
  suggestionRoutes(app, pool);
  processingRoutes(app, pool);
  eventRoutes(app, { pool, feed, maxConnections: config.http.maxEventStreams });
  sessionRoutes(app, pool, notifications);
  instructionRoutes(app, pool);
  noteRoutes(app, pool);
  instrumentRoutes(app, pool);
  qualityRoutes(app, pool, config.decisions.defaultMode);
  queueRoutes(app, pool);
  decisionRoutes(app, pool, config.decisions.defaultMode);
  operatorRoutes(app, pool, config.decisions.defaultMode);
  reportRoutes(app, { pool, database, defaultMode: config.decisions.defaultMode });
  overviewRoutes(app, pool, config.decisions.defaultMode);
  resultColumnRoutes(app, pool, config.decisions.defaultMode);
  throughputRoutes(app, pool, feed, config.decisions.defaultMode);
  imageRoutes(app, {
    pool,
    imageRoots: config.imageRoots,
    cacheDir: config.imageCache.dir,
    cacheMaxBytes: config.imageCache.maxBytes,
    logger,
  });
  debugRoutes(app, pool, config.debugEndpoints);
  metricsRoutes(app, metrics);
  healthRoutes(app, {
    pool,
    broker,
    graylog,
    version: VERSION,
    configuration: {
      role: config.role,
      database: config.database === null ? "embedded" : `${config.database.host}:${config.database.port}`,
      event_broker: broker.kind,
      authentication: config.auth === null ? "none" : config.auth.issuer,
      default_decision_mode: config.decisions.defaultMode,
    },
  });
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    const address = await app.listen({ host, port });
    return address.replace("0.0.0.0", "127.0.0.1").replace("[::]", "127.0.0.1");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EADDRINUSE") {
      throw new SmartemError("port_in_use", 503, `Port ${port} on ${host} is taken by another program.`, {
        hint: "Choose another with --port or HTTP_API_PORT.",
      });
    }
    if (code === "EACCES" || code === "EADDRNOTAVAIL") {
      throw new SmartemError(
        "port_refused",
        503,
        `The system does not let this program listen on ${host}:${port} (${code}).`,
        {
          hint: "Choose a port above 1023 and an address of this machine.",
        },
      );
    }
    throw error;
  }
}
