import { type DecisionInput, type DecisionOutput, HoleState, SquareState } from "@smartem/decision/types";
import type { GridFacts } from "./load.js";

/** What was decided on, from what, and how. */
export interface Decided {
  readonly facts: GridFacts;
  readonly input: DecisionInput;
  readonly output: DecisionOutput;
}

/** Squares, by index, that have been seen at their own magnification: their holes are known. */
export function seenSquares({ holes }: Pick<GridFacts, "holes">): Set<number> {
  return new Set(holes.map(({ square }) => square));
}

/** Squares, by index, in which a hole is left to be imaged: neither imaged nor out of the plan for whatever reason. */
export function openSquares({ facts, input, output }: Decided): Set<number> {
  return new Set(
    facts.holes.flatMap(({ square }, hole) => {
      const mayBe = input.holes.state[hole] === HoleState.candidate && output.holes.skip[hole] !== 1;
      return mayBe && input.squares.state[square] !== SquareState.lockedOut ? [square] : [];
    }),
  );
}

/** EPU's ids of holes that have been imaged, and of squares in which nothing is left to be. */
export function doneIds(decided: Decided): Set<string> {
  const { facts, input } = decided;
  const open = openSquares(decided);
  const done = new Set(
    facts.holes.flatMap(({ foilhole_id }, hole) => (input.holes.state[hole] === HoleState.imaged ? [foilhole_id] : [])),
  );
  for (const [index, square] of facts.squares.entries()) if (!open.has(index)) done.add(square.gridsquare_id);
  return done;
}
