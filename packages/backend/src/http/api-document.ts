import { silentLogger } from "@smartem/common/logging";
import { registerRoutes } from "../backend.js";
import { embeddedBroker } from "../broker/broker.js";
import { readConfig } from "../config.js";
import { openPool } from "../database/connection.js";
import { createMetrics } from "../observability/metrics.js";
import { VERSION } from "../version.js";
import { createServer } from "./server.js";

/** The OpenAPI document, as every server of this version serves it, whatever its configuration; needs no database. */
export async function apiDocument(): Promise<{ readonly paths?: object }> {
  const config = readConfig({});
  const app = await createServer({ logger: silentLogger, version: VERSION, http: config.http, auth: null });
  // Nothing of this is asked for anything: routes are described, not called.
  const database = { host: "127.0.0.1", port: 1, database: "", user: "", password: "" };
  const pool = openPool(database, silentLogger);
  const ignore = (): (() => void) => () => undefined;
  registerRoutes(app, {
    config,
    database,
    pool,
    broker: embeddedBroker,
    notifications: { subscribe: ignore, close: () => Promise.resolve() },
    feed: { subscribe: ignore, position: 0, isCurrent: true, stop: () => Promise.resolve() },
    metrics: createMetrics(pool, silentLogger, "embedded"),
    graylog: null,
    logger: silentLogger,
  });
  await app.ready();
  const document = app.swagger();
  await app.close();
  await pool.end();
  return document;
}
