import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { followEvents } from "../testing/sse-for-tests.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

/** Two grids, one with an atlas, its tile, two squares and holes with micrographs, known under other uuids too; and another acquisition. */
async function store(prefix: string): Promise<void> {
  const { gridsquares, ...session } = smallSession(prefix, 3);
  const other = smallSession(`${prefix}-other`, 2);
  await at.request("POST", "/ingest", {
    ...session,
    grids: [...session.grids, { uuid: `${prefix}-g2`, acquisition_uuid: `${prefix}-a`, name: "second" }],
    atlases: [{ uuid: `${prefix}-atlas`, grid_uuid: `${prefix}-g`, name: "atlas" }],
    atlas_tiles: [{ uuid: `${prefix}-tile`, atlas_uuid: `${prefix}-atlas`, tile_id: "1" }],
    gridsquares: [
      ...gridsquares,
      { uuid: `${prefix}-low`, grid_uuid: `${prefix}-g`, gridsquare_id: "2", lowmag: true },
    ],
  });
  await at.request("POST", "/ingest", other);
  await at.request("POST", "/ingest", {
    foilholes: [{ uuid: `${prefix}-alias`, gridsquare_uuid: `${prefix}-s`, gridsquare_id: "1", foilhole_id: "100" }],
  });
  await at.request("POST", `/gridsquares/${prefix}-s/registered?count=3`);
  await at.request("POST", "/quality_predictions", {
    prediction_model_name: "resnet",
    foilhole_uuid: `${prefix}-h0`,
    value: 0.5,
  });
  await at.request("POST", "/events", {
    ...{ event_type: "foilhole.group_create", grid_uuid: `${prefix}-g`, group_uuid: `${prefix}-group` },
    foilhole_uuids: [`${prefix}-h0`],
  });
  await at.request("POST", "/events", {
    ...{ event_type: "foilhole.group_model_prediction", group_uuid: `${prefix}-group` },
    ...{ prediction_model_name: "resnet", prediction_value: 0.7 },
  });
  for (const path of [`/gridsquares/${prefix}-s`, `/foilholes/${prefix}-h0`])
    expect((await at.request("PUT", `${path}/choice`, { choice: "locked" })).status).toBe(200);
  await at.settled();
}

const deletions = async (prefix: string) =>
  (
    await at.rows<{ told: string; acquisition_uuid: string; payload: unknown }>(
      `select event_type || ' ' || (payload ->> 'uuid') as told, acquisition_uuid, payload from events
       where event_type like '%.deleted' and starts_with(payload ->> 'uuid', $1) order by id`,
      [`${prefix}-`],
    )
  ).map(({ told, acquisition_uuid }) => {
    expect(acquisition_uuid).toBe(`${prefix}-a`);
    return told.replace(`${prefix}-`, "");
  });

const BELOW_SQUARE = [..."012"].flatMap((n) => [`foilhole.deleted h${n}`, `micrograph.deleted m${n}`]);

test.each([
  {
    path: "/acquisitions/",
    name: "a",
    deleted: [
      "acquisition.deleted a",
      "grid.deleted g",
      "grid.deleted g2",
      "atlas.deleted atlas",
      "atlas_tile.deleted tile",
      "gridsquare.deleted s",
      "gridsquare_lowmag.deleted low",
      ...BELOW_SQUARE,
    ],
  },
  {
    path: "/grids/",
    name: "g",
    deleted: [
      "grid.deleted g",
      "atlas.deleted atlas",
      "atlas_tile.deleted tile",
      "gridsquare.deleted s",
      "gridsquare_lowmag.deleted low",
      ...BELOW_SQUARE,
    ],
  },
  { path: "/atlases/", name: "atlas", deleted: ["atlas.deleted atlas", "atlas_tile.deleted tile"] },
  { path: "/gridsquares/", name: "s", deleted: ["gridsquare.deleted s", ...BELOW_SQUARE] },
  { path: "/gridsquares/", name: "low", deleted: ["gridsquare_lowmag.deleted low"] },
  { path: "/foilholes/", name: "alias", deleted: ["foilhole.deleted h0", "micrograph.deleted m0"] },
  { path: "/micrographs/", name: "m1", deleted: ["micrograph.deleted m1"] },
])("deleting $path$name tells of everything below it, and leaves nothing of it", async ({ path, name, deleted }) => {
  const prefix = `del${path.slice(1, 5)}${name}`;
  await store(prefix);
  expect((await at.request("DELETE", `${path}${prefix}-${name}`)).status).toBe(204);
  const told = await deletions(prefix);
  expect([...told].sort()).toEqual([...deleted].sort());
  // The entity itself first.
  expect(told[0]).toBe(deleted[0]);
  const gone = told.map((one) => `${prefix}-${one.split(" ")[1]}`);
  for (const [table, column] of [
    ["entity_aliases", "uuid"],
    ["current_predictions", "entity_uuid"],
    ["registrations", "entity_uuid"],
    ["operator_choices", "entity_uuid"],
    ["foilholes", "uuid"],
    ["micrographs", "uuid"],
  ]) {
    expect(await at.rows(`select 1 from ${table} where ${column} = any($1)`, [gone]), table).toEqual([]);
  }
  const groups = await at.rows("select 1 from current_predictions where entity_uuid = $1", [`${prefix}-group`]);
  expect(groups).toHaveLength(told.includes("grid.deleted g") ? 0 : 1);
  expect((await at.request("DELETE", `${path}${prefix}-${name}`)).status).toBe(404);
});

test("squares are told of one by one, as who sends them says at which magnification they are seen", async () => {
  const square = (n: number, lowmag?: boolean) => ({
    uuid: `mag-s${n}`,
    grid_uuid: "mag-g",
    gridsquare_id: `${n}`,
    ...(lowmag === undefined ? {} : { lowmag }),
  });
  const { acquisitions, grids } = smallSession("mag", 0);
  await at.request("POST", "/ingest", {
    acquisitions,
    grids,
    gridsquares: [square(1, true), square(2, false), square(3)],
  });
  await at.request("POST", "/grids/mag-g/gridsquares/batch", { gridsquares: [square(4, true), square(5)] });
  await at.request("POST", "/ingest", { gridsquares: [{ ...square(1, false), defocus: 1e-6 }] });
  // The atlas, read again: no news of the square at its own magnification.
  await at.request("POST", "/ingest", { gridsquares: [{ ...square(1, true), rotation: 3 }] });
  await at.request("PUT", "/gridsquares/mag-s4", { lowmag: true, rotation: 1 });
  await at.request("DELETE", "/gridsquares/mag-s1");
  await at.request("DELETE", "/gridsquares/mag-s4");
  const told = await at.rows<{ told: string }>(
    `select event_type || ' ' || (payload ->> 'uuid') as told from events
     where event_type like 'gridsquare%' and payload ->> 'uuid' like 'mag-s%' order by id`,
  );
  expect(told.map((row) => row.told)).toEqual([
    "gridsquare_lowmag.created mag-s1",
    "gridsquare.created mag-s2",
    "gridsquare.created mag-s3",
    "gridsquare_lowmag.created mag-s4",
    "gridsquare.created mag-s5",
    "gridsquare.updated mag-s1",
    "gridsquare_lowmag.updated mag-s1",
    "gridsquare_lowmag.updated mag-s4",
    "gridsquare.deleted mag-s1",
    "gridsquare_lowmag.deleted mag-s4",
  ]);
});

test("progress is told after squares of the atlas have come and after something was deleted", async () => {
  await at.request("POST", "/ingest", smallSession("prog", 2));
  const heard: Record<string, unknown>[] = [];
  const stream = followEvents(
    `${at.url}/frontend/events/stream?acquisition_uuid=prog-a&event_types=acquisition.progress,heartbeat`,
    (event, data) => heard.push(event === "heartbeat" ? { heartbeat: true } : (data as Record<string, unknown>)),
  );
  const told = (counts: Record<string, number>) =>
    eventually(
      () => heard.at(-1),
      (last) => Object.entries(counts).every(([name, n]) => last?.[name] === n),
    );
  await eventually(
    () => heard.length,
    (n) => n > 0,
  );
  await at.request("POST", "/ingest", {
    gridsquares: [{ uuid: "prog-low", grid_uuid: "prog-g", gridsquare_id: "2", lowmag: true }],
  });
  await told({ gridsquare_count: 2, foilhole_count: 2, micrograph_count: 2 });
  await at.request("DELETE", "/gridsquares/prog-low");
  await told({ gridsquare_count: 1 });
  await at.request("DELETE", "/micrographs/prog-m0");
  await told({ micrograph_count: 1, foilhole_count: 2 });
  await stream.close();
});
