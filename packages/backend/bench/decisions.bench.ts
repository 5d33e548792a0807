import { fill } from "./fill.js";
import type { Measurement } from "./measurement.js";
import { openBenchDatabase, startBenchBackend } from "./services.js";

const SQUARES = 100;
const HOLES_PER_SQUARE = 500;
const MICROGRAPHS = 10_000;
const MODELS = 10;
const DECISIONS = 8;
const TIMEOUT_MS = 120_000;
const GRID = "g1";

/** From a result to the stored plan of a grid of 50,000 holes with 10 models and 10,000 results. */
export async function run(): Promise<Measurement[]> {
  const database = await openBenchDatabase();
  const { pool } = database;
  await fill(pool, { grids: 1, squaresPerGrid: SQUARES, holesPerSquare: HOLES_PER_SQUARE, micrographs: 0 });
  // Results of every fifth hole of all squares, as in the middle of a session.
  await pool.query(
    `insert into micrographs (uuid, foilhole_uuid, foilhole_id, micrograph_id, manifest_file, acquisition_datetime, status, total_motion, ctf_max_resolution_estimate)
     select 'm' || n, uuid, foilhole_id, 'unique-' || n, 'FoilHole_' || foilhole_id || '_Data_' || n || '.xml',
       timestamptz '2026-01-01 00:00Z' + n * interval '5 seconds', 'ctf completed', 5 + n % 20, 3 + n * 7 % 5
     from (select uuid, foilhole_id, row_number() over (order by seq) as n from foilholes where seq % 5 = 0 order by seq limit $1) h`,
    [MICROGRAPHS],
  );
  await pool.query("insert into prediction_models (name) select 'model ' || m from generate_series(1, $1::int) m", [
    MODELS,
  ]);
  await pool.query(
    `insert into current_predictions (entity_uuid, prediction_model_name, metric_name, level, value, timestamp)
     select uuid, 'model ' || m, '', 'foilhole', random(), now() from foilholes, generate_series(1, $1::int) m`,
    [MODELS],
  );
  await pool.query("vacuum analyze");
  const backend = await startBenchBackend(database.config, "all", { SMARTEM_PLAN_INTERVAL_MS: "0" });
  const times: number[] = [];
  const engine: number[] = [];
  try {
    for (let n = 0; n < DECISIONS; n++) {
      const { rows: before } = await pool.query<{ id: number }>(
        "select coalesce(max(id), 0)::int as id from decisions",
      );
      const startedAt = performance.now();
      const response = await fetch(`${backend.url}/events`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          event_type: "ctf.completed",
          micrograph_uuid: `m${1 + n}`,
          ctf_max_resolution_estimate: n % 2 === 0 ? 3 : 9,
        }),
      });
      if (!response.ok) throw new Error(`the result was not taken: ${response.status}`);
      const decideMs = await decidedAfter(before[0]?.id ?? 0);
      // The first one finds no plan to compare with.
      if (n > 0) {
        times.push(performance.now() - startedAt);
        engine.push(decideMs);
      }
    }
    const named = "a grid of 50,000 holes, 10 models, 10,000 results";
    return [
      { name: `${named}: result to stored plan, median`, value: median(times), unit: "ms", goal: "" },
      { name: `${named}: the engine's part of it`, value: median(engine), unit: "ms", goal: "" },
      { name: `${named}: memory of API and worker`, value: backend.memoryMb(), unit: "MB", goal: "" },
    ];
  } finally {
    await backend.stop();
    await database.close();
  }

  async function decidedAfter(id: number): Promise<number> {
    for (const end = performance.now() + TIMEOUT_MS; performance.now() < end; ) {
      const { rows } = await pool.query<{ ms: number }>(
        `select (summary ->> 'decide_ms')::int as ms from decisions where grid_uuid = $1 and id > $2
           and not exists (select from decision_requests where grid_uuid = $1) order by id limit 1`,
        [GRID, id],
      );
      if (rows[0] !== undefined) return rows[0].ms;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error("no decision in time");
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
