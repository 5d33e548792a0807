import { steadyNow } from "../steady-clock.js";

/** HTTP tells the time in whole seconds. */
const RESOLUTION_MS = 1_000;

/** What time it is at the API, by what its answers say; this computer's own clock may be any. */
export class ServerClock {
  readonly #steadyNow: () => number;
  /** To be added to the steady clock. */
  #aheadMs: number | null = null;

  constructor(now: () => number = steadyNow) {
    this.#steadyNow = now;
  }

  /** Takes in the `Date` of an answer that has just come; an API that does not tell its time is taken to have this computer's. */
  observe(date: string | string[] | undefined): void {
    const saidMs = typeof date === "string" ? Date.parse(date) : Number.NaN;
    if (!Number.isNaN(saidMs)) this.#aheadMs = saidMs + RESOLUTION_MS / 2 - this.#steadyNow();
    else this.#aheadMs ??= Date.now() - this.#steadyNow();
  }

  /** ms since 1970, to half a second; null as long as the API has not answered. */
  now(): number | null {
    return this.#aheadMs === null ? null : this.#steadyNow() + this.#aheadMs;
  }
}
