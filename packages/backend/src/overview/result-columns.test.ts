import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

interface Columns {
  readonly gridsquares: { uuid: string; gridsquare_id: string }[];
  readonly foilholes: string[];
  readonly good: (boolean | null)[];
  readonly [column: string]: unknown;
}

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
  await at.request("POST", "/ingest", smallSession("c", 4, 3));
});
afterAll(() => at.stop());

test("columns say what the rows say", async () => {
  await at.request("POST", "/events", [
    { event_type: "ctf.completed", micrograph_uuid: "c-m0", ctf_max_resolution_estimate: 4 },
    { event_type: "ctf.completed", micrograph_uuid: "c-m1", ctf_max_resolution_estimate: 9 },
    { event_type: "particle_picking.completed", micrograph_uuid: "c-m1", number_of_particles_picked: 200 },
    {
      event_type: "particle_selection.completed",
      micrograph_uuid: "c-m1",
      number_of_particles_selected: 80,
      number_of_particles_rejected: 120,
    },
  ]);
  const columns = await eventually(
    async () => (await at.request("GET", "/grids/c-g/results/columns")).body as Columns,
    ({ good, particles }) => good[1] === false && (particles as number[])[1] === 80,
  );
  const rows = (await at.request("GET", "/grids/c-g/results")).body as {
    foilhole_uuid: string;
    gridsquare_uuid: string;
    gridsquare_id: string;
    acquisition_datetime: string | null;
  }[];
  expect(columns).toMatchObject({
    gridsquares: [{ uuid: "c-s", gridsquare_id: "1" }],
    gridsquare: [0, 0, 0],
    foilhole: [0, 1, 2],
    foilholes: rows.map(({ foilhole_uuid }) => foilhole_uuid),
    taken_at_ms: rows.map(({ acquisition_datetime }) =>
      acquisition_datetime === null ? null : Date.parse(acquisition_datetime),
    ),
    ctf_max_resolution_estimate: [4, 9, null],
    particles: [null, 80, null],
    good: [true, false, null],
  });
});

test("a grid without results has empty columns; one that is not there is not found", async () => {
  await at.request("POST", "/ingest", smallSession("e", 2, 0));
  const { status, body } = await at.request("GET", "/grids/e-g/results/columns");
  expect(status).toBe(200);
  expect(body).toMatchObject({ gridsquares: [], foilholes: [], good: [] });
  expect((await at.request("GET", "/grids/nobody/results/columns")).status).toBe(404);
});
