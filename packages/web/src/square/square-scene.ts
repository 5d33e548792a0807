import type { FoilHole, OperatorChoice, PlannedHole } from "../api/additions.js";
import { type Layer, type Measured, shareOf, verdictOf } from "../map/layers.js";
import type { MapItem, Scene } from "../map/scene.js";

/** How much of the order is drawn as a line. */
const HOLES_ON_PATH = 40;
/** Where EPU says nothing of a hole's size: this share of the distance to its nearest neighbour. */
const SHARE_OF_PITCH = 0.55;
const LONE_HOLE_PX = 60;

/** Where a hole lies on the image of its square; null where EPU does not say. */
export function placeOf(hole: FoilHole): { readonly x: number; readonly y: number } | null {
  if (hole.x_location !== null && hole.y_location !== null) return { x: hole.x_location, y: hole.y_location };
  return hole.center_x === null || hole.center_y === null ? null : { x: hole.center_x, y: hole.center_y };
}

/** The holes of a square at their places on its image, numbered in the order in which they are to be imaged. */
export function squareScene(
  holes: readonly FoilHole[],
  plan: ReadonlyMap<string, PlannedHole>,
  layer: Layer,
  measured: ReadonlyMap<string, Measured>,
  choices: ReadonlyMap<string, OperatorChoice>,
  withPath: boolean,
): Scene {
  const places = placesOf(holes);
  const size = typicalSize([...places.values()]);
  const items: MapItem[] = [];
  const ordered: { index: number; item: MapItem }[] = [];
  for (const hole of holes) {
    const place = places.get(hole.uuid);
    if (place === undefined) continue;
    const planned = plan.get(hole.uuid);
    const index = planned?.suggested_acquisition_index ?? 0;
    const diameter = hole.diameter ?? size;
    const item: MapItem = {
      id: hole.uuid,
      ...place,
      width: diameter,
      height: diameter,
      shape: "ellipse",
      share: shareOf(layer, hole.uuid),
      struck: planned?.skipped === true,
      choice: choices.get(hole.uuid) ?? null,
      verdict: verdictOf(measured.get(hole.uuid)),
      label: index > 0 && planned?.skipped !== true ? String(index) : "",
    };
    items.push(item);
    if (withPath && item.label !== "") ordered.push({ index, item });
  }
  ordered.sort((a, b) => a.index - b.index);
  return { items, path: ordered.slice(0, HOLES_ON_PATH).map(({ item }) => item) };
}

export function placesOf(holes: readonly FoilHole[]): Map<string, { readonly x: number; readonly y: number }> {
  return new Map(
    holes.flatMap((hole) => {
      const place = placeOf(hole);
      return place === null ? [] : [[hole.uuid, place]];
    }),
  );
}

/** A diameter that leaves neighbours apart, from a few distances between them. */
function typicalSize(places: readonly { readonly x: number; readonly y: number }[]): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const from of places.slice(0, 20)) {
    for (const to of places) {
      if (to !== from) nearest = Math.min(nearest, Math.hypot(to.x - from.x, to.y - from.y) || nearest);
    }
  }
  return Number.isFinite(nearest) ? nearest * SHARE_OF_PITCH : LONE_HOLE_PX;
}
