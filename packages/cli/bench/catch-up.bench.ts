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

/**
 * An existing session is taken in by an agent in its own process, with API, worker and embedded database as `npm start` runs them;
 * then micrographs are added one by one.
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
  const agent = await startChild("agent", "internal-agent", {
    watchFolder: epu,
    stateFolder: join(dir, "agent"),
    apiUrl: backend.url ?? "",
    agentId: "bench",
    athenaUrl: null,
    logFile: join(dir, "agent.log"),
    logLevel: "warn",
  });
  try {
    for (;;) {
      const { rows } = await backend.pool.query<{ n: number }>(
        "select (select count(*) from micrographs) + (select count(*) from foilholes) as n",
      );
      if (rows[0]?.n === written.micrographs.size + written.foilHoles.size) break;
      if (performance.now() - start > 300_000) throw new Error(`only ${rows[0]?.n} rows after 5 minutes`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seconds = (performance.now() - start) / 1000;
    const live = await liveLatencies(epu, sessionName, backend.pool);
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
    ];
  } finally {
    await agent.stop();
    await backend.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Copies of a manifest under new names and ids, one after the other; sorted milliseconds from close to row. */
async function liveLatencies(
  epu: string,
  sessionName: string,
  pool: { query<T>(sql: string, values: unknown[]): Promise<{ rows: T[] }> },
): Promise<number[]> {
  const images = join(epu, sessionName, "Images-Disc1");
  const [square = ""] = readdirSync(images);
  const data = join(images, square, "Data");
  const [name = ""] = readdirSync(data).filter((file) => /_\d{6}\.xml$/.test(file));
  const manifest = readFileSync(join(data, name), "utf8");
  const latencies: number[] = [];
  for (let n = 0; n < LIVE_FILES; n++) {
    const id = `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
    writeFileSync(
      join(data, name.replace(/_\d{8}_\d{6}\.xml$/, `_20301231_${String(n).padStart(6, "0")}.xml`)),
      manifest.replace(/<uniqueID>[^<]*/, `<uniqueID>${id}`),
    );
    const closed = performance.now();
    for (;;) {
      const { rows } = await pool.query<{ n: number }>("select 1 as n from micrographs where micrograph_id = $1", [id]);
      if (rows.length > 0) break;
      if (performance.now() - closed > 30_000) throw new Error(`micrograph ${n} did not come`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    latencies.push(performance.now() - closed);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return latencies.sort((a, b) => a - b);
}
