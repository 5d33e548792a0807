import type { GridPlan, GridSquare } from "../api/additions.js";
import { type Layer, type Measured, measuredLayers } from "../map/layers.js";

const SQUARE_STATUSES = [
  "none",
  "all foil holes registered",
  "foil holes decision started",
  "foil holes decision completed",
];

/** All layers that the data at hand can fill, the plan's first. */
export function squareLayers(
  squares: readonly GridSquare[],
  plan: GridPlan | null,
  measured: ReadonlyMap<string, Measured>,
  predictions: ReadonlyMap<string, ReadonlyMap<string, number>>,
): Layer[] {
  const layers: Layer[] = [];
  if (plan !== null) {
    const rates = new Map(
      plan.squares.flatMap((square) =>
        square.rank === null ? [] : [[square.gridsquare_uuid, (square.rate_per_minute ?? 0) * 60]],
      ),
    );
    const values = new Map(
      plan.squares.flatMap((square) => (square.rank === null ? [] : [[square.gridsquare_uuid, square.value]])),
    );
    layers.push(
      {
        id: "rate",
        label: "Plan: good per hour",
        unit: "/h",
        digits: 0,
        values: rates,
        domain: [0, largest(rates)],
      },
      {
        id: "value",
        label: "Plan: good micrographs expected",
        unit: "",
        digits: 1,
        values,
        domain: [0, largest(values)],
      },
    );
  }
  for (const [model, values] of predictions) {
    layers.push({
      id: `prediction:${model}`,
      label: `Prediction: ${model}`,
      unit: "",
      digits: 2,
      values,
      domain: [0, 1],
    });
  }
  const shares = new Map(
    [...measured].flatMap(([uuid, { goodShare }]) => (goodShare === null ? [] : [[uuid, goodShare]])),
  );
  if (shares.size > 0) {
    layers.push({ id: "good", label: "Measured: share of good", unit: "", digits: 2, values: shares, domain: [0, 1] });
  }
  layers.push(...measuredLayers(measured));
  layers.push({
    id: "status",
    label: "Status",
    unit: "",
    digits: 0,
    values: new Map(
      squares.map((square) => [square.uuid, Math.max(0, SQUARE_STATUSES.indexOf(square.status ?? "none"))]),
    ),
    domain: [0, SQUARE_STATUSES.length - 1],
    steps: SQUARE_STATUSES.map((status) => (status === "none" ? "seen on the atlas" : status)),
  });
  return layers;
}

function largest(values: ReadonlyMap<string, number>): number {
  return Math.max(1e-9, ...values.values());
}
