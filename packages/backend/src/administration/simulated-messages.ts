import type { QualityMetric } from "@smartem/common/metrics";
import type { Pool } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { receive } from "../inbox/receive.js";
import { METRIC_SQL } from "../quality/metrics.js";

/*
 * Random messages, for trying out what is there to see without pipelines. They go the way of real ones, through the inbox.
 */

const MESSAGES_AT_ONCE = 1_000;

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface SimulatedPredictions {
  readonly gridUuid: string;
  readonly model: string;
  readonly level: "gridsquare" | "foilhole";
  /** The predictions lie between these two; all values from 0 to 1 if not given. */
  readonly range?: readonly [number, number] | undefined;
  readonly seed: number;
}

/** A random prediction for each square or hole of a grid. @returns how many */
export async function sendRandomPredictions(
  pool: Pool,
  { gridUuid, model, level, range: [from, to] = [0, 1], seed }: SimulatedPredictions,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<number> {
  const grid = await requireEntity(pool, "grid", gridUuid);
  const { rows } = await pool.query<{ uuid: string }>(
    level === "gridsquare"
      ? "select uuid from gridsquares where grid_uuid = $1 order by seq"
      : `select h.uuid from gridsquares s join foilholes h on h.gridsquare_uuid = s.uuid where s.grid_uuid = $1 order by h.seq`,
    [grid],
  );
  const random = randomNumbers(seed);
  return send(
    pool,
    rows.map(({ uuid }) => ({
      event_type: `${level}.model_prediction`,
      [`${level}_uuid`]: uuid,
      prediction_model_name: model,
      prediction_value: from + (to - from) * random(),
    })),
    onProgress,
  );
}

export interface SimulatedResults {
  readonly gridUuid: string;
  /** The share of micrographs whose results are good by the default limits. */
  readonly good: number;
  /** The one metric of which results are sent; of all if not given. */
  readonly metric?: QualityMetric | undefined;
  readonly seed: number;
}

/**
 * Random results for the micrographs of a grid that have none yet, about a share `good` of them good by the default limits. The
 * decisions then learn from them, and the weights of models move. @returns how many micrographs
 */
export async function sendRandomResults(
  pool: Pool,
  { gridUuid, good, metric, seed }: SimulatedResults,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<number> {
  const grid = await requireEntity(pool, "grid", gridUuid);
  const { rows } = await pool.query<{ uuid: string }>(
    `select m.uuid from micrographs m where m.grid_uuid = $1 and ${METRIC_SQL[metric ?? "ctfmaxresolution"]} is null order by m.seq`,
    [grid],
  );
  const random = randomNumbers(seed);
  const between = (low: number, high: number): number => low + (high - low) * random();
  const messages = rows.flatMap(({ uuid: micrograph_uuid }) => {
    const isGood = random() < good;
    const total_motion = isGood ? between(3, 20) : between(15, 80);
    const results: Readonly<Record<QualityMetric, object>> = {
      motioncorrection: {
        event_type: "motion_correction.completed",
        micrograph_uuid,
        total_motion,
        average_motion: total_motion / 40,
      },
      ctfmaxresolution: {
        event_type: "ctf.completed",
        micrograph_uuid,
        ctf_max_resolution_estimate: isGood ? between(2.8, 5.5) : between(6.5, 15),
      },
      numparticles: {
        event_type: "particle_picking.completed",
        micrograph_uuid,
        number_of_particles_picked: Math.round(isGood ? between(150, 400) : between(0, 150)),
      },
    };
    return metric === undefined ? Object.values(results) : [results[metric]];
  });
  await send(pool, messages, onProgress);
  return rows.length;
}

async function send(
  pool: Pool,
  messages: readonly unknown[],
  onProgress: (done: number, total: number) => void,
): Promise<number> {
  for (let start = 0; start < messages.length; start += MESSAGES_AT_ONCE) {
    await receive(
      pool,
      messages.slice(start, start + MESSAGES_AT_ONCE).map((message) => ({ message })),
    );
    onProgress(Math.min(start + MESSAGES_AT_ONCE, messages.length), messages.length);
  }
  return messages.length;
}
