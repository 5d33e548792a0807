import type { GridPlan, GridSquare, LatentPoint } from "../api/additions.js";
import { type Layer, type Measured, measuredLayers, spread } from "../map/layers.js";

const SQUARE_STATUSES = [
  "none",
  "all foil holes registered",
  "foil holes decision started",
  "foil holes decision completed",
];

/** Layers that people look for, and are told of where there is nothing to show in them yet. */
export const EXPECTED_LAYERS = [
  { id: "probability", label: "Belief: probability of good" },
  { id: "cluster", label: "Cluster" },
  { id: "ice", label: "Ice: mean intensity of holes" },
] as const;

/** What is known of squares beside plans and results. */
export interface SquareFacts {
  /** A model's newest predictions, by model and square. */
  readonly predictions?: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** The squares with the clusters in which a model has put them. */
  readonly clusters?: readonly LatentPoint[];
  /** What EPU saw in the holes of each square: the darker, the thicker the ice. */
  readonly intensities?: ReadonlyMap<string, number>;
}

/** All layers that the data at hand can fill, the plan's first. */
export function squareLayers(
  squares: readonly GridSquare[],
  plan: GridPlan | null,
  measured: ReadonlyMap<string, Measured>,
  { predictions = new Map(), clusters = [], intensities = new Map() }: SquareFacts = {},
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
      ...beliefLayers(plan),
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
  layers.push(...measuredLayers(measured), ...clusterLayers(clusters));
  if (intensities.size > 0) {
    layers.push({
      id: "ice",
      label: "Ice: mean intensity of holes",
      unit: "",
      digits: 0,
      values: intensities,
      domain: spread([...intensities.values()], "higher"),
    });
  }
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

/** What the plan believes of the holes of each square, on average; squares whose holes are not known have none. */
function beliefLayers({ squares }: GridPlan): Layer[] {
  const means = (of: "probability" | "sd"): Map<string, number> =>
    new Map(squares.flatMap((square) => (square[of] == null ? [] : [[square.gridsquare_uuid, square[of]]])));
  const sds = means("sd");
  if (sds.size === 0) return [];
  const common = { unit: "", digits: 2 };
  return [
    {
      ...common,
      id: "probability",
      label: "Belief: probability of good",
      values: means("probability"),
      domain: [0, 1],
    },
    { ...common, id: "sd", label: "Belief: uncertainty (± sd)", values: sds, domain: [largest(sds), 0] },
  ];
}

/** A model's clusters, told apart by colour and by name. */
function clusterLayers(points: readonly LatentPoint[]): Layer[] {
  const indices = new Map(
    points.flatMap(({ gridsquare_uuid, index }) =>
      gridsquare_uuid === undefined || index === null ? [] : [[gridsquare_uuid, index]],
    ),
  );
  if (indices.size === 0) return [];
  const inOrder = [...new Set(indices.values())].sort((a, b) => a - b);
  return [
    {
      id: "cluster",
      label: "Cluster",
      unit: "",
      digits: 0,
      values: new Map([...indices].map(([uuid, index]) => [uuid, inOrder.indexOf(index)])),
      domain: [0, Math.max(1, inOrder.length - 1)],
      steps: inOrder.map((index) => `cluster ${index}`),
    },
  ];
}

function largest(values: ReadonlyMap<string, number>): number {
  return Math.max(1e-9, ...values.values());
}
