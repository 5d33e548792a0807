import { fill } from "./fill.js";
import { requestsPerSecond } from "./load.js";
import type { Measurement } from "./measurement.js";
import { openBenchDatabase, startBenchBackend } from "./services.js";

const CLIENTS = 8;
const SECONDS = 5;

/** How fast the lists that the pages ask for most are answered, by one API process that shares the machine with all else. */
export async function run(): Promise<Measurement[]> {
  const database = await openBenchDatabase();
  await fill(database.pool, { grids: CLIENTS, squaresPerGrid: 300, holesPerSquare: 0, micrographs: 0 });
  await fill(database.pool, { grids: 1, squaresPerGrid: CLIENTS, holesPerSquare: 1_000, micrographs: 0, prefix: "x" });
  await database.pool.query("analyze");
  const backend = await startBenchBackend(database.config, "api");
  try {
    const each = Array.from({ length: CLIENTS }, (_, client) => client + 1);
    const squares = each.map((n) => `${backend.url}/grids/g${n}/gridsquares`);
    const holes = each.map((n) => `${backend.url}/gridsquares/xg1s${n}/foilholes`);
    const measured = async (name: string, urls: readonly string[], goal: string): Promise<Measurement> => ({
      name: `${name}, ${CLIENTS} clients, ${urls.length === 1 ? "all the same list" : "each another list"}`,
      value: await requestsPerSecond(urls, CLIENTS, SECONDS),
      unit: "requests/s",
      goal,
    });
    return [
      await measured("GET /grids/{g}/gridsquares, 300 squares", squares, ">= 300"),
      await measured("GET /grids/{g}/gridsquares, 300 squares", squares.slice(0, 1), ">= 300"),
      await measured("GET /gridsquares/{s}/foilholes, 1,000 holes", holes, ">= 100"),
      await measured("GET /gridsquares/{s}/foilholes, 1,000 holes", holes.slice(0, 1), ">= 100"),
    ];
  } finally {
    await backend.stop();
    await database.close();
  }
}
