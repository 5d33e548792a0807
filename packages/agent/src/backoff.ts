/** How long to wait between attempts: doubling from `initialMs` up to `maxMs`, spread by chance so that agents don't march in step. */
export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * The wait before the next attempt.
 *
 * @param failures how many attempts have failed so far, from 1
 * @returns between half of the nominal wait and all of it, in ms
 */
export function backoffMs(failures: number, backoff: Backoff, random: () => number = Math.random): number {
  const nominal = Math.min(backoff.maxMs, backoff.initialMs * 2 ** Math.min(30, failures - 1));
  return nominal * (0.5 + random() / 2);
}
