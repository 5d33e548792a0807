import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend } from "@smartem/backend/backend";
import { readConfig } from "@smartem/backend/config";
import { silentLogger } from "@smartem/common/logging";
import { writeFinishedSession } from "@smartem/simulator/epu-writer/finished-session";
import { startChild } from "../dist/start/children.js";

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: string;
}

const LIVE_FILES = 200;
/** Without notifications: files written at this pace over several scans. */
const SCANNED_FILES = 60;
const PACE_MS = 400;
const POLL_MS = 20;
const SCAN_INTERVAL_MS = 5_000;

interface Pool {
  query<T>(sql: string, values?: unknown[]): Promise<{ rows: T[] }>;
}

/**
 * An existing session is taken in by an agent in its own process, with API, worker and embedded database as `npm start` runs them;
 * then micrographs are added one by one, with notifications of the file system and without.
 */
export async function run(): Promise<Measurement[]> {
  const dir = mkdtempSync(join(tmpdir(), "smartem-bench-"));
  chmodSync(dir, 0o755);
  const epu = join(dir, "epu");
  const { written, files, sessionName } = await writeFinishedSession(epu, {
    squares: 20,
    holesPerSquare: 500,
    unselectedSquares: 0,
    seed: 1,
  });
  const backend = await startBackend({
    config: {
      ...readConfig({ HTTP_API_PORT: "0" }),
      dataDir: join(dir, "data"),
    },
    logger: silentLogger,
  });
  const entities =
    written.gridSquares.size +
    written.foilHoles.size +
    written.micrographs.size +
    written.atlasTiles.size +
    written.tilePositions.size +
    3;
  const start = performance.now();
  const startAgent = (notifications: boolean) =>
    startChild("agent", "internal-agent", {
      watchFolder: epu,
      stateFolder: join(dir, "agent"),
      apiUrl: backend.url ?? "",
      agentId: "bench",
      athenaUrl: null,
      notifications,
      logFile: join(dir, "agent.log"),
      logLevel: "warn",
    });
  let agent = await startAgent(true);
  try {
    const wanted = written.micrographs.size + written.foilHoles.size;
    const stored = async (sql: string) => (await backend.pool.query<{ n: number }>(sql)).rows[0]?.n;
    // Counting all rows ten times a second would itself take part of what is measured: once the squares' sums say that all are there.
    while (
      (await stored("select coalesce(sum(foilholes + micrographs), 0)::int as n from square_counts")) !== wanted ||
      (await stored("select (select count(*) from micrographs) + (select count(*) from foilholes) as n")) !== wanted
    ) {
      if (performance.now() - start > 300_000) throw new Error(`not all of ${wanted} rows after 5 minutes`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seconds = (performance.now() - start) / 1000;
    const micrographs = micrographWriter(join(epu, sessionName));
    const live = await liveLatencies(micrographs, backend.pool);
    await agent.stop();
    agent = await startAgent(false);
    // Its first scan is over when something new has come through.
    await untilStored(backend.pool, micrographs.write());
    const scanned = await scannedLatencies(micrographs, backend.pool);
    return [
      {
        name: `catch-up: ${files} files, ${entities} entities, folder to committed rows`,
        value: entities / seconds,
        unit: "entities/s",
        goal: ">= 2000",
      },
      {
        name: "live, with notifications: file closed to row committed, median",
        value: live[Math.floor(live.length * 0.5)] ?? 0,
        unit: "ms",
        goal: "",
      },
      {
        name: "live, with notifications: file closed to row committed, p95",
        value: live[Math.floor(live.length * 0.95)] ?? 0,
        unit: "ms",
        goal: "< 500",
      },
      {
        name: `live, by scans each ${SCAN_INTERVAL_MS / 1_000} s alone: file closed to row committed, p95`,
        value: scanned[Math.floor(scanned.length * 0.95)] ?? 0,
        unit: "ms",
        goal: `< ${2 * SCAN_INTERVAL_MS}`,
      },
    ];
  } finally {
    await agent.stop();
    await backend.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface MicrographWriter {
  /** Writes and closes one more manifest. @returns its micrograph's id */
  write(): string;
}

/** Makes copies of a session's manifest under new names and ids. */
function micrographWriter(session: string): MicrographWriter {
  const images = join(session, "Images-Disc1");
  const [square = ""] = readdirSync(images);
  const data = join(images, square, "Data");
  const [name = ""] = readdirSync(data).filter((file) => /_\d{6}\.xml$/.test(file));
  const manifest = readFileSync(join(data, name), "utf8");
  let written = 0;
  return {
    write() {
      const n = written++;
      const id = `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
      writeFileSync(
        join(data, name.replace(/_\d{8}_\d{6}\.xml$/, `_20301231_${String(n).padStart(6, "0")}.xml`)),
        manifest.replace(/<uniqueID>[^<]*/, `<uniqueID>${id}`),
      );
      return id;
    },
  };
}

async function untilStored(pool: Pool, id: string): Promise<void> {
  const begun = performance.now();
  while ((await pool.query("select from micrographs where micrograph_id = $1", [id])).rows.length === 0) {
    if (performance.now() - begun > 60_000) throw new Error(`micrograph ${id} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** One after the other; sorted milliseconds from close to row. */
async function liveLatencies(micrographs: MicrographWriter, pool: Pool): Promise<number[]> {
  const latencies: number[] = [];
  for (let n = 0; n < LIVE_FILES; n++) {
    const id = micrographs.write();
    const closed = performance.now();
    await untilStored(pool, id);
    latencies.push(performance.now() - closed);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return latencies.sort((a, b) => a - b);
}

/** At a steady pace, whatever has come through; sorted milliseconds from close to row. */
async function scannedLatencies(micrographs: MicrographWriter, pool: Pool): Promise<number[]> {
  const closed = new Map<string, number>();
  const latencies: number[] = [];
  let written = 0;
  for (const begun = performance.now(); latencies.length < SCANNED_FILES; ) {
    const now = performance.now();
    if (now - begun > 120_000) throw new Error(`${closed.size} micrographs did not come`);
    if (written < SCANNED_FILES && now - begun >= written * PACE_MS) {
      written++;
      closed.set(micrographs.write(), performance.now());
    }
    const { rows } = await pool.query<{ id: string }>(
      "select micrograph_id as id from micrographs where micrograph_id = any($1)",
      [[...closed.keys()]],
    );
    for (const { id } of rows) {
      latencies.push(performance.now() - (closed.get(id) ?? 0));
      closed.delete(id);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return latencies.sort((a, b) => a - b);
}
