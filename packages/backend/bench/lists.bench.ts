import { fill } from "./fill.js";
import { requestsPerSecond } from "./load.js";
import type { Measurement } from "./measurement.js";
import { openBenchDatabase, startBenchBackend } from "./services.js";

const CLIENTS = 8;
const SECONDS = 5;

/** How fast the lists that the pages ask for most are answered, by one API process that shares the machine with all else. */
export async function run(): Promise<Measurement[]> {
  const database = await openBenchDatabase();
  await fill(database.pool, { grids: 1, squaresPerGrid: 300, holesPerSquare: 0, micrographs: 0 });
  await fill(database.pool, { grids: 1, squaresPerGrid: 1, holesPerSquare: 1_000, micrographs: 0, prefix: "x" });
  await database.pool.query("analyze");
  const backend = await startBenchBackend(database.config, "api");
  try {
    return [
      {
        name: `GET /grids/{g}/gridsquares, 300 squares, ${CLIENTS} clients`,
        value: await requestsPerSecond(`${backend.url}/grids/g1/gridsquares`, CLIENTS, SECONDS),
        unit: "requests/s",
        goal: ">= 300",
      },
      {
        name: `GET /gridsquares/{s}/foilholes, 1,000 holes, ${CLIENTS} clients`,
        value: await requestsPerSecond(`${backend.url}/gridsquares/xg1s1/foilholes`, CLIENTS, SECONDS),
        unit: "requests/s",
        goal: ">= 100",
      },
    ];
  } finally {
    await backend.stop();
    await database.close();
  }
}
