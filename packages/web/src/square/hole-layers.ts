import type { FoilHole, PlannedHole } from "../api/additions.js";
import {
  beliefLayers,
  goodLayers,
  intensityLayers,
  type Layer,
  type Measured,
  measuredLayers,
  predictionLayers,
} from "../map/layers.js";

/** All layers of a square's holes that the data at hand can fill, what is believed first. */
export function holeLayers(
  holes: readonly FoilHole[],
  plan: readonly PlannedHole[],
  measured: ReadonlyMap<string, Measured>,
  predictions: ReadonlyMap<string, ReadonlyMap<string, number>>,
): Layer[] {
  const layers: Layer[] = [
    ...beliefLayers(
      new Map(plan.map((hole) => [hole.foilhole_uuid, hole.probability])),
      new Map(plan.map((hole) => [hole.foilhole_uuid, hole.sd])),
    ),
    ...predictionLayers(predictions),
    ...goodLayers(measured),
    ...measuredLayers(measured),
    ...intensityLayers(
      { id: "intensity", label: "EPU: mean intensity" },
      new Map(
        holes.flatMap(({ uuid, pixel_intensity_mean }) =>
          pixel_intensity_mean == null ? [] : [[uuid, pixel_intensity_mean]],
        ),
      ),
    ),
  ];
  if (layers.length === 0) {
    layers.push({
      id: "status",
      label: "Status",
      unit: "",
      digits: 0,
      values: new Map(holes.map(({ uuid, status }) => [uuid, status === "micrographs detected" ? 1 : 0])),
      domain: [0, 1],
      steps: ["no micrograph yet", "micrographs detected"],
    });
  }
  return layers;
}
