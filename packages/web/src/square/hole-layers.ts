import type { FoilHole, PlannedHole } from "../api/additions.js";
import { type Layer, type Measured, measuredLayers, spread } from "../map/layers.js";

/** All layers of a square's holes that the data at hand can fill, what is believed first. */
export function holeLayers(
  holes: readonly FoilHole[],
  plan: readonly PlannedHole[],
  measured: ReadonlyMap<string, Measured>,
  predictions: ReadonlyMap<string, ReadonlyMap<string, number>>,
): Layer[] {
  const layers: Layer[] = [];
  if (plan.length > 0) {
    layers.push(
      share(
        "probability",
        "Belief: probability of good",
        new Map(plan.map((hole) => [hole.foilhole_uuid, hole.probability])),
      ),
      {
        ...share("sd", "Belief: uncertainty (± sd)", new Map(plan.map((hole) => [hole.foilhole_uuid, hole.sd]))),
        domain: [Math.max(1e-9, ...plan.map(({ sd }) => sd)), 0],
      },
    );
  }
  for (const [model, values] of predictions) layers.push(share(`prediction:${model}`, `Prediction: ${model}`, values));
  const good = new Map(
    [...measured].flatMap(([uuid, { goodShare }]) => (goodShare === null ? [] : [[uuid, goodShare]])),
  );
  if (good.size > 0) layers.push(share("good", "Measured: share of good", good));
  layers.push(...measuredLayers(measured));
  const intensities = new Map(
    holes.flatMap(({ uuid, pixel_intensity_mean }) =>
      pixel_intensity_mean == null ? [] : [[uuid, pixel_intensity_mean]],
    ),
  );
  if (intensities.size > 0) {
    layers.push({
      id: "intensity",
      label: "EPU: mean intensity",
      unit: "",
      digits: 0,
      values: intensities,
      domain: spread([...intensities.values()], "higher"),
    });
  }
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

function share(id: string, label: string, values: ReadonlyMap<string, number>): Layer {
  return { id, label, unit: "", digits: 2, values, domain: [0, 1] };
}
