import type { Queryable } from "../database/connection.js";
import { IN_ORDER, METRIC_SQL } from "../quality/metrics.js";
import { believedTimes } from "./lone-times.js";
import { readDeselected } from "./told.js";

/** All that is known about a grid when it is decided on, as the database has it: indices refer to `squares` and `holes`. */
export interface GridFacts {
  readonly gridUuid: string;
  readonly acquisition: AcquisitionFacts;
  readonly squares: readonly SquareFacts[];
  readonly holes: readonly HoleFacts[];
  /** In the order in which they were taken. */
  readonly micrographs: readonly MicrographFacts[];
  /** When they were taken; null where none has a time. */
  readonly imaged: ImagedPeriod | null;
  readonly predictions: readonly PredictionFacts[];
  /** The models that are registered as ones that predict: what others have said does not count. */
  readonly models: ReadonlySet<string>;
  /** Of holes that have results, what had been said of them before: only that can be held against what came out. */
  readonly predictionsBeforeResults: readonly PredictedEntity[];
  /** Group uuid → its holes by index, where pipelines made groups; those that were predicted last come last. A hole may be in several. */
  readonly groups: ReadonlyMap<string, readonly number[]>;
  /** Square or hole uuid → index of its group of look-alikes. */
  readonly latentClusters: ReadonlyMap<string, number>;
  /** Squares and holes, by uuid, that the microscope was told to leave out. EPU writes that back. */
  readonly deselected: ReadonlySet<string>;
  /** Squares and holes that operators have locked out or want, by uuid. */
  readonly choices: ReadonlyMap<string, "locked" | "selected">;
}

export interface AcquisitionFacts {
  readonly uuid: string;
  readonly instrument_id: string | null;
  readonly start_time: string | null;
  readonly planned_end_time: string | null;
  readonly clustering_radius: string | null;
  readonly status: string | null;
}

export interface SquareFacts {
  readonly uuid: string;
  readonly gridsquare_id: string;
  readonly area: number | null;
  readonly atlas_quality: number | null;
  readonly atlas_category: number | null;
  readonly selected: boolean | null;
  readonly unusable: boolean | null;
}

export interface HoleFacts {
  readonly uuid: string;
  readonly foilhole_id: string;
  readonly square: number;
  /** Stage position in metres, where EPU gives one. */
  readonly x: number | null;
  readonly y: number | null;
  readonly intensity_mean: number | null;
  readonly intensity_stdev: number | null;
  readonly quality: number | null;
  readonly is_near_grid_bar: boolean | null;
  readonly selected: boolean | null;
  /** EPU's word, or `Removed` where EPU lists it no longer. */
  readonly state: string | null;
}

export interface MicrographFacts {
  readonly uuid: string;
  readonly hole: number;
  readonly acquired: string | null;
  readonly total_motion: number | null;
  readonly ctf_max_resolution: number | null;
  readonly particles: number | null;
}

/** When the first and the last micrograph of a grid were taken, by the microscope's clock. */
export interface ImagedPeriod {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What models said of one square, hole or group. */
export interface PredictedEntity {
  readonly entity_uuid: string;
  /** The same array for all entities that the same models have spoken of, so that it is looked up once. */
  readonly predictors: readonly Predictor[];
  /** As many, in the same order. */
  readonly values: ArrayLike<number>;
}

/** What all models say of one square, hole or group by now. */
export interface PredictionFacts extends PredictedEntity {
  readonly level: "gridsquare" | "foilhole" | "group";
  /** Of groups, of which several may speak of one hole: each prediction's place among all messages. Null of squares and holes. */
  readonly messageOrders: ArrayLike<number> | null;
}

export interface Predictor {
  readonly model: string;
  /** Empty: quality as such. */
  readonly metric: string;
}

/** Reads a grid in a fixed number of statements. @returns null where there is no such grid any more */
export async function loadGrid(db: Queryable, gridUuid: string): Promise<GridFacts | null> {
  const { rows: acquisitions } = await db.query<AcquisitionFacts>(
    `select a.uuid, a.instrument_id, a.start_time, a.planned_end_time, a.clustering_radius, a.status
     from grids g join acquisitions a on a.uuid = g.acquisition_uuid where g.uuid = $1`,
    [gridUuid],
  );
  const [acquisition] = acquisitions;
  if (acquisition === undefined) return null;
  const { rows: squares } = await db.query<SquareFacts>(
    `select uuid, gridsquare_id, size_width::float8 * size_height as area, atlas_quality, atlas_category, selected, unusable
     from gridsquares where grid_uuid = $1 order by seq`,
    [gridUuid],
  );
  const { rows: holes } = await db.query<HoleFacts>(
    `select h.uuid, h.foilhole_id, (s.n - 1)::int as square, h.x_stage_position as x, h.y_stage_position as y,
       h.pixel_intensity_mean as intensity_mean, h.pixel_intensity_stdev as intensity_stdev, h.quality, h.is_near_grid_bar, h.selected, h.state
     from (select uuid, row_number() over (order by seq) as n from gridsquares where grid_uuid = $1) s
       join foilholes h on h.gridsquare_uuid = s.uuid
     order by s.n, h.seq`,
    [gridUuid],
  );
  const holeIndex = new Map(holes.map((hole, index) => [hole.uuid, index]));
  const { rows: taken } = await db.query<Omit<MicrographFacts, "hole"> & { foilhole_uuid: string }>(
    `select m.uuid, m.foilhole_uuid, m.acquisition_datetime as acquired, ${METRIC_SQL.motioncorrection} as total_motion,
       ${METRIC_SQL.ctfmaxresolution} as ctf_max_resolution, ${METRIC_SQL.numparticles} as particles
     from micrographs m where m.grid_uuid = $1 order by ${IN_ORDER}`,
    [gridUuid],
  );
  const micrographs = withBelievedTimes(taken);
  const { rows: models } = await db.query<{ name: string }>("select name from prediction_models where can_infer");
  const predictorsOf = predictorsByNames();
  const predictions = await loadPredictions(db, gridUuid, predictorsOf);
  const predictionsBeforeResults = await loadPredictionsBeforeResults(db, gridUuid, predictorsOf);
  const { rows: members } = await db.query<{ foilhole_uuid: string; group_uuid: string }>(
    `select m.foilhole_uuid, m.group_uuid
     from foilhole_groups g
       left join lateral (select max(message_order) as last from current_predictions where entity_uuid = g.uuid) p on true
       join foilhole_group_members m on m.group_uuid = g.uuid
     where g.grid_uuid = $1 order by p.last nulls first, m.group_uuid, m.foilhole_uuid`,
    [gridUuid],
  );
  const groups = new Map<string, number[]>();
  for (const { foilhole_uuid, group_uuid } of members) {
    const hole = holeIndex.get(foilhole_uuid);
    if (hole === undefined) continue;
    const holesOfGroup = groups.get(group_uuid);
    if (holesOfGroup === undefined) groups.set(group_uuid, [hole]);
    else holesOfGroup.push(hole);
  }
  const { rows: latent } = await db.query<{ key: string; cluster: number }>(
    // Each model counts its groups from 0: those of two models are not the same. Of an entity the youngest word counts.
    `select distinct on (key) key,
       case when value < 0 then -1 else dense_rank() over (order by prediction_model_name, round(value)) - 1 end::int as cluster
     from model_parameters where grid_uuid = $1 and group_name = 'cluster_indices'
     order by key, message_order desc, timestamp desc`,
    [gridUuid],
  );
  const { rows: choices } = await db.query<{ entity_uuid: string; choice: "locked" | "selected" }>(
    "select entity_uuid, choice from operator_choices where grid_uuid = $1",
    [gridUuid],
  );
  return {
    gridUuid,
    acquisition,
    choices: new Map(choices.map((row) => [row.entity_uuid, row.choice])),
    squares,
    holes,
    micrographs: micrographs.flatMap(({ foilhole_uuid, ...micrograph }) => {
      const hole = holeIndex.get(foilhole_uuid);
      return hole === undefined ? [] : [{ ...micrograph, hole }];
    }),
    imaged: imagedPeriod(micrographs),
    predictions,
    models: new Set(models.map(({ name }) => name)),
    predictionsBeforeResults,
    groups,
    latentClusters: new Map(latent.map(({ key, cluster }) => [key, cluster])),
    deselected: await readDeselected(db, gridUuid),
  };
}

/** Takes names as the database lists them. The same array for the same names. */
type PredictorsByNames = (models: string, metrics: string) => readonly Predictor[];

function predictorsByNames(): PredictorsByNames {
  const known = new Map<string, readonly Predictor[]>();
  return (models, metrics) => {
    const key = `${models} ${metrics}`;
    let predictors = known.get(key);
    if (predictors === undefined) {
      const metricOf = JSON.parse(metrics) as string[];
      predictors = (JSON.parse(models) as string[]).map((model, n) => ({ model, metric: metricOf[n] ?? "" }));
      known.set(key, predictors);
    }
    return predictors;
  };
}

/** A row per entity, since a row per prediction takes seconds to read where there are hundreds of thousands. */
async function loadPredictions(
  db: Queryable,
  gridUuid: string,
  predictorsOf: PredictorsByNames,
): Promise<PredictionFacts[]> {
  const { rows } = await db.query<{
    entity_uuid: string;
    level: PredictionFacts["level"];
    models: string;
    metrics: string;
    values: string;
    message_orders: string | null;
  }>(
    `select e.uuid as entity_uuid, p.*
     from (select uuid from gridsquares where grid_uuid = $1
           union all select h.uuid from gridsquares s join foilholes h on h.gridsquare_uuid = s.uuid where s.grid_uuid = $1
           union all select uuid from foilhole_groups where grid_uuid = $1) e
       cross join lateral (
         select min(level) as level, to_json(array_agg(prediction_model_name))::text as models,
           to_json(array_agg(metric_name))::text as metrics, string_agg(value::text, ',') as values,
           string_agg(message_order::text, ',') filter (where level = 'group') as message_orders
         from current_predictions where entity_uuid = e.uuid) p
     where p.level is not null`,
    [gridUuid],
  );
  return rows.map(({ entity_uuid, level, models, metrics, values, message_orders }) => ({
    entity_uuid,
    level,
    predictors: predictorsOf(models, metrics),
    values: numbers(values),
    messageOrders: message_orders === null ? null : numbers(message_orders),
  }));
}

async function loadPredictionsBeforeResults(
  db: Queryable,
  gridUuid: string,
  predictorsOf: PredictorsByNames,
): Promise<PredictedEntity[]> {
  const { rows } = await db.query<{ entity_uuid: string; models: string; metrics: string; values: string }>(
    `select foilhole_uuid as entity_uuid, to_json(models)::text as models, to_json(metrics)::text as metrics,
       array_to_string(values, ',') as values
     from predictions_before_results where grid_uuid = $1`,
    [gridUuid],
  );
  return rows.map(({ entity_uuid, models, metrics, values }) => ({
    entity_uuid,
    predictors: predictorsOf(models, metrics),
    values: numbers(values),
  }));
}

function numbers(list: string): Float64Array {
  return Float64Array.from(list.split(","), Number);
}

/**
 * Micrographs whose times are not believed count as those that have none, and come first with them.
 *
 * @param taken in the order of their times, those without one first
 */
function withBelievedTimes<M extends Pick<MicrographFacts, "acquired">>(taken: readonly M[]): readonly M[] {
  const firstDated = taken.findIndex(({ acquired }) => acquired !== null);
  if (firstDated < 0) return taken;
  const dated = taken.slice(firstDated);
  const { first, end } = believedTimes(dated.length, (place) => Date.parse(dated[place]?.acquired ?? ""));
  const doubted = [...dated.slice(0, first), ...dated.slice(end)].map((each) => ({ ...each, acquired: null }));
  return [...taken.slice(0, firstDated), ...doubted, ...dated.slice(first, end)];
}

export function imagedPeriod(micrographs: readonly Pick<MicrographFacts, "acquired">[]): ImagedPeriod | null {
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { acquired } of micrographs) {
    if (acquired === null) continue;
    const time = Date.parse(acquired);
    firstMs = Math.min(firstMs, time);
    lastMs = Math.max(lastMs, time);
  }
  return firstMs <= lastMs ? { firstMs, lastMs } : null;
}
