import type { GridTruth, HoleTruth, SquareTruth } from "./grid-truth.js";
import { type CostsMin, DEFAULT_COSTS_MIN, type StagePlace, stepCostMin } from "./run-costs.js";

export interface Yield {
  readonly goodMicrographs: number;
  readonly micrographs: number;
  readonly holes: number;
  /** Simulated minutes of acquisition that were used. */
  readonly minutes: number;
  readonly goodPerHour: number;
}

export interface YieldOptions {
  readonly costsMin?: CostsMin;
  /** Minutes of acquisition; null: until every hole is imaged. */
  readonly acquisitionMin?: number | null;
}

/** What a given path over the grid yields, on the microscope's clock. */
export function yieldOfPath(path: Iterable<HoleTruth>, options: YieldOptions = {}): Yield {
  const costs = options.costsMin ?? DEFAULT_COSTS_MIN;
  const limit = options.acquisitionMin ?? Number.POSITIVE_INFINITY;
  let stage: StagePlace = null;
  let minutes = 0;
  let good = 0;
  let micrographs = 0;
  let holes = 0;
  for (const hole of path) {
    const cost = stepCostMin(costs, stage, hole);
    if (minutes + cost > limit + 1e-9) break;
    minutes += cost;
    stage = hole;
    holes++;
    micrographs += hole.micrographs.length;
    good += goodOf(hole);
  }
  return { goodMicrographs: good, micrographs, holes, minutes, goodPerHour: minutes > 0 ? (60 * good) / minutes : 0 };
}

/** What the microscope would have yielded without decisions: EPU's default order, all squares, all holes. */
export function yieldWithoutDecisions(truth: GridTruth, options: YieldOptions = {}): Yield {
  return yieldOfPath(
    truth.selectedSquares.flatMap((square) => square.holes.filter((hole) => hole.selectable)),
    options,
  );
}

const BISECTIONS = 60;

/**
 * More good micrographs than any order of holes can yield in the time, even one made with full knowledge: the least
 * over all prices of a minute of what the time costs and what the best purchase at that price leaves over (Lagrangian
 * bound of the tree knapsack). It is nearly reached where the time allows more than a few squares.
 */
export function clairvoyantBound(
  truth: GridTruth,
  acquisitionMin: number,
  costsMin: CostsMin = DEFAULT_COSTS_MIN,
): number {
  const squares = truth.selectedSquares.map(goodBySquare);
  const bound = (price: number): number => {
    let surplus = 0;
    for (const clusters of squares) {
      let ofSquare = 0;
      for (const holes of clusters) {
        let ofCluster = 0;
        for (const good of holes) ofCluster += Math.max(0, good - price * costsMin.hole);
        ofSquare += Math.max(0, ofCluster - price * (costsMin.cluster - costsMin.hole));
      }
      surplus += Math.max(0, ofSquare - price * (costsMin.square - costsMin.cluster));
    }
    // The first square is entered at the grid's price.
    return surplus + price * (acquisitionMin - (costsMin.grid - costsMin.square));
  };
  // The bound is convex in the price.
  let low = 0;
  let high = Math.max(1, ...squares.flat(2)) / costsMin.hole;
  for (let step = 0; step < BISECTIONS; step++) {
    const third = (high - low) / 3;
    if (bound(low + third) <= bound(high - third)) high -= third;
    else low += third;
  }
  return Math.max(0, bound((low + high) / 2));
}

/** Good micrographs per hole, by cluster. */
function goodBySquare(square: SquareTruth): number[][] {
  const clusters = square.clusterGoodShares.map((): number[] => []);
  for (const hole of square.holes) if (hole.selectable) clusters[hole.cluster]?.push(goodOf(hole));
  return clusters;
}

function goodOf(hole: HoleTruth): number {
  return hole.micrographs.filter((micrograph) => micrograph.good).length;
}
