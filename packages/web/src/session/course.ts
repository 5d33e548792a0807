import type { Acquisition, Result } from "../api/additions.js";
import type { SessionCourse } from "../sessions/session-row.js";
import { parseTime } from "../shared/format.js";

/** What tells how long a session lasts, by what is known of it alone: itself, and the micrographs of each of its grids. */
export function courseOf(
  { status, start_time, end_time }: Pick<Acquisition, "status" | "start_time" | "end_time">,
  resultsByGrid: readonly (readonly Pick<Result, "taken_at_ms">[])[],
): SessionCourse {
  const startedAt = parseTime(start_time);
  // They are in the order in which they were taken; those of which it is not known come first.
  const taken = resultsByGrid.flatMap((results) => results.at(-1)?.taken_at_ms ?? []);
  const lastSignAt = taken.length === 0 ? startedAt : Math.max(...taken);
  return { status, startedAt, endedAt: parseTime(end_time), lastSignAt };
}
