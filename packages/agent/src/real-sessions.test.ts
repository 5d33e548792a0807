import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useWorkplace } from "./testing/use-workplace.js";

const DATA = join(process.cwd(), "..", "shared", "data", "epu");

test.runIf(process.env.CI !== undefined)("the real sessions are there", () => {
  expect(existsSync(DATA)).toBe(true);
});

describe.skipIf(!existsSync(DATA))("real sessions", () => {
  const workplace = useWorkplace();

  test("a visit of EPU 3.7 with its atlas: 222 squares, 306 places on tiles, a square of 570 holes", async () => {
    const { api, watched } = workplace;
    cpSync(join(DATA, "nt32457-6"), watched, { recursive: true });
    const agent = await workplace.agent();
    await agent.settled();
    expect(api.counts()).toMatchObject({
      acquisition: 1,
      grid: 1,
      atlas: 1,
      gridsquare: 222,
      foilhole: 570,
      micrograph: 0,
      tile_position: 306,
    });
    expect(api.all("acquisition")[0]).toMatchObject({
      name: "Supervisor_20240405_115113_0_SmartEPU_ApoF",
      epu_session_id: "4600928",
      clustering_mode: "NoClustering",
      status: "started",
    });
    expect(api.all("gridsquare").find((square) => square.gridsquare_id === "4590776")).toMatchObject({
      pixel_size: expect.any(Number),
      stage_position_x: expect.any(Number),
      center_x: expect.any(Number),
      physical_x: expect.any(Number),
    });
    expect(api.registered.filter((path) => path.endsWith("?count=570"))).toHaveLength(1);
    expect(api.registered.filter((path) => path.startsWith("/grids/"))).toHaveLength(1);
    expect(agent.status().unread).toEqual([]);
  });

  test("a session of EPU 3.9 without metadata and atlas: squares, holes and micrographs from their images", async () => {
    const { api, watched } = workplace;
    cpSync(join(DATA, "cm40593-1"), join(watched, "cm40593-1"), { recursive: true });
    const agent = await workplace.agent();
    await agent.settled();
    expect(api.counts()).toMatchObject({ acquisition: 1, grid: 1, atlas: 0, gridsquare: 2, micrograph: 4 });
    // Two with centring images, one of which only a picture is left, and two known from their exposures alone.
    expect(
      api
        .all("foilhole")
        .map((hole) => hole.foilhole_id)
        .sort(),
    ).toEqual(["9015883", "9015889", "9028219", "9028276", "9028325"]);
    expect(api.all("acquisition")[0]?.instrument_model).toEqual(expect.any(String));
    const micrographs = api.all("micrograph");
    expect(new Set(micrographs.map((each) => each.micrograph_id)).size).toBe(4);
    expect(micrographs.every((each) => String(each.high_res_path).endsWith(".jpg"))).toBe(true);
    expect(agent.status().orphans.atlases_not_found).toHaveLength(1);
    expect(agent.status().unread).toEqual([]);
  });
});
