import type { Logger } from "@smartem/common/logging";
import type { DecisionMode } from "../config.js";
import { type Pool, sqlState, transaction } from "../database/connection.js";
import type { Notifications } from "../database/notifications.js";
import { type Loop, startLoop } from "../loop.js";
import type { Metrics } from "../observability/metrics.js";
import { traced } from "../observability/tracing.js";
import { makeDecision } from "./make.js";
import { DECISIONS_CHANNEL, requestDecisionLater } from "./requests.js";

export interface DecisionWorkerOptions {
  readonly pool: Pool;
  readonly notifications: Notifications;
  readonly logger: Logger;
  readonly defaultMode: DecisionMode;
  /** Plans of one grid are computed at most this often. */
  readonly planIntervalMs: number;
  /** A microscope is told of a new plan at most this often. */
  readonly instructionIntervalMs: number;
  readonly metrics?: Metrics;
}

const IDLE_MS = 1_000;
const RETRY_AFTER_SECONDS = 30;
const FOREIGN_KEY_VIOLATION = "23503";
/** Keeps workers apart: one at a time decides on a grid. */
const DECISION_LOCK = 0x5e03;

/** Decides anew on grids about which something has changed. Any number of workers may run. */
export function startDecisionWorker(options: DecisionWorkerOptions): Loop {
  const { pool, notifications, logger, planIntervalMs } = options;
  const idleMs = Math.max(10, Math.min(IDLE_MS, planIntervalMs));
  const loop = startLoop("decisions", { idleMs, logger }, async () => {
    const { rows } = await pool.query<{ grid_uuid: string; requested_at: string; micrograph_uuid: string | null }>(
      `select r.grid_uuid, r.requested_at::text, r.micrograph_uuid from decision_requests r
       where r.not_before <= now() and not exists (select from decisions d where d.grid_uuid = r.grid_uuid and d.created_at > now() - make_interval(secs => $1))
       order by r.requested_at limit 20`,
      [planIntervalMs / 1000],
    );
    let decided = 0;
    for (const request of rows) {
      const decide = transaction(pool, async (tx) => {
        const { rows: locks } = await tx.query<{ locked: boolean }>(
          "select pg_try_advisory_xact_lock($1, hashtext($2)) as locked",
          [DECISION_LOCK, request.grid_uuid],
        );
        if (locks[0]?.locked !== true) return false;
        const startedAt = performance.now();
        const outcome = await traced("decision", { "smartem.grid_uuid": request.grid_uuid }, () =>
          makeDecision(tx, request.grid_uuid, request.micrograph_uuid, options),
        );
        options.metrics?.decided((performance.now() - startedAt) / 1_000);
        // Unless something has changed meanwhile. Deleted last, so that whoever asks is kept waiting for no longer than that.
        await tx.query("delete from decision_requests where grid_uuid = $1 and requested_at = $2::timestamptz", [
          request.grid_uuid,
          request.requested_at,
        ]);
        if (outcome === "too_soon") await requestDecisionLater(tx, request.grid_uuid, options.instructionIntervalMs);
        return true;
      });
      // A grid that cannot be decided on must not keep the others waiting.
      const done = await decide.catch(async (error: unknown) => {
        if (sqlState(error) === FOREIGN_KEY_VIOLATION) {
          // What it was about has been deleted meanwhile: the next round decides on what is left, if anything is.
          logger.debug({ grid_uuid: request.grid_uuid }, "a grid changed while it was decided on");
          return true;
        }
        logger.error({ err: error, grid_uuid: request.grid_uuid }, "no decision on a grid; tried again later");
        await pool.query(
          "update decision_requests set not_before = now() + make_interval(secs => $2) where grid_uuid = $1",
          [request.grid_uuid, RETRY_AFTER_SECONDS],
        );
        return false;
      });
      if (done) decided += 1;
    }
    return decided > 0 ? "more" : "idle";
  });
  const unsubscribe = notifications.subscribe(DECISIONS_CHANNEL, () => loop.wake());
  return {
    wake: loop.wake,
    async stop() {
      unsubscribe();
      await loop.stop();
    },
  };
}
