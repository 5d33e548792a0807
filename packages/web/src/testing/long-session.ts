import type { Pool } from "@smartem/backend/database/connection";
import { seedSession, sendSession } from "./seed-session.js";
import { settled } from "./settle.js";

export const MICROGRAPHS = 50_000;
const SQUARES = 100;
const SETTLES_WITHIN_MS = 30_000;

/** What a week brings: the grid `l-grid` with 50,000 micrographs, put where the server would have put them. */
export async function insertLongSession(url: string, pool: Pool): Promise<void> {
  await sendSession(
    url,
    seedSession({ prefix: "l", name: "Long", squares: 1, openedSquares: 1, holesPerSquare: 1, imagedPerSquare: 1 }),
  );
  // A plan for so many holes is not what is measured on them.
  await settled(pool, SETTLES_WITHIN_MS);
  await pool.query(
    `insert into gridsquares (uuid, grid_uuid, gridsquare_id)
     select 'l-s' || n, 'l-grid', (5000 + n)::text from generate_series(0, ${SQUARES - 1}) n`,
  );
  await pool.query(
    `insert into foilholes (uuid, gridsquare_uuid, foilhole_id)
     select gen_random_uuid()::text, 'l-s' || (n % ${SQUARES}), (200000 + n)::text from generate_series(1, ${MICROGRAPHS - 1}) n`,
  );
  await pool.query(
    `insert into micrographs (uuid, foilhole_uuid, foilhole_id, micrograph_id, acquisition_datetime, total_motion,
       ctf_max_resolution_estimate, number_of_particles_picked)
     select gen_random_uuid()::text, h.uuid, h.foilhole_id, h.foilhole_id,
       timestamptz '2026-03-02T09:00:00Z' + (h.foilhole_id::int - 200000) * interval '5 seconds',
       5 + 20 * random(), case when random() < 0.03 then -1 else 3 + 7 * random() * random() end, (400 * random())::int
     from foilholes h join gridsquares s on s.uuid = h.gridsquare_uuid where s.uuid like 'l-s%' and s.grid_uuid = 'l-grid'
       and not exists (select from micrographs m where m.foilhole_uuid = h.uuid)`,
  );
}
