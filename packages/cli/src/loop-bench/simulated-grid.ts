import type { GridFacts, MicrographFacts, PredictionFacts } from "@smartem/backend/decisions/load";
import type { MeasuredGrid } from "@smartem/decision/bench/measured-grid";
import type { GridTruth, HoleTruth, SquareTruth } from "@smartem/simulator/grid-truth";
import { createPredictor, latentRepresentation, type PredictorOptions } from "@smartem/simulator/predictors";

/** A simulated grid as policies and as the backend's decisions see it; holes have the same index in both. */
export interface SimulatedGrid {
  readonly truth: GridTruth;
  readonly holes: readonly HoleTruth[];
  /** Latent group per hole. */
  readonly groups: readonly number[];
  readonly asMeasured: MeasuredGrid;
  /** What is known before the first exposure. */
  readonly factsBefore: GridFacts;
}

/** Where a session's clock begins; any instant serves. */
export const SESSION_START_MS = Date.UTC(2026, 0, 5, 9);

/**
 * Policies that take one score per hole are given the mean of what all models say of it, which is how the original system
 * begins.
 *
 * @param predictors the models that speak; none: only what EPU's own files tell is known
 */
export function simulatedGrid(
  truth: GridTruth,
  predictors: readonly PredictorOptions[],
  acquisitionMin: number,
): SimulatedGrid {
  const squares = truth.selectedSquares;
  const placed = squares.flatMap((square, s) =>
    square.holes.filter(({ selectable }) => selectable).map((hole) => ({ square, s, hole })),
  );
  const models = predictors.map((options) => createPredictor(truth, options));
  const latent = latentRepresentation(truth);
  const clusterIds: string[] = [];
  const squareOfCluster: number[] = [];
  const clusterNumbers = new Map<string, number>();
  const clusterOfHole = placed.map(({ s, hole }) => {
    const id = `${padded(s)}/${padded(hole.cluster)}`;
    const known = clusterNumbers.get(id);
    if (known !== undefined) return known;
    clusterNumbers.set(id, clusterIds.length);
    clusterIds.push(id);
    squareOfCluster.push(s);
    return clusterIds.length - 1;
  });
  const uuidOfSquare = (square: SquareTruth): string => `square-${square.id}`;
  const uuidOfHole = (hole: HoleTruth): string => `hole-${hole.id}`;
  const predictions = models.flatMap(({ options, square: ofSquare, hole: ofHole }): PredictionFacts[] => {
    const predictors = [{ model: options.name, metric: options.metric ?? "" }];
    return options.level === "square"
      ? squares.map((square) => ({
          entity_uuid: uuidOfSquare(square),
          level: "gridsquare",
          predictors,
          values: [ofSquare(square)],
          messageOrders: null,
        }))
      : placed.map(({ hole }) => ({
          entity_uuid: uuidOfHole(hole),
          level: "foilhole",
          predictors,
          values: [ofHole(hole)],
          messageOrders: null,
        }));
  });
  return {
    truth,
    holes: placed.map(({ hole }) => hole),
    groups: placed.map(({ hole }) => latent.hole(hole).cluster),
    asMeasured: {
      holeIds: placed.map((_, index) => padded(index)),
      gridIds: ["grid"],
      squareIds: squares.map((_, s) => padded(s)),
      clusterIds,
      gridOfSquare: new Int32Array(squares.length),
      squareOfCluster: Int32Array.from(squareOfCluster),
      clusterOfHole: Int32Array.from(clusterOfHole),
      x: Float64Array.from(placed, ({ hole }) => hole.offset.xM),
      y: Float64Array.from(placed, ({ hole }) => hole.offset.yM),
      good: Uint8Array.from(placed, ({ hole }) => Number(hole.micrographs.every(({ good }) => good))),
      score: Float64Array.from(placed, ({ hole }) =>
        models.length === 0 ? Number.NaN : models.reduce((sum, model) => sum + model.hole(hole), 0) / models.length,
      ),
    },
    factsBefore: {
      gridUuid: "grid",
      acquisition: {
        uuid: "acquisition",
        instrument_id: null,
        start_time: new Date(SESSION_START_MS).toISOString(),
        planned_end_time: new Date(SESSION_START_MS + 60_000 * acquisitionMin).toISOString(),
        clustering_radius: String(truth.options.clusterRadiusM),
        status: "started",
      },
      squares: squares.map((square) => ({
        uuid: uuidOfSquare(square),
        gridsquare_id: String(square.id),
        area: null,
        atlas_quality: square.quality,
        atlas_category: square.category,
        selected: true,
        unusable: false,
      })),
      holes: placed.map(({ s, hole }) => ({
        uuid: uuidOfHole(hole),
        foilhole_id: String(hole.id),
        square: s,
        x: hole.stage.xM,
        y: hole.stage.yM,
        intensity_mean: hole.intensityMean,
        intensity_stdev: hole.intensityStDev,
        quality: hole.quality,
        is_near_grid_bar: false,
        selected: true,
        state: null,
      })),
      micrographs: [],
      imaged: null,
      predictions,
      models: new Set(models.map(({ options }) => options.name)),
      predictionsBeforeResults: [],
      groups: new Map(),
      latentClusters: new Map(placed.map(({ hole }) => [uuidOfHole(hole), latent.hole(hole).cluster])),
      deselected: new Set(),
      choices: new Map(),
    },
  };
}

/** What is known of a hole's micrograph: that it was taken, and, once its results have come, what they say. */
export function micrographOf(
  { holes }: SimulatedGrid,
  index: number,
  acquiredMin: number,
  hasResults: boolean,
): MicrographFacts {
  const micrograph = holes[index]?.micrographs[0];
  if (micrograph === undefined) throw new RangeError(`Hole ${index} of ${holes.length} has no micrograph.`);
  return {
    uuid: micrograph.uniqueId,
    hole: index,
    acquired: new Date(SESSION_START_MS + 60_000 * acquiredMin).toISOString(),
    total_motion: hasResults ? micrograph.totalMotionA : null,
    ctf_max_resolution: hasResults ? micrograph.ctfMaxResolutionA : null,
    particles: hasResults ? micrograph.particlesSelected : null,
  };
}

function padded(index: number): string {
  return String(index).padStart(6, "0");
}
