import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomStream } from "@smartem/simulator/random";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type CuttableProxy, startCuttableProxy } from "./cuttable-proxy.js";
import { type Fault, faultsOf } from "./faults.js";
import type { SoakServices } from "./services.js";

let dataDir: string;
let pipelineNetwork: CuttableProxy;
const server = createServer((_, response) => response.end("here"));

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "smartem-soak-"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  pipelineNetwork = await startCuttableProxy((server.address() as AddressInfo).port);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await pipelineNetwork.close();
  server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function faultsWith(services: SoakServices | null): Fault[] {
  return faultsOf({
    microscopes: [],
    backend: [],
    pipelineNetwork,
    services,
    dataDir,
    backupFile: join(dataDir, "backup.gz"),
    onPutBack: () => undefined,
    restartPipelines: () => Promise.resolve(),
  });
}

function befall(wanted: string): Promise<boolean> {
  const fault = faultsWith(null).find(({ kind }) => kind === wanted);
  if (fault === undefined) throw new Error(`there is no "${wanted}"`);
  // It lasts as short as it can.
  return fault.befall({ ...randomStream(1, "test"), uniform: () => 0 });
}

function databaseIs(pid: number | undefined): void {
  const folder = join(dataDir, "database", "pgdata");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "postmaster.pid"), `${pid}\n`);
}

test("a database that was killed just now, and has not been started again, can't be killed once more, nor can its disk be full: that is no failure, and nothing that befell it", async () => {
  databaseIs(spawnSync(process.execPath, ["--version"]).pid);
  await expect(befall("kill database")).resolves.toBe(false);
  await expect(befall("database's disk full")).resolves.toBe(false);
});

test("a disk is full for those that write to it; where that can't be seen to it has not befallen them, and that is said", async () => {
  // As root, the database runs as another user.
  const sleeping = spawn("sleep", ["60"], process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {});
  try {
    databaseIs(sleeping.pid);
    await expect(befall("database's disk full")).resolves.toBe(true);
    vi.stubEnv("PATH", dataDir);
    await expect(befall("database's disk full")).rejects.toThrow("prlimit");
  } finally {
    sleeping.kill("SIGKILL");
  }
});

test("a network that nobody uses is not interrupted", async () => {
  await expect(befall("network of pipelines cut")).resolves.toBe(false);
  await fetch(pipelineNetwork.url);
  await expect(befall("network of pipelines cut")).resolves.toBe(true);
});

test("services are restarted where they can be; elsewhere nothing bears the name of a restart", () => {
  const services: SoakServices = {
    environment: {},
    database: { host: "127.0.0.1", port: 1, database: "", user: "", password: "" },
    rabbitmqUrl: "",
    databaseNetwork: pipelineNetwork,
    brokerNetwork: pipelineNetwork,
    restart: () => Promise.resolve(true),
    endDatabaseConnections: () => Promise.resolve(true),
    endBrokerConnections: () => Promise.resolve(true),
    close: () => Promise.resolve(),
  };
  const restarts = (given: SoakServices): string[] =>
    faultsWith(given)
      .map(({ kind }) => kind)
      .filter((kind) => kind.startsWith("restart"));
  expect(restarts(services)).toEqual(["restart database", "restart broker"]);
  expect(restarts({ ...services, restart: null })).toEqual([]);
});
