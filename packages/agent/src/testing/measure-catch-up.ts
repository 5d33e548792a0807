import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startAgent } from "../agent.js";
import { atlasPathOf, imageXml, sessionFiles, writeFiles } from "./epu-folder.js";

/*
 * Measures how fast an agent takes in a folder that is already there, and how soon a file is at the API that is written
 * while it watches. Run with:
 * node packages/agent/dist/testing/measure-catch-up.js [squares] [holes] [API's address]
 */

const SQUARES = Number(process.argv[2] ?? 20);
const HOLES = Number(process.argv[3] ?? 500);
const LIVE_FILES = 200;
/** Makes manifests as large as real ones. */
const PADDING = 12_000;

let fakeApi: ChildProcess | null = null;

async function startFakeApi(): Promise<string> {
  const script = fileURLToPath(import.meta.url).replace("measure-catch-up", "fake-api-process");
  fakeApi = spawn(process.execPath, [script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [address] = fakeApi.stdout === null ? [] : ((await once(fakeApi.stdout, "data")) as [Buffer]);
  return address?.toString().trim() ?? "";
}

const folder = mkdtempSync(join(tmpdir(), "smartem-measure-"));
const watched = join(folder, "visit");
const squareIds = Array.from({ length: SQUARES }, (_, index) => String(1_000 + index));
const files = sessionFiles({
  folder: "Supervisor_1",
  session: { id: "4600928", name: "Supervisor_1", start: "2024-04-05T10:51:13Z", atlasPath: atlasPathOf("4600928") },
  squareIds,
  visited: SQUARES,
  holesPerSquare: HOLES,
  imagedPerSquare: 0,
  exposuresPerHole: 0,
  pictures: false,
});
writeFiles(watched, files);
let manifests = 0;
for (const square of squareIds) {
  const data = join(watched, "Supervisor_1", "Images-Disc1", `GridSquare_${square}`, "Data");
  mkdirSync(data, { recursive: true });
  for (let hole = 0; hole < HOLES; hole++) {
    const name = `FoilHole_${Number(square) * 1_000 + hole}_Data_9000_1_20240406_105000.xml`;
    writeFileSync(join(data, name), imageXml({ uniqueId: `image-${square}-${hole}`, padding: PADDING }));
    manifests++;
  }
}

const url = process.argv[4] ?? (await startFakeApi());
const beforeCpu = process.cpuUsage();
const begun = performance.now();
const agent = await startAgent({
  watchFolder: watched,
  apiUrl: url,
  agentId: "agent-1",
  stateFolder: join(folder, "state"),
});
await agent.settled();
const seconds = (performance.now() - begun) / 1_000;
const cpu = process.cpuUsage(beforeCpu);
const { entities } = agent.status();
const confirmed = Object.values(entities).reduce((sum, each) => sum + each.confirmed, 0);
process.stdout.write(
  `${manifests} manifests and ${SQUARES} squares of ${HOLES} holes: ${confirmed} entities in ${seconds.toFixed(2)} s, ` +
    `${Math.round(confirmed / seconds)} entities/s, ${(cpu.user / 1e6).toFixed(2)} + ${(cpu.system / 1e6).toFixed(2)} s of CPU (user + system), ` +
    `${Math.round(process.memoryUsage.rss() / 1e6)} MB\n`,
);

const data = join(watched, "Supervisor_1", "Images-Disc1", `GridSquare_${squareIds[0]}`, "Data");
for (let index = 0; index < LIVE_FILES; index++) {
  const name = `FoilHole_${1_000_000 + index}_Data_9001_1_20240406_115000.xml`;
  writeFileSync(join(data, name), imageXml({ uniqueId: `live-${index}`, padding: PADDING }));
  await new Promise((resolve) => setTimeout(resolve, 50));
}
await agent.settled();
process.stdout.write(`live: ${JSON.stringify(agent.status().latency)}\n`);
const again = performance.now();
await agent.settled();
process.stdout.write(`full scan of ${files.length + manifests} files: ${Math.round(performance.now() - again)} ms\n`);
await agent.stop();
(fakeApi as ChildProcess | null)?.stdin?.end();
rmSync(folder, { recursive: true, force: true });
