import { describe, expect, test } from "vitest";
import type { GridPlan, GridSquare, Result } from "../api/additions.js";
import { type Layer, measuredBy, shareOf, verdictOf } from "../map/layers.js";
import { gridScene } from "./grid-scene.js";
import { squareLayers } from "./square-layers.js";

const square = (uuid: string, place: number | null = 10): GridSquare =>
  ({
    uuid,
    gridsquare_id: uuid,
    center_x: place,
    center_y: place,
    size_width: 5,
    size_height: 5,
    status: "none",
    unusable: null,
  }) as GridSquare;

const result = (gridsquare_uuid: string, ctf: number, good: boolean | null): Result =>
  ({ gridsquare_uuid, foilhole_uuid: "h", ctf_max_resolution_estimate: ctf, total_motion: null, good }) as Result;

const plan = (
  squares: { uuid: string; rank: number | null; skipped?: boolean; value?: number; rate?: number }[],
): GridPlan =>
  ({
    squares: squares.map(({ uuid, rank, skipped = false, value = 1, rate = 0 }) => ({
      gridsquare_uuid: uuid,
      rank,
      skipped,
      value,
      rate_per_minute: rate,
      reason: "",
      foilhole_count: 1,
    })),
  }) as unknown as GridPlan;

describe("layers", () => {
  test("are offered for what there is to show, and no other", () => {
    const ids = (layers: Layer[]): string[] => layers.map(({ id }) => id);
    expect(ids(squareLayers([square("a")], null, new Map()))).toEqual(["status"]);
    const measured = measuredBy("gridsquare_uuid", [result("a", 4, true)]);
    expect(
      ids(
        squareLayers([square("a")], plan([{ uuid: "a", rank: 1 }]), measured, {
          predictions: new Map([["m", new Map([["a", 0.5]])]]),
        }),
      ),
    ).toEqual(["rate", "value", "prediction:m", "good", "measured:ctfmaxresolution", "status"]);
  });

  test("of what is to come are not offered on a grid that is finished", () => {
    const finished = plan([
      { uuid: "a", rank: null, skipped: true },
      { uuid: "b", rank: 1, skipped: true },
      { uuid: "c", rank: 2, value: 0 },
    ]);
    expect(squareLayers([square("a"), square("b"), square("c")], finished, new Map()).map(({ id }) => id)).toEqual([
      "status",
    ]);
  });

  test("belief, clusters and ice are there for the squares that have them", () => {
    const own: GridPlan = plan([
      { uuid: "a", rank: 1 },
      { uuid: "b", rank: null },
    ]);
    const believed = {
      ...own,
      squares: own.squares.map((one) => ({ ...one, ...(one.rank === 1 ? { probability: 0.4, sd: 0.1 } : {}) })),
    };
    const layers = squareLayers([square("a"), square("b")], believed, new Map(), {
      clusters: [
        { gridsquare_uuid: "a", index: 7, x: 0, y: 0 },
        { gridsquare_uuid: "b", index: -1, x: null, y: null },
        { gridsquare_uuid: "c", index: null, x: 1, y: 1 },
      ],
      intensities: new Map([["a", 950]]),
    });
    const valuesOf = (id: string) => [...(layers.find((layer) => layer.id === id)?.values ?? [])];
    expect(valuesOf("probability")).toEqual([["a", 0.4]]);
    expect(valuesOf("sd")).toEqual([["a", 0.1]]);
    expect(valuesOf("cluster")).toEqual([
      ["a", 1],
      ["b", 0],
    ]);
    expect(layers.find(({ id }) => id === "cluster")?.steps).toEqual(["cluster -1", "cluster 7"]);
    expect(valuesOf("ice")).toEqual([["a", 950]]);
  });

  test("the better end is the bright one, also where less is better", () => {
    const measured = measuredBy("gridsquare_uuid", [result("a", 3, true), result("b", 9, false)]);
    const layer = squareLayers([], null, measured).find(({ id }) => id === "measured:ctfmaxresolution") as Layer;
    expect(shareOf(layer, "a") as number).toBeGreaterThan(shareOf(layer, "b") as number);
    expect(shareOf(layer, "c")).toBe(null);
  });

  test("a failed fit is measured as bad, and has no place in the median", () => {
    const measured = measuredBy("gridsquare_uuid", [result("a", -1, false), result("a", 4, true)]);
    expect(measured.get("a")).toMatchObject({ judged: 2, goodShare: 0.5 });
    expect(verdictOf(measured.get("a"))).toBe("mixed");
  });
});

describe("gridScene", () => {
  const layer = { id: "x", label: "x", unit: "", digits: 0, values: new Map(), domain: [0, 1] } as Layer;

  test("the path goes from square to square in the plan's order, past those that are skipped or merely kept", () => {
    const squares = ["a", "b", "c", "d", "e"].map((uuid) => square(uuid));
    const own = plan([
      { uuid: "b", rank: 1 },
      { uuid: "d", rank: 2, skipped: true },
      { uuid: "a", rank: 3 },
      { uuid: "c", rank: null },
      { uuid: "e", rank: 4, value: 0 },
    ]);
    const scene = gridScene(squares, own, layer, new Map(), new Map([["c", "locked" as const]]), true);
    expect(scene.path.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(scene.items.map(({ label }) => label)).toEqual(["3", "1", "", "", ""]);
    expect(scene.items.map(({ struck }) => struck)).toEqual([false, false, false, true, false]);
    expect(scene.items.map(({ choice }) => choice)).toEqual([null, null, "locked", null, null]);
  });

  test("a square without a place on the atlas is not drawn", () => {
    expect(gridScene([square("a", null)], null, layer, new Map(), new Map(), true).items).toEqual([]);
  });

  test("a square that was imaged is not struck out, though the plan does not go there again", () => {
    const measured = measuredBy("gridsquare_uuid", [result("a", 4, true)]);
    const skipped = plan([
      { uuid: "a", rank: null, skipped: true },
      { uuid: "b", rank: null, skipped: true },
    ]);
    const layer = squareLayers([square("a")], null, measured)[0] as Layer;
    const scene = gridScene([square("a"), square("b")], skipped, layer, measured, new Map(), true);
    expect(scene.items.map(({ struck }) => struck)).toEqual([false, true]);
  });
});
