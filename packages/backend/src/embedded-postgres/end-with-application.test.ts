import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { delay } from "@smartem/common/time";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { exitOf } from "../testing/embedded-postgres-child.js";
import {
  type EmbeddedPostgresHarness,
  embeddedPostgresHarness,
  failureOf,
  parentOf,
  processesUsing,
  query,
  until,
} from "../testing/embedded-postgres-harness.js";
import { readPostmasterFile } from "./previous-postmaster.js";
import { asUser, isRoot, unprivilegedUser } from "./run-user.js";
import type { EmbeddedPostgres, UnexpectedExit } from "./start-embedded-postgres.js";
import { WATCHDOG_NAME } from "./watchdog.js";

// A first start writes a thousand files, which takes its time on a busy disk.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let harness: EmbeddedPostgresHarness;
/** One cluster for all tests, stopped between them, however rudely. */
let dataDir: string;
let user: Awaited<ReturnType<typeof unprivilegedUser>> | undefined;

beforeAll(async () => {
  harness = embeddedPostgresHarness();
  dataDir = join(harness.dir, "data");
  user = isRoot() ? await unprivilegedUser() : undefined;
});
afterEach(() => harness.stopAll());
afterAll(() => harness.cleanUp());

function sharedMemorySegments(): string[] {
  const table = readFileSync("/proc/sysvipc/shm", "utf8").trim().split("\n").slice(1);
  return table.map((line) => line.trim().split(/\s+/)[1] ?? "");
}

async function startedApplication(): Promise<{ app: ChildProcess; server: Omit<EmbeddedPostgres, "stop"> }> {
  const { process: app, started } = await harness.startApplication({ dataDir });
  if (started === undefined) throw new Error("the application did not start");
  await query(started, "DROP TABLE IF EXISTS squares");
  await query(started, "CREATE TABLE squares AS SELECT 1 AS id");
  return { app, server: started };
}

describe("when the application is killed", () => {
  it("PostgreSQL shuts down by itself and leaves neither process nor shared memory", async () => {
    const { app, server } = await startedApplication();
    const segment = readFileSync(join(server.clusterDir, "postmaster.pid"), "utf8").split("\n")[6]?.split(/\s+/);
    expect(sharedMemorySegments()).toContain(segment?.at(-1));
    expect(processesUsing(harness.dir).length).toBeGreaterThan(3);
    const killedAt = performance.now();
    app.kill("SIGKILL");
    await until(() => processesUsing(harness.dir).length === 0);
    process.stdout.write(`gone ${Math.round(performance.now() - killedAt)} ms after kill -9 of the application\n`);
    expect(performance.now() - killedAt).toBeLessThan(10_000);
    expect(sharedMemorySegments()).not.toContain(segment?.at(-1));
    expect(existsSync(join(server.clusterDir, "postmaster.pid"))).toBe(false);
    expect(readFileSync(server.logFile, "utf8")).toContain("received fast shutdown request");
  });

  it("a start right after it waits for the old server and finds everything", async () => {
    const { app } = await startedApplication();
    app.kill("SIGKILL");
    await exitOf(app);
    const server = await harness.start({ dataDir });
    expect(await query(server, "SELECT id FROM squares")).toEqual([{ id: 1 }]);
  });

  it("open transactions of others do not hold the shutdown up", async () => {
    const { app, server } = await startedApplication();
    const sleeping = query(server, "SELECT pg_sleep(600)").catch((error: unknown) => error);
    await delay(100);
    app.kill("SIGKILL");
    await until(() => processesUsing(harness.dir).length === 0);
    expect(await sleeping).toBeInstanceOf(Error);
  });

  it("together with the watchdog, the next start stops the orphaned server", async () => {
    const { app, server } = await startedApplication();
    // Stopped, the application cannot take note of its watchdog's end.
    app.kill("SIGSTOP");
    for (const pid of watchdogsOf(server)) tryToKill(pid);
    app.kill("SIGKILL");
    await exitOf(app);
    expect(processesUsing(server.clusterDir)).toContain(server.pid);
    const next = await harness.start({ dataDir });
    expect(processesUsing(server.clusterDir)).not.toContain(server.pid);
    expect(await query(next, "SELECT id FROM squares")).toEqual([{ id: 1 }]);
  });

  it("together with everything else, the next start recovers what was committed", async () => {
    const { app, server } = await startedApplication();
    app.kill("SIGSTOP");
    for (const pid of processesUsing(server.clusterDir)) tryToKill(pid);
    app.kill("SIGKILL");
    await exitOf(app);
    expect(existsSync(join(server.clusterDir, "postmaster.pid"))).toBe(true);
    const next = await harness.start({ dataDir });
    expect(await query(next, "SELECT id FROM squares")).toEqual([{ id: 1 }]);
  });

  it("at any moment of a first start, the next start succeeds", async () => {
    const delays = [0.6, 1, 1.6].map((seconds) => Math.round((seconds + Math.random() * 0.4) * 1_000));
    for (const [attempt, delayMs] of delays.entries()) {
      const dir = join(harness.dir, `data-${attempt}`);
      const app = harness.spawnApplication({ dataDir: dir });
      await delay(delayMs);
      app.kill("SIGKILL");
      await exitOf(app);
      const server = await harness.start({ dataDir: dir }).catch((error: unknown) => {
        throw new Error(`killed ${delayMs} ms after its start`, { cause: error });
      });
      expect(await query(server, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
      await server.stop();
    }
  });
});

describe("Ctrl+C in the terminal", () => {
  it("reaches the application only, whose database goes on until it is stopped", async () => {
    const { app, server } = await startedApplication();
    if (app.pid === undefined) throw new Error("no process");
    process.kill(-app.pid, "SIGINT");
    expect(await query(server, "SELECT id FROM squares")).toEqual([{ id: 1 }]);
    app.stdin?.end();
    await exitOf(app);
    expect(app.exitCode).toBe(0);
    expect(processesUsing(harness.dir)).toEqual([]);
  });
});

describe("when PostgreSQL itself ends", () => {
  it("the application is told, and may start again on the same folder", async () => {
    let told: (exit: UnexpectedExit) => void = () => undefined;
    const exit = new Promise<UnexpectedExit>((resolve) => {
      told = resolve;
    });
    const server = await harness.start({ dataDir, onExit: told });
    await query(server, "DROP TABLE IF EXISTS squares");
    await query(server, "CREATE TABLE squares AS SELECT 1 AS id");
    process.kill(server.pid, "SIGKILL");
    expect(await exit).toMatchObject({ code: 137, signal: null });
    const next = await harness.start({ dataDir });
    expect(await query(next, "SELECT id FROM squares")).toEqual([{ id: 1 }]);
  });

  it("because its watchdog was killed, it is gone when the application is told", async () => {
    let told: (exit: UnexpectedExit) => void = () => undefined;
    const exit = new Promise<UnexpectedExit>((resolve) => {
      told = resolve;
    });
    const server = await harness.start({ dataDir, onExit: told });
    process.kill(parentOf(server.pid), "SIGKILL");
    expect(await exit).toMatchObject({ code: null, signal: "SIGKILL" });
    expect(processesUsing(server.clusterDir)).not.toContain(server.pid);
    await harness.start({ dataDir });
  });

  it("because it was stopped, nobody is told", async () => {
    const exits: UnexpectedExit[] = [];
    const server = await harness.start({ dataDir, onExit: (exit) => exits.push(exit) });
    await server.stop();
    await delay(50);
    expect(exits).toEqual([]);
  });
});

describe("a postmaster.pid", () => {
  async function stoppedCluster(): Promise<string> {
    const server = await harness.start({ dataDir });
    await server.stop();
    return server.clusterDir;
  }

  function leaveBehind(clusterDir: string, pid: number): void {
    const lines = [pid, clusterDir, 1_700_000_000, 54321, "", "127.0.0.1", "  1234  5678", "ready   "];
    writeFileSync(join(clusterDir, "postmaster.pid"), `${lines.join("\n")}\n`);
  }

  it("that names another program's process is cleared", async () => {
    const clusterDir = await stoppedCluster();
    const other = spawn("sleep", ["600"], { ...asUser(user), stdio: "ignore" });
    leaveBehind(clusterDir, other.pid ?? 0);
    await harness.start({ dataDir });
    other.kill("SIGKILL");
  });

  it("that names the application itself is cleared", async () => {
    leaveBehind(await stoppedCluster(), process.pid);
    await harness.start({ dataDir });
  });

  it("that names the server of another cluster is cleared, and that server left alone", async () => {
    const other = await harness.start({ dataDir: join(harness.dir, "other") });
    leaveBehind(await stoppedCluster(), other.pid);
    await harness.start({ dataDir });
    expect(await query(other, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("that names no process, or is cut off anywhere, is cleared", async () => {
    const clusterDir = await stoppedCluster();
    writeFileSync(join(clusterDir, "postmaster.pid"), "");
    await (await harness.start({ dataDir })).stop();
    leaveBehind(clusterDir, 4_000_000);
    await harness.start({ dataDir });
    const whole = readFileSync(join(clusterDir, "postmaster.pid"), "utf8");
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.trimEnd().length - "ready".length), async (length) => {
        writeFileSync(join(harness.dir, "postmaster.pid"), whole.slice(0, length));
        expect((await readPostmasterFile(harness.dir))?.status).not.toBe("ready");
      }),
    );
  });

  it("whose process cannot be seen, but still holds the cluster from another container, is respected", async () => {
    const clusterDir = await stoppedCluster();
    leaveBehind(clusterDir, 4_000_000);
    const other = spawn("flock", [join(dataDir, "cluster.lock"), "cat"], { stdio: ["pipe", "pipe", "inherit"] });
    other.stdin.write("held\n");
    await new Promise((resolve) => other.stdout.once("data", resolve));
    expect(await failureOf(harness.start({ dataDir }))).toMatchObject({ code: "database_in_use" });
    expect((await readPostmasterFile(clusterDir))?.pid).toBe(4_000_000);
    other.stdin.end();
    await exitOf(other);
    await harness.start({ dataDir });
  });

  it("of a server that an administrator started by hand is respected", async () => {
    const first = await harness.start({ dataDir });
    const { clusterDir } = first;
    const [program] = readFileSync(`/proc/${first.pid}/cmdline`, "utf8").split("\0");
    if (program === undefined) throw new Error("no command line");
    await first.stop();
    const args = ["-D", clusterDir, "-c", "listen_addresses=", "-c", `unix_socket_directories=${clusterDir}`];
    const server = spawn(program, args, { ...asUser(user), stdio: "ignore" });
    await until(() => existsSync(join(clusterDir, "postmaster.pid")));
    expect(await failureOf(harness.start({ dataDir }))).toMatchObject({ code: "database_in_use" });
    expect(server.exitCode).toBe(null);
    server.kill("SIGINT");
    await exitOf(server);
    await harness.start({ dataDir });
  });
});

/** The watchdog is a shell and a reader beneath it. */
function watchdogsOf(server: { readonly clusterDir: string }): number[] {
  return processesUsing(server.clusterDir).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(WATCHDOG_NAME),
  );
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
