import { expect, test } from "vitest";
import type { FoilHole, PlannedHole } from "../api/additions.js";
import type { Layer } from "../map/layers.js";
import { holeLayers } from "./hole-layers.js";
import { presentHoles } from "./present-holes.js";
import { squareScene } from "./square-scene.js";

const hole = (uuid: string, x: number, changes: Partial<FoilHole> = {}): FoilHole =>
  ({
    uuid,
    foilhole_id: uuid,
    x_location: x,
    y_location: 0,
    center_x: null,
    center_y: null,
    diameter: null,
    ...changes,
  }) as FoilHole;
const planned = (uuid: string, index: number, skipped = false): PlannedHole => ({
  foilhole_uuid: uuid,
  foilhole_id: uuid,
  probability: 0.5,
  sd: 0.1,
  suggested_acquisition_index: index,
  skipped,
  reason: "",
});
const layer: Layer = { id: "x", label: "x", unit: "", digits: 0, values: new Map(), domain: [0, 1] };

test("holes carry their place in the order; skipped ones are struck and carry none", () => {
  const plan = new Map(
    [planned("a", 2), planned("b", 1), planned("c", 3, true), planned("d", 0)].map((one) => [one.foilhole_uuid, one]),
  );
  const holes = ["a", "b", "c", "d"].map((uuid, index) => hole(uuid, index * 100));
  const scene = squareScene(holes, plan, layer, new Map(), new Map(), true);
  expect(scene.items.map(({ label }) => label)).toEqual(["2", "1", "", ""]);
  expect(scene.items.map(({ struck }) => struck)).toEqual([false, false, true, false]);
  expect(scene.path.map(({ id }) => id)).toEqual(["b", "a"]);
});

test("holes without a size are drawn so that neighbours stay apart", () => {
  const scene = squareScene(
    [hole("a", 0), hole("b", 100), hole("c", 150)],
    new Map(),
    layer,
    new Map(),
    new Map(),
    false,
  );
  expect(scene.items[0]?.width).toBeLessThan(50);
  expect(squareScene([hole("a", 0)], new Map(), layer, new Map(), new Map(), false).items[0]?.width).toBeGreaterThan(0);
});

test("a hole that EPU has not placed is not drawn", () => {
  expect(squareScene([hole("a", 0, { x_location: null })], new Map(), layer, new Map(), new Map(), true).items).toEqual(
    [],
  );
});

test("holes that EPU lists no longer are none, unless they were imaged", () => {
  const removed = { state: "Removed" };
  const holes = [hole("a", 0), hole("b", 100, removed), hole("c", 200, removed), hole("d", 300, { state: "Default" })];
  const measured = new Map([["c", { results: [], goodShare: null, judged: 0 }]]);
  expect(presentHoles(holes, measured).map(({ uuid }) => uuid)).toEqual(["a", "c", "d"]);
});

test("without plan, predictions and results the holes still have a layer", () => {
  expect(holeLayers([hole("a", 0)], [], new Map(), new Map()).map(({ id }) => id)).toEqual(["status"]);
});

test("what is certain is bright in the layer of uncertainty", () => {
  const sd = holeLayers([hole("a", 0)], [planned("a", 1)], new Map(), new Map()).find(({ id }) => id === "sd");
  expect(sd?.domain).toEqual([0.1, 0]);
});
