import { afterAll, beforeAll, expect, test } from "vitest";
import { loadGrid } from "../decisions/load.js";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

const send = async (messages: Record<string, unknown>[]): Promise<void> => {
  await at.request("POST", "/events", messages);
  await eventually(
    () => at.rows("select event_type, status, reason from inbox where status = 'ready'"),
    (rows) => rows.length === 0,
  );
};
const prediction = (level: "gridsquare" | "foilhole", uuid: string, value: number, model = "model") => ({
  event_type: `${level}.model_prediction`,
  [`${level}_uuid`]: uuid,
  prediction_model_name: model,
  prediction_value: value,
});
const parameter = (grid: string, key: string, value: number, group = "cluster_indices") => ({
  event_type: "grid.model_parameter_update",
  grid_uuid: grid,
  prediction_model_name: "latent",
  group,
  key,
  value,
});

test("models are listed in the order of their registration", async () => {
  for (const name of ["zeta", "alpha", "mid"])
    expect((await at.request("POST", "/prediction_models", { name, description: `${name} model` })).status).toBe(201);
  const { body } = await at.request("GET", "/prediction_models");
  expect((body as { name: string }[]).map(({ name }) => name)).toEqual(["zeta", "alpha", "mid"]);
  expect((await at.request("PUT", "/prediction_models/mid", { can_train: true })).body).toMatchObject({
    name: "mid",
    can_train: true,
    can_infer: true,
    description: "mid model",
  });
  expect((await at.request("DELETE", "/prediction_models/mid")).status).toBe(204);
  expect((await at.request("GET", "/prediction_models/mid")).status).toBe(404);
});

test("what was predicted of each hole when it was imaged: the newest before, of the hole or else its square; or else the first", async () => {
  const { micrographs, ...others } = smallSession("foreseen", 5, 4);
  await at.request("POST", "/ingest", others);
  const said = async (uuid: string, value: number, level: "gridsquare" | "foilhole" = "foilhole") => {
    await send([prediction(level, `foreseen-${uuid}`, value)]);
    const [now] = await at.rows<{ at: string }>("select clock_timestamp() as at");
    return now?.at;
  };
  const first = await said("s", 0.25, "gridsquare");
  await said("h1", 0.5);
  const second = await said("h1", 0.75);
  await said("h1", 1);
  await said("h2", 0.375);
  await said("h2", 0.625);
  await said("h4", 0.875);
  const takenAt = [first, second, "2020-01-01T00:00:00Z", first];
  await at.request("POST", "/ingest", {
    micrographs: micrographs.map((micrograph, n) => ({ ...micrograph, acquisition_datetime: takenAt[n] })),
  });
  const { body } = await at.request("GET", "/prediction_model/model/grid/foreseen-g/before_imaging");
  // The third was imaged before anything was said; the last has not been imaged.
  expect(body).toEqual({
    foilhole: ["foreseen-h0", "foreseen-h1", "foreseen-h2", "foreseen-h3"],
    value: [0.25, 0.75, 0.375, 0.25],
    before: [true, true, false, true],
  });
  expect((await at.request("GET", "/prediction_model/other/grid/foreseen-g/before_imaging")).body).toEqual({
    foilhole: [],
    value: [],
    before: [],
  });
  expect((await at.request("GET", "/prediction_model/model/grid/none/before_imaging")).status).toBe(404);
});

test("the latest prediction of each square; of each hole where the model predicts holes", async () => {
  await at.request("POST", "/ingest", smallSession("p", 2));
  await send([
    prediction("gridsquare", "p-s", 0.25),
    prediction("gridsquare", "p-s", 0.5),
    prediction("foilhole", "p-h1", 0.75, "holes"),
  ]);
  expect((await at.request("GET", "/prediction_model/model/grid/p-g/prediction")).body).toMatchObject([
    { gridsquare_uuid: "p-s", value: 0.5 },
  ]);
  expect((await at.request("GET", "/prediction_model/holes/grid/p-g/prediction")).body).toMatchObject([
    { gridsquare_uuid: "p-s", foilhole_uuid: "p-h1", value: 0.75 },
  ]);
  expect((await at.request("GET", "/prediction_model/holes/gridsquare/p-s/prediction")).body).toMatchObject([
    { foilhole_uuid: "p-h1", value: 0.75 },
  ]);
  expect((await at.request("GET", "/gridsquares/p-s/quality_predictions")).body).toMatchObject({
    model: [{ value: 0.25 }, { value: 0.5 }],
  });
  expect((await at.request("GET", "/gridsquares/p-s/foilhole_quality_predictions")).body).toMatchObject({
    holes: { "101": [{ value: 0.75, foilhole_uuid: "p-h1" }] },
  });
});

test("groups and predictions of many holes reach each of their holes; a group's prediction may come before the group", async () => {
  await at.request("POST", "/ingest", smallSession("q", 4));
  await at.request("POST", "/events", {
    event_type: "foilhole.group_model_prediction",
    group_uuid: "group-1",
    prediction_model_name: "groups",
    prediction_value: 0.5,
  });
  await send([
    {
      event_type: "foilhole.group_create",
      grid_uuid: "q-g",
      group_uuid: "group-1",
      foilhole_uuids: ["q-h0", "q-h1"],
      name: "first",
    },
    { event_type: "foilhole.group_create", grid_uuid: "q-g", group_uuid: "group-1", foilhole_uuids: ["q-h2"] },
    {
      event_type: "foilhole.model_multi_prediction",
      foilhole_uuids: ["q-h0", "q-h3"],
      prediction_model_name: "multi",
      prediction_value: 0.125,
    },
  ]);
  const series = await eventually(
    async () =>
      (await at.request("GET", "/gridsquares/q-s/foilhole_quality_predictions")).body as Record<
        string,
        Record<string, unknown>
      >,
    (seen) => seen.groups !== undefined,
  );
  expect(Object.keys(series.groups ?? {}).sort()).toEqual(["100", "101", "102"]);
  expect(Object.keys(series.multi ?? {}).sort()).toEqual(["100", "103"]);
  expect(await at.rows("select name from foilhole_groups where uuid = 'group-1'")).toEqual([{ name: "first" }]);
});

test("suggested squares: the best half by prediction and area, narrow ones last, two of a cluster; suggested holes: four", async () => {
  const squares = Array.from({ length: 8 }, (_, n) => ({
    uuid: `sq${n}`,
    grid_uuid: "r-g",
    gridsquare_id: `s${n}`,
    size_width: n === 0 ? 50 : 100,
    size_height: 100,
  }));
  const holes = Array.from({ length: 12 }, (_, n) => ({
    uuid: `ho${n}`,
    gridsquare_uuid: "sq1",
    gridsquare_id: "s1",
    foilhole_id: `h${n}`,
  }));
  await at.request("POST", "/ingest", { ...smallSession("r", 0), gridsquares: squares, foilholes: holes });
  await send([
    ...squares.slice(0, 7).map(({ uuid }, n) => prediction("gridsquare", uuid, 0.9 - n / 10)),
    // The eighth has a cluster but no prediction.
    ...squares.map(({ uuid }, n) => parameter("r-g", uuid, n < 4 ? 0 : 1)),
    ...holes.map(({ uuid }, n) => prediction("foilhole", uuid, 0.9 - n / 20)),
    ...holes.slice(0, 10).map(({ uuid }) => parameter("r-g", uuid, 7)),
    parameter("r-g", "x", 1.5, "coordinates:sq1"),
    parameter("r-g", "y", -2, "coordinates:sq1"),
  ]);
  const suggested = async (path: string): Promise<string[]> =>
    ((await at.request("GET", path)).body as { uuid: string }[]).map(({ uuid }) => uuid);
  expect(await suggested("/grid/r-g/prediction_model/model/latent_rep/latent/suggested_squares")).toEqual([
    "sq1",
    "sq2",
    "sq4",
  ]);
  expect(await suggested("/gridsquares/sq1/prediction_model/model/latent_rep/latent/suggested_holes")).toEqual([
    "ho0",
    "ho1",
    "ho2",
    "ho3",
  ]);
  // What is said of a group is said of its holes, and the youngest word counts.
  await send([
    { event_type: "foilhole.group_create", group_uuid: "ho-group", grid_uuid: "r-g", foilhole_uuids: ["ho9", "ho0"] },
    {
      event_type: "foilhole.group_model_prediction",
      group_uuid: "ho-group",
      prediction_model_name: "model",
      prediction_value: 0.95,
    },
    prediction("foilhole", "ho0", 0.1),
  ]);
  expect(await suggested("/gridsquares/sq1/prediction_model/model/latent_rep/latent/suggested_holes")).toEqual([
    "ho9",
    "ho1",
    "ho2",
    "ho3",
  ]);
  // What EPU lists no longer is no hole to go to.
  expect((await at.request("PUT", "/foilholes/ho9", { state: "Removed" })).status).toBe(200);
  expect(await suggested("/gridsquares/sq1/prediction_model/model/latent_rep/latent/suggested_holes")).not.toContain(
    "ho9",
  );
  // Whoever reads suggestions need not reckon with a status that is not known.
  const { body } = await at.request("GET", "/grid/r-g/prediction_model/model/latent_rep/latent/suggested_squares");
  expect((body as { status: unknown }[]).map(({ status }) => status)).not.toContain(null);
  expect(await suggested("/gridsquares/sq1/prediction_model/none/latent_rep/latent/suggested_holes")).toEqual([]);
  const latent = (await at.request("GET", "/prediction_model/latent/grid/r-g/latent_representation")).body as unknown[];
  expect(latent).toHaveLength(8);
  expect(latent[1]).toEqual({ gridsquare_uuid: "sq1", index: 0, x: 1.5, y: -2 });
});

test("an entity is in a latent space once, whatever metrics its parameters are of and however odd an index is", async () => {
  const squares = ["both", "one", "strange"].map((name) => ({
    uuid: `l-${name}`,
    grid_uuid: "l-g",
    gridsquare_id: name,
  }));
  await at.request("POST", "/ingest", { ...smallSession("l", 0), gridsquares: squares });
  await send([
    { ...parameter("l-g", "l-both", 2), metric: "motioncorrection" },
    parameter("l-g", "l-both", 3),
    { ...parameter("l-g", "l-both", 4), metric: "ctfmaxresolution" },
    parameter("l-g", "x", 1, "coordinates:l-both"),
    { ...parameter("l-g", "x", 9, "coordinates:l-both"), metric: "ctfmaxresolution" },
    { ...parameter("l-g", "l-one", 5), metric: "ctfmaxresolution" },
    parameter("l-g", "l-strange", 1e20),
    parameter("l-g", "y", 1, "coordinates:l-strange"),
  ]);
  await send([{ ...parameter("l-g", "l-one", 6), metric: "motioncorrection" }]);
  const { status, body } = await at.request("GET", "/prediction_model/latent/grid/l-g/latent_representation");
  expect(status).toBe(200);
  expect(body).toEqual([
    // What is said of no metric in particular goes before what is said of one; of several the last.
    { gridsquare_uuid: "l-both", index: 3, x: 1, y: null },
    { gridsquare_uuid: "l-one", index: 6, x: null, y: null },
    { gridsquare_uuid: "l-strange", index: null, x: null, y: 1 },
  ]);
  await send(squares.map(({ uuid }) => prediction("gridsquare", uuid, 0.5, "of-latent")));
  const suggested = await at.request("GET", "/grid/l-g/prediction_model/of-latent/latent_rep/latent/suggested_squares");
  expect((suggested.body as { uuid: string }[]).map(({ uuid }) => uuid)).toEqual(["l-both", "l-one"]);
});

test("predictions that are no probabilities are refused, each with its reason, and nothing else is", async () => {
  await at.request("POST", "/ingest", smallSession("bad", 1));
  const { body } = await at.request("POST", "/events", [
    prediction("foilhole", "bad-h0", 1.5),
    { ...prediction("foilhole", "bad-h0", 0), prediction_value: null },
    prediction("foilhole", "bad-h0", 0.5),
  ]);
  expect(body).toMatchObject({
    accepted: 1,
    rejected: [
      { index: 0, code: "malformed" },
      { index: 1, code: "malformed" },
    ],
  });
  expect(
    (
      await at.request("POST", "/quality_predictions", {
        prediction_model_name: "m",
        value: 7,
        foilhole_uuid: "bad-h0",
      })
    ).status,
  ).toBe(422);
  expect(
    (
      await at.request("POST", "/quality_predictions", {
        prediction_model_name: "model",
        value: 0.7,
        foilhole_uuid: "bad-h0",
      })
    ).body,
  ).toMatchObject({ value: 0.7, foilhole_uuid: "bad-h0" });
});

test("a prediction by a model that is not registered is told which one is missing, and registers none", async () => {
  await at.request("POST", "/ingest", smallSession("typo", 1));
  const predict = () =>
    at.request("POST", "/quality_predictions", {
      prediction_model_name: "resnet5O",
      value: 0.7,
      foilhole_uuid: "typo-h0",
    });
  expect(await predict()).toMatchObject({
    status: 404,
    body: { detail: "Prediction model resnet5O not found", hint: expect.stringContaining("/prediction_models") },
  });
  expect(await at.rows("select from prediction_models where name = 'resnet5O'")).toEqual([]);
  await at.request("POST", "/prediction_models", { name: "resnet5O" });
  expect((await predict()).status).toBe(201);
});

test("registering a grid and a square moves their statuses and is told", async () => {
  await at.request("POST", "/ingest", smallSession("reg", 1));
  expect((await at.request("POST", "/grids/reg-g/registered")).body).toBe(true);
  expect((await at.request("POST", "/gridsquares/reg-s/registered?count=1")).body).toBe(true);
  expect(await at.rows("select payload from events where event_type = 'gridsquare.registered'")).toEqual([
    { payload: { uuid: "reg-s", grid_uuid: "reg-g", count: 1 } },
  ]);
  expect(await at.rows("select payload from events where event_type = 'grid.registered'")).toEqual([
    { payload: { grid_uuid: "reg-g" } },
  ]);
});

test("processing feedback over HTTP is taken in like a message", async () => {
  await at.request("POST", "/ingest", smallSession("fb", 1));
  expect(
    await at.request("POST", "/micrographs/fb-m0/motion_correction/completed", {
      total_motion: 20,
      average_motion: 0.5,
    }),
  ).toMatchObject({ status: 202, body: { published: true } });
  expect((await at.request("POST", "/micrographs/fb-m0/ctf_estimation/completed", { ctf_max_res: 4 })).status).toBe(
    202,
  );
  expect(
    (
      await at.request("POST", "/micrographs/fb-m0/motion_correction/completed", {
        total_motion: -1,
        average_motion: 0,
      })
    ).status,
  ).toBe(422);
  expect((await at.request("POST", "/micrographs/none/ctf_estimation/completed", { ctf_max_res: 4 })).status).toBe(404);
  expect((await at.request("POST", "/micrographs/fb-m0/ctf_estimation/registered", { quality: true })).status).toBe(
    202,
  );
  await eventually(
    async () => (await at.request("GET", "/micrographs/fb-m0")).body as Record<string, unknown>,
    (seen) => seen.total_motion === 20 && seen.ctf_max_resolution_estimate === 4,
  );
});

test("what was predicted of a metric when holes were imaged is told by itself; with a result, what had been taken in before it", async () => {
  await at.request("POST", "/ingest", smallSession("metrics", 2, 2));
  const foreseen = async (query = "") =>
    (await at.request("GET", `/prediction_model/model/grid/metrics-g/before_imaging${query}`)).body;
  const of = (hole: number, prediction_value: number, metric?: string) => ({
    ...prediction("foilhole", `metrics-h${hole}`, prediction_value),
    metric,
  });
  await send([of(0, 0.9, "ctfmaxresolution"), of(0, 0.2, "numparticles"), of(0, 0.5)]);
  await at.settled();
  await send(
    [0, 1].map((n) => ({
      event_type: "ctf.completed",
      micrograph_uuid: `metrics-m${n}`,
      ctf_max_resolution_estimate: 4,
    })),
  );
  await at.settled();
  await send([of(0, 0.1, "ctfmaxresolution"), of(0, 0.8, "numparticles"), of(1, 0.7, "numparticles")]);
  await at.settled();
  const hole = { foilhole: ["metrics-h0"], before: [true] };
  expect(await foreseen()).toEqual({ ...hole, value: [0.5] });
  expect(await foreseen("?metric=ctfmaxresolution")).toEqual({ ...hole, value: [0.9] });
  expect(await foreseen("?metric=numparticles")).toEqual({
    foilhole: ["metrics-h0", "metrics-h1"],
    before: [true, false],
    value: [0.2, 0.7],
  });
});

test("groups of look-alikes are each model's own, whatever their index", async () => {
  await at.request("POST", "/ingest", smallSession("alike", 5, 0));
  const of = (hole: number, value: number, prediction_model_name: string) => ({
    ...parameter("alike-g", `alike-h${hole}`, value),
    prediction_model_name,
  });
  await send([of(0, 0, "one"), of(1, 0, "one"), of(2, 0, "two"), of(3, 1, "one"), of(4, 0, "one"), of(4, -1, "two")]);
  await at.settled();
  const groups = (await loadGrid(at.backend.pool, "alike-g"))?.latentClusters;
  const [first, second, third, fourth, last] = [0, 1, 2, 3, 4].map((n) => groups?.get(`alike-h${n}`));
  expect(second).toBe(first);
  expect(new Set([first, third, fourth]).size).toBe(3);
  expect(last).toBe(-1);
});

test("a model that is deleted, or that may not predict, counts in no plan until it does again", async () => {
  await at.request("POST", "/ingest", smallSession("out", 4, 0));
  await at.request(
    "POST",
    "/events",
    ["wild", "tame"].map((prediction_model_name) => ({
      event_type: "gridsquare.model_prediction",
      gridsquare_uuid: "out-s",
      prediction_model_name,
      prediction_value: 0.7,
    })),
  );
  const counted = async (): Promise<string[]> => {
    await at.settled();
    const { body } = await at.request("GET", "/grids/out-g/plan");
    return (body as { decision: { summary: { models: { name: string }[] } } }).decision.summary.models.map(
      ({ name }) => name,
    );
  };
  expect(await counted()).toEqual(["tame", "wild"]);
  expect((await at.request("PUT", "/prediction_models/tame", { can_infer: false })).status).toBe(200);
  expect(await counted()).toEqual(["wild"]);
  await at.request("PUT", "/prediction_models/tame", { can_infer: true });
  expect(await counted()).toEqual(["tame", "wild"]);
  expect((await at.request("DELETE", "/prediction_models/wild")).status).toBe(204);
  expect(await counted()).toEqual(["tame"]);
  expect((await at.request("POST", "/prediction_models", { name: "wild" })).status).toBe(201);
  expect(await counted()).toEqual(["tame", "wild"]);
});
