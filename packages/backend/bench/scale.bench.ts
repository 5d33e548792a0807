import { Agent } from "node:http";
import { fill, fillHistory, fillPlan } from "./fill.js";
import { timedGet } from "./load.js";
import { type Measurement, percentile } from "./measurement.js";
import { openBenchDatabase, startBenchBackend } from "./services.js";

const REQUESTS = 40;
const WARM_UP = 2;
/** What takes long is asked less often. */
const SECONDS_PER_PATH = 4;
const GRID = "g7";
const SQUARE = "g7s150";
const HOLE = "g7s150h250";
const MODEL = "model";
/** What is asked about one grid among all. */
const PATHS = [
  "/acquisitions",
  "/acquisitions/progress",
  "/acquisitions/throughput",
  "/acquisitions/grid-counts",
  "/acquisitions/a7?counts=true",
  "/acquisitions/a7/quality_metrics",
  "/acquisitions/a7/grids",
  `/grids/${GRID}?counts=true`,
  `/grids/${GRID}/gridsquares`,
  `/grids/${GRID}/gridsquares?counts=true&limit=50`,
  `/grids/${GRID}/plan`,
  `/grids/${GRID}/decisions`,
  `/grids/${GRID}/choices`,
  `/grids/${GRID}/proposal`,
  `/grids/${GRID}/intensities?limit=1000`,
  `/grids/${GRID}/results?limit=1000`,
  `/grids/${GRID}/results/columns`,
  `/grid/${GRID}/model_weights`,
  `/grid/${GRID}/prediction_model/${MODEL}/latent_rep/${MODEL}/suggested_squares`,
  `/prediction_model/${MODEL}/grid/${GRID}/latent_representation`,
  `/gridsquares/${SQUARE}/foilholes`,
  `/gridsquares/${SQUARE}/foilholes?counts=true`,
  `/gridsquares/${SQUARE}/plan`,
  `/gridsquare/${SQUARE}/overall_prediction`,
  `/gridsquares/${SQUARE}/quality_predictions`,
  `/gridsquares/${SQUARE}/foilhole_quality_predictions`,
  `/gridsquares/${SQUARE}/prediction_model/${MODEL}/latent_rep/${MODEL}/suggested_holes`,
  `/prediction_model/${MODEL}/grid/${GRID}/prediction`,
  `/prediction_model/${MODEL}/grid/${GRID}/before_imaging`,
  `/prediction_model/${MODEL}/gridsquare/${SQUARE}/prediction`,
  `/prediction_model/${MODEL}/gridsquare/${SQUARE}/latent_representation`,
  `/foilholes/${HOLE}/micrographs`,
  "/gridsquares?limit=100",
  "/foilholes?limit=100",
  "/foilholes?limit=100&gridsquare_id=100150",
  "/micrographs?limit=100",
  "/instruments",
  "/agents/sessions",
];

/** Lists and plans of one grid in a database of very many. `SMARTEM_BENCH_DATABASE` names one that is filled once and kept. */
export async function run(): Promise<Measurement[]> {
  const database = await openBenchDatabase(process.env.SMARTEM_BENCH_DATABASE);
  const { rows } = await database.pool.query<{ n: number }>("select count(*) as n from grids");
  if (rows[0]?.n === 0) {
    await fill(database.pool, { grids: 12, squaresPerGrid: 300, holesPerSquare: 500, micrographs: 1_000_000 });
    await fillPlan(database.pool, GRID, MODEL);
    await fillHistory(database.pool, GRID);
    await database.pool.query("vacuum analyze");
  }
  if (process.env.SMARTEM_BENCH_FILL_ONLY === "1") {
    await database.close();
    return [];
  }
  const backend = await startBenchBackend(database.config, "api");
  const agent = new Agent({ keepAlive: true });
  try {
    const measurements: Measurement[] = [];
    for (const path of PATHS) {
      const times: number[] = [];
      const end = performance.now() + SECONDS_PER_PATH * 1_000;
      for (let n = 0; n < WARM_UP + REQUESTS && (times.length === 0 || performance.now() < end); n++) {
        const ms = await timedGet(agent, backend.url + path);
        if (n >= WARM_UP) times.push(ms);
      }
      measurements.push({
        name: `12 grids × 300 squares × 500 holes, 1,000,000 micrographs: GET ${path}, p95`,
        value: percentile(times, 0.95),
        unit: "ms",
        goal: "< 200",
      });
    }
    return measurements;
  } finally {
    agent.destroy();
    await backend.stop();
    await database.close();
  }
}
