import { createLogger } from "@smartem/common/logging";
import { type Backend, startBackend } from "../backend.js";
import { type BackendConfig, readConfig } from "../config.js";
import { createMigratedTestDatabase, type TestDatabase } from "./postgres-for-tests.js";
import { createTestVhost, type TestVhost } from "./rabbitmq-for-tests.js";

export type TransportKind = "embedded" | "rabbitmq" | "rabbitmq with quorum queues";

/** A backend with a database, and a broker where asked for, of its own. */
export interface BackendForTests {
  readonly url: string;
  readonly backend: Backend;
  readonly config: BackendConfig;
  readonly database: TestDatabase;
  readonly vhost: TestVhost | null;
  /** Sends a JSON request; answers status and body, parsed where it is JSON. */
  request(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown; headers: Headers }>;
  /** Runs SQL. */
  rows<T>(sql: string, values?: unknown[]): Promise<T[]>;
  /** Waits until every event that was taken in is handled, and every decision asked for is made. */
  settled(): Promise<void>;
  /** Ends this backend and starts another on the same database and broker. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startBackendForTests(
  kind: TransportKind = "embedded",
  changes: Partial<BackendConfig> = {},
): Promise<BackendForTests> {
  const database = await createMigratedTestDatabase();
  const vhost = kind === "embedded" ? null : await createTestVhost();
  const read = readConfig({});
  const config: BackendConfig = {
    ...read,
    http: { ...read.http, port: 0, maxEventStreams: 100 },
    database: { ...database, maxConnections: 10 },
    rabbitmq:
      vhost === null
        ? null
        : { url: vhost.url, queueType: kind === "rabbitmq with quorum queues" ? "quorum" : "classic" },
    decisions: { defaultMode: "observe", planIntervalMs: 0, instructionIntervalMs: 0 },
    ...changes,
  };
  const logger = createLogger("test", process.env.SMARTEM_TEST_LOG_LEVEL ?? "silent");
  let backend = await startBackend({ config, logger });
  const url = (): string => backend.url ?? "";
  const rows = async <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
    (await backend.pool.query(sql, values)).rows as T[];
  return {
    get url() {
      return url();
    },
    get backend() {
      return backend;
    },
    config,
    database,
    vhost,
    async request(method, path, body) {
      const response = await fetch(`${url()}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      const text = await response.text();
      return {
        status: response.status,
        body: text === "" ? null : isJson(response) ? (JSON.parse(text) as unknown) : text,
        headers: response.headers,
      };
    },
    rows,
    async settled() {
      await eventually(
        () =>
          rows<{ n: number }>(
            "select (select count(*) from inbox where status = 'ready') + (select count(*) from decision_requests) as n",
          ),
        ([row]) => row?.n === 0,
      );
    },
    async restart() {
      await backend.stop();
      backend = await startBackend({ config, logger });
    },
    async stop() {
      await backend.stop();
      await vhost?.drop();
      await database.drop();
    },
  };
}

function isJson({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("application/json") === true;
}

/** Waits until a condition holds, asking again and again; fails with what was last seen. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  holds: (seen: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > end)
      throw new Error(`not reached in ${timeoutMs} ms; last seen: ${JSON.stringify(seen)?.slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One acquisition with a grid, a square, and as many holes and micrographs as asked for. */
export function smallSession(prefix: string, holes: number, micrographs = holes) {
  const id = (name: string): string => `${prefix}-${name}`;
  return {
    acquisitions: [{ uuid: id("a"), name: `session ${prefix}`, start_time: "2026-01-01T08:00:00Z" }],
    grids: [{ uuid: id("g"), acquisition_uuid: id("a"), name: "grid" }],
    gridsquares: [{ uuid: id("s"), grid_uuid: id("g"), gridsquare_id: "1" }],
    foilholes: Array.from({ length: holes }, (_, n) => ({
      uuid: id(`h${n}`),
      gridsquare_uuid: id("s"),
      gridsquare_id: "1",
      foilhole_id: String(100 + n),
      x_stage_position: (n % 10) * 2e-6,
      y_stage_position: Math.floor(n / 10) * 2e-6,
    })),
    micrographs: Array.from({ length: micrographs }, (_, n) => ({
      uuid: id(`m${n}`),
      foilhole_uuid: id(`h${n}`),
      foilhole_id: String(100 + n),
      micrograph_id: `unique-${prefix}-${n}`,
      manifest_file: `FoilHole_${100 + n}_Data_1_1_20260101_080000.xml`,
      acquisition_datetime: new Date(Date.UTC(2026, 0, 1, 8, n)).toISOString(),
    })),
  };
}
