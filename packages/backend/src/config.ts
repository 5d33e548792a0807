import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readBoolean } from "@smartem/common/booleans";
import { SmartemError } from "@smartem/common/errors";
import { LOG_LEVELS, logLevelOf } from "@smartem/common/logging";
import { config as readDotenv } from "dotenv";
import { parse } from "yaml";
import { type AuthSettings, readAuthSettings } from "./auth/settings.js";
import type { RabbitConfig } from "./broker/rabbitmq.js";
import type { DatabaseConfig } from "./database/connection.js";
import type { Retention } from "./events/retention.js";
import type { GraylogSettings } from "./observability/gelf.js";
import type { MetricsAddress } from "./observability/metrics-server.js";

export type Role = "api" | "worker" | "all";
export type DecisionMode = "observe" | "advise" | "automatic";

export interface BackendConfig {
  readonly role: Role;
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly corsAllowedOrigins: readonly string[];
    readonly maxEventStreams: number;
    /** The largest request body. */
    readonly bodyLimitBytes: number;
    /** Requests per minute of one caller, those of agents aside; null: any number. */
    readonly requestsPerMinute: number | null;
    /** Addresses of proxies whose word is taken for who sent a request. */
    readonly trustedProxies: readonly string[];
  };
  /** null: nobody has to say who they are. */
  readonly auth: AuthSettings | null;
  /** null: the embedded database in `dataDir`. */
  readonly database: DatabaseConfig | null;
  /** null: the embedded queue. */
  readonly rabbitmq: RabbitConfig | null;
  readonly dataDir: string;
  readonly logLevel: string;
  /** Where log lines go besides standard output; null: nowhere. */
  readonly graylog: GraylogSettings | null;
  /** Where metrics are offered without a token; null: only by the API, with one. */
  readonly metrics: MetricsAddress | null;
  /** Whether spans are sent to an OpenTelemetry collector. */
  readonly tracing: boolean;
  readonly decisions: {
    /** The mode of acquisitions for which nobody has chosen one. */
    readonly defaultMode: DecisionMode;
    /** Plans of one grid are computed at most this often. */
    readonly planIntervalMs: number;
    /** A microscope is told of a new plan at most this often. */
    readonly instructionIntervalMs: number;
  };
  readonly parkedMaxAgeS: number;
  readonly retention: Retention;
  /** How many grid squares one request may bring. */
  readonly gridSquareBatchMax: number;
  /** The folders that images may be read from; with none, none is. */
  readonly imageRoots: readonly string[];
  readonly imageCache: {
    readonly dir: string;
    readonly maxBytes: number;
  };
  /** Whether `/debug/…` answers. */
  readonly debugEndpoints: boolean;
  /** What whoever configured it should know: settings that were passed over. */
  readonly warnings: readonly string[];
}

const BYTES_PER_MEGABYTE = 1_000_000;

/** Every setting: the environment variable, and where it stands in the YAML file. */
const YAML_KEYS = {
  ROLE: "role",
  HTTP_API_HOST: "http.host",
  HTTP_API_PORT: "http.port",
  CORS_ALLOWED_ORIGINS: "http.cors_allowed_origins",
  FRONTEND_SSE_MAX_CONNECTIONS: "http.max_event_streams",
  HTTP_MAX_BODY_MB: "http.max_body_mb",
  HTTP_TRUSTED_PROXIES: "http.trusted_proxies",
  HTTP_RATE_LIMIT_PER_MINUTE: "http.rate_limit_per_minute",
  KEYCLOAK_URL: "keycloak.url",
  KEYCLOAK_REALM: "keycloak.realm",
  KEYCLOAK_ISSUER: "keycloak.issuer",
  KEYCLOAK_VERIFY_ISS: "keycloak.verify_iss",
  KEYCLOAK_ALLOWED_AZP: "keycloak.allowed_azp",
  KEYCLOAK_WEB_CLIENT_ID: "keycloak.web_client_id",
  SMARTEM_ROLES_READ: "roles.read",
  SMARTEM_ROLES_OPERATE: "roles.operate",
  SMARTEM_ROLES_ADMINISTER: "roles.administer",
  SMARTEM_CLIENTS_OPERATE: "roles.clients_operate",
  SMARTEM_PERMISSION_WITHOUT_ROLE: "roles.permission_without_role",
  SMARTEM_ALLOW_UNAUTHENTICATED: "allow_unauthenticated",
  POSTGRES_HOST: "postgres.host",
  POSTGRES_PORT: "postgres.port",
  POSTGRES_DB: "postgres.db",
  POSTGRES_USER: "postgres.user",
  POSTGRES_PASSWORD: "postgres.password",
  POSTGRES_MAX_CONNECTIONS: "postgres.max_connections",
  RABBITMQ_HOST: "rabbitmq.host",
  RABBITMQ_PORT: "rabbitmq.port",
  RABBITMQ_USER: "rabbitmq.user",
  RABBITMQ_PASSWORD: "rabbitmq.password",
  RABBITMQ_VHOST: "rabbitmq.vhost",
  RABBITMQ_EXCHANGE: "rabbitmq.exchange",
  RABBITMQ_QUEUE_TYPE: "rabbitmq.queue_type",
  SMARTEM_DATA_DIR: "data_dir",
  SMARTEM_LOG_LEVEL: "log_level",
  GRAYLOG_HOST: "graylog.host",
  GRAYLOG_PORT: "graylog.port",
  GRAYLOG_PROTOCOL: "graylog.protocol",
  SMARTEM_METRICS_HOST: "metrics.host",
  SMARTEM_METRICS_PORT: "metrics.port",
  SMARTEM_OPENTELEMETRY: "opentelemetry",
  SMARTEM_DECISION_MODE: "decisions.default_mode",
  SMARTEM_PLAN_INTERVAL_MS: "decisions.plan_interval_ms",
  SMARTEM_INSTRUCTION_INTERVAL_MS: "decisions.instruction_interval_ms",
  SMARTEM_PARKED_MAX_AGE_S: "parked_max_age_s",
  SMARTEM_EVENTS_KEPT_DAYS: "retention.events_days",
  SMARTEM_MESSAGE_IDS_KEPT_DAYS: "retention.message_ids_days",
  SMARTEM_AGENT_LOGS_KEPT_DAYS: "retention.agent_logs_days",
  SMARTEM_GRIDSQUARE_CREATE_BATCH_MAX: "gridsquare_create_batch_max",
  SMARTEM_IMAGE_ROOTS: "images.roots",
  SMARTEM_IMAGE_CACHE_DIR: "images.cache_dir",
  SMARTEM_IMAGE_CACHE_MB: "images.cache_mb",
  SMARTEM_DEBUG_ENDPOINTS: "debug_endpoints",
} as const;

export type Setting = keyof typeof YAML_KEYS;

/**
 * What stands in the YAML file of the original SmartEM, which the same variable names, and not in ours: what takes its place. A setting
 * is taken over; of the others it is said what there is instead.
 */
const KEYS_OF_THE_ORIGINAL: Readonly<
  Record<string, { readonly setting: Setting } | { readonly instead: string; readonly onlyAs?: string }>
> = {
  "app.gridsquare_create_batch_max": { setting: "SMARTEM_GRIDSQUARE_CREATE_BATCH_MAX" },
  "app.name": { instead: "there is nothing in its place" },
  "app.particle_select_batch_size": { instead: "there is nothing in its place" },
  "app.log_file": { instead: "log lines go to the standard output, and to graylog.host" },
  "rabbitmq.queue_name": { instead: "the queue is always smartem_backend", onlyAs: "smartem_backend" },
  "rabbitmq.routing_key": { instead: "the routing key is always smartem_backend", onlyAs: "smartem_backend" },
  "database.pool_size": { instead: "say with postgres.max_connections how many connections there may be at most" },
  "database.max_overflow": { instead: "say with postgres.max_connections how many connections there may be at most" },
  "database.pool_timeout": { instead: "there is nothing in its place" },
  "database.pool_recycle": { instead: "there is nothing in its place" },
  "database.pool_pre_ping": { instead: "connections that were lost are always made again" },
};

/** The environment variables that the backend reads. */
export const SETTINGS: readonly string[] = ["SMARTEM_BACKEND_CONFIG", ...Object.keys(YAML_KEYS)];

/** Gives settings their types, and takes note of every mistake. */
export interface SettingsReader {
  text(name: Setting): string | undefined;
  /** One of some words, in any case. */
  oneOf<T extends string>(name: Setting, allowed: readonly T[], otherwise: T): T;
  flag(name: Setting, otherwise: boolean): boolean;
  integer(name: Setting, otherwise: number, least: number, most: number): number;
  /** A comma-separated list; undefined where it is not set. */
  list(name: Setting): readonly string[] | undefined;
  wrong(mistake: string): void;
}

/** Whether only this machine reaches what listens on `host`. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

type Values = Readonly<Record<string, string | undefined>>;

function fromYaml(path: string, mistakes: string[], warnings: string[]): Record<string, string> {
  let document: unknown;
  try {
    document = parse(readFileSync(path, "utf8"));
  } catch (error) {
    mistakes.push(
      `SMARTEM_BACKEND_CONFIG: ${path} can't be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return {};
  }
  const flat = new Map<string, string>();
  const walk = (value: unknown, path_: string): void => {
    if (Array.isArray(value)) flat.set(path_, value.join(","));
    else if (typeof value === "object" && value !== null) {
      for (const [key, child] of Object.entries(value)) walk(child, path_ === "" ? key : `${path_}.${key}`);
    } else if (value !== null && value !== undefined) flat.set(path_, String(value));
  };
  walk(document, "");
  const values: Record<string, string> = {};
  for (const [variable, key] of Object.entries(YAML_KEYS)) {
    const value = flat.get(key);
    if (value !== undefined) values[variable] = value;
    flat.delete(key);
  }
  for (const [key, value] of flat) {
    const known = Object.hasOwn(KEYS_OF_THE_ORIGINAL, key) ? KEYS_OF_THE_ORIGINAL[key] : undefined;
    if (known === undefined) mistakes.push(`${path}: there is no setting named ${key}`);
    else if ("setting" in known) {
      values[known.setting] ??= value;
      warnings.push(`${path}: ${key} is called ${YAML_KEYS[known.setting]} here`);
    } else if (known.onlyAs !== undefined && known.onlyAs !== value) {
      mistakes.push(
        `${path}: ${key} is ${JSON.stringify(value)}, but ${known.instead}: what is sent elsewhere would not arrive`,
      );
    } else warnings.push(`${path}: ${key} is passed over; ${known.instead}`);
  }
  return values;
}

function settingsReader(find: (name: Setting) => string | undefined, mistakes: string[]): SettingsReader {
  const wrong = (mistake: string): void => {
    mistakes.push(mistake);
  };
  const text = (name: Setting): string | undefined => {
    const value = find(name);
    return value === "" ? undefined : value;
  };
  return {
    text,
    wrong,
    oneOf<T extends string>(name: Setting, allowed: readonly T[], otherwise: T): T {
      const value = text(name);
      if (value === undefined) return otherwise;
      const found = allowed.find((word) => word === value.trim().toLowerCase());
      if (found !== undefined) return found;
      wrong(`${name} is ${JSON.stringify(value)}; it may be ${allowed.join(", ")}`);
      return otherwise;
    },
    flag(name, otherwise) {
      const value = text(name);
      if (value === undefined) return otherwise;
      const flag = readBoolean(value);
      if (flag !== null) return flag;
      wrong(`${name} is ${JSON.stringify(value)}; it may be true or false`);
      return otherwise;
    },
    integer(name, otherwise, least, most) {
      const value = text(name);
      if (value === undefined) return otherwise;
      const number = Number(value);
      if (Number.isInteger(number) && number >= least && number <= most) return number;
      wrong(`${name} is ${JSON.stringify(value)}; it has to be a whole number from ${least} to ${most}`);
      return otherwise;
    },
    list: (name) =>
      text(name)
        ?.split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
  };
}

/** What a `.env` file sets; nothing where there is none. */
export function readEnvFile(path: string): Record<string, string> {
  const values: Record<string, string> = {};
  readDotenv({ path, processEnv: values, quiet: true });
  return values;
}

/**
 * Reads the configuration: the environment first, then `.env`, then the YAML file that `SMARTEM_BACKEND_CONFIG` names. The first
 * that has a name counts; with nothing as its value, the setting is not set.
 *
 * @param options.decisionMode where no mode is set; observe if not given
 * @throws SmartemError `invalid_configuration` that lists every mistake at once
 */
export function readConfig(
  environment: Values,
  options: { envFile?: string; decisionMode?: DecisionMode } = {},
): BackendConfig {
  const mistakes: string[] = [];
  const warnings: string[] = [];
  const dotenv = options.envFile === undefined ? {} : readEnvFile(options.envFile);
  const yamlPath = environment.SMARTEM_BACKEND_CONFIG ?? dotenv.SMARTEM_BACKEND_CONFIG;
  const yaml = yamlPath === undefined || yamlPath === "" ? {} : fromYaml(yamlPath, mistakes, warnings);
  const settings = settingsReader((name) => environment[name] ?? dotenv[name] ?? yaml[name], mistakes);
  const { text, oneOf, flag, integer, list } = settings;

  const role = oneOf<Role>("ROLE", ["api", "worker", "all"], "all");
  const postgresHost = text("POSTGRES_HOST");
  const database: DatabaseConfig | null =
    postgresHost === undefined
      ? null
      : {
          host: postgresHost,
          port: integer("POSTGRES_PORT", 5432, 1, 65_535),
          database: text("POSTGRES_DB") ?? "smartem_db",
          user: text("POSTGRES_USER") ?? "smartem",
          password: text("POSTGRES_PASSWORD") ?? "",
          maxConnections: integer("POSTGRES_MAX_CONNECTIONS", 10, 2, 1_000),
        };
  const rabbitHost = text("RABBITMQ_HOST");
  let rabbitmq: RabbitConfig | null = null;
  if (rabbitHost !== undefined) {
    const user = encodeURIComponent(text("RABBITMQ_USER") ?? "guest");
    const password = encodeURIComponent(text("RABBITMQ_PASSWORD") ?? "guest");
    const vhost = encodeURIComponent(text("RABBITMQ_VHOST") ?? "/");
    const exchange = text("RABBITMQ_EXCHANGE");
    rabbitmq = {
      url: `amqp://${user}:${password}@${rabbitHost}:${integer("RABBITMQ_PORT", 5672, 1, 65_535)}/${vhost}`,
      queueType: oneOf("RABBITMQ_QUEUE_TYPE", ["classic", "quorum"], "classic"),
      ...(exchange === undefined ? {} : { exchange }),
    };
  }
  const dataDir = resolve(text("SMARTEM_DATA_DIR") ?? ".smartem");
  const auth = readAuthSettings(settings);
  const writtenLevel = text("SMARTEM_LOG_LEVEL") ?? "info";
  const logLevel = logLevelOf(writtenLevel) ?? "info";
  if (logLevelOf(writtenLevel) === null)
    mistakes.push(`SMARTEM_LOG_LEVEL is ${JSON.stringify(writtenLevel)}; it may be ${LOG_LEVELS.join(", ")}`);
  const graylogHost = text("GRAYLOG_HOST");
  // Without tokens there is only whoever works on this machine.
  const requestsPerMinute = integer("HTTP_RATE_LIMIT_PER_MINUTE", auth === null ? 0 : 12_000, 0, 100_000_000);
  const config: BackendConfig = {
    role,
    http: {
      host: text("HTTP_API_HOST") ?? "127.0.0.1",
      port: integer("HTTP_API_PORT", 8000, 0, 65_535),
      corsAllowedOrigins: list("CORS_ALLOWED_ORIGINS") ?? [],
      maxEventStreams: integer("FRONTEND_SSE_MAX_CONNECTIONS", 1_000, 1, 100_000),
      bodyLimitBytes: integer("HTTP_MAX_BODY_MB", 32, 1, 1_000) * BYTES_PER_MEGABYTE,
      requestsPerMinute: requestsPerMinute === 0 ? null : requestsPerMinute,
      trustedProxies: list("HTTP_TRUSTED_PROXIES") ?? [],
    },
    auth,
    database,
    rabbitmq,
    dataDir,
    logLevel,
    graylog:
      graylogHost === undefined
        ? null
        : {
            host: graylogHost,
            port: integer("GRAYLOG_PORT", 12_201, 1, 65_535),
            protocol: oneOf("GRAYLOG_PROTOCOL", ["udp", "tcp"], "udp"),
          },
    metrics:
      text("SMARTEM_METRICS_PORT") === undefined
        ? null
        : {
            host: text("SMARTEM_METRICS_HOST") ?? "127.0.0.1",
            port: integer("SMARTEM_METRICS_PORT", 9_090, 0, 65_535),
          },
    tracing: flag("SMARTEM_OPENTELEMETRY", false),
    decisions: {
      defaultMode: oneOf(
        "SMARTEM_DECISION_MODE",
        ["observe", "advise", "automatic"],
        options.decisionMode ?? "observe",
      ),
      planIntervalMs: integer("SMARTEM_PLAN_INTERVAL_MS", 1_000, 0, 3_600_000),
      instructionIntervalMs: integer("SMARTEM_INSTRUCTION_INTERVAL_MS", 30_000, 0, 3_600_000),
    },
    parkedMaxAgeS: integer("SMARTEM_PARKED_MAX_AGE_S", 86_400, 1, 31_536_000),
    retention: {
      eventsDays: integer("SMARTEM_EVENTS_KEPT_DAYS", 90, 1, 36_500),
      messageIdsDays: integer("SMARTEM_MESSAGE_IDS_KEPT_DAYS", 90, 1, 36_500),
      agentLogsDays: integer("SMARTEM_AGENT_LOGS_KEPT_DAYS", 365, 1, 36_500),
    },
    gridSquareBatchMax: integer("SMARTEM_GRIDSQUARE_CREATE_BATCH_MAX", 1_000, 1, 100_000),
    imageRoots: (text("SMARTEM_IMAGE_ROOTS") ?? "")
      .split(/[:,]/)
      .map((root) => root.trim())
      .filter((root) => root !== ""),
    imageCache: {
      dir: text("SMARTEM_IMAGE_CACHE_DIR") ?? join(dataDir, "image-cache"),
      maxBytes: integer("SMARTEM_IMAGE_CACHE_MB", 2_000, 0, 10_000_000) * BYTES_PER_MEGABYTE,
    },
    debugEndpoints: flag("SMARTEM_DEBUG_ENDPOINTS", false),
    warnings,
  };
  if (role !== "all" && database === null) {
    mistakes.push(`ROLE=${role} needs a database that other processes reach too: set POSTGRES_HOST`);
  }
  const allowUnauthenticated = flag("SMARTEM_ALLOW_UNAUTHENTICATED", false);
  if (role !== "worker" && auth === null && !allowUnauthenticated && !isLoopback(config.http.host)) {
    mistakes.push(
      `HTTP_API_HOST is ${config.http.host}, but without KEYCLOAK_URL everybody who reaches it may do everything: set KEYCLOAK_URL, ` +
        "or listen on 127.0.0.1, or, behind a proxy that asks who people are, set SMARTEM_ALLOW_UNAUTHENTICATED=true",
    );
  }
  if (mistakes.length > 0) {
    throw new SmartemError(
      "invalid_configuration",
      400,
      `The configuration has ${mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`}:\n  ${mistakes.join("\n  ")}`,
    );
  }
  return config;
}
