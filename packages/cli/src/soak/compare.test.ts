import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "@smartem/agent/agent";
import { AGENT_TIMES } from "@smartem/agent/agent-options";
import { type BackendForTests, eventually, startBackendForTests } from "@smartem/backend/testing/backend-for-tests";
import { silentLogger } from "@smartem/common/logging";
import { httpChannel } from "@smartem/simulator/channel";
import { createMicroscope, type Microscope } from "@smartem/simulator/microscope";
import { startPipelines } from "@smartem/simulator/pipelines";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compareFacts, type Difference, type SoakedSession, TABLES } from "./compare.js";

/** Without a wait that nothing would come of. */
const TIMES = {
  ...AGENT_TIMES,
  watch: { gatherMs: 2, scanIntervalMs: 150, fullScanIntervalMs: 60_000 },
  sessionQuietMs: 300,
  housekeepingMs: 50,
};

let at: BackendForTests;
let folder: string;
const sessions: SoakedSession[] = [];

/** Two sessions, played without faults: one that EPU has completed, and one that was ended early. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "smartem-compare-"));
  at = await startBackendForTests();
  const watchFolder = join(folder, "epu");
  const microscopes: Microscope[] = [];
  for (const number of [1, 2]) {
    const dir = join(watchFolder, `visit-${number}`);
    mkdirSync(dir, { recursive: true });
    const microscope = await createMicroscope({
      dir,
      logFile: join(folder, `visit-${number}.jsonl`),
      visit: `visit-${number}`,
      seed: number,
      squares: 2,
      unselectedSquares: 2,
      holesPerSquare: 6,
      nearGridBarHoles: 1,
      micrographsPerHole: number,
      pictures: "low magnification",
      startedAtMs: Date.UTC(2025, 5, number, 8),
      acquisitionMin: number === 1 ? null : 12,
    });
    while (!microscope.done) await microscope.step();
    microscopes.push(microscope);
    const { truth, wrote, acquired } = microscope;
    sessions.push({ dir, agentId: "agent-1", truth, written: wrote, acquired });
  }
  const pipelines = await startPipelines({
    apiUrl: at.url,
    channel: httpChannel({ apiUrl: at.url }),
    truthOf: ({ name }) => microscopes.find(({ sessionName }) => sessionName === name)?.truth,
    startMs: 0,
    lostShare: 0,
    doubledShare: 0.1,
  });
  const agent = await startAgent({
    watchFolder,
    stateFolder: join(folder, "agent"),
    apiUrl: at.url,
    agentId: "agent-1",
    log: silentLogger,
    times: TIMES,
  });
  await agent.settled();
  const sum = (of: (session: SoakedSession) => number): number => sessions.reduce((n, each) => n + of(each), 0);
  const known = pipelines.settled({
    gridSquares: sum(({ written }) => written.gridSquares.size),
    foilHoles: sum(({ written }) => written.foilHoles.size),
    micrographs: sum(({ written }) => written.micrographs.size),
  });
  await known;
  await pipelines.advanceTo(Date.UTC(2025, 6, 1));
  // All is there but what follows from it: that a session is complete, and decisions.
  await eventually(
    async () => (await compareFacts(at.backend.pool, sessions)).differences,
    (differences) => differences.length === 0,
  );
  await at.settled();
  await pipelines.stop();
  await agent.stop();
});

afterAll(async () => {
  await at?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What differs after `sql`, which is then taken back. */
async function differencesAfter(sql: string): Promise<readonly Difference[]> {
  const client = await at.backend.pool.connect();
  try {
    await client.query("begin");
    const { rowCount } = await client.query(sql);
    expect(rowCount, sql).toBeGreaterThan(0);
    return (await compareFacts(client, sessions)).differences;
  } finally {
    await client.query("rollback");
    client.release();
  }
}

test("what was stored is what was simulated, and there is enough of it", async () => {
  expect(sessions.map(({ acquired }) => acquired.length)).toEqual([12, expect.toSatisfy((n) => n > 0 && n < 12)]);
  const { differences, entities, fields } = await compareFacts(at.backend.pool, sessions);
  expect(differences).toEqual([]);
  expect(entities).toBeGreaterThan(400);
  expect(fields).toBeGreaterThan(2_000);
});

interface Column {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
}

/** Another value than a column has. */
function otherValue({ name, type }: Column): string {
  switch (type) {
    case "text":
      return `coalesce(${name}, '') || '?'`;
    case "boolean":
      return `not coalesce(${name}, false)`;
    case "timestamp with time zone":
      return `coalesce(${name}, now()) + interval '1 second'`;
    // Which message told a result is not compared, but that one did.
    case "bigint":
      return "null";
    default:
      return `coalesce(${name}, 0) + 1`;
  }
}

test.each(Object.entries(TABLES))("every column is compared, or named with a reason: %s", async (kind, table) => {
  const columns = await at.rows<Column>(
    `select column_name as name, data_type as type, is_generated = 'ALWAYS' as generated
     from information_schema.columns where table_schema = 'public' and table_name = $1`,
    [table.name],
  );
  const names = columns.map(({ name }) => name);
  for (const named of [table.left, table.loose ?? {}])
    expect(names).toEqual(expect.arrayContaining(Object.keys(named)));
  // Of squares without an image some columns say nothing certain.
  const where = kind === "gridSquare" ? "where image_path is not null" : "";
  const unseen: string[] = [];
  for (const column of columns.filter(({ name, generated }) => !generated && !(name in table.left))) {
    const differences = await differencesAfter(
      `update ${table.name} set ${column.name} = ${otherValue(column)}
       where ctid = (select ctid from ${table.name} ${where} order by ${column.name} is null limit 1)`,
    );
    if (!differences.some(({ field }) => field === null || field === column.name)) unseen.push(column.name);
  }
  expect(unseen).toEqual([]);
});

const RESULT_TABLES = [
  "quality_predictions",
  "current_predictions",
  "prediction_sums",
  "predictions_before_results",
  "prediction_models",
  "model_parameters",
] as const;

test.each([...Object.values(TABLES).map(({ name }) => name), ...RESULT_TABLES])(
  "a row that is missing is a difference: %s",
  async (table) => {
    const differences = await differencesAfter(`delete from ${table} where ctid = (select ctid from ${table} limit 1)`);
    expect(differences).not.toEqual([]);
  },
);

const OTHER = "order by uuid limit 1";

test.each([
  ["all predictions are lost", "delete from quality_predictions"],
  ["all current predictions are lost", "delete from current_predictions"],
  ["all parameters are lost", "delete from model_parameters"],
  ["all weights are lost", "delete from model_weights"],
  [
    "one model has no weights",
    "delete from model_weights where prediction_model_name = 'ice-optimist' and grid_uuid = (select min(grid_uuid) from model_weights)",
  ],
  ["a weight is no number", "update model_weights set weight = 'NaN' where id = (select min(id) from model_weights)"],
  [
    "a weight's deviation is infinite",
    "update model_weights set weight_sd = 'Infinity' where id = (select min(id) from model_weights)",
  ],
  [
    "a weight is moved by another grid's micrograph",
    `update model_weights w set micrograph_uuid = (select uuid from micrographs m where m.grid_uuid <> w.grid_uuid ${OTHER})
     where id = (select min(id) from model_weights)`,
  ],
  ["distributions are lost", "update micrographs set selection_distribution = null"],
  ["a micrograph's status is nonsense", "update micrographs set status = 'nonsense'"],
  ["a square's status is nonsense", "update gridsquares set status = 'nonsense'"],
  [
    "a current prediction is another",
    "update current_predictions set value = value + 1e-9 where ctid = (select ctid from current_predictions limit 1)",
  ],
  [
    "a prediction is another",
    "update quality_predictions set value = value + 1e-9 where ctid = (select ctid from quality_predictions limit 1)",
  ],
  [
    "a prediction was once another",
    `insert into quality_predictions (prediction_model_name, metric_name, value, gridsquare_uuid, foilhole_uuid)
     select prediction_model_name, metric_name, value / 2, gridsquare_uuid, foilhole_uuid from quality_predictions limit 1`,
  ],
  [
    "a message counted twice",
    `insert into quality_predictions (prediction_model_name, metric_name, value, gridsquare_uuid)
     select prediction_model_name, metric_name, value, gridsquare_uuid from quality_predictions
     where gridsquare_uuid is not null limit 1`,
  ],
  [
    "a weight has no deviation",
    "update model_weights set weight_sd = null where id = (select min(id) from model_weights)",
  ],
  [
    "a prediction is by another metric",
    "update current_predictions set metric_name = 'x' where ctid = (select ctid from current_predictions limit 1)",
  ],
  [
    "predictions are of each other's holes",
    `update current_predictions c set value = o.value from current_predictions o
     where c.level = 'foilhole' and o.level = 'foilhole' and c.prediction_model_name = o.prediction_model_name and c.entity_uuid <> o.entity_uuid`,
  ],
  [
    "a prediction is of nothing",
    "update current_predictions set entity_uuid = 'x' where ctid = (select ctid from current_predictions limit 1)",
  ],
  [
    "a sum of predictions is another",
    "update prediction_sums set value_sum = value_sum + 0.001 where ctid = (select ctid from prediction_sums limit 1)",
  ],
  [
    "a number of predictions is another",
    "update prediction_sums set predictions = predictions + 1 where ctid = (select ctid from prediction_sums limit 1)",
  ],
  [
    "a least prediction is another",
    "update prediction_sums set value_min = value_min - 1 where ctid = (select ctid from prediction_sums limit 1)",
  ],
  [
    "what was said before a result is another",
    "update predictions_before_results set values[1] = values[1] + 1e-9 where cardinality(values) > 0",
  ],
  [
    "a coordinate is another",
    "update model_parameters set value = value + 1e-9 where ctid = (select ctid from model_parameters where key = 'x' limit 1)",
  ],
  [
    "a group is another",
    `update model_parameters set value = value + 1
     where ctid = (select ctid from model_parameters where group_name = 'cluster_indices' limit 1)`,
  ],
  [
    "parameters are of another grid",
    "update model_parameters p set grid_uuid = (select uuid from grids g where g.uuid <> p.grid_uuid)",
  ],
  [
    "a micrograph is of another square's hole",
    `update micrographs m set foilhole_uuid = (select uuid from foilholes h where h.gridsquare_uuid <> m.gridsquare_uuid ${OTHER})
     where uuid = (select min(uuid) from micrographs)`,
  ],
  [
    "a micrograph is of another hole of its square",
    `update micrographs m set foilhole_uuid = (
       select uuid from foilholes h where h.gridsquare_uuid = m.gridsquare_uuid and h.uuid <> m.foilhole_uuid ${OTHER})
     where uuid = (select min(uuid) from micrographs)`,
  ],
  [
    "a hole is of another square",
    `update foilholes h set gridsquare_uuid = (select uuid from gridsquares s where s.uuid <> h.gridsquare_uuid ${OTHER})
     where uuid = (select min(uuid) from foilholes)`,
  ],
  [
    "a square is of another grid",
    `update gridsquares s set grid_uuid = (select uuid from grids g where g.uuid <> s.grid_uuid)
     where uuid = (select min(uuid) from gridsquares)`,
  ],
  [
    "a grid is of another acquisition",
    `update grids g set acquisition_uuid = (select uuid from acquisitions a where a.uuid <> g.acquisition_uuid)
     where uuid = (select min(uuid) from grids)`,
  ],
  [
    "atlases are of each other's grids",
    "update atlases t set grid_uuid = (select uuid from grids g where g.uuid <> t.grid_uuid)",
  ],
  [
    "a tile is of another atlas",
    `update atlas_tiles t set atlas_uuid = (select uuid from atlases l where l.uuid <> t.atlas_uuid)
     where uuid = (select min(uuid) from atlas_tiles)`,
  ],
  [
    "a position is on another grid's tile",
    `update tile_positions p set atlastile_uuid = (
       select t.uuid from atlas_tiles t join atlases l on l.uuid = t.atlas_uuid
       where l.grid_uuid <> (select grid_uuid from gridsquares s where s.uuid = p.gridsquare_uuid) order by t.uuid limit 1)
     where ctid = (select ctid from tile_positions limit 1)`,
  ],
  [
    "there is one more micrograph",
    `insert into micrographs (uuid, foilhole_uuid, micrograph_id, manifest_file)
     select 'x', foilhole_uuid, micrograph_id, 'x.xml' from micrographs ${OTHER}`,
  ],
  [
    "there is one more grid",
    `insert into grids (uuid, acquisition_uuid) select 'x', acquisition_uuid from grids ${OTHER}`,
  ],
  ["there is one more acquisition", "insert into acquisitions (uuid, name) values ('x', 'x')"],
])("it is a difference where %s", async (_what, sql) => {
  expect(await differencesAfter(sql)).not.toEqual([]);
});
