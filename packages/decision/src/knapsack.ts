import { Entries, type PlanProblem, type Ranking, type Selection, weigh } from "./ranking.js";

/**
 * The best selection for the time left by exact dynamic programming over grid → square → cluster → hole in whole steps
 * of time. A price cannot split a square, which with little time left takes the wrong square or leaves minutes unused;
 * this can. Work is steps × holes considered, memory steps × clusters considered: meant for a few hundred steps.
 *
 * @param consider the most holes to consider per cluster
 * @param stepMin entries are rounded to whole steps of this; an imaged hole is one step at least
 */
export function selectExactly(
  problem: PlanProblem,
  ranking: Ranking,
  consider: Int32Array,
  stepMin: number,
): Selection {
  const { structure, costsMin } = problem;
  const entries = new Entries(problem);
  const steps = Math.floor(problem.timeLeftMin / stepMin + 1e-9);
  const holeSteps = Math.max(1, Math.round(costsMin.hole / stepMin));
  const inSteps = (minutes: number): number => Math.round(minutes / stepMin);
  const take = new Int32Array(structure.clusterCount);

  const grids: GridChoice[] = [];
  let total: Profile = { best: new Float64Array(1), reach: 0 };
  for (let g = 0; g < structure.gridCount; g++) {
    const squares: SquareChoice[] = [];
    let ofGrid: Profile = { best: new Float64Array(1), reach: 0 };
    for (let i = structure.gridStart[g]; i < structure.gridStart[g + 1]; i++) {
      const s = structure.squaresOfGrid[i];
      const clusters: ClusterChoice[] = [];
      let ofSquare: Profile = { best: new Float64Array(1), reach: 0 };
      for (let j = structure.squareStart[s]; j < structure.squareStart[s + 1]; j++) {
        const c = structure.clustersOfSquare[j];
        const count = Math.min(consider[c], steps);
        if (count === 0) continue;
        const entry = inSteps(entries.cluster(c));
        const [profile, taken] = addCluster(ofSquare, ranking.sum, ranking.start[c], count, entry, holeSteps, steps);
        ofSquare = profile;
        clusters.push({ cluster: c, entry, taken });
      }
      if (clusters.length === 0) continue;
      const entry = inSteps(entries.square(s));
      const [profile, spent] = addBranch(ofGrid, ofSquare, entry, steps);
      ofGrid = profile;
      squares.push({ entry, spent, clusters });
    }
    if (squares.length === 0) continue;
    const entry = inSteps(entries.grid(g));
    const [profile, spent] = addBranch(total, ofGrid, entry, steps);
    total = profile;
    grids.push({ entry, spent, squares });
  }

  let left = total.reach;
  for (const grid of grids.toReversed()) {
    left = Math.min(left, grid.spent.length - 1);
    const inThisGrid = grid.spent[left];
    if (inThisGrid === 0) continue;
    left -= inThisGrid;
    let leftInGrid = inThisGrid - grid.entry;
    for (const square of grid.squares.toReversed()) {
      leftInGrid = Math.min(leftInGrid, square.spent.length - 1);
      const inThisSquare = square.spent[leftInGrid];
      if (inThisSquare === 0) continue;
      leftInGrid -= inThisSquare;
      let leftInSquare = inThisSquare - square.entry;
      for (const { cluster, entry, taken } of square.clusters.toReversed()) {
        leftInSquare = Math.min(leftInSquare, taken.length - 1);
        take[cluster] = taken[leftInSquare];
        if (take[cluster] > 0) leftInSquare -= entry + take[cluster] * holeSteps;
      }
    }
  }
  return weigh(problem, ranking, take);
}

/** The most value for every number of steps up to `reach`; more steps add nothing. */
interface Profile {
  readonly best: Float64Array;
  readonly reach: number;
}

interface ClusterChoice {
  readonly cluster: number;
  readonly entry: number;
  /** Per steps for this cluster and those before it in the square: how many of its holes to take. */
  readonly taken: Uint16Array;
}

interface SquareChoice {
  readonly entry: number;
  /** Per steps for this square and those before it in the grid: the steps, entry included, to spend in this one. */
  readonly spent: Uint16Array;
  readonly clusters: readonly ClusterChoice[];
}

interface GridChoice {
  readonly entry: number;
  readonly spent: Uint16Array;
  readonly squares: readonly SquareChoice[];
}

function addCluster(
  before: Profile,
  sum: Float64Array,
  from: number,
  count: number,
  entry: number,
  holeSteps: number,
  steps: number,
): [Profile, Uint16Array] {
  const reach = Math.min(steps, before.reach + entry + count * holeSteps);
  const best = new Float64Array(reach + 1);
  const taken = new Uint16Array(reach + 1);
  for (let t = 0; t <= reach; t++) {
    let most = before.best[Math.min(t, before.reach)];
    let choice = 0;
    // Fewer holes than would use up the steps beyond what the clusters before can use are never better.
    const idle = t - entry - before.reach;
    const least = Math.max(1, Math.min(count, Math.floor(idle / holeSteps)));
    for (let n = least, left = t - entry - least * holeSteps; n <= count && left >= 0; n++, left -= holeSteps) {
      const worth = before.best[Math.min(left, before.reach)] + sum[from + n - 1];
      if (worth > most) {
        most = worth;
        choice = n;
      }
    }
    best[t] = most;
    taken[t] = choice;
  }
  return [{ best, reach }, taken];
}

function addBranch(before: Profile, own: Profile, entry: number, steps: number): [Profile, Uint16Array] {
  const reach = Math.min(steps, before.reach + entry + own.reach);
  const best = new Float64Array(reach + 1);
  const spent = new Uint16Array(reach + 1);
  for (let t = 0; t <= reach; t++) {
    let most = before.best[Math.min(t, before.reach)];
    let choice = 0;
    const longest = Math.min(own.reach, t - entry);
    const shortest = Math.max(1, Math.min(longest, t - entry - before.reach));
    for (let u = shortest; u <= longest; u++) {
      const worth = before.best[t - entry - u < before.reach ? t - entry - u : before.reach] + own.best[u];
      if (worth > most) {
        most = worth;
        choice = u + entry;
      }
    }
    best[t] = most;
    spent[t] = choice;
  }
  return [{ best, reach }, spent];
}
