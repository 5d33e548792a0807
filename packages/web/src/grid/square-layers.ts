import type { GridPlan, GridSquare, LatentPoint } from "../api/additions.js";
import {
  BELIEF,
  beliefLayers,
  goodLayers,
  intensityLayers,
  type Layer,
  type LayerName,
  largest,
  type Measured,
  measuredLayers,
  predictionLayers,
} from "../map/layers.js";
import { placeInPlan } from "./plan-place.js";

const SQUARE_STATUSES = [
  "none",
  "all foil holes registered",
  "foil holes decision started",
  "foil holes decision completed",
];

const CLUSTER: LayerName = { id: "cluster", label: "Cluster" };
const ICE: LayerName = { id: "ice", label: "Ice: mean intensity of holes" };

/** Layers that people look for, and are told of where there is nothing to show in them yet. */
export const EXPECTED_LAYERS: readonly LayerName[] = [BELIEF, CLUSTER, ICE];

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
    // On a grid that is finished, there is nothing to come that colours could tell apart.
    if (plan.squares.some((square) => placeInPlan(square) !== null))
      layers.push(
        {
          id: "rate",
          label: "Plan: good holes per hour",
          unit: "/h",
          digits: 0,
          values: rates,
          domain: [0, largest(rates)],
        },
        {
          id: "value",
          label: "Plan: good holes expected",
          unit: "",
          digits: 1,
          values,
          domain: [0, largest(values)],
        },
      );
    layers.push(...beliefLayers(meansOf(plan, "probability"), meansOf(plan, "sd")));
  }
  layers.push(
    ...predictionLayers(predictions),
    ...goodLayers(measured),
    ...measuredLayers(measured),
    ...clusterLayers(clusters),
    ...intensityLayers(ICE, intensities),
  );
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
function meansOf({ squares }: GridPlan, of: "probability" | "sd"): Map<string, number> {
  return new Map(squares.flatMap((square) => (square[of] == null ? [] : [[square.gridsquare_uuid, square[of]]])));
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
      ...CLUSTER,
      unit: "",
      digits: 0,
      values: new Map([...indices].map(([uuid, index]) => [uuid, inOrder.indexOf(index)])),
      domain: [0, Math.max(1, inOrder.length - 1)],
      steps: inOrder.map((index) => `cluster ${index}`),
    },
  ];
}
