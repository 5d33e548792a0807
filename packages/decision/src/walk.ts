import type { Structure } from "./structure.js";
import type { CostsMin, DecisionInput, StagePosition } from "./types.js";

/** Where the stage stands when it images a hole. */
export function positionOfHole(input: DecisionInput, structure: Structure, hole: number): StagePosition {
  const square = structure.squareOfHole[hole];
  return { cluster: input.holes.clusterOfHole[hole], square, grid: input.squares.gridOfSquare[square] };
}

/** Minutes from the end of one hole to the end of the next. From nowhere (-1) the nearest part that is not known is free. */
export function moveMin(costs: CostsMin, from: StagePosition, to: StagePosition): number {
  if (from.cluster === to.cluster) return costs.hole;
  if (from.square === to.square) return costs.cluster;
  return from.grid === to.grid || from.grid < 0 ? costs.square : costs.grid;
}
