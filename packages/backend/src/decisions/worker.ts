import type { Logger } from "@smartem/common/logging";
import type { DecisionMode } from "../config.js";
import { type Pool, sqlState, transaction } from "../database/connection.js";
import type { Notifications } from "../database/notifications.js";
import { type Loop, startLoop } from "../loop.js";
import type { Metrics } from "../observability/metrics.js";
import { traced } from "../observability/tracing.js";
import { makeDecision } from "./make.js";
import { closeRequests, DECISIONS_CHANNEL, dueRequests, requestDecisionLater } from "./requests.js";

export interface DecisionWorkerOptions {
  readonly pool: Pool;
  readonly notifications: Notifications;
  readonly logger: Logger;
  readonly defaultMode: DecisionMode;
  /** Plans of one grid are computed at most this often, and large ones less often; 0: whenever something has changed. */
  readonly planIntervalMs: number;
  /** A microscope is told of a new plan at most this often. */
  readonly instructionIntervalMs: number;
  readonly metrics?: Metrics;
}

const IDLE_MS = 1_000;
const GRIDS_AT_A_TIME = 20;
/** Planning a large grid again and again while it is being taken in would slow that down: it rests four times as long as it took. */
const REST_PER_WORK = 4;
const RETRY_AFTER_SECONDS = 30;
const FOREIGN_KEY_VIOLATION = "23503";
/** Keeps workers apart: one at a time decides on a grid. */
const DECISION_LOCK = 0x5e03;

/** Decides anew on grids about which something has changed. Any number of workers may run. */
export function startDecisionWorker(options: DecisionWorkerOptions): Loop {
  const { pool, notifications, logger, planIntervalMs } = options;
  const idleMs = Math.max(10, Math.min(IDLE_MS, planIntervalMs));
  const restsUntilMs = new Map<string, number>();
  const loop = startLoop("decisions", { idleMs, logger }, async () => {
    const requests = await dueRequests(pool, planIntervalMs, GRIDS_AT_A_TIME);
    let decided = 0;
    for (const request of requests) {
      if ((restsUntilMs.get(request.grid_uuid) ?? 0) > performance.now()) continue;
      const decide = transaction(pool, async (tx) => {
        const { rows: locks } = await tx.query<{ locked: boolean }>(
          "select pg_try_advisory_xact_lock($1, hashtext($2)) as locked",
          [DECISION_LOCK, request.grid_uuid],
        );
        if (locks[0]?.locked !== true) return false;
        // Another worker may have decided on it since the round began.
        const [due] = await dueRequests(tx, planIntervalMs, 1, request.grid_uuid);
        if (due === undefined) return false;
        const startedAt = performance.now();
        const outcome = await traced("decision", { "smartem.grid_uuid": request.grid_uuid }, () =>
          makeDecision(tx, due.grid_uuid, due.micrograph_uuid, options),
        );
        const tookMs = performance.now() - startedAt;
        options.metrics?.decided(tookMs / 1_000);
        if (planIntervalMs > 0) restsUntilMs.set(request.grid_uuid, performance.now() + tookMs * REST_PER_WORK);
        // Not those that have come meanwhile.
        await closeRequests(tx, due.ids);
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
        options.metrics?.decisionFailed();
        logger.error({ err: error, grid_uuid: request.grid_uuid }, "no decision on a grid; tried again later");
        await transaction(pool, async (tx) => {
          await closeRequests(tx, request.ids);
          await requestDecisionLater(tx, request.grid_uuid, RETRY_AFTER_SECONDS * 1_000);
        });
        return false;
      });
      if (done) decided += 1;
    }
    for (const [grid, untilMs] of restsUntilMs) if (untilMs < performance.now()) restsUntilMs.delete(grid);
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
