import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

const KINDS = [
  ["motion_correction.completed", (value: number) => ({ total_motion: value, average_motion: value / 10 })],
  ["ctf.completed", (value: number) => ({ ctf_max_resolution_estimate: value })],
  ["particle_picking.completed", (value: number) => ({ number_of_particles_picked: value })],
  [
    "particle_selection.completed",
    (value: number) => ({ number_of_particles_selected: value, number_of_particles_rejected: 1 }),
  ],
] as const;
const KEPT = [
  "total_motion",
  "average_motion",
  "ctf_max_resolution_estimate",
  "number_of_particles_picked",
  "number_of_particles_selected",
];

test("the youngest result of each kind counts, also where an older one was set aside and is retried later", async () => {
  const { micrographs, ...others } = smallSession("late", 1);
  await at.request("POST", "/ingest", others);
  const micrograph_uuid = micrographs[0]?.uuid;
  const say = async (value: number): Promise<void> => {
    const events = KINDS.map(([event_type, fields]) => ({ event_type, micrograph_uuid, ...fields(value) }));
    expect((await at.request("POST", "/events", events)).body).toMatchObject({ accepted: KINDS.length });
  };
  // They wait for their micrograph; the first are then set aside, as what could not be applied is.
  await say(40);
  await eventually(
    () => at.rows("select from inbox where status = 'parked'"),
    (parked) => parked.length === KINDS.length,
  );
  await at.rows("update inbox set status = 'dead', reason = 'test'");
  await say(20);
  const results = async () => {
    const [row] = await at.rows<Record<string, unknown>>(
      `select ${KEPT.join(", ")}, status from micrographs where uuid = '${micrograph_uuid}'`,
    );
    return row;
  };
  const younger = { ...Object.fromEntries(KEPT.map((name) => [name, 20])), average_motion: 2 };
  const status = "particle selection completed";
  await at.request("POST", "/ingest", { micrographs });
  await eventually(
    () => at.rows("select from inbox where status <> 'dead'"),
    (left) => left.length === 0,
  );
  expect(await results()).toEqual({ ...younger, status });
  expect((await at.request("POST", "/admin/queue/dead-letters/retry", {})).body).toMatchObject({
    retried: KINDS.length,
  });
  await eventually(
    () => at.rows("select from inbox"),
    (left) => left.length === 0,
  );
  expect(await results()).toEqual({ ...younger, status });
  // What is said from now on counts again.
  await say(10);
  await eventually(results, (row) => row?.number_of_particles_selected === 10);
});
