import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { backoffMs } from "./backoff.js";
import { steadyNow } from "./steady-clock.js";

const BACKOFF = { initialMs: 500, maxMs: 60_000 };
/** What ran so long before it failed is not failing over and over. */
const RAN_WELL_MS = 60_000;

/**
 * Runs a part of the agent until `signal` is aborted, and again when it fails: a full disk or a defect in one part must
 * not end the others, nor this one for good. Whatever it was doing is in the journal.
 *
 * @param part names it in the log
 */
export async function persevering(
  part: string,
  log: Logger,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const begunAtMs = steadyNow();
    try {
      await run(signal);
      return;
    } catch (thrown) {
      failures = steadyNow() - begunAtMs > RAN_WELL_MS ? 1 : failures + 1;
      log.error(
        { part, failures, error: messageOf(thrown), stack: (thrown as Error).stack },
        "a part failed; it is started again",
      );
      await delay(backoffMs(failures, BACKOFF), signal);
    }
  }
}
