import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { silentLogger } from "@smartem/common/logging";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type EmbeddedPostgresHarness,
  embeddedPostgresHarness,
  failureOf,
  processesUsing,
  query,
} from "../testing/embedded-postgres-harness.js";
import { clusterHome } from "./cluster-home.js";
import { ensureCluster } from "./initialise-cluster.js";
import { installedNativeDir, usableBinaries } from "./postgres-binaries.js";
import { freePort, startPostmaster } from "./postmaster.js";
import { isRoot } from "./run-user.js";
import { openServerLog } from "./server-log.js";
import { startEmbeddedPostgres } from "./start-embedded-postgres.js";

// A first start writes a thousand files, which takes its time on a busy disk.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let harness: EmbeddedPostgresHarness;

/** One cluster for all tests that do not need one of their own; stopped between them. */
let dataDir: string;

beforeAll(() => {
  harness = embeddedPostgresHarness();
  dataDir = join(harness.dir, "data");
});
afterEach(() => harness.stopAll());
afterAll(() => harness.cleanUp());

describe("a start on an empty folder", () => {
  it("makes a database that the next start finds again", async () => {
    const before = performance.now();
    const first = await harness.start({ dataDir, settings: { fsync: true } });
    const created = performance.now();
    await query(first, "CREATE TABLE grids AS SELECT 'G1' AS name");
    await first.stop();
    const stopped = performance.now();
    const second = await harness.start({ dataDir, settings: { fsync: true } });
    const restarted = performance.now();
    expect(await query(second, "SELECT name FROM grids")).toEqual([{ name: "G1" }]);
    process.stdout.write(
      `embedded PostgreSQL: initdb and start ${Math.round(created - before)} ms, start ${Math.round(restarted - stopped)} ms\n`,
    );
  });

  it("gives a UTF-8 database in code point order with checksums, durable commits and UTC", async () => {
    const server = await startEmbeddedPostgres({ dataDir });
    const [row] = await query(
      server,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('data_checksums') AS checksums,
              current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commits,
              current_setting('full_page_writes') AS full_pages, current_setting('autovacuum') AS autovacuum,
              current_setting('TimeZone') AS zone, 'a' > 'B' AS code_point_order, lower('ÄÖ') AS lower`,
    );
    expect(row).toEqual({
      encoding: "UTF8",
      checksums: "on",
      fsync: "on",
      commits: "on",
      full_pages: "on",
      autovacuum: "on",
      zone: "UTC",
      code_point_order: true,
      lower: "äö",
    });
    await server.stop();
  });

  it("listens on 127.0.0.1 alone, and not on Unix sockets", async () => {
    const server = await harness.start({ dataDir });
    const [row] = await query(
      server,
      "SELECT current_setting('listen_addresses') AS host, current_setting('unix_socket_directories') AS sockets",
    );
    expect(row).toEqual({ host: "127.0.0.1", sockets: "" });
  });

  it("keeps the password in a file for the owner alone, and admits nobody without it", async () => {
    const server = await harness.start({ dataDir });
    expect(statSync(join(dataDir, "postgres-password")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dataDir, "postgres-password"), "utf8").trim()).toBe(server.password);
    const { host, port, user, database } = server;
    const intruder = new pg.Client({ host, port, user, database, password: "guess" });
    await expect(intruder.connect()).rejects.toMatchObject({ code: "28P01" });
    expect(readFileSync(server.logFile, "utf8")).not.toContain(server.password);
  });
});

describe("settings", () => {
  it("override the defaults, but not where the server listens", async () => {
    const server = await harness.start({
      dataDir,
      settings: { max_connections: 17, autovacuum: false, listen_addresses: "0.0.0.0", port: 1 },
    });
    const [row] = await query(
      server,
      `SELECT current_setting('max_connections') AS connections, current_setting('autovacuum') AS autovacuum,
              current_setting('listen_addresses') AS host`,
    );
    expect(row).toEqual({ connections: "17", autovacuum: "off", host: "127.0.0.1" });
  });

  it("that PostgreSQL does not know fail the start with its own words", async () => {
    const error = await failureOf(harness.start({ dataDir, settings: { max_conections: 17 } }));
    expect(error).toMatchObject({ code: "postgres_start_failed" });
    expect(error.message).toContain("max_conections");
  });
});

describe("a folder that is in use", () => {
  it("refuses a second start at once and leaves the first undisturbed", async () => {
    const first = await harness.start({ dataDir });
    const error = await failureOf(harness.start({ dataDir }));
    expect(error).toMatchObject({ code: "database_in_use", status: 409 });
    const { failed } = await harness.startApplication({ dataDir });
    expect(failed).toMatchObject({ code: "database_in_use" });
    expect(await query(first, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("goes to exactly one of several first starts at the same time", async () => {
    const starts = await Promise.allSettled(
      [1, 2, 3].map(() => harness.start({ dataDir: join(harness.dir, "raced") })),
    );
    const codes = starts.map((start) => (start.status === "fulfilled" ? "started" : start.reason.code)).sort();
    expect(codes).toEqual(["database_in_use", "database_in_use", "started"]);
  });

  it("can be started again after a stop, and stop may be called twice", async () => {
    const first = await harness.start({ dataDir });
    await Promise.all([first.stop(), first.stop()]);
    const second = await harness.start({ dataDir });
    expect(await query(second, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });
});

describe("a port that was taken meanwhile", () => {
  it("makes the start try another one", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const taken = (other.address() as { port: number }).port;
    const home = await clusterHome(dataDir, harness.dir, silentLogger);
    const binaries = await usableBinaries(installedNativeDir(), [harness.dir], home.user, silentLogger);
    await ensureCluster(dataDir, home, binaries, false, silentLogger);
    const log = await openServerLog(join(dataDir, "postgresql.log"));
    const asked: number[] = [];
    const choosePort = async () => {
      const port = asked.length < 2 ? taken : await freePort();
      asked.push(port);
      return port;
    };
    const server = await startPostmaster(home, binaries, { fsync: false }, log, silentLogger, 20_000, choosePort);
    expect(asked.slice(0, 2)).toEqual([taken, taken]);
    expect(asked[2]).not.toBe(taken);
    expect(server.port).toBe(asked.at(-1));
    await server.stop();
    await log.close();
    other.close();
  });
});

describe("a cluster that cannot be used is refused with a sentence and a hint", () => {
  /** Does something to a file of the stopped cluster for the length of a start. */
  async function failureWith(file: string, damage: (path: string) => void) {
    const path = join(dataDir, file);
    const content = readFileSync(path);
    damage(path);
    try {
      return await failureOf(harness.start({ dataDir }));
    } finally {
      writeFileSync(path, content);
    }
  }

  it("when another major version made it", async () => {
    const error = await failureWith("pgdata/PG_VERSION", (path) => writeFileSync(path, "17\n"));
    expect(error).toMatchObject({ code: "cluster_version_mismatch" });
    expect(error.message).toMatch(/PostgreSQL 17;.*PostgreSQL 18/);
  });

  it("when its password file is missing", async () => {
    const error = await failureWith("postgres-password", (path) => rmSync(path));
    expect(error).toMatchObject({ code: "cluster_password_missing" });
  });

  it("when its password file is another one's, leaving no server behind", async () => {
    const error = await failureWith("postgres-password", (path) => writeFileSync(path, "another\n"));
    expect(error).toMatchObject({ code: "cluster_password_refused" });
    expect(processesUsing(dataDir)).toEqual([]);
  });

  it("when a file of it is damaged", async () => {
    const error = await failureWith("pgdata/global/pg_control", (path) => writeFileSync(path, ""));
    expect(error).toMatchObject({ code: "postgres_start_failed" });
    expect(error.message).toContain("pg_control");
  });

  it("when something else stands in its place", async () => {
    const pgdata = join(harness.dir, "other", "pgdata");
    mkdirSync(pgdata, { recursive: true });
    if (isRoot()) chownSync(pgdata, 65_534, 65_534);
    writeFileSync(join(pgdata, "notes.txt"), "mine");
    const error = await failureOf(harness.start({ dataDir: join(harness.dir, "other") }));
    expect(error).toMatchObject({ code: "data_dir_not_writable" });
    expect(error.message).toContain("holds no database");
    expect(readFileSync(join(pgdata, "notes.txt"), "utf8")).toBe("mine");
  });
});

describe("a cluster that is only slightly off is put right", () => {
  it("when its folder's mode was widened", async () => {
    chmodSync(join(dataDir, "pgdata"), 0o775);
    await harness.start({ dataDir });
    expect(statSync(join(dataDir, "pgdata")).mode & 0o777).toBe(0o700);
  });

  it("when an earlier first start was interrupted", async () => {
    mkdirSync(join(dataDir, "pgdata.unfinished-0a0b0c0d", "pgdata"), { recursive: true });
    writeFileSync(join(dataDir, "pgdata.unfinished-0a0b0c0d", "pgdata", "PG_VERSION"), "18\n");
    const server = await harness.start({ dataDir });
    expect(readdirSync(dataDir).filter((name) => name.includes("unfinished"))).toEqual([]);
    expect(await query(server, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });
});

describe("a data folder that cannot be", () => {
  it("because a part of its path is a file", async () => {
    writeFileSync(join(harness.dir, "file"), "");
    const error = await failureOf(harness.start({ dataDir: join(harness.dir, "file", "data") }));
    expect(error).toMatchObject({ code: "data_dir_not_writable" });
    expect(error.message).toContain("a part of the path is a file");
  });
});

describe("a platform without binaries", () => {
  it("is named, with the way out", async () => {
    const error = await failureOf(Promise.resolve().then(() => installedNativeDir("linux", "riscv64")));
    expect(error).toMatchObject({ code: "platform_without_postgres" });
    expect(error.message).toContain("linux-riscv64");
    expect(error.hint).toContain("POSTGRES_HOST");
  });
});

describe("the server's log", () => {
  it("is emptied into a second file when it has grown large", async () => {
    const path = join(harness.dir, "postgresql.log");
    writeFileSync(path, Buffer.alloc(17 * 1024 * 1024, "x"));
    const log = await openServerLog(path);
    expect(statSync(path).size).toBe(0);
    expect(statSync(`${path}.1`).size).toBe(17 * 1024 * 1024);
    await log.close();
  });
});
