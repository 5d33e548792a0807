import { entityPath } from "@smartem/common/entity-names";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import { type ApiClient, type ApiFailure, isUnknown } from "../api/api-client.js";
import { type Backoff, backoffMs } from "../backoff.js";
import type { Journal } from "../journal/journal.js";
import { uploadAcquisitionAgain } from "./registrations.js";

export interface LossWatchOptions {
  readonly api: ApiClient;
  readonly journal: Journal;
  readonly log: Logger;
  /** While the API does not answer. */
  readonly backoff: Backoff;
  /** How often is looked. */
  readonly intervalMs: number;
  /** Each look begins by chance within so long. */
  readonly spreadMs: number;
  /** Called when there is something to upload again. */
  readonly onUploadAgain: () => void;
}

/** Between two questions: a look is not to be felt by anybody. */
const PAUSE_MS = 50;

/**
 * Looks whether the API still has what it has confirmed: at the start, when it was away, and now and then. An API that was
 * emptied, or restored from an earlier time, gets everything again of the acquisitions of which it has lost something.
 */
export class LossWatch {
  readonly #options: LossWatchOptions;
  #wake = new AbortController();

  constructor(options: LossWatchOptions) {
    this.#options = options;
  }

  /** The API answers again: its data may be others than before. */
  wake(): void {
    this.#wake.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { backoff, intervalMs, spreadMs, log } = this.#options;
    signal.addEventListener("abort", () => this.wake(), { once: true });
    let failures = 0;
    while (!signal.aborted) {
      // Many agents start, or find the API again, at the same time.
      await delay(Math.random() * spreadMs, signal);
      if (signal.aborted) return;
      this.#wake = new AbortController();
      const failure = await this.#look(signal);
      failures = failure === null ? 0 : failures + 1;
      if (failure === null) {
        await delay(intervalMs, this.#wake.signal);
      } else {
        log.debug({ failure, failures }, "whether the API has what it has confirmed can't be seen");
        await delay(backoffMs(failures, backoff), signal);
      }
    }
  }

  /** @returns why it was not done; null where it was */
  async #look(signal: AbortSignal): Promise<ApiFailure | null> {
    const { api, journal, log, onUploadAgain } = this.#options;
    const failure = await this.#lookWhichDatabase(signal);
    if (failure !== null || signal.aborted) return failure;
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

  /**
   * One that was put back, or begun anew, may lack anything of what was confirmed, down to a change of what it has.
   *
   * @returns why it can't be seen; null where it can, or where the API does not tell
   */
  async #lookWhichDatabase(signal: AbortSignal): Promise<ApiFailure | null> {
    const { api, journal, log, onUploadAgain } = this.#options;
    const answer = await api.call({ method: "GET", path: "/database/identity", signal });
    if (!answer.ok) return isUnknown(answer.error) ? null : answer.error;
    const { database_id: id } = answer.value as { database_id?: unknown };
    const before = journal.witnesses.database;
    if (typeof id !== "string" || id === before) return null;
    const acquisitions = new Set(journal.sessions.all().map(({ acquisitionUuid }) => acquisitionUuid));
    journal.transaction(() => {
      if (before !== null) for (const acquisition of acquisitions) uploadAcquisitionAgain(journal, acquisition);
      journal.witnesses.noteDatabase(id);
    });
    if (before === null) return null;
    log.warn(
      { acquisitions: acquisitions.size },
      "the API has another database than before; everything is uploaded again",
    );
    onUploadAgain();
    return null;
  }
}
