import { REMOVED } from "@smartem/common/states";
import { runs } from "@smartem/common/testing/runs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, smallSession, startBackendForTests } from "../testing/backend-for-tests.js";
import { sumUpCounts } from "./counts.js";

let at: BackendForTests;
let run = 0;
beforeAll(async () => {
  at = await startBackendForTests();
});
afterAll(() => at.stop());

const SQUARES = 3;
const HOLES = 4;
const MICROGRAPHS = 5;
/** One of them that EPU lists no longer. */
const REMOVED_HOLE = 3;
const square = fc.nat(SQUARES - 1);
const hole = fc.nat(HOLES - 1);
const micrograph = fc.nat(MICROGRAPHS - 1);

/** What clients do to what is counted. */
type Step =
  | {
      readonly does: "ingest";
      readonly holes: readonly [number, number][];
      readonly micrographs: readonly [number, number][];
    }
  | { readonly does: "move hole"; readonly hole: number; readonly to: number }
  | { readonly does: "move micrograph"; readonly micrograph: number; readonly to: number }
  | { readonly does: "delete"; readonly what: "gridsquares" | "foilholes" | "micrographs"; readonly which: number }
  | { readonly does: "sum up" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant("ingest" as const),
      holes: fc.array(fc.tuple(hole, square), { maxLength: 4 }),
      micrographs: fc.array(fc.tuple(micrograph, hole), { maxLength: 6 }),
    }),
  },
  fc.record({ does: fc.constant("move hole" as const), hole, to: square }),
  fc.record({ does: fc.constant("move micrograph" as const), micrograph, to: hole }),
  fc.record({
    does: fc.constant("delete" as const),
    what: fc.constantFrom("gridsquares" as const, "foilholes" as const, "micrographs" as const),
    which: fc.nat(MICROGRAPHS - 1),
  }),
  fc.record({ does: fc.constant("sum up" as const) }),
);

test("counts are what counting gives, whatever is added, moved and deleted, several at a time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 5 }), async (rounds) => {
      const id = (kind: string, n: number | string = ""): string => `count${run}-${kind}${n}`;
      run += 1;
      const squares = Array.from({ length: SQUARES }, (_, n) => ({
        uuid: id("s", n),
        grid_uuid: id("g"),
        gridsquare_id: String(n),
      }));
      const base = {
        acquisitions: [{ uuid: id("a"), name: id("a") }],
        grids: [{ uuid: id("g"), acquisition_uuid: id("a"), name: "grid" }],
        gridsquares: squares,
      };
      const request = async (method: string, path: string, body?: unknown): Promise<void> => {
        const { status, body: answer } = await at.request(method, path, body);
        // What is not there, or would be there twice, is refused.
        expect(
          method === "POST" ? [200] : [200, 204, 404, 409, 422],
          `${method} ${path}: ${JSON.stringify(answer)}`,
        ).toContain(status);
      };
      const take = async (each: Step): Promise<void> => {
        switch (each.does) {
          case "ingest":
            return request("POST", "/ingest", {
              ...base,
              foilholes: each.holes.map(([n, of]) => ({
                uuid: id("h", n),
                gridsquare_uuid: id("s", of),
                gridsquare_id: String(of),
                foilhole_id: String(n),
                pixel_intensity_mean: n % 2 === 0 ? null : n + 0.5,
                state: n === REMOVED_HOLE ? REMOVED : "Defined",
              })),
              micrographs: each.micrographs.map(([n, of]) => ({
                uuid: id("m", n),
                foilhole_uuid: id("h", of),
                foilhole_id: String(of),
                location_id: "1",
                high_res_path: "",
                manifest_file: `FoilHole_${n}.xml`,
                acquisition_datetime: "2026-01-01T09:00:00Z",
                micrograph_id: String(n),
              })),
            });
          case "move hole":
            return request("PUT", `/foilholes/${id("h", each.hole)}`, { gridsquare_uuid: id("s", each.to) });
          case "move micrograph":
            return request("PUT", `/micrographs/${id("m", each.micrograph)}`, { foilhole_uuid: id("h", each.to) });
          case "delete":
            return request(
              "DELETE",
              `/${each.what}/${id(each.what === "gridsquares" ? "s" : each.what[0] === "f" ? "h" : "m", each.which)}`,
            );
          case "sum up":
            await sumUpCounts(at.backend.pool);
        }
      };
      await request("POST", "/ingest", base);
      for (const round of rounds) await Promise.all(round.map(take));
      const [counted] = await at.rows(
        `select count(distinct s.uuid)::int as gridsquare_count, count(h.uuid)::int as foilhole_count,
           coalesce(sum(h.n), 0)::int as micrograph_count,
           (count(h.uuid) filter (where h.n > 0))::float8 / nullif(count(h.uuid), 0) as completion
         from gridsquares s
           left join lateral (
             select h.*, (select count(*) from micrographs m where m.foilhole_uuid = h.uuid) as n from foilholes h
             where h.gridsquare_uuid = s.uuid) h on h.state <> '${REMOVED}' or h.n > 0
         where s.grid_uuid = $1`,
        [id("g")],
      );
      expect((await at.request("GET", `/grids/${id("g")}?counts=true`)).body).toMatchObject(counted as object);
      const misplaced = `select m.uuid from micrographs m join foilholes h on h.uuid = m.foilhole_uuid join gridsquares s on s.uuid = h.gridsquare_uuid
        where (m.gridsquare_uuid, m.grid_uuid) is distinct from (s.uuid, s.grid_uuid)`;
      expect(await at.rows(misplaced)).toEqual([]);
      const intensities = await at.rows(
        `select s.uuid as gridsquare_uuid, count(*)::int as foilhole_count, avg(h.pixel_intensity_mean) as pixel_intensity_mean
         from gridsquares s join foilholes h on h.gridsquare_uuid = s.uuid
         where s.grid_uuid = $1 and h.pixel_intensity_mean is not null
           and (h.state <> '${REMOVED}' or exists (select from micrographs m where m.foilhole_uuid = h.uuid))
         group by s.uuid order by s.seq`,
        [id("g")],
      );
      expect((await at.request("GET", `/grids/${id("g")}/intensities`)).body).toEqual(intensities);
    }),
    { numRuns: runs(12), endOnFailure: true },
  );
  for (const table of ["foilholes", "micrographs"]) {
    const [all] = await at.rows<{ n: number }>(`select count(*)::int as n from ${table}`);
    const { headers } = await at.request("GET", `/${table}?limit=1`);
    expect(headers.get("x-total-count"), table).toBe(String(all?.n));
  }
  // Nothing is left of squares that are gone, and little of those that are there.
  for (const { uuid } of await at.rows<{ uuid: string }>("select uuid from acquisitions where uuid like 'count%'")) {
    expect((await at.request("DELETE", `/acquisitions/${uuid}`)).status).toBe(204);
  }
  expect(await sumUpCounts(at.backend.pool)).toBe("idle");
  expect(await at.rows("select from square_counts")).toEqual([]);
});

test("a square that is moved to another grid takes its micrographs along", async () => {
  const { acquisitions, grids, ...below } = smallSession("moved", 3, 2);
  const [grid] = grids;
  await at.request("POST", "/ingest", { acquisitions, grids: [grid, { ...grid, uuid: "moved-other" }], ...below });
  expect((await at.request("PUT", "/gridsquares/moved-s", { grid_uuid: "moved-other" })).status).toBe(200);
  expect((await at.request("GET", "/grids/moved-g/results")).body).toEqual([]);
  expect((await at.request("GET", "/grids/moved-other/results")).body).toMatchObject([
    { micrograph_uuid: "moved-m0", gridsquare_uuid: "moved-s" },
    { micrograph_uuid: "moved-m1" },
  ]);
});
