import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, eventually, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

let at: BackendForTests;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

type Session = ReturnType<typeof smallSession>;
type Key = keyof Session;

/** Every stored entity of a session, without what depends on when it came: decisions move a square's status at their own time. */
async function stored(prefix: string): Promise<unknown> {
  return at.rows(
    `select to_jsonb(x) - 'seq' as row from (
       select 'square' as kind, to_jsonb(s) - 'seq' - 'status' as body from gridsquares s where s.grid_uuid like $1
       union all select 'hole', to_jsonb(h) - 'seq' from foilholes h where h.gridsquare_uuid like $1
       union all select 'micrograph', to_jsonb(m) - 'seq' from micrographs m where m.foilhole_uuid like $1) x
     order by 1`,
    [`${prefix}-%`],
  );
}

test("a request whose client has left stores nothing: what is sent again may be newer", async () => {
  const { pool } = at.backend;
  await at.request("POST", "/ingest", smallSession("left", 1));
  const holding = await pool.connect();
  await holding.query("begin");
  await holding.query("select from foilholes where uuid = 'left-h0' for update");
  const waiting = async (): Promise<number> =>
    (await at.rows("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"))
      .length;
  const hole = { uuid: "left-h0", gridsquare_uuid: "left-s", gridsquare_id: "1", foilhole_id: "100" };
  const leaving = new AbortController();
  const older = fetch(`${at.url}/ingest`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ foilholes: [{ ...hole, quality: 0.25 }] }),
    signal: leaving.signal,
  });
  await eventually(waiting, (n) => n === 1);
  leaving.abort();
  await expect(older).rejects.toThrow();
  const newer = at.request("POST", "/ingest", { foilholes: [{ ...hole, quality: 0.75 }] });
  await eventually(waiting, (n) => n === 2);
  await holding.query("commit");
  holding.release();
  expect((await newer).body).toMatchObject({ updated: 1 });
  await eventually(waiting, (n) => n === 0);
  expect(await at.rows("select quality from foilholes where uuid = 'left-h0'")).toEqual([{ quality: 0.75 }]);
  // The one that was left did not count, in whichever order they got their turn.
  expect(
    await at.rows("select from events where event_type = 'foilhole.updated' and payload ->> 'uuid' = 'left-h0'"),
  ).toHaveLength(2);
});

test("however a session is cut into requests, repeated and ordered, the rows are the same and nothing is doubled", async () => {
  let run = 0;
  const reference = smallSession("reference", 6);
  await at.request("POST", "/ingest", reference);
  const expected = JSON.stringify(await stored("reference"));
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(1_000_000)), async (random) => {
      const next = (limit: number): number => (random.next().value as number) % limit;
      run += 1;
      const prefix = `p${run}x`;
      const session = smallSession(prefix, 6);
      const pieces = (Object.keys(session) as Key[]).flatMap((key) => session[key].map((entity) => ({ key, entity })));
      let waiting: typeof pieces = [...pieces, ...pieces.filter(() => next(4) === 0)];
      for (let i = waiting.length - 1; i > 0; i--) {
        const j = next(i + 1);
        [waiting[i], waiting[j]] = [waiting[j]!, waiting[i]!];
      }
      // As an agent does: what was rejected for want of its parent is sent again.
      for (let round = 0; waiting.length > 0 && round < 100; round++) {
        const some = waiting.splice(0, 1 + next(12));
        const body: Record<string, unknown[]> = {};
        for (const { key, entity } of some) body[key] = [...(body[key] ?? []), entity];
        const { status, body: answer } = await at.request("POST", "/ingest", body);
        expect(status).toBe(200);
        const rejected = new Set((answer as { rejected: { uuid: string }[] }).rejected.map(({ uuid }) => uuid));
        waiting = [...waiting, ...some.filter(({ entity }) => rejected.has(entity.uuid))];
      }
      expect(waiting).toEqual([]);
      const rows = JSON.stringify(await stored(prefix))
        .replaceAll(`${prefix}-`, "reference-")
        .replaceAll(`unique-${prefix}`, "unique-reference");
      expect(rows).toBe(expected.replaceAll("unique-reference-", "unique-reference-"));
    }),
    { numRuns: 15 },
  );
});

test("the same square and hole under other uuids are the same entities, and their uuids serve as aliases everywhere", async () => {
  const session = smallSession("alias", 1);
  await at.request("POST", "/ingest", session);
  const square = await at.request("POST", "/grids/alias-g/gridsquares", {
    uuid: "alias-s-2",
    grid_uuid: "alias-g",
    gridsquare_id: "1",
    center_x: 7,
  });
  expect(square.status).toBe(201);
  expect(square.body).toMatchObject({ uuid: "alias-s", center_x: 7 });
  const holes = await at.request("POST", "/gridsquares/alias-s-2/foilholes", [
    { uuid: "alias-h-2", foilhole_id: "100", gridsquare_id: "1", gridsquare_uuid: "alias-s-2", quality: 0.5 },
    { uuid: "alias-h-3", foilhole_id: "900", gridsquare_id: "1", gridsquare_uuid: "alias-s-2" },
  ]);
  expect(holes.status).toBe(201);
  expect(holes.body).toMatchObject([{ uuid: "alias-h0", quality: 0.5, x_stage_position: 0 }, { uuid: "alias-h-3" }]);
  expect((await at.request("GET", "/foilholes/alias-h-2")).body).toMatchObject({
    uuid: "alias-h0",
    gridsquare_uuid: "alias-s",
  });
  expect((await at.request("GET", "/gridsquares/alias-s-2/foilholes")).body).toHaveLength(2);
  expect((await at.request("GET", "/foilholes?gridsquare_uuid=alias-s-2")).body).toHaveLength(2);
  await at.request("POST", "/grids/alias-g/atlas", {
    ...{ uuid: "alias-at", atlas_id: "1", grid_uuid: "alias-g", name: "atlas", storage_folder: "" },
    tiles: [{ uuid: "alias-t", atlas_uuid: "alias-at", tile_id: "1" }],
  });
  const position = { center_x: 1, center_y: 2, size_width: 3, size_height: 4 };
  const linked = { ...position, atlastile_uuid: "alias-t", gridsquare_uuid: "alias-s" };
  expect(await at.request("POST", "/atlas-tiles/alias-t/gridsquares/alias-s-2", position)).toMatchObject({
    status: 201,
    body: linked,
  });
  const several = [{ ...position, gridsquare_uuid: "alias-s-2" }];
  expect((await at.request("POST", "/atlas-tiles/alias-t/gridsquares", several)).body).toEqual([linked]);
  const micrograph = await at.request("POST", "/foilholes/alias-h-2/micrographs", {
    uuid: "alias-m-2",
    foilhole_id: "100",
    manifest_file: "/mnt/elsewhere/FoilHole_100_Data_1_1_20260101_080000.xml",
  });
  expect(micrograph.body).toMatchObject({ uuid: "alias-m0", micrograph_id: "unique-alias-0" });
});

test("a request that leaves fields out, or gives their defaults, takes nothing back", async () => {
  await at.request("POST", "/ingest", smallSession("keep", 1));
  await at.request("PUT", "/micrographs/keep-m0", { status: "ctf completed", defocus: -1.5e-6 });
  await at.request("PUT", "/foilholes/keep-h0", { is_near_grid_bar: true });
  await at.request("POST", "/foilholes/keep-h0/micrographs", {
    uuid: "keep-m0",
    foilhole_id: "100",
    status: "none",
    defocus: null,
  });
  await at.request("POST", "/gridsquares/keep-s/foilholes", [
    { uuid: "keep-h0", foilhole_id: "100", gridsquare_id: "1", gridsquare_uuid: "keep-s", is_near_grid_bar: false },
  ]);
  expect((await at.request("GET", "/micrographs/keep-m0")).body).toMatchObject({
    status: "ctf completed",
    defocus: -1.5e-6,
  });
  expect((await at.request("GET", "/foilholes/keep-h0")).body).toMatchObject({
    is_near_grid_bar: true,
    x_stage_position: 0,
  });
  // The agent leaves out what it does not know: EPU no longer calls this one near a bar.
  const foilholes = [{ uuid: "keep-h0", foilhole_id: "100", gridsquare_id: "1", gridsquare_uuid: "keep-s" }];
  await at.request("POST", "/ingest", { foilholes });
  expect((await at.request("GET", "/foilholes/keep-h0")).body).toMatchObject({ is_near_grid_bar: true });
  const { body } = await at.request("POST", "/ingest", {
    foilholes: foilholes.map((hole) => ({ ...hole, is_near_grid_bar: false })),
  });
  expect(body).toMatchObject({ updated: 1 });
  expect((await at.request("GET", "/foilholes/keep-h0")).body).toMatchObject({ is_near_grid_bar: false });
  await at.request("PUT", "/micrographs/keep-m0", { defocus: null });
  expect((await at.request("GET", "/micrographs/keep-m0")).body).toMatchObject({ defocus: null });
});

test("the same square number in two grids is two squares", async () => {
  await at.request("POST", "/ingest", smallSession("one", 1));
  await at.request("POST", "/ingest", smallSession("two", 1));
  expect((await at.request("GET", "/grids/one-g/gridsquares")).body).toMatchObject([
    { uuid: "one-s", gridsquare_id: "1" },
  ]);
  expect((await at.request("GET", "/grids/two-g/gridsquares")).body).toMatchObject([
    { uuid: "two-s", gridsquare_id: "1" },
  ]);
});

test("an entity without its parent is named, and everything else of the request is stored", async () => {
  const session = smallSession("orphan", 2);
  const [lonely, ...others] = session.micrographs;
  const { status, body } = await at.request("POST", "/ingest", {
    ...session,
    micrographs: [{ ...lonely, foilhole_uuid: "nowhere" }, ...others],
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({ rejected: [{ entity: "micrograph", uuid: "orphan-m0", code: "parent_missing" }] });
  expect((await at.request("GET", "/micrographs/orphan-m1")).status).toBe(200);
});

test("a missing parent is 404 with its name; a malformed body is 422 in the known shape; bad JSON is 422", async () => {
  const missing = await at.request("POST", "/acquisitions/none/grids", {
    uuid: "x",
    acquisition_uuid: "none",
    name: "x",
  });
  expect(missing).toMatchObject({ status: 404, body: { detail: "Acquisition none not found" } });
  const malformed = await at.request("POST", "/acquisitions", { name: 5, start_time: "soon" });
  expect(malformed.status).toBe(422);
  expect(malformed.body).toMatchObject({
    detail: expect.arrayContaining([
      { loc: ["body", "uuid"], msg: "Field required", type: "missing" },
      expect.objectContaining({ loc: ["body", "start_time"] }),
    ]),
  });
  const response = await fetch(`${at.url}/acquisitions`, {
    method: "POST",
    body: "{",
    headers: { "content-type": "application/json" },
  });
  expect(response.status).toBe(422);
  expect((await at.request("GET", "/acquisitions?limit=-1")).status).toBe(422);
  expect(await at.request("POST", "/acquisitions", { uuid: "nul", name: "a\u0000b" })).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ["body"], type: "value_error" }] },
  });
});

test("numbers that JavaScript takes for infinite are refused, and what was measured stays", async () => {
  await at.request("POST", "/ingest", smallSession("finite", 1));
  const send = async (path: string, body: string) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${at.url}${path}`, { method: "POST", body, headers });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  const measured = { event_type: "ctf.completed", micrograph_uuid: "finite-m0", ctf_max_resolution_estimate: 3.5 };
  expect((await send("/events", JSON.stringify(measured))).status).toBe(202);
  await at.settled();
  expect(await send("/events", JSON.stringify(measured).replace("3.5", "1e400"))).toMatchObject({
    body: {
      accepted: 0,
      rejected: [{ code: "malformed", message: expect.stringContaining("ctf_max_resolution_estimate") }],
    },
  });
  expect(await send("/micrographs/finite-m0/ctf_estimation/completed", '{"ctf_max_res":1e400}')).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ["body", "ctf_max_res"] }] },
  });
  expect(
    await send("/micrographs/finite-m0/motion_correction/completed", '{"total_motion":-3,"average_motion":1}'),
  ).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ["body", "total_motion"] }] },
  });
  const square = '{"uuid":"finite-s2","gridsquare_id":"2","physical_x":-1e999}';
  expect((await send("/grids/finite-g/gridsquares", square)).status).toBe(422);
  const counted = {
    event_type: "particle_picking.completed",
    micrograph_uuid: "finite-m0",
    number_of_particles_picked: 2 ** 31,
  };
  expect(await send("/events", JSON.stringify(counted))).toMatchObject({ body: { accepted: 0 } });
  await at.settled();
  expect((await at.request("GET", "/micrographs/finite-m0")).body).toMatchObject({
    ctf_max_resolution_estimate: 3.5,
    number_of_particles_picked: null,
  });
});

test("a micrograph is one whether or not its manifest is told, in one request or in several", async () => {
  await at.request("POST", "/ingest", smallSession("once", 3, 0));
  const micrograph = (hole: number, uuid: string, more = {}) => ({
    uuid,
    foilhole_uuid: `once-h${hole}`,
    foilhole_id: String(100 + hole),
    micrograph_id: `id-${hole}`,
    ...more,
  });
  const manifest_file = "D:\\EPU\\FoilHole_100_Data_1_2_20260101_080000.xml";
  const post = (hole: number, body: unknown) => at.request("POST", `/foilholes/once-h${hole}/micrographs`, body);
  expect(await post(0, micrograph(0, "once-bare"))).toMatchObject({ status: 201 });
  expect(await post(0, micrograph(0, "once-named", { manifest_file }))).toMatchObject({
    status: 201,
    body: { uuid: "once-bare", manifest_file },
  });
  expect(await post(0, micrograph(0, "once-again", { defocus: 1.5 }))).toMatchObject({
    body: { uuid: "once-bare", manifest_file, defocus: 1.5 },
  });
  const both = [micrograph(1, "once-both-bare", { defocus: 2.5 }), micrograph(1, "once-both", { manifest_file })];
  for (const [hole, order] of [
    [1, both],
    [2, both.toReversed().map((one) => ({ ...one, ...micrograph(2, `${one.uuid}-2`) }))],
  ] as const) {
    expect(await at.request("POST", "/ingest", { micrographs: order })).toMatchObject({ body: { rejected: [] } });
    const { body } = await at.request("GET", `/foilholes/once-h${hole}/micrographs`);
    expect(body).toMatchObject([{ manifest_file, defocus: 2.5 }]);
  }
  // Two manifests are two images, whatever EPU's ids say.
  const other = micrograph(0, "once-other", { manifest_file: manifest_file.replace("080000", "080100") });
  expect(await post(0, other)).toMatchObject({ body: { uuid: "once-other" } });
});

test("an atlas brings its tiles along to /ingest as well", async () => {
  const tile = (uuid: string) => ({ uuid, atlas_uuid: "other", tile_id: uuid, position_x: 1, position_y: 2 });
  const { body } = await at.request("POST", "/ingest", {
    ...smallSession("brought", 0),
    atlases: [
      {
        uuid: "brought-atlas",
        grid_uuid: "brought-g",
        atlas_id: "1",
        name: "atlas",
        tiles: [tile("brought-t1"), tile("brought-t2")],
      },
    ],
  });
  expect(body).toMatchObject({ rejected: [] });
  const { body: tiles } = await at.request("GET", "/atlases/brought-atlas/tiles");
  expect(tiles).toMatchObject([
    { uuid: "brought-t1", atlas_uuid: "brought-atlas" },
    { uuid: "brought-t2", atlas_uuid: "brought-atlas" },
  ]);
});

test.each([3_000, 12_000])(
  "an id of %i characters, by which nothing could be found, is refused by its name",
  async (length) => {
    const { acquisitions, grids, gridsquares, foilholes } = smallSession(`long${length}`, 1);
    await at.request("POST", "/ingest", { acquisitions, grids, gridsquares, foilholes });
    const [hole] = foilholes;
    const micrograph = (id: string) => ({
      uuid: `long${length}-m`,
      foilhole_uuid: hole?.uuid,
      foilhole_id: hole?.foilhole_id,
      micrograph_id: id,
    });
    // Nothing that could be packed.
    const id = randomBytes(length).toString("base64url").slice(0, length);
    const answer = await at.request("POST", "/ingest", { micrographs: [micrograph(id)] });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ detail: [{ loc: ["body"], msg: expect.stringContaining("too long") }] });
    expect((await at.request("POST", "/ingest", { micrographs: [micrograph("short")] })).status).toBe(200);
  },
);

test("an update that gives null for a parent or a required field leaves it", async () => {
  await at.request("POST", "/ingest", smallSession("kept", 1));
  // Until nothing changes by itself any more.
  await at.settled();
  for (const [path, body] of [
    ["/micrographs/kept-m0", { foilhole_uuid: null, foilhole_id: null, defocus: 1.5 }],
    ["/foilholes/kept-h0", { gridsquare_uuid: null, foilhole_id: null, quality: 0.5 }],
    ["/gridsquares/kept-s", { grid_uuid: null, gridsquare_id: null, defocus: 1.5 }],
    ["/grids/kept-g", { acquisition_uuid: null, name: null, atlas_dir: "d" }],
  ] as const) {
    const before = (await at.request("GET", path)).body as Record<string, unknown>;
    const { status, body: after } = await at.request("PUT", path, body);
    expect(status, path).toBe(200);
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
    expect(after).toMatchObject({ ...before, ...given });
  }
});

test("a request that says it is JSON and has no body is one without a body", async () => {
  await at.request("POST", "/ingest", smallSession("empty", 1));
  const send = (method: string, path: string) =>
    fetch(`${at.url}${path}`, { method, headers: { "content-type": "application/json" } });
  expect((await send("POST", "/gridsquares/empty-s/registered")).status).toBeLessThan(300);
  expect((await send("POST", "/grids/empty-g/registered")).status).toBeLessThan(300);
  expect((await send("DELETE", "/gridsquares/empty-s")).status).toBe(204);
  const missing = await send("POST", "/acquisitions");
  expect(missing.status).toBe(422);
  expect(await missing.json()).toMatchObject({ detail: [{ loc: ["body"] }] });
});

test("an atlas is stored with its tiles or not at all", async () => {
  await at.request("POST", "/ingest", smallSession("tiled", 1));
  const tile = (uuid: string, more = {}) => ({
    uuid,
    atlas_uuid: "tiled-atlas",
    tile_id: uuid,
    position_x: 1,
    position_y: 2,
    ...more,
  });
  const atlas = (tiles: unknown) => ({
    uuid: "tiled-atlas",
    grid_uuid: "tiled-g",
    atlas_id: "1",
    name: "atlas",
    tiles,
  });
  const bad = await at.request(
    "POST",
    "/grids/tiled-g/atlas",
    atlas([tile("tiled-t1"), tile("tiled-t2", { tile_id: "a\u0000" })]),
  );
  expect(bad.status).toBe(422);
  expect((await at.request("GET", "/atlases/tiled-atlas")).status).toBe(404);
  const good = await at.request("POST", "/grids/tiled-g/atlas", atlas([tile("tiled-t1"), tile("tiled-t2")]));
  expect(good).toMatchObject({
    status: 201,
    body: { uuid: "tiled-atlas", tiles: [{ uuid: "tiled-t1" }, { uuid: "tiled-t2" }] },
  });
  expect((await at.request("GET", "/atlases?grid_uuid=tiled-g")).body).toEqual([good.body]);
  expect((await at.request("GET", "/atlases/tiled-atlas")).body).toEqual(good.body);
  expect((await at.request("PUT", "/atlases/tiled-atlas", { description: "whole" })).body).toEqual({
    ...(good.body as object),
    description: "whole",
  });
});

test("lists are in order of creation, filtered, paged and counted", async () => {
  for (const n of [3, 1, 2])
    await at.request("POST", "/acquisitions", {
      uuid: `list-${n}`,
      name: "listed",
      status: n === 1 ? "completed" : "started",
    });
  const all = await at.request("GET", "/acquisitions?name=listed");
  expect((all.body as { uuid: string }[]).map(({ uuid }) => uuid)).toEqual(["list-3", "list-1", "list-2"]);
  expect(all.headers.get("x-total-count")).toBe("3");
  const page = await at.request("GET", "/acquisitions?name=listed&limit=1&offset=1");
  expect(page.body).toMatchObject([{ uuid: "list-1" }]);
  expect(page.headers.get("x-total-count")).toBe("3");
  expect((await at.request("GET", "/acquisitions?name=listed&status=completed")).body).toHaveLength(1);
});

test("deleting an acquisition takes all that hangs on it, and tells of it", async () => {
  await at.request("POST", "/ingest", smallSession("gone", 3));
  expect((await at.request("DELETE", "/acquisitions/gone-a")).status).toBe(204);
  expect((await at.request("GET", "/micrographs/gone-m0")).status).toBe(404);
  expect((await at.request("DELETE", "/acquisitions/gone-a")).status).toBe(404);
  expect(
    await at.rows("select 1 from events where event_type = 'acquisition.deleted' and payload ->> 'uuid' = 'gone-a'"),
  ).toHaveLength(1);
});

test("an answer's times have an offset, whatever the request's had", async () => {
  await at.request("POST", "/acquisitions", {
    uuid: "time",
    start_time: "2026-03-01T10:00:00",
    end_time: "2026-03-01T12:00:00.1234567+01:00",
  });
  expect((await at.request("GET", "/acquisitions/time")).body).toMatchObject({
    start_time: "2026-03-01T10:00:00+00:00",
    end_time: "2026-03-01T11:00:00.123457+00:00",
  });
});

test("keys that nobody knows are left alone, whatever stands under them", async () => {
  const answer = await at.request("POST", "/ingest", { ...smallSession("keys", 1), later: null, more: 7 });
  expect(answer).toMatchObject({ status: 200, body: { created: 5, rejected: [] } });
});
