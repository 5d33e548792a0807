import { messageOf } from "@smartem/common/errors";
import type { FastifyInstance } from "fastify";
import type { Broker } from "../broker/broker.js";
import type { Pool } from "../database/connection.js";
import { operationId } from "../http/server.js";
import type { GraylogDestination } from "../observability/gelf.js";

export interface HealthOptions {
  readonly pool: Pool;
  readonly broker: Broker;
  /** null: logs go to standard output alone. */
  readonly graylog: GraylogDestination | null;
  readonly version: string;
  /** What `/status` tells of the configuration; never secrets. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

const DATABASE_TIMEOUT_MS = 3_000;

async function databaseHealth(pool: Pool): Promise<{ status: string; details: string }> {
  const timeout = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer in ${DATABASE_TIMEOUT_MS} ms`)), DATABASE_TIMEOUT_MS).unref();
  });
  try {
    await Promise.race([pool.query("select 1"), timeout]);
    return { status: "ok", details: "connected" };
  } catch (error) {
    return { status: "error", details: messageOf(error) };
  }
}

export function healthRoutes(
  app: FastifyInstance,
  { pool, broker, graylog, version, configuration }: HealthOptions,
): void {
  const startedAt = Date.now();
  app.get(
    "/health",
    {
      config: { access: "public" },
      schema: { operationId: operationId("get_health", "/health", "get"), tags: ["Health"] },
    },
    async (_request, reply) => {
      const services = {
        database: await databaseHealth(pool),
        event_broker: broker.health(),
        log_aggregator: graylog?.health() ?? { status: "not configured", details: "logs go to standard output" },
      };
      const healthy = services.database.status === "ok" && services.event_broker.status === "ok";
      const body = { status: healthy ? "ok" : "degraded", timestamp: new Date().toISOString(), services, version };
      return healthy ? body : reply.code(503).send({ detail: body });
    },
  );
  app.get(
    "/status",
    {
      config: { access: "public" },
      schema: { operationId: operationId("get_status", "/status", "get"), tags: ["Health"] },
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
      schema: { operationId: operationId("get_version", "/version", "get"), tags: ["Health"] },
    },
    () => ({
      service: "smartem-decisions",
      version,
    }),
  );
}
