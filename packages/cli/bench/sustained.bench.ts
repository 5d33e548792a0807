import { fork } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startBackend } from "@smartem/backend/backend";
import { readConfig } from "@smartem/backend/config";
import { silentLogger } from "@smartem/common/logging";
import { startChild } from "../dist/start/children.js";
import type { Measurement } from "./catch-up.bench.js";
import type { MicroscopeOptions, Progress } from "./sustained-microscope.js";

/** 48 hours at 100 times their speed are 29. */
const MINUTES = Number(process.env.SMARTEM_BENCH_MINUTES ?? 1);
const ENTITIES_PER_S = Number(process.env.SMARTEM_BENCH_RATE ?? 250);
const POLL_MS = 50;
/** The oldest: should it fall behind, asking for all that is missing would itself keep it from catching up. */
const ASKED_AT_ONCE = 2_000;
const LAST_MS = 60_000;
const CATCH_UP_TIMEOUT_MS = 120_000;
const MICROSCOPE = fileURLToPath(new URL("./sustained-microscope.ts", import.meta.url));

interface Lag {
  readonly closedAtMs: number;
  readonly ms: number;
}

/**
 * Sessions grow, one after the other, at a rate above 200 entities/s for as long as is asked for, with API, worker and embedded
 * database as `npm start` runs them and the agent in its own process: what comes through, how late, and what the agent
 * takes of memory for it.
 */
export async function run(): Promise<Measurement[]> {
  const dir = mkdtempSync(join(tmpdir(), "smartem-bench-"));
  chmodSync(dir, 0o755);
  const epu = join(dir, "epu");
  mkdirSync(epu);
  const config = { ...readConfig({ HTTP_API_PORT: "0" }), dataDir: join(dir, "data") };
  const backend = await startBackend({ config, logger: silentLogger });
  const agent = await startChild("agent", "internal-agent", {
    watchFolder: epu,
    stateFolder: join(dir, "agent"),
    apiUrl: backend.url ?? "",
    agentId: "bench",
    athenaUrl: null,
    notifications: true,
    logFile: join(dir, "agent.log"),
    logLevel: "warn",
  });
  try {
    const options: MicroscopeOptions = { dir: epu, entitiesPerS: ENTITIES_PER_S, minutes: MINUTES };
    const microscope = fork(MICROSCOPE, [JSON.stringify(options)]);
    const ended = once(microscope, "exit");
    const pending = new Map<string, number>();
    const lags: Lag[] = [];
    let written = 0;
    microscope.on("message", ({ entities, closed, atMs }: Progress) => {
      written = entities;
      for (const id of closed) pending.set(id, atMs);
    });
    const beganAt = performance.now();
    let memoryAtBeginMb = 0;
    let writing = true;
    void ended.then(() => {
      writing = false;
    });
    let writtenUntil = beganAt;
    while (writing || pending.size > 0) {
      await sleep(POLL_MS);
      if (writing) writtenUntil = performance.now();
      else if (performance.now() - writtenUntil > CATCH_UP_TIMEOUT_MS)
        throw new Error(`${pending.size} micrographs did not come`);
      // The first seconds are the start of everything.
      if (memoryAtBeginMb === 0 && performance.now() - beganAt > 10_000) memoryAtBeginMb = residentMb(agent.pid);
      const { rows } = await backend.pool.query<{ id: string }>(
        "select micrograph_id as id from micrographs where micrograph_id = any($1)",
        [[...pending.keys()].slice(0, ASKED_AT_ONCE)],
      );
      const now = Date.now();
      for (const { id } of rows) {
        const closedAtMs = pending.get(id) ?? now;
        lags.push({ closedAtMs, ms: now - closedAtMs });
        pending.delete(id);
      }
    }
    const { rows } = await backend.pool.query<{ n: number }>(
      `select (select count(*) from gridsquares) + (select count(*) from foilholes) + (select count(*) from micrographs) +
        (select count(*) from atlas_tiles) + (select count(*) from tile_positions) as n`,
    );
    const seconds = (performance.now() - beganAt) / 1_000;
    const end = Date.now() - LAST_MS;
    const all = sorted(lags);
    const last = sorted(lags.filter(({ closedAtMs }) => closedAtMs > end));
    const what = `sustained, ${MINUTES} minutes`;
    return [
      { name: `${what}: entities written`, value: written, unit: "", goal: "" },
      { name: `${what}: committed`, value: Number(rows[0]?.n ?? 0) / seconds, unit: "entities/s", goal: "> 200" },
      { name: `${what}: file closed to row committed, median`, value: at(all, 0.5), unit: "ms", goal: "" },
      { name: `${what}: file closed to row committed, p95`, value: at(all, 0.95), unit: "ms", goal: "" },
      { name: `${what}: the same in the last minute, p95`, value: at(last, 0.95), unit: "ms", goal: "" },
      { name: `${what}: memory of the agent after 10 s`, value: memoryAtBeginMb, unit: "MB", goal: "" },
      { name: `${what}: memory of the agent at the end`, value: residentMb(agent.pid), unit: "MB", goal: "" },
    ];
  } finally {
    await agent.stop();
    await backend.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function sorted(lags: readonly Lag[]): number[] {
  return lags.map(({ ms }) => ms).sort((a, b) => a - b);
}

function at(values: readonly number[], share: number): number {
  return values[Math.floor(values.length * share)] ?? Number.NaN;
}

function residentMb(pid: number): number {
  const [, kb = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (Number(kb) * 1_024) / 1e6;
}
