import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

type Row = Record<string, unknown>;

const send = async (...events: Row[]): Promise<void> => {
  expect((await at.request("POST", "/events", events)).body).toMatchObject({ accepted: events.length });
};
const ofHole = (foilhole_uuid: string, prediction_value: number, prediction_model_name = "model") => ({
  event_type: "foilhole.model_prediction",
  foilhole_uuid,
  prediction_model_name,
  prediction_value,
});
const ofSquare = (gridsquare_uuid: string, prediction_value: number, prediction_model_name = "model") => ({
  event_type: "gridsquare.model_prediction",
  gridsquare_uuid,
  prediction_model_name,
  prediction_value,
});
const ctf = (micrograph_uuid: string, ctf_max_resolution_estimate: number) => ({
  event_type: "ctf.completed",
  micrograph_uuid,
  ctf_max_resolution_estimate,
});
const motion = (micrograph_uuid: string) => ({
  event_type: "motion_correction.completed",
  micrograph_uuid,
  total_motion: 5,
  average_motion: 0.5,
});

/** Hole → model (and metric) → what had been said of it before its first result. */
async function keptOf(prefix: string): Promise<Record<string, Record<string, number>>> {
  const rows = await at.rows<{ hole: string; said: Record<string, number> | null }>(
    `select foilhole_uuid as hole, (select json_object_agg(model || metric, value)
       from unnest(models, metrics, values) as x(model, metric, value)) as said
     from predictions_before_results where foilhole_uuid like $1 || '-%'`,
    [prefix],
  );
  return Object.fromEntries(rows.map(({ hole, said }) => [hole.slice(prefix.length + 1), said ?? {}]));
}

test("a model that says of imaged holes what came out of them gains nothing by it", async () => {
  await at.request("POST", "/ingest", smallSession("learned", 60, 20));
  await send(...Array.from({ length: 60 }, (_, n) => ofHole(`learned-h${n}`, n % 3 === 0 ? 0.6 : 0.4, "honest")));
  await send(ofSquare("learned-s", 0.5));
  await send(...Array.from({ length: 20 }, (_, n) => ctf(`learned-m${n}`, n % 4 < 2 ? 3 : 12)));
  await at.settled();
  const believed = async () => {
    const { body } = await at.request("GET", "/grids/learned-g/plan");
    const { models } = (body as { decision: { summary: { models: Row[] } } }).decision.summary;
    const holes = (await at.request("GET", "/gridsquare/learned-s/overall_prediction")).body as Row[];
    return { models, holes: holes.map(({ foilhole_uuid, value }) => [foilhole_uuid, value]) };
  };
  const before = await believed();
  await send(...Array.from({ length: 20 }, (_, n) => ofHole(`learned-h${n}`, n % 4 < 2 ? 0.95 : 0.05)));
  await at.settled();
  expect(await believed()).toEqual(before);
  // Of holes without a result its newest word counts.
  await send(ofHole("learned-h50", 0.95));
  await at.settled();
  expect((await believed()).holes).not.toEqual(before.holes);
});

test("before its first result: the finest level that had spoken, of groups the newest; later words and models are not among them", async () => {
  await at.request("POST", "/ingest", smallSession("levels", 4, 4));
  await send(ofSquare("levels-s", 0.1), { ...ofSquare("levels-s", 0.2), metric: "numparticles" });
  for (const [group, holes, value] of [
    ["one", [1, 2], 0.3],
    ["two", [2, 3], 0.4],
  ] as const) {
    await send(
      {
        event_type: "foilhole.group_create",
        grid_uuid: "levels-g",
        group_uuid: `levels-${group}`,
        foilhole_uuids: holes.map((n) => `levels-h${n}`),
      },
      {
        event_type: "foilhole.group_model_prediction",
        group_uuid: `levels-${group}`,
        prediction_model_name: "model",
        prediction_value: value,
      },
    );
  }
  await send(ofHole("levels-h3", 0.7), ofHole("levels-h3", 0.8));
  await at.settled();
  await send(...[0, 1, 2, 3].map((n) => motion(`levels-m${n}`)));
  await at.settled();
  const kept = {
    h0: { model: 0.1, modelnumparticles: 0.2 },
    h1: { model: 0.3, modelnumparticles: 0.2 },
    h2: { model: 0.4, modelnumparticles: 0.2 },
    h3: { model: 0.8, modelnumparticles: 0.2 },
  };
  expect(await keptOf("levels")).toEqual(kept);
  await send(ofSquare("levels-s", 0.9), ...[0, 1, 2, 3].map((n) => ofHole(`levels-h${n}`, 0.9)));
  await send(ofSquare("levels-s", 0.9, "late"), ...[0, 1, 2, 3].map((n) => ctf(`levels-m${n}`, 4)));
  await at.settled();
  expect(await keptOf("levels")).toEqual(kept);
});

test("what was taken in together with a result or before it counts by its place, whatever is applied first", async () => {
  await at.request("POST", "/ingest", smallSession("places", 3, 2));
  await send(
    ofHole("places-h0", 0.2),
    ctf("places-m0", 4),
    ofHole("places-h0", 0.9),
    ofSquare("places-s", 0.9),
    ofSquare("places-s", 0.8, "other"),
  );
  await at.settled();
  expect(await keptOf("places")).toEqual({ h0: { model: 0.2 } });
  // A result that waits for its micrograph was told before one that came later and is known first.
  await send(ofHole("places-h2", 0.3));
  await send(ctf("places-m2", 4));
  await eventually(
    () => at.rows("select from inbox where status = 'parked'"),
    (parked) => parked.length === 1,
  );
  await send(ofHole("places-h2", 0.6));
  const image = (name: string) => ({
    micrographs: [
      {
        uuid: `places-${name}`,
        foilhole_uuid: "places-h2",
        foilhole_id: "102",
        micrograph_id: name,
        manifest_file: `FoilHole_102_Data_${name}.xml`,
      },
    ],
  });
  await at.request("POST", "/ingest", image("later"));
  await send(motion("places-later"));
  await eventually(
    () => keptOf("places"),
    (kept) => kept.h2?.model === 0.6,
  );
  await at.request("POST", "/ingest", image("m2"));
  await eventually(
    () => keptOf("places"),
    (kept) => kept.h2?.model === 0.3,
  );
  await at.settled();
});

test("a hole that had results before there were such rows goes by what is said now", async () => {
  await at.request("POST", "/ingest", smallSession("older", 1, 1));
  await at.rows("update micrographs set ctf_max_resolution_estimate = 4 where uuid = 'older-m0'");
  await send(ofHole("older-h0", 0.9), motion("older-m0"));
  await at.settled();
  expect(await keptOf("older")).toEqual({});
});
