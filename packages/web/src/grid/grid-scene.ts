import type { GridPlan, GridSquare, OperatorChoice } from "../api/additions.js";
import { type Layer, type Measured, shareOf, verdictOf } from "../map/layers.js";
import type { MapItem, Scene } from "../map/scene.js";
import { placeInPlan } from "./plan-place.js";

/** How much of the plan is drawn as a line: what comes soon, not a tangle. */
const SQUARES_ON_PATH = 25;
/** Where the atlas says nothing of a square's size, in atlas pixels. */
const DEFAULT_SIZE_PX = 60;

/** The squares of a grid at their places on the atlas. */
export function gridScene(
  squares: readonly GridSquare[],
  plan: GridPlan | null,
  layer: Layer,
  measured: ReadonlyMap<string, Measured>,
  choices: ReadonlyMap<string, OperatorChoice>,
  withPath: boolean,
): Scene {
  const planned = new Map((plan?.squares ?? []).map((square) => [square.gridsquare_uuid, square]));
  const items: MapItem[] = [];
  const path: { place: number; item: MapItem }[] = [];
  for (const square of squares) {
    if (square.center_x === null || square.center_y === null) continue;
    const inPlan = planned.get(square.uuid);
    const place = placeInPlan(inPlan);
    const item: MapItem = {
      id: square.uuid,
      x: square.center_x,
      y: square.center_y,
      width: square.size_width ?? DEFAULT_SIZE_PX,
      height: square.size_height ?? DEFAULT_SIZE_PX,
      shape: "rectangle",
      share: shareOf(layer, square.uuid),
      // What was imaged is not left out, though the plan does not go there again.
      struck: (inPlan?.skipped === true || square.unusable === true) && !measured.has(square.uuid),
      choice: choices.get(square.uuid) ?? null,
      verdict: verdictOf(measured.get(square.uuid)),
      label: place === null ? "" : String(place),
    };
    items.push(item);
    if (withPath && place !== null && place <= SQUARES_ON_PATH) path.push({ place, item });
  }
  path.sort((a, b) => a.place - b.place);
  return { items, path: path.map(({ item }) => item) };
}
