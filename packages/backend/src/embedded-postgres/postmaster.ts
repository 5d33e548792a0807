import { type ChildProcess, spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { createServer, Socket } from "node:net";
import { join } from "node:path";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { ClusterHome } from "./cluster-home.js";
import { databaseInUse, diskFull, embeddedPostgresError, fileSystemError, saysDiskFull } from "./errors.js";
import type { PostgresBinaries } from "./postgres-binaries.js";
import { CLUSTER_NAME, readPostmasterFile, settlePreviousPostmaster, statusOf } from "./previous-postmaster.js";
import { asUser, cannotChangeUser, POSTGRES_ENVIRONMENT } from "./run-user.js";
import type { ServerLog } from "./server-log.js";
import { WATCHDOG_CLUSTER_HELD, WATCHDOG_NAME, WATCHDOG_SCRIPT } from "./watchdog.js";

export type PostgresSettings = Readonly<Record<string, string | number | boolean>>;

/** How a server ended. */
export interface PostmasterExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that accepts connections. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Settles when the server is gone, for whatever reason. */
  readonly exited: Promise<PostmasterExit>;
  /** Fast shutdown; settles when the server is gone. */
  stop(): Promise<void>;
}

export const SERVER_HOST = "127.0.0.1";

/** A server of one application on a machine that does other things too; all of it may be overridden. */
const DEFAULT_SETTINGS: PostgresSettings = {
  max_connections: 100,
  shared_buffers: "128MB",
  maintenance_work_mem: "128MB",
  random_page_cost: 1.1,
  autovacuum: true,
  // Scientific data: what was confirmed survives a power cut.
  fsync: true,
  synchronous_commit: true,
  full_page_writes: true,
  // Parallel queries need /dev/shm, of which a container has 64 MB by default, and fail when it is used up.
  max_parallel_workers_per_gather: 0,
  max_parallel_maintenance_workers: 0,
  jit: false,
  timezone: "UTC",
  log_timezone: "UTC",
  lc_messages: "C",
  log_line_prefix: "%m [%p] %a ",
  log_min_duration_statement: "5s",
};

const PORT_ATTEMPTS = 10;
const READY_POLL_MS = 10;

/**
 * Starts a server on the cluster and waits until it accepts connections, for recovery after a crash too.
 *
 * @param settings override those above; where it listens is not theirs to say
 * @param timeoutMs for becoming ready
 * @param choosePort a port that nobody uses at this moment; who takes it meanwhile makes the start try another one
 * @throws SmartemError `database_in_use`, `disk_full`, `postgres_start_failed`, `postgres_start_timeout`,
 *   `postgres_cannot_change_user`, `data_dir_not_writable`
 */
export async function startPostmaster(
  home: ClusterHome,
  binaries: PostgresBinaries,
  settings: PostgresSettings,
  log: ServerLog,
  logger: Logger,
  timeoutMs: number,
  choosePort: () => Promise<number> = freePort,
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort();
    const server = await launch(home, binaries, { ...DEFAULT_SETTINGS, ...settings }, port, log, logger);
    const outcome = await becomeReady(home.pgdata, server, timeoutMs);
    if (outcome === "timeout") {
      await server.stop();
      throw embeddedPostgresError(
        "postgres_start_timeout",
        `PostgreSQL did not become ready within ${Math.round(timeoutMs / 1000)} s.`,
        `Its log ${log.path} says what it is doing; after a crash it may need longer: start again.`,
        { facts: { log: await log.tail() } },
      );
    }
    if (typeof outcome === "number") return { pid: outcome, port, exited: server.exited, stop: server.stop };
    const said = await log.tail();
    if (/could not bind .*Address already in use/.test(said) && attempt < PORT_ATTEMPTS) continue;
    throw startFailure(home, outcome, said, log.path);
  }
}

interface LaunchedServer {
  readonly watchdogPid: number | undefined;
  readonly port: number;
  readonly exited: Promise<PostmasterExit>;
  stop(): Promise<void>;
}

async function launch(
  home: ClusterHome,
  binaries: PostgresBinaries,
  settings: PostgresSettings,
  port: number,
  log: ServerLog,
  logger: Logger,
): Promise<LaunchedServer> {
  const all: PostgresSettings = {
    ...settings,
    listen_addresses: SERVER_HOST,
    port,
    unix_socket_directories: "",
    cluster_name: CLUSTER_NAME,
  };
  const options = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${settingText(value)}`]);
  const lockPath = join(home.dir, "cluster.lock");
  const lockFile = await open(lockPath, "a", 0o600).catch((error: unknown) => {
    throw fileSystemError(home.dir, error);
  });
  const watchdog = spawn(
    "/bin/sh",
    [
      ...["-c", WATCHDOG_SCRIPT, WATCHDOG_NAME, join(home.pgdata, "postmaster.pid")],
      ...[binaries.postgres, "-D", home.pgdata, ...options],
    ],
    {
      ...asUser(home.user),
      cwd: "/",
      env: POSTGRES_ENVIRONMENT,
      // A session of its own: Ctrl+C in the terminal ends the application first, which then stops its database.
      detached: true,
      stdio: ["pipe", log.fd, log.fd, lockFile.fd],
    },
  );
  const started = new Promise<void>((resolve, reject) => {
    watchdog.once("spawn", resolve);
    watchdog.once("error", reject);
  });
  const ended = exitOf(watchdog);
  await started
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EPERM" && home.user !== undefined) throw cannotChangeUser(home.user, error);
      throw embeddedPostgresError(
        "postgres_start_failed",
        `PostgreSQL cannot be started: ${error.message}.`,
        "It needs the shell /bin/sh and free process slots.",
        { cause: error },
      );
    })
    .finally(() => lockFile.close());
  const pipe = watchdog.stdin;
  pipe?.on("error", () => undefined);
  // Neither keeps the application from ending; when it ends, the pipe closes and the watchdog stops the server.
  watchdog.unref();
  if (pipe instanceof Socket) pipe.unref();
  const exited = ended.then(async (exit) => {
    pipe?.destroy();
    // A watchdog that a signal ended left its server behind.
    if (exit.signal !== null) {
      await settlePreviousPostmaster(home.pgdata, logger).catch((error: unknown) => {
        logger.error({ err: error, pgdata: home.pgdata }, "a server without watchdog could not be stopped");
      });
    }
    return exit;
  });
  return {
    watchdogPid: watchdog.pid,
    port,
    exited,
    stop: async () => {
      watchdog.ref();
      pipe?.destroy();
      await exited;
    },
  };
}

function exitOf(child: ChildProcess): Promise<PostmasterExit> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
}

/** The server's process id when it is ready, how it ended when it ended before, or "timeout". */
async function becomeReady(
  pgdata: string,
  server: LaunchedServer,
  timeoutMs: number,
): Promise<number | PostmasterExit | "timeout"> {
  const deadline = performance.now() + timeoutMs;
  let exit: PostmasterExit | undefined;
  void server.exited.then((how) => {
    exit = how;
  });
  while (performance.now() < deadline) {
    const file = await readPostmasterFile(pgdata);
    if (file?.status === "ready" && file.port === server.port) {
      // Not what a server of earlier left behind.
      const { parentPid } = await statusOf(file.pid);
      if (parentPid === server.watchdogPid) return file.pid;
    }
    if (exit !== undefined) return exit;
    await delay(READY_POLL_MS);
  }
  return "timeout";
}

function startFailure(home: ClusterHome, exit: PostmasterExit, said: string, logPath: string): Error {
  if (
    exit.code === WATCHDOG_CLUSTER_HELD ||
    /lock file .* already exists|pre-existing shared memory block/.test(said)
  ) {
    return databaseInUse(home.pgdata, undefined);
  }
  if (saysDiskFull(said)) return diskFull(home.pgdata);
  const lines = said.split("\n").filter((line) => /FATAL|PANIC|invalid|could not|not found/.test(line));
  const reason = lines.at(-1)?.replace(/^.*?(FATAL|PANIC|LOG):\s*/, "") ?? `exit code ${exit.code ?? exit.signal}`;
  return embeddedPostgresError(
    "postgres_start_failed",
    `PostgreSQL did not start: ${reason}.`,
    `Its log ${logPath} says more. Where the database is damaged, restore it from a backup.`,
    { facts: { log: said } },
  );
}

function settingText(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return String(value);
}

/** A port of this machine that nobody uses at this moment; another may take it before it is used. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen({ host: SERVER_HOST, port: 0, exclusive: true }, () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
