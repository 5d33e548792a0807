import { messageOf } from "@smartem/common/errors";
import { mapOf, oneOf, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import type { Broker } from "../broker/broker.js";
import type { Pool } from "../database/connection.js";
import { operationId, ref, register } from "../http/server.js";
import type { GraylogDestination } from "../observability/gelf.js";
import { WORKER_SEEN_S } from "./worker-seen.js";

export interface HealthOptions {
  readonly pool: Pool;
  readonly broker: Broker;
  /** null: logs go to standard output alone. */
  readonly graylog: GraylogDestination | null;
  readonly version: string;
  /** What `/status` tells of the configuration; never secrets. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

const PartHealth = Type.Object(
  { status: oneOf(["ok", "error", "not configured"]), details: Type.String() },
  { title: "PartHealth" },
);
const Health = Type.Object(
  {
    status: oneOf(["ok", "degraded"]),
    timestamp: Type.String({ format: "date-time" }),
    services: Type.Object({
      database: PartHealth,
      event_broker: PartHealth,
      worker: PartHealth,
      log_aggregator: PartHealth,
    }),
    version: Type.String(),
  },
  { title: "Health" },
);
const Status = Type.Object(
  {
    service: Type.String(),
    version: Type.String(),
    uptime_s: Type.Integer(),
    configuration: mapOf(Type.Unknown()),
    features: Type.Object({
      event_broker: Type.String(),
      decisions: Type.Boolean(),
      frontend_events: Type.Boolean(),
    }),
  },
  { title: "Status" },
);
const DatabaseIdentity = Type.Object({ database_id: Type.String() }, { title: "DatabaseIdentity" });
const Version = Type.Object({ service: Type.String(), version: Type.String() }, { title: "Version" });

const DATABASE_TIMEOUT_MS = 3_000;
/** A worker shows itself every 10 s. */
const WORKER_MISSING_AFTER_S = 60;

interface PartState {
  readonly status: "ok" | "error";
  readonly details: string;
}

async function databaseHealth(pool: Pool): Promise<{ database: PartState; worker: PartState }> {
  const timeout = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer in ${DATABASE_TIMEOUT_MS} ms`)), DATABASE_TIMEOUT_MS).unref();
  });
  try {
    const asked = pool.query<{ seen_s: number | null }>(`select ${WORKER_SEEN_S} as seen_s`);
    const { rows } = await Promise.race([asked, timeout]);
    return { database: { status: "ok", details: "connected" }, worker: workerState(rows[0]?.seen_s ?? null) };
  } catch (error) {
    return {
      database: { status: "error", details: messageOf(error) },
      worker: { status: "error", details: "not known: the database does not answer" },
    };
  }
}

function workerState(seenS: number | null): PartState {
  if (seenS === null) return { status: "error", details: "no worker has run yet" };
  return seenS < WORKER_MISSING_AFTER_S
    ? { status: "ok", details: "running" }
    : { status: "error", details: `no worker has run for ${Math.round(seenS)} s: nothing is applied or decided` };
}

export function healthRoutes(
  app: FastifyInstance,
  { pool, broker, graylog, version, configuration }: HealthOptions,
): void {
  register(app, Health, Status, Version, DatabaseIdentity);
  const startedAt = Date.now();
  app.get(
    "/health",
    {
      config: { access: "public" },
      schema: {
        operationId: operationId("get_health", "/health", "get"),
        tags: ["Health"],
        response: { 200: ref(Health), 503: Type.Object({ detail: ref(Health) }) },
      },
    },
    async (_request, reply) => {
      const services = {
        ...(await databaseHealth(pool)),
        event_broker: broker.health(),
        log_aggregator: graylog?.health() ?? { status: "not configured", details: "logs go to standard output" },
      };
      // An API without workers still takes in what comes: taken out of service it would be lost.
      const healthy = services.database.status === "ok" && services.event_broker.status === "ok";
      const body = { status: healthy ? "ok" : "degraded", timestamp: new Date().toISOString(), services, version };
      return healthy ? body : reply.code(503).send({ detail: body });
    },
  );
  app.get(
    "/status",
    {
      config: { access: "public" },
      schema: {
        operationId: operationId("get_status", "/status", "get"),
        tags: ["Health"],
        response: { 200: ref(Status) },
      },
    },
    () => ({
      service: "smartem-decisions",
      version,
      uptime_s: Math.round((Date.now() - startedAt) / 1000),
      configuration,
      features: { event_broker: broker.kind, decisions: true, frontend_events: true },
    }),
  );
  app.get(
    "/version",
    {
      config: { access: "public" },
      schema: {
        operationId: operationId("get_version", "/version", "get"),
        tags: ["Health"],
        response: { 200: ref(Version) },
      },
    },
    () => ({
      service: "smartem-decisions",
      version,
    }),
  );
  const identity = "/database/identity";
  app.get(
    identity,
    {
      schema: {
        operationId: operationId("get_database_identity", identity, "get"),
        summary: "Which database this is: another one after a restoration, so that clients send again what that lacks",
        tags: ["Health"],
        response: { 200: ref(DatabaseIdentity) },
      },
    },
    async () => {
      const { rows } = await pool.query<{ database_id: string }>("select id as database_id from database_identity");
      return rows[0];
    },
  );
}
