import type { Result, ResultColumns } from "./additions.js";

/** So many rows are made at a time: a few milliseconds' worth. */
const ROWS_PER_STEP = 5_000;

/** Rows out of columns, in steps between which the page can draw and answer. */
export async function resultRows(columns: ResultColumns): Promise<readonly Result[]> {
  const { gridsquares, foilholes, gridsquare, foilhole, taken_at_ms, particles, good } = columns;
  const rows: Result[] = [];
  for (let index = 0; index < gridsquare.length; index++) {
    if (index % ROWS_PER_STEP === 0) await new Promise((resume) => setTimeout(resume));
    const square = gridsquares[gridsquare[index] ?? -1];
    rows.push({
      foilhole_uuid: foilholes[foilhole[index] ?? -1] ?? "",
      gridsquare_uuid: square?.uuid ?? "",
      gridsquare_id: square?.gridsquare_id ?? "",
      taken_at_ms: taken_at_ms[index] ?? null,
      total_motion: columns.total_motion[index] ?? null,
      ctf_max_resolution_estimate: columns.ctf_max_resolution_estimate[index] ?? null,
      particles: particles[index] ?? null,
      good: good[index] ?? null,
    });
  }
  return rows;
}
