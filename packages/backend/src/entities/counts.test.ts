import { runs } from "@smartem/common/testing/runs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackendForTests, startBackendForTests } from "../testing/backend-for-tests.js";
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
           coalesce(sum(i.n), 0)::int as micrograph_count,
           (count(h.uuid) filter (where i.n > 0))::float8 / nullif(count(h.uuid), 0) as completion
         from gridsquares s left join foilholes h on h.gridsquare_uuid = s.uuid
           left join lateral (select count(*) as n from micrographs m where m.foilhole_uuid = h.uuid) i on true
         where s.grid_uuid = $1`,
        [id("g")],
      );
      expect((await at.request("GET", `/grids/${id("g")}?counts=true`)).body).toMatchObject(counted as object);
    }),
    { numRuns: runs(12), endOnFailure: true },
  );
  // Nothing is left of squares that are gone, and little of those that are there.
  for (const { uuid } of await at.rows<{ uuid: string }>("select uuid from acquisitions where uuid like 'count%'")) {
    expect((await at.request("DELETE", `/acquisitions/${uuid}`)).status).toBe(204);
  }
  expect(await sumUpCounts(at.backend.pool)).toBe("idle");
  expect(await at.rows("select from square_counts")).toEqual([]);
});
