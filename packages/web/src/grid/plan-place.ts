import type { PlannedSquare } from "../api/additions.js";

/**
 * A square's place among those that the plan goes to, from 1; null where it takes no hole there: left out, skipped, or merely kept,
 * since there are too few results yet to skip more. Plans rank these as well.
 */
export function placeInPlan(planned: PlannedSquare | undefined): number | null {
  return planned === undefined || planned.skipped || planned.value === 0 ? null : planned.rank;
}

/** Whether a plan keeps a square that it neither goes to nor skips. */
export function isMerelyKept(planned: PlannedSquare | undefined): boolean {
  return planned !== undefined && planned.rank !== null && !planned.skipped && planned.value === 0;
}
