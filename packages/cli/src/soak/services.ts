import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type DatabaseConfig, openPool } from "@smartem/backend/database/connection";
import { silentLogger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { type CuttableProxy, startCuttableProxy } from "./cuttable-proxy.js";

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("../../../../scripts/services.sh", import.meta.url));

/** A real PostgreSQL and a real RabbitMQ, with a database and a virtual host for one soak run. */
export interface SoakServices {
  /** For the backend, by way of the networks. */
  readonly environment: Readonly<Record<string, string>>;
  readonly database: DatabaseConfig;
  /** For the pipelines, by way of the network. */
  readonly rabbitmqUrl: string;
  /** Before the database. */
  readonly databaseNetwork: CuttableProxy;
  /** Before the broker. */
  readonly brokerNetwork: CuttableProxy;
  /** Null where they can't be started again. */
  readonly restart: ((what: "postgres" | "rabbitmq") => Promise<true>) | null;
  /** As an administrator does it: the server takes its leave of them. False where there are none. */
  endDatabaseConnections(): Promise<boolean>;
  endBrokerConnections(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Those that the environment names for the tests (see `scripts/services.sh`); null where it names none. They can be
 * restarted where it also names their folder.
 */
export async function soakServices(environment: NodeJS.ProcessEnv): Promise<SoakServices | null> {
  const {
    SMARTEM_TEST_POSTGRES_URL: postgres,
    SMARTEM_TEST_RABBITMQ_URL: rabbitmq,
    SMARTEM_TEST_RABBITMQ_MANAGEMENT_URL: management,
    SMARTEM_TEST_SERVICES_DIR: folder,
  } = environment;
  if (!postgres || !rabbitmq || !management) return null;
  const name = `smartem_soak_${Date.now().toString(36)}_${randomBytes(4).toString("hex")}`;
  const server = new URL(postgres);
  const broker = new URL(rabbitmq);
  const configOf = (database: string): DatabaseConfig => ({
    host: server.hostname,
    port: Number(server.port || 5432),
    database,
    user: decodeURIComponent(server.username),
    password: decodeURIComponent(server.password),
  });
  /** @returns the number of rows */
  const onServer = async (sql: string): Promise<number> => {
    const pool = openPool(configOf(server.pathname.slice(1) || "postgres"), silentLogger);
    try {
      return (await pool.query(sql)).rowCount ?? 0;
    } finally {
      await pool.end();
    }
  };
  const api = managementApi(management);
  await onServer(`create database ${name} template template0 encoding 'UTF8'`);
  await api("PUT", `/api/vhosts/${name}`);
  const user = decodeURIComponent(broker.username);
  await api("PUT", `/api/permissions/${name}/${encodeURIComponent(user)}`, {
    configure: ".*",
    write: ".*",
    read: ".*",
  });
  const databaseNetwork = await startCuttableProxy(Number(server.port || 5432), server.hostname);
  const brokerNetwork = await startCuttableProxy(Number(broker.port || 5672), broker.hostname);
  const vhost = new URL(broker);
  vhost.host = `127.0.0.1:${brokerNetwork.port}`;
  vhost.pathname = `/${name}`;
  return {
    environment: {
      POSTGRES_HOST: "127.0.0.1",
      POSTGRES_PORT: String(databaseNetwork.port),
      POSTGRES_DB: name,
      POSTGRES_USER: decodeURIComponent(server.username),
      POSTGRES_PASSWORD: decodeURIComponent(server.password),
      RABBITMQ_HOST: "127.0.0.1",
      RABBITMQ_PORT: String(brokerNetwork.port),
      RABBITMQ_USER: user,
      RABBITMQ_PASSWORD: decodeURIComponent(broker.password),
      RABBITMQ_VHOST: name,
    },
    database: configOf(name),
    rabbitmqUrl: vhost.href,
    databaseNetwork,
    brokerNetwork,
    restart: folder
      ? async (what) => {
          await run(SCRIPT, ["restart", folder, what]);
          return true;
        }
      : null,
    async endDatabaseConnections() {
      const sql = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`;
      return (await onServer(sql)) > 0;
    },
    async endBrokerConnections() {
      const connections = (await api("GET", `/api/vhosts/${name}/connections`)) as { name: string }[];
      for (const each of connections) await api("DELETE", `/api/connections/${encodeURIComponent(each.name)}`);
      return connections.length > 0;
    },
    async close() {
      await databaseNetwork.close();
      await brokerNetwork.close();
      await onServer(`drop database if exists ${name} with (force)`);
      await api("DELETE", `/api/vhosts/${name}`);
    },
  };
}

type ManagementApi = (method: "GET" | "PUT" | "DELETE", path: string, body?: unknown) => Promise<unknown>;

/** For a broker that is being restarted: on a busy machine that takes far longer than the few seconds it needs alone. */
const MANAGEMENT_PATIENCE_MS = 120_000;

/** Asks again while the broker is away. */
function managementApi(url: string): ManagementApi {
  const { origin, username, password } = new URL(url);
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  return async (method, path, body) => {
    const deadline = performance.now() + MANAGEMENT_PATIENCE_MS;
    for (;;) {
      try {
        const response = await fetch(origin + path, {
          method,
          headers: { authorization: `Basic ${credentials}`, "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        // What is to be deleted may be gone already.
        if (response.ok || (method === "DELETE" && response.status === 404))
          return text === "" ? null : JSON.parse(text);
        throw new Error(`${method} ${path} was answered with ${response.status}`);
      } catch (thrown) {
        if (performance.now() > deadline) throw thrown;
        await delay(500);
      }
    }
  };
}
