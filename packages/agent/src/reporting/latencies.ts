/** How long the last so many took, in ms. */
export class Latencies {
  readonly #ring: number[] = [];
  readonly #capacity: number;
  #next = 0;

  constructor(capacity = 2_000) {
    this.#capacity = capacity;
  }

  add(ms: number): void {
    this.#ring[this.#next] = ms;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** Null where there is nothing to tell from. */
  percentiles(): { samples: number; p50_ms: number; p95_ms: number; p99_ms: number; max_ms: number } | null {
    if (this.#ring.length === 0) return null;
    const sorted = [...this.#ring].sort((a, b) => a - b);
    const at = (share: number) =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
    return { samples: sorted.length, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), max_ms: at(1) };
  }
}
