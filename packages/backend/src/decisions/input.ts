import { REMOVED } from "@smartem/common/states";
import { clusterHoles } from "@smartem/decision/clusters";
import { estimateCosts } from "@smartem/decision/costs";
import type { CarriedOver, DecisionInput, ModelColumn, ModelLevel, PreviousPlan } from "@smartem/decision/types";
import { HoleState, SquareState } from "@smartem/decision/types";
import { VERSION } from "../version.js";
import { currentOtherGrid, demandsElsewhere, timeLeftMin } from "./acquisition-time.js";
import { seenSquares } from "./decided.js";
import type { OtherGrid } from "./legacy.js";
import type { GridFacts, HoleFacts, Predictor } from "./load.js";
import { type GridVerdicts, judgeGrid } from "./quality.js";
import type { AcquisitionDecisionSettings } from "./settings.js";

/** Holes reachable by beam shift from one stage position, where the session does not say: EPU's usual choice for AFIS, in metres. */
const DEFAULT_CLUSTERING_RADIUS_M = 5e-6;
/** How many holes are imaged before a result is known, as a rule. */
const RESULT_DELAY_HOLES = 3;

/**
 * What the decision engine is given: everything about a grid, in columns, with nothing left to look up.
 *
 * @param others the other grids of the acquisition: they share its time. None: all of it is this grid's.
 */
export function decisionInput(
  facts: GridFacts,
  settings: AcquisitionDecisionSettings,
  previousPlan: PreviousPlan | null,
  carriedOver: CarriedOver | null,
  others: readonly OtherGrid[] = [],
): { readonly input: DecisionInput; readonly verdicts: GridVerdicts } {
  const { squares, holes } = facts;
  const verdicts = judgeGrid(facts, settings);
  const imaged = new Uint8Array(holes.length);
  for (const { hole } of facts.micrographs) imaged[hole] = 1;
  const seen = seenSquares(facts);
  const clusters = clustersOf(facts);
  // Where none says when it was taken, the one that came last.
  const last = facts.micrographs.findLast(({ acquired }) => acquired !== null) ?? facts.micrographs.at(-1);
  const lastSquare = last === undefined ? -1 : (holes[last.hole]?.square ?? -1);
  const stageElsewhere = currentOtherGrid(facts, others);
  const input: DecisionInput = {
    // The grid where the stage stands has to be there for the way from it to be counted.
    grids: { ids: stageElsewhere === null ? [facts.gridUuid] : [facts.gridUuid, stageElsewhere.gridUuid] },
    squares: {
      ids: squares.map(({ uuid }) => uuid),
      gridOfSquare: new Int32Array(squares.length),
      state: Uint8Array.from(squares, (square, index) => {
        const choice = facts.choices.get(square.uuid);
        if (choice === "selected") return SquareState.operatorSelected;
        if (choice === "locked" || square.unusable === true) return SquareState.lockedOut;
        // What is not selected for want of a look at it may be yet.
        const isLeftOut = square.selected === false && seen.has(index) && !facts.deselected.has(square.uuid);
        return isLeftOut ? SquareState.lockedOut : SquareState.open;
      }),
      area: column(squares, ({ area }) => area),
      atlasQuality: column(squares, ({ atlas_quality }) => atlas_quality),
      atlasCategory: Int32Array.from(squares, ({ atlas_category }) => atlas_category ?? -1),
      latentCluster: Int32Array.from(squares, ({ uuid }) => facts.latentClusters.get(uuid) ?? -1),
    },
    clusters: { ids: clusters.ids, squareOfCluster: clusters.squareOfCluster },
    holes: {
      ids: holes.map(({ uuid }) => uuid),
      clusterOfHole: clusters.clusterOfHole,
      state: Uint8Array.from(holes, (hole, index) => {
        if (imaged[index] === 1) return HoleState.imaged;
        if (hole.state === REMOVED) return HoleState.lockedOut;
        const choice = facts.choices.get(hole.uuid);
        if (choice === "locked") return HoleState.lockedOut;
        if (choice === "selected") return HoleState.candidate;
        if (hole.is_near_grid_bar === true) return HoleState.lockedOut;
        // EPU writes our own deselection back: only one that we did not make is somebody's choice.
        if (hole.selected === false && !facts.deselected.has(hole.uuid)) return HoleState.skippedByOperator;
        return HoleState.candidate;
      }),
      operatorSelected: Uint8Array.from(holes, ({ uuid }) => Number(facts.choices.get(uuid) === "selected")),
      intensityMean: column(holes, ({ intensity_mean }) => intensity_mean),
      intensityDeviation: column(holes, ({ intensity_stdev }) => intensity_stdev),
      centringQuality: column(holes, ({ quality }) => quality),
      nearGridBar: column(holes, ({ is_near_grid_bar }) =>
        is_near_grid_bar === null ? null : Number(is_near_grid_bar),
      ),
      latentCluster: Int32Array.from(holes, ({ uuid }) => facts.latentClusters.get(uuid) ?? -1),
    },
    models: modelColumns(facts),
    outcomes: { good: verdicts.good, weight: verdicts.weight },
    stage:
      stageElsewhere === null
        ? {
            grid: last === undefined ? -1 : 0,
            square: lastSquare,
            cluster: last === undefined ? -1 : (clusters.clusterOfHole[last.hole] ?? -1),
          }
        : { grid: 1, square: -1, cluster: -1 },
    costsMin: costs(facts, settings, clusters.clusterOfHole),
    timeLeftMin: timeLeftMin(facts, others, settings),
    elsewhere: demandsElsewhere(others, stageElsewhere),
    settings: {
      guardRails: {
        maxSkipShareOfSquare: settings.max_skip_share_of_square,
        maxSkipShareOfGrid: settings.max_skip_share_of_grid,
        minResults: settings.min_results,
      },
      exploration: settings.exploration,
      hysteresis: settings.hysteresis,
      diversity: settings.diversity,
      diversityScale: 10,
      resultDelayHoles: RESULT_DELAY_HOLES,
      builtInPredictors: true,
      learning: true,
    },
    previousPlan,
    carriedOver,
    versions: { smartem: VERSION },
  };
  return { input, verdicts };
}

function column<T>(rows: readonly T[], of: (row: T) => number | null): Float64Array {
  return Float64Array.from(rows, (row) => of(row) ?? Number.NaN);
}

interface Clusters {
  readonly ids: string[];
  readonly squareOfCluster: Int32Array;
  readonly clusterOfHole: Int32Array;
}

/**
 * A group that a pipeline made is a cluster; all other holes are grouped by what the beam shift reaches, offered by EPU's
 * ids, which follow the order in which it takes them. Those near a grid bar are not among them: it leaves them out, too.
 */
function clustersOf(facts: GridFacts): Clusters {
  const radius = Number(facts.acquisition.clustering_radius ?? "");
  const byId = facts.holes.map((hole, index) => ({ hole, index, id: Number(hole.foilhole_id) || 0 }));
  byId.sort((a, b) => a.hole.square - b.hole.square || a.id - b.id || a.index - b.index);
  const position = (of: (hole: HoleFacts) => number | null): Float64Array =>
    Float64Array.from(byId, ({ hole }) => (hole.is_near_grid_bar === true ? null : of(hole)) ?? Number.NaN);
  const grouped = clusterHoles(
    {
      squareOfHole: Int32Array.from(byId, ({ hole }) => hole.square),
      x: position(({ x }) => x),
      y: position(({ y }) => y),
    },
    Number.isFinite(radius) && radius > 0 ? radius : DEFAULT_CLUSTERING_RADIUS_M,
  );
  const reach = new Int32Array(facts.holes.length);
  for (const [place, { index }] of byId.entries()) reach[index] = grouped.clusterOfHole[place] ?? -1;
  // Named by its first hole, a cluster keeps its name when squares are added.
  const firstHole = new Map<number, string>();
  const index = new Map<string, number>();
  const ids: string[] = [];
  const squareOfCluster: number[] = [];
  const clusterOfHole = new Int32Array(facts.holes.length);
  const groupOfHole = new Map<number, string>();
  for (const [group, holes] of facts.groups) for (const hole of holes) groupOfHole.set(hole, group);
  for (const [hole, { square, uuid }] of facts.holes.entries()) {
    const group = groupOfHole.get(hole);
    const square_ = facts.squares[square]?.uuid ?? "";
    const number = reach[hole] ?? -1;
    const first = firstHole.get(number) ?? uuid;
    firstHole.set(number, first);
    const id = group === undefined ? `${square_}#${first}` : `${square_}@${group}`;
    let cluster = index.get(id);
    if (cluster === undefined) {
      cluster = ids.length;
      index.set(id, cluster);
      ids.push(id);
      squareOfCluster.push(square);
    }
    clusterOfHole[hole] = cluster;
  }
  return { ids, squareOfCluster: Int32Array.from(squareOfCluster), clusterOfHole };
}

const LEVELS = ["gridsquare", "group", "foilhole"] as const;
const LEVEL: Readonly<Record<(typeof LEVELS)[number], ModelLevel>> = {
  gridsquare: "square",
  group: "group",
  foilhole: "hole",
};

/**
 * One column per model and metric; where a model predicts at several levels, the finer one counts where it speaks. Of holes that have
 * results, what had been said before these came.
 */
function modelColumns(facts: GridFacts): ModelColumn[] {
  const holesOfSquare = new Map<string, number[]>(facts.squares.map(({ uuid }) => [uuid, []]));
  const holesOf = { gridsquare: holesOfSquare, group: facts.groups, foilhole: new Map<string, number[]>() };
  for (const [index, { uuid, square }] of facts.holes.entries()) {
    holesOfSquare.get(facts.squares[square]?.uuid ?? "")?.push(index);
    holesOf.foilhole.set(uuid, [index]);
  }
  const columns = new Map<string, ColumnInMaking>();
  const columnOf = (predictor: Predictor): ColumnInMaking => {
    const { model, metric } = predictor;
    const key = keyOf(predictor);
    let column = columns.get(key);
    if (column === undefined) {
      const scores = new Float64Array(facts.holes.length).fill(Number.NaN);
      column = { model, metric, level: "hole", scores, orders: null };
      columns.set(key, column);
    }
    return column;
  };
  const columnsOf = new Map<readonly Predictor[], ColumnInMaking[]>();
  for (const level of LEVELS) {
    for (const { entity_uuid, level: own, predictors, values, messageOrders } of facts.predictions) {
      if (own !== level) continue;
      let targets = columnsOf.get(predictors);
      if (targets === undefined) {
        targets = predictors.map(columnOf);
        columnsOf.set(predictors, targets);
      }
      const holes = holesOf[level].get(entity_uuid) ?? [];
      for (const [n, target] of targets.entries()) {
        target.level = LEVEL[level];
        const order = messageOrders?.[n];
        if (order === undefined) for (const hole of holes) target.scores[hole] = values[n] ?? Number.NaN;
        else setYoungest(target, holes, values[n] ?? Number.NaN, order);
      }
    }
  }
  for (const { entity_uuid, predictors, values } of facts.predictionsBeforeResults) {
    for (const hole of holesOf.foilhole.get(entity_uuid) ?? []) {
      // What is said later may rest on the result, which would then prove it right.
      for (const { scores } of columns.values()) scores[hole] = Number.NaN;
      for (const [n, predictor] of predictors.entries()) {
        const column = columns.get(keyOf(predictor));
        if (column !== undefined) column.scores[hole] = values[n] ?? Number.NaN;
      }
    }
  }
  return [...columns.values()]
    .filter(({ model }) => facts.models.has(model))
    .sort((a, b) => byCodeUnits(a.model, b.model) || byCodeUnits(a.metric, b.metric))
    .map(({ model, metric, level, scores }) => ({
      name: model,
      metric: metric === "" ? null : metric,
      level,
      prior: null,
      scores,
    }));
}

function keyOf({ model, metric }: Predictor): string {
  return JSON.stringify([model, metric]);
}

interface ColumnInMaking extends Predictor {
  level: ModelLevel;
  readonly scores: Float64Array;
  /** Of each hole's score, where a group has given it: its place among all messages. */
  orders: Float64Array | null;
}

/** Where several groups speak of a hole, the newest counts. */
function setYoungest(column: ColumnInMaking, holes: readonly number[], score: number, order: number): void {
  column.orders ??= new Float64Array(column.scores.length).fill(-1);
  for (const hole of holes) {
    if (order < (column.orders[hole] ?? 0)) continue;
    column.orders[hole] = order;
    column.scores[hole] = score;
  }
}

function byCodeUnits(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

function costs(facts: GridFacts, settings: AcquisitionDecisionSettings, clusterOfHole: Int32Array) {
  const acquired = facts.micrographs.flatMap(({ hole, acquired: at }) => {
    const fact = facts.holes[hole];
    if (at === null || fact === undefined) return [];
    return [
      {
        timeMs: Date.parse(at),
        grid: facts.gridUuid,
        square: String(fact.square),
        cluster: String(clusterOfHole[hole]),
        hole: fact.uuid,
      },
    ];
  });
  return estimateCosts(acquired, settings.costs_min).costsMin;
}
