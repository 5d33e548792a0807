import { setTimeout as sleep } from "node:timers/promises";
import { writeFinishedSession } from "@smartem/simulator/epu-writer/finished-session";
import type { Written } from "@smartem/simulator/epu-writer/written";

/* The microscope of sustained.bench.ts, in a process of its own: writes one session after the other at a steady rate. */

/** What it says after each hole. */
export interface Progress {
  /** Of this session, without its acquisition, grid and atlas. */
  readonly entities: number;
  /** Micrographs whose manifests are closed now, by unique id; ms since 1970. */
  readonly closed: readonly string[];
  readonly atMs: number;
}

export interface MicroscopeOptions {
  readonly dir: string;
  readonly entitiesPerS: number;
  readonly minutes: number;
}

const SESSION = { squares: 40, holesPerSquare: 500, unselectedSquares: 0 };

export function countOf({ gridSquares, foilHoles, micrographs, atlasTiles, tilePositions }: Written): number {
  return gridSquares.size + foilHoles.size + micrographs.size + atlasTiles.size + tilePositions.size;
}

async function main({ dir, entitiesPerS, minutes }: MicroscopeOptions): Promise<void> {
  const beganAt = performance.now();
  const elapsedS = () => (performance.now() - beganAt) / 1_000;
  let before = 0;
  for (let seed = 1; elapsedS() < minutes * 60; seed++) {
    const told = new Set<string>();
    let entities = 0;
    const stop = new Error("The time is over.");
    try {
      await writeFinishedSession(dir, {
        ...SESSION,
        seed,
        startedAtMs: Date.UTC(2025, 5, seed, 8),
        async afterHole(written) {
          entities = countOf(written);
          const closed = [...written.micrographs.keys()].slice(told.size);
          for (const id of closed) told.add(id);
          process.send?.({ entities: before + entities, closed, atMs: Date.now() } satisfies Progress);
          const aheadS = (before + entities) / entitiesPerS - elapsedS();
          if (aheadS > 0) await sleep(aheadS * 1_000);
          if (elapsedS() >= minutes * 60) throw stop;
        },
      });
    } catch (thrown) {
      if (thrown !== stop) throw thrown;
    }
    before += entities;
  }
  process.disconnect();
}

if (process.send !== undefined) await main(JSON.parse(process.argv[2] ?? "{}") as MicroscopeOptions);
