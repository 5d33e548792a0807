import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";

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
  expect((await at.request("POST", "/acquisitions", { uuid: "nul", name: "a\u0000b" })).status).toBe(422);
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
