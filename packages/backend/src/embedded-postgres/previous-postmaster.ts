import { readFile, readlink, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { databaseInUse } from "./errors.js";
import { WATCHDOG_NAME } from "./watchdog.js";

/** How PostgreSQL's log and process list name our servers; tells them from one that an administrator started. */
export const CLUSTER_NAME = "smartem-embedded";

/** What PostgreSQL writes into `postmaster.pid` (its source: `src/include/utils/pidfile.h`). */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  readonly status: "starting" | "ready" | "standby" | "stopping" | undefined;
}

const STATUSES = ["starting", "ready", "standby", "stopping"] as const;

/** The contents of a cluster's `postmaster.pid`; undefined where there is none, or none that names a process. */
export async function readPostmasterFile(pgdata: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(pgdata, "postmaster.pid"), "utf8").catch(() => "");
  const lines = text.split("\n").map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const port = Number(lines[3]);
  return { pid, port: port > 0 ? port : undefined, status: STATUSES.find((status) => status === lines[7]) };
}

/** How long a server whose application just died may take until it starts to stop. */
const ORPHAN_GRACE_MS = 3_000;
/** How long an orphan may take to write its last checkpoint. */
const ORPHAN_STOP_MS = 90_000;
/** How long a server may take to write the first lines of its `postmaster.pid`. */
const FILE_GRACE_MS = 1_000;

/**
 * Settles when no server that can be seen runs on the cluster: waits for one that is still shutting down after its
 * application was killed, and stops one whose application and watchdog were both killed. A `postmaster.pid` whose
 * process is gone, or is another program that got the same number, stays; the watchdog removes it when it holds the
 * lock that also counts between containers. To be called by the holder of the cluster's lock.
 *
 * @throws SmartemError `database_in_use` when a server is running that this function may not stop
 */
export async function settlePreviousPostmaster(pgdata: string, logger: Logger): Promise<void> {
  const pidFile = join(pgdata, "postmaster.pid");
  const startedAt = performance.now();
  let previousPid: number | undefined;
  for (;;) {
    const waitedMs = performance.now() - startedAt;
    const file = await readPostmasterFile(pgdata);
    // A server removes its file a moment before it is gone.
    const pid = file?.pid ?? previousPid;
    if (pid === undefined) {
      if (waitedMs > FILE_GRACE_MS || !(await isThere(pidFile))) return;
      await delay(50);
      continue;
    }
    const owner = await programBehind(pid, pgdata);
    if (owner === "gone") {
      if (file !== undefined) logger.warn({ postgresPid: pid, pgdata }, "the database was not shut down last time");
      return;
    }
    if (owner === "another server" || waitedMs > ORPHAN_STOP_MS) throw databaseInUse(pgdata, pid);
    const stopping = file === undefined || file.status === "stopping";
    if (owner === "guarded" && !stopping && waitedMs > ORPHAN_GRACE_MS) throw databaseInUse(pgdata, pid);
    if (owner === "orphan" && !stopping) askToStop(pid, pgdata);
    if (previousPid !== pid) logger.info({ postgresPid: pid, pgdata, owner }, "waiting for the previous server to end");
    previousPid = pid;
    await delay(50);
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

type Owner = "gone" | "guarded" | "orphan" | "another server";

/**
 * What a process number stands for now: `guarded` and `orphan` are servers that this application started on this
 * cluster, with and without a watchdog; a process of another program, or none, is `gone`.
 */
async function programBehind(pid: number, pgdata: string): Promise<Owner> {
  const [program, ...args] = await commandLine(pid);
  const { uid, parentPid, isEnded } = await statusOf(pid);
  // PostgreSQL serves only folders that its own user owns.
  if (uid !== (await stat(pgdata)).uid) return "gone";
  // A process that is ending loses its command line first and the cluster's files after. What has ended and waits for its
  // parent to take note holds nothing any more.
  if (program === undefined) return isEnded ? "gone" : "orphan";
  if (!/^(postgres|postmaster)$/.test(basename(program))) return "gone";
  if (!args.includes(pgdata)) {
    // An administrator's own start may name the folder in another way. Where it cannot be told, nobody is disturbed.
    const workingDir = await readlink(`/proc/${pid}/cwd`).catch(() => pgdata);
    return workingDir === pgdata ? "another server" : "gone";
  }
  if (!args.includes(`cluster_name=${CLUSTER_NAME}`)) return "another server";
  return (await commandLine(parentPid)).includes(WATCHDOG_NAME) ? "guarded" : "orphan";
}

async function commandLine(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return text.split("\0").filter((word) => word !== "");
}

export async function statusOf(pid: number): Promise<{ uid: number | undefined; parentPid: number; isEnded: boolean }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const uid = /^Uid:\s*(\d+)/m.exec(status)?.[1];
  return {
    uid: uid === undefined ? undefined : Number(uid),
    parentPid: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0),
    isEnded: !/^State:\s*[^ZX\s]/m.test(status),
  };
}

/** Asks a server for a fast shutdown. */
function askToStop(pid: number, pgdata: string): void {
  try {
    process.kill(pid, "SIGINT");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw databaseInUse(pgdata, pid);
  }
}
