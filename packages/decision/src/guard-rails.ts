import { indicesWhere, type Structure } from "./structure.js";
import { type DecisionInput, HoleReason, HoleState } from "./types.js";

/**
 * Takes back skips that the guard rails do not allow yet, best holes first: while a square where imaging has begun, or a
 * grid, has fewer results than `minResults`, also none at all, no more than a set share of its candidates is skipped. A square
 * where nothing was imaged counts towards its grid's share only, or no square could ever be passed over.
 *
 * @param skip and `reason` are corrected in place
 * @returns per square: 1 = it has candidates and all of them are skipped
 */
export function keepGuardRails(
  input: DecisionInput,
  structure: Structure,
  value: Float64Array,
  candidate: Uint8Array,
  skip: Uint8Array,
  reason: Uint8Array,
): Uint8Array {
  const { guardRails } = input.settings;
  const { squareCount, gridCount, squareOfHole } = structure;
  const { gridOfSquare } = input.squares;
  const squareBegun = new Uint8Array(squareCount);
  const squareResults = new Int32Array(squareCount);
  const gridResults = new Int32Array(gridCount);
  const squareCandidates = new Int32Array(squareCount);
  const gridCandidates = new Int32Array(gridCount);
  const squareSkips = new Int32Array(squareCount);
  const gridSkips = new Int32Array(gridCount);
  for (let h = 0; h < structure.holeCount; h++) {
    const s = squareOfHole[h];
    const g = gridOfSquare[s];
    if (input.holes.state[h] === HoleState.imaged) squareBegun[s] = 1;
    if (!Number.isNaN(input.outcomes.good[h])) {
      squareResults[s]++;
      gridResults[g]++;
    }
    if (candidate[h] === 0) continue;
    squareCandidates[s]++;
    gridCandidates[g]++;
    squareSkips[s] += skip[h];
    gridSkips[g] += skip[h];
  }
  const squareExcess = squareSkips.map((skips, s) =>
    squareBegun[s] === 1 && squareResults[s] < guardRails.minResults
      ? skips - Math.floor(guardRails.maxSkipShareOfSquare * squareCandidates[s])
      : 0,
  );
  const gridExcess = gridSkips.map((skips, g) =>
    gridResults[g] < guardRails.minResults ? skips - Math.floor(guardRails.maxSkipShareOfGrid * gridCandidates[g]) : 0,
  );
  const takeBack = (excessOf: (hole: number) => number): void => {
    const skipped = indicesWhere(skip.length, (h) => skip[h] === 1 && excessOf(h) > 0);
    for (const h of skipped.sort((a, b) => value[b] - value[a] || a - b)) {
      if (excessOf(h) <= 0) continue;
      skip[h] = 0;
      reason[h] = HoleReason.guardRail;
      squareSkips[squareOfHole[h]]--;
      squareExcess[squareOfHole[h]]--;
      gridExcess[gridOfSquare[squareOfHole[h]]]--;
    }
  };
  if (squareExcess.some((excess) => excess > 0)) takeBack((h) => squareExcess[squareOfHole[h]]);
  if (gridExcess.some((excess) => excess > 0)) takeBack((h) => gridExcess[gridOfSquare[squareOfHole[h]]]);
  return Uint8Array.from(squareSkips, (skips, s) => Number(squareCandidates[s] > 0 && skips === squareCandidates[s]));
}
