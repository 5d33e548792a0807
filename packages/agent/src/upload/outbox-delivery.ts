import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { ApiClient } from "../api/api-client.js";
import { type Backoff, backoffMs } from "../backoff.js";
import type { Journal } from "../journal/journal.js";
import type { QueuedCall } from "../journal/outbox.js";
import { steadyNow } from "../steady-clock.js";

export interface OutboxDeliveryOptions {
  readonly api: ApiClient;
  readonly journal: Journal;
  readonly log: Logger;
  readonly backoff: Backoff;
  readonly nowMs?: () => number;
}

const CALLS_AT_A_TIME = 100;
/** Whoever adds a call wakes it. */
const MOST_IDLE_MS = 10_000;
/** What is not permitted is seldom permitted a little later. */
const HELD_MS = 3_600_000;
const FORBIDDEN = 403;
const CONFLICT = 409;

/** Delivers the outbox's calls, in order, until the API has them. */
export class OutboxDelivery {
  readonly #options: OutboxDeliveryOptions;
  readonly #now: () => number;
  #wake = new AbortController();
  #busy = false;

  constructor(options: OutboxDeliveryOptions) {
    this.#options = options;
    this.#now = options.nowMs ?? steadyNow;
  }

  wake(): void {
    this.#wake.abort();
  }

  /** The API is spoken to with another token: it may permit what it did not. */
  retryHeld(): void {
    this.#options.journal.outbox.retryHeld();
    this.wake();
  }

  get idle(): boolean {
    return !this.#busy && this.#options.journal.outbox.open() === 0;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { journal } = this.#options;
    signal.addEventListener("abort", () => this.wake(), { once: true });
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const calls = journal.outbox.due(this.#now(), CALLS_AT_A_TIME);
      if (calls.length === 0) {
        const due = journal.outbox.nextDueMs();
        const untilDueMs = due === null ? MOST_IDLE_MS : due - this.#now();
        await delay(Math.max(1, Math.min(MOST_IDLE_MS, untilDueMs)), this.#wake.signal);
        continue;
      }
      this.#busy = true;
      try {
        for (const call of calls) {
          if (signal.aborted) return;
          await this.#deliver(call);
        }
      } finally {
        this.#busy = false;
      }
    }
  }

  async #deliver(call: QueuedCall): Promise<void> {
    const { api, journal, log, backoff } = this.#options;
    const { method, path, body } = call;
    const answer = await api.call({ method, path, ...(body === undefined ? {} : { body }) });
    if (answer.ok) {
      journal.outbox.delivered(call.id);
      return;
    }
    const { kind, status, message } = answer.error;
    if (kind === "unauthorised" && status === FORBIDDEN) {
      if (call.attempts === 0) log.warn({ path, reason: message }, "the API does not permit a call; it is held");
      journal.outbox.hold(call.id, this.#now() + HELD_MS, `${status}: ${message}`);
      return;
    }
    // It was said before.
    if (kind === "refused" && status === CONFLICT) {
      journal.outbox.delivered(call.id);
      return;
    }
    // Other refusals will not turn into acceptance by repeating.
    if (kind === "refused" && status !== 404) {
      log.warn({ path, status, reason: message }, "the API refuses a call");
      journal.outbox.refused(call.id, `${status}: ${message}`);
      return;
    }
    if (kind === "refused" && call.attempts + 1 >= MAX_NOT_FOUND) {
      log.warn({ path, reason: message }, "what a call is about is unknown to the API; given up");
      journal.outbox.refused(call.id, `404: ${message}`);
      return;
    }
    journal.outbox.defer(call.id, this.#now() + backoffMs(call.attempts + 1, backoff), message);
  }
}

/** What is unknown now may be about to be uploaded again; but not for ever. */
const MAX_NOT_FOUND = 20;
