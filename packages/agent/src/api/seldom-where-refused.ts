import type { Logger } from "@smartem/common/logging";
import { err } from "@smartem/common/result";
import { type Backoff, backoffMs } from "../backoff.js";
import { steadyNow } from "../steady-clock.js";
import type { ApiCall, ApiClient, ApiFailure } from "./api-client.js";

/** What only makes calls. */
export type Calls = Pick<ApiClient, "call">;

/**
 * Calls that whoever makes them repeats until they succeed: each that the API refuses, or does not permit, is logged once, and
 * made again after longer and longer alone; until then it fails as it did.
 *
 * @param what the calls are for
 */
export function seldomWhereRefused(
  api: Calls,
  of: { readonly what: string; readonly log: Logger; readonly backoff: Backoff; readonly nowMs?: () => number },
): Calls {
  const { what, log, backoff, nowMs = steadyNow } = of;
  const refused = new Map<string, { failure: ApiFailure; attempts: number; againAtMs: number }>();
  return {
    async call(call: ApiCall) {
      const { method, path, body } = call;
      const key = JSON.stringify([method, path, body]);
      const before = refused.get(key);
      if (before !== undefined && nowMs() < before.againAtMs) return err(before.failure);
      const answer = await api.call(call);
      if (answer.ok) {
        if (refused.delete(key)) log.info({ method, path }, `the API takes a call again: ${what}`);
      } else if (answer.error.kind === "refused" || answer.error.kind === "unauthorised") {
        const failure = answer.error;
        const attempts = (before?.attempts ?? 0) + 1;
        refused.set(key, { failure, attempts, againAtMs: nowMs() + backoffMs(attempts, backoff) });
        const { status, message: reason } = failure;
        if (attempts === 1) log.warn({ method, path, status, reason }, `the API refuses a call: ${what}`);
      }
      return answer;
    },
  };
}
