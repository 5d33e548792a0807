import type { MeasuredGrid } from "./measured-grid.js";
import { positionOf } from "./microscope.js";

/** Holes that changing squares costs, in the eyes of the original system. */
const PENALTY_HOLES = 10;

/** The unimaged rest of a square, best first. */
interface Queue {
  readonly holes: number[];
  /** 2p − 1: positive where good is likelier than bad. */
  readonly worth: number[];
}

/**
 * The order in which the original system (smartem-decisions, `predictions/acquisition.py`, 2026) suggests holes, restated:
 * squares are ranked by the sum of their positive worths 2p − 1. Of the two best, how many holes to take from each is
 * chosen by comparing, for as many holes as are expected to be good, giving up the poorer end of the larger square
 * against the better end of the smaller one less a penalty; the one that gets more gives its best holes, and the squares
 * are ranked anew. Clusters and results play no part.
 */
export function originalOrder(grid: MeasuredGrid, scores: Float64Array | null): Int32Array {
  const bySquare = grid.squareIds.map((): number[] => []);
  for (let h = 0; h < grid.holeIds.length; h++) bySquare[positionOf(grid, h).square].push(h);
  const score = (h: number): number => (scores === null || Number.isNaN(scores[h]) ? 0.5 : scores[h]);
  let queues: Queue[] = bySquare.map((holes) => {
    const sorted = holes.sort((a, b) => score(b) - score(a) || a - b);
    return { holes: sorted, worth: sorted.map((h) => 2 * score(h) - 1) };
  });
  const order: number[] = [];
  while (queues.length > 0) {
    queues = queues.filter(({ holes }) => holes.length > 0).sort((a, b) => promise(b) - promise(a));
    const [best, second] = queues;
    if (best === undefined) break;
    if (second === undefined) {
      order.push(...best.holes.splice(0));
      continue;
    }
    const [fromBest, fromSecond] = split(best, second);
    const [queue, count] = fromBest >= fromSecond ? [best, fromBest] : [second, fromSecond];
    // Both may be zero where nothing is worth it; the original then never ends, this takes the best square.
    const taken = Math.max(1, count);
    order.push(...queue.holes.splice(0, taken));
    queue.worth.splice(0, taken);
  }
  return Int32Array.from(order);
}

function positive({ worth }: Queue): number[] {
  return worth.filter((value) => value >= 0);
}

function promise({ worth }: Queue): number {
  const gains = worth.filter((value) => value > 0);
  return sum(gains.length > 0 ? gains : worth);
}

function split(first: Queue, second: Queue): [fromFirst: number, fromSecond: number] {
  const a = positive(first);
  const b = positive(second);
  if (a.length + b.length === 0) return [first.holes.length, second.holes.length];
  const expected = Math.trunc(sum(a) + sum(b)) || 1;
  const [large, small] = a.length >= b.length ? [a, b] : [b, a];
  let given = Math.max(0, expected - PENALTY_HOLES - large.length);
  let dropped = Math.max(0, large.length - expected);
  let most = Number.NEGATIVE_INFINITY;
  let bestDropped = dropped;
  let bestGiven = given;
  let previous = Number.NaN;
  for (let i = 0; i <= large.length + small.length; i++) {
    if (given > expected || given > small.length) break;
    const total = sum(large.slice(0, large.length - dropped)) + sum(small.slice(0, given));
    if (total > most) {
      most = total;
      bestDropped = dropped;
      bestGiven = given;
    }
    if (dropped < large.length) dropped++;
    if (dropped > PENALTY_HOLES) given++;
    if (dropped === large.length && total < previous) break;
    previous = total;
  }
  if (large.length <= PENALTY_HOLES) bestDropped = 0;
  if (small.length <= PENALTY_HOLES) bestGiven = small.length;
  const fromLarge = large.length - bestDropped;
  return a.length >= b.length ? [fromLarge, bestGiven] : [bestGiven, fromLarge];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
