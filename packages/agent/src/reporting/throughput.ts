import { steadyNow } from "../steady-clock.js";

const WINDOW_S = 60;

/** How many in the last minute, and altogether. */
export class Throughput {
  readonly #now: () => number;
  readonly #perSecond = new Map<number, number>();
  #total = 0;

  constructor(now: () => number = steadyNow) {
    this.#now = now;
  }

  add(count: number): void {
    const second = Math.floor(this.#now() / 1_000);
    this.#perSecond.set(second, (this.#perSecond.get(second) ?? 0) + count);
    this.#total += count;
    for (const old of this.#perSecond.keys()) {
      if (old > second - WINDOW_S) break;
      this.#perSecond.delete(old);
    }
  }

  report(): { total: number; last_minute: number; peak_per_second: number } {
    const since = Math.floor(this.#now() / 1_000) - WINDOW_S;
    const recent = [...this.#perSecond].filter(([second]) => second > since).map(([, count]) => count);
    return {
      total: this.#total,
      last_minute: recent.reduce((sum, count) => sum + count, 0),
      peak_per_second: Math.max(0, ...recent),
    };
  }
}
