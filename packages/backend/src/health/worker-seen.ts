import type { Queryable } from "../database/connection.js";

/** How often a worker says that it is there. */
const SIGN_INTERVAL_S = 10;

/** Records that a worker is there. To be called more often than it has to be written down. */
export async function showWorker(db: Queryable): Promise<void> {
  await db.query(
    // Also where the clock was set back.
    "update worker_seen set at = now() where at is null or at not between now() - make_interval(secs => $1) and now()",
    [SIGN_INTERVAL_S],
  );
}

/** An expression of a query: how many seconds ago a worker was there, of all that there may be; null: never. */
export const WORKER_SEEN_S = "(select greatest(0, extract(epoch from now() - at))::float8 from worker_seen)";
