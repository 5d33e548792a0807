import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomStream } from "@smartem/simulator/random";
import { expect, test } from "vitest";
import { startCuttableProxy } from "./cuttable-proxy.js";
import { faultsOf } from "./faults.js";

test("a database that was killed just now, and has not been started again, can't be killed once more: that is no failure", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "smartem-soak-"));
  const pipelineNetwork = await startCuttableProxy(1);
  try {
    const folder = join(dataDir, "database", "pgdata");
    mkdirSync(folder, { recursive: true });
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(join(folder, "postmaster.pid"), `${pid}\n`);
    const faults = faultsOf({
      microscopes: [],
      backend: [],
      pipelineNetwork,
      services: null,
      dataDir,
      backupFile: join(dataDir, "backup.gz"),
      onPutBack: () => undefined,
      afterPutBack: () => Promise.resolve(),
    });
    const kill = faults.find(({ name }) => name === "kill database");
    await expect(kill?.befall(randomStream(1, "test"))).resolves.toBeUndefined();
  } finally {
    await pipelineNetwork.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
