import { entityPath } from "@smartem/common/entity-names";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { type ApiClient, type ApiFailure, isUnknown } from "../api/api-client.js";
import { type Backoff, backoffMs } from "../backoff.js";
import type { Journal } from "../journal/journal.js";
import { steadyNow } from "../steady-clock.js";
import { uploadAcquisitionAgain } from "./registrations.js";

export interface LossWatchOptions {
  readonly api: ApiClient;
  readonly journal: Journal;
  readonly log: Logger;
  /** While the API does not answer. */
  readonly backoff: Backoff;
  /** How often is looked. */
  readonly intervalMs: number;
  /** Each look begins by chance within so long; which database the API has is looked at once. */
  readonly spreadMs: number;
  /** Called at once when the API is seen to have another database than before. */
  readonly onAnotherDatabase: () => void;
  /** Called when there is something to upload again. */
  readonly onUploadAgain: () => void;
}

/** Streams are there anew over and over, each for itself, where something between ends them: between two questions for the database. */
const BETWEEN_STREAMS_MS = 10_000;

/** Between two questions: a look is not to be felt by anybody. */
const PAUSE_MS = 50;

/**
 * Looks whether the API still has what it has confirmed: at the start, when it was away, and now and then. An API that was
 * emptied, or restored from an earlier time, gets everything again of the acquisitions of which it has lost something.
 */
export class LossWatch {
  readonly #options: LossWatchOptions;
  #wake = new AbortController();
  #streamsWake = new AbortController();
  /** Whether streams are there anew since it was last looked which database the API has, and whether any was lost before. */
  #streams: { readonly wereLost: boolean } | null = null;
  /** The one that the API was last seen to have; null where it does not tell. */
  #database: string | null = null;

  constructor(options: LossWatchOptions) {
    this.#options = options;
  }

  /** The API answers again: its data may be others than before. */
  wake(): void {
    this.#wake.abort();
  }

  /** A stream is there anew, which all alone, or at the end of an API that is there again within a moment, fails in nothing else. */
  streamIsBack(wasLost: boolean): void {
    // Where its database tells nothing, what it has does.
    if (wasLost && this.#database === null) this.#options.journal.witnesses.keepLast();
    this.#streams = { wereLost: wasLost || this.#streams?.wereLost === true };
    this.#streamsWake.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#lookNowAndThen(signal), this.#followStreams(signal)]);
  }

  /** Looks wholly only where the API has another database, or does not tell and may have been away. */
  async #followStreams(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#streamsWake.abort(), { once: true });
    while (!signal.aborted) {
      this.#streamsWake = new AbortController();
      const streams = this.#streams;
      this.#streams = null;
      if (streams === null) {
        await delay(this.#options.intervalMs, this.#streamsWake.signal);
        continue;
      }
      const seen = await this.#lookWhichDatabase(signal);
      // One that does not answer is looked at when it does.
      if (seen === "another" || (seen === "untold" && streams.wereLost)) this.wake();
      await delay(BETWEEN_STREAMS_MS, signal);
    }
  }

  async #lookNowAndThen(signal: AbortSignal): Promise<void> {
    const { backoff, intervalMs, spreadMs, log } = this.#options;
    signal.addEventListener("abort", () => this.wake(), { once: true });
    let failures = 0;
    while (!signal.aborted) {
      // Many agents start, or find the API again, at the same time.
      const lookAtMs = steadyNow() + Math.random() * spreadMs;
      let failure: ApiFailure | null;
      do {
        this.#wake = new AbortController();
        const seen = await this.#lookWhichDatabase(signal);
        failure = typeof seen === "string" ? null : seen;
        await delay(Math.max(0, lookAtMs - steadyNow()), this.#wake.signal);
      } while (!signal.aborted && steadyNow() < lookAtMs);
      if (signal.aborted) return;
      this.#wake = new AbortController();
      failure ??= await this.#look(signal);
      failures = failure === null ? 0 : failures + 1;
      if (failure === null) {
        await delay(intervalMs, this.#wake.signal);
      } else {
        log.debug({ failure, failures }, "whether the API has what it has confirmed can't be seen");
        await delay(backoffMs(failures, backoff), this.#wake.signal);
      }
    }
  }

  /** @returns why it was not done; null where it was */
  async #look(signal: AbortSignal): Promise<ApiFailure | null> {
    const { api, journal, log, onUploadAgain } = this.#options;
    this.#uploadToAnotherDatabase();
    let last = 0;
    for (let witness = journal.witnesses.next(0); witness !== null; witness = journal.witnesses.next(last)) {
      const { acquisition, kind, uuid } = witness;
      const found = await api.call({ method: "GET", path: `${entityPath(kind)}/${uuid}`, signal });
      if (signal.aborted) return null;
      last = witness.no;
      if (found.ok) {
        journal.witnesses.confirm(witness);
      } else if (isUnknown(found.error)) {
        log.warn(
          { acquisition, kind, uuid },
          "the API has lost what it had confirmed; the acquisition is uploaded again",
        );
        uploadAcquisitionAgain(journal, acquisition);
        onUploadAgain();
      } else {
        return found.error;
      }
      await delay(PAUSE_MS, signal);
    }
    return null;
  }

  /** @returns whether it is the one that has confirmed; why it can't be seen */
  async #lookWhichDatabase(signal: AbortSignal): Promise<"same" | "another" | "untold" | ApiFailure> {
    const { api, journal, onAnotherDatabase } = this.#options;
    const answer = await api.call({ method: "GET", path: "/database/identity", signal });
    if (!answer.ok) return isUnknown(answer.error) ? "untold" : answer.error;
    const { database_id: id } = answer.value as { database_id?: unknown };
    if (typeof id !== "string") return "untold";
    const before = journal.witnesses.database;
    if (before === null) journal.witnesses.noteDatabase(id);
    const isAnother = before !== null && before !== id;
    if (isAnother && id !== this.#database) onAnotherDatabase();
    this.#database = id;
    return isAnother ? "another" : "same";
  }

  /** One that was put back, or begun anew, may lack anything of what was confirmed, down to a change of what it has. */
  #uploadToAnotherDatabase(): void {
    const { journal, log, onUploadAgain } = this.#options;
    const id = this.#database;
    if (id === null || id === journal.witnesses.database) return;
    const acquisitions = new Set(journal.sessions.all().map(({ acquisitionUuid }) => acquisitionUuid));
    journal.transaction(() => {
      for (const acquisition of acquisitions) uploadAcquisitionAgain(journal, acquisition);
      journal.witnesses.noteDatabase(id);
    });
    log.warn(
      { acquisitions: acquisitions.size },
      "the API has another database than before; everything is uploaded again",
    );
    onUploadAgain();
  }
}
