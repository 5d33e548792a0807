import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { readStatusFile } from "../dist/reporting/status-file.js";
import { epuSessionXml, gridSquareXml, holeId, sessionFiles, writeFiles } from "../dist/testing/epu-folder.js";
import { FakeApi } from "../dist/testing/fake-api.js";
import { SMALL_SESSION } from "../dist/testing/sessions.js";

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: string;
}

const COMMAND = fileURLToPath(new URL("../../cli/bin/smartem-agent.js", import.meta.url));
/** At least. */
const KNOWN_FILES = Number(process.env.SMARTEM_BENCH_FILES ?? 500_000);
const SESSIONS = 10;
const SQUARES_PER_SESSION = 300;
/** In the metadata of each square. */
const HOLES = 20;
const BURST_FOLDERS = 200;
const BURST_FILES = 10_000;
const IDLE_S = 20;
/** By then it has given back what taking the files in needed, and looks at what has just come less often. */
const UNTIL_AT_REST_S = 150;
/** Of `/proc/<pid>/stat`. */
const TICKS_PER_S = 100;
const TIMEOUT_MS = 900_000;
const DAY_MS = 86_400_000;

/**
 * An agent with its usual settings on a tree of many known files: what it costs while nothing happens, how much memory it
 * takes, and how soon a burst of files in new nested folders is in its journal.
 */
export async function run(): Promise<Measurement[]> {
  const dir = mkdtempSync(join(tmpdir(), "smartem-bench-agent-"));
  const watched = join(dir, "epu");
  const stateFolder = join(dir, "state");
  const api = new FakeApi();
  api.keepsRequests = false;
  await api.start();
  let agent: ChildProcess | null = null;
  try {
    writeFiles(watched, sessionFiles(SMALL_SESSION));
    const images = join(watched, SMALL_SESSION.folder, "Images-Disc1");
    const knownFiles = writeKnownFiles(watched);
    const flags = ["--api-url", api.url, "--state-dir", stateFolder, "--log-file", join(dir, "agent.log")];
    agent = spawn(process.execPath, [COMMAND, "watch", watched, ...flags], { stdio: "ignore" });
    const pid = agent.pid ?? 0;
    await untilJournaled(stateFolder, knownFiles);
    await untilQuiet(stateFolder, pid);
    await new Promise((resolve) => setTimeout(resolve, UNTIL_AT_REST_S * 1_000));
    const idleShare = await shareBetweenScans(stateFolder, pid);
    const memoryMb = memoryOf(pid, "VmRSS");
    const mostMemoryMb = memoryOf(pid, "VmHWM");
    const begun = performance.now();
    writeBurst(images);
    await untilJournaled(stateFolder, knownFiles + BURST_FILES);
    const burstS = (performance.now() - begun) / 1_000;
    const known = `${knownFiles.toLocaleString("en")} known files`;
    return [
      { name: `agent, idle, ${known}: share of a core`, value: idleShare * 100, unit: "%", goal: "< 1" },
      { name: `agent, ${known}: memory`, value: memoryMb, unit: "MB", goal: "< 200" },
      { name: `agent, ${known}: most memory, while it took them in`, value: mostMemoryMb, unit: "MB", goal: "" },
      {
        name: `agent: ${BURST_FILES.toLocaleString("en")} files in ${BURST_FOLDERS} new nested folders, until journaled`,
        value: burstS,
        unit: "s",
        goal: "< 15",
      },
    ];
  } finally {
    if (agent !== null) {
      const ended = once(agent, "exit");
      agent.kill("SIGTERM");
      await ended;
    }
    await api.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * As EPU leaves them, yesterday: sessions, the metadata of their squares, and for each exposure a preview, of which the name
 * counts, and what the camera server writes. @returns how many files
 */
function writeKnownFiles(watched: string): number {
  const yesterday = new Date(Date.now() - DAY_MS);
  const exposures = Math.ceil((KNOWN_FILES / SESSIONS / SQUARES_PER_SESSION - 1) / 2);
  for (let session = 0; session < SESSIONS; session++) {
    const folder = join(watched, `Supervisor_old_${session}`);
    const squareIds = Array.from({ length: SQUARES_PER_SESSION }, (_, square) => String(5_000 + square));
    const spec = { id: String(4_800_000 + session), name: `old ${session}`, start: "2024-04-05T11:51:13.0000000Z" };
    writeFiles(folder, [
      { path: "EpuSession.dm", content: epuSessionXml({ ...spec, atlasPath: null, gridSquareIds: squareIds }) },
    ]);
    const written = [join(folder, "EpuSession.dm")];
    for (const id of squareIds) {
      const metadata = join("Metadata", `GridSquare_${id}.dm`);
      const holeIds = Array.from({ length: HOLES }, (_, hole) => holeId(id, hole));
      writeFiles(folder, [{ path: metadata, content: gridSquareXml({ id, visited: true, holeIds }) }]);
      const square = join(folder, "Images-Disc1", `GridSquare_${id}`);
      const data = join(square, "Data");
      const holes = join(square, "FoilHoles");
      mkdirSync(data, { recursive: true });
      mkdirSync(holes);
      for (let exposure = 0; exposure < exposures; exposure++) {
        const name = `FoilHole_${holeId(id, exposure % HOLES)}_Data_9000_${exposure}_20240406_105000`;
        writeFileSync(join(data, `${name}.jpg`), "");
        writeFileSync(join(data, `${name}_Fractions.xml`), "");
      }
      written.push(join(folder, metadata), data, holes, square);
    }
    written.push(join(folder, "Metadata"), join(folder, "Images-Disc1"), folder);
    for (const path of written) utimesSync(path, yesterday, yesterday);
  }
  return SESSIONS * (1 + SQUARES_PER_SESSION * (1 + 2 * exposures));
}

function writeBurst(images: string): void {
  for (let folder = 0; folder < BURST_FOLDERS; folder++) {
    const data = join(images, `GridSquare_${7_000 + folder}`, "Data");
    mkdirSync(data, { recursive: true });
    for (let file = 0; file < BURST_FILES / BURST_FOLDERS; file++) {
      writeFileSync(join(data, `FoilHole_${9_000_000 + folder * 1_000 + file}_Data_9000_1_20240406_105000.jpg`), "");
    }
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not reached: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Nothing is left to be read of at least so many files. */
async function untilJournaled(stateFolder: string, files: number): Promise<void> {
  await until(`${files} files in the journal`, () => {
    try {
      // The counts that the agent itself keeps: whoever counts files holds up the agent's journal meanwhile.
      const journal = new Database(join(stateFolder, "journal.db"), { readonly: true });
      const count = journal.prepare("select sum(n) as seen, sum(n * (state <> 'pending')) as settled from file_counts");
      const { seen, settled } = count.get() as { seen: number; settled: number };
      journal.close();
      return settled >= files && settled === seen;
    } catch {
      // The agent has not made it yet.
      return false;
    }
  });
}

/**
 * The part of a core that it takes while nothing happens. All files are looked at each 5 minutes: a time in which that
 * was done does not count.
 */
async function shareBetweenScans(stateFolder: string, pid: number): Promise<number> {
  for (;;) {
    const scanned = lastFullScan(stateFolder);
    const before = cpuSeconds(pid);
    await new Promise((resolve) => setTimeout(resolve, IDLE_S * 1_000));
    const share = (cpuSeconds(pid) - before) / IDLE_S;
    // It is in the status file up to 5 s after it is over.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    if (lastFullScan(stateFolder) === scanned) return share;
  }
}

function lastFullScan(stateFolder: string): string | null {
  return readStatusFile(stateFolder)?.status.watching.last_full_scan_at ?? null;
}

/** What follows from a start (uploads, a second look) is over. */
async function untilQuiet(stateFolder: string, pid: number): Promise<void> {
  await until("nothing is left to be done", () => {
    const { files, entities, calls } = readStatusFile(stateFolder)?.status.queue ?? { files: 1, entities: 1, calls: 1 };
    return files + entities + calls === 0;
  });
  let last = cpuSeconds(pid);
  let lastAt = performance.now();
  await until("the agent comes to rest", () => {
    if (performance.now() - lastAt < 5_000) return false;
    const now = cpuSeconds(pid);
    const share = (now - last) / ((performance.now() - lastAt) / 1_000);
    last = now;
    lastAt = performance.now();
    return share < 0.05;
  });
}

function cpuSeconds(pid: number): number {
  // The name of the program is in parentheses and may have blanks in it.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** @param what `VmRSS`: now, `VmHWM`: at most so far */
function memoryOf(pid: number, what: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kb = "0"] = new RegExp(`${what}:\\s+(\\d+)`).exec(status) ?? [];
  return (Number(kb) * 1_024) / 1e6;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { name, value, unit, goal } of await run()) {
    process.stdout.write(`${name}: ${value.toPrecision(3)} ${unit} (goal ${goal})\n`);
  }
}
