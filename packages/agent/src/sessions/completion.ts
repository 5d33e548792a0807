import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { ApiCall, ApiClient } from "../api/api-client.js";
import type { Journal } from "../journal/journal.js";
import type { JournaledSession } from "../journal/sessions.js";
import { steadyNow } from "../steady-clock.js";

export interface CompletionOptions {
  readonly api: ApiClient;
  readonly journal: Journal;
  readonly log: Logger;
  /** Whether all that is new in the folder would be known. */
  readonly seesFolder: () => boolean;
  /** Nothing new for so long is part of being complete. */
  readonly quietMs: number;
  /** How often is looked. */
  readonly intervalMs: number;
}

/**
 * Tells the API when a session is complete: EPU has completed every square that was selected, all of it is uploaded, and
 * nothing new comes. What operators have made of an acquisition stays as it is; only one that is under way is completed,
 * and one that this agent has completed is under way again when EPU goes on.
 */
export class SessionCompletion {
  readonly #options: CompletionOptions;

  constructor(options: CompletionOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(this.#options.intervalMs, signal);
      for (const session of this.#options.journal.sessions.all()) {
        if (signal.aborted) return;
        await this.#look(session);
      }
    }
  }

  async #look(session: JournaledSession): Promise<void> {
    const { journal, seesFolder, quietMs, log } = this.#options;
    const { folder, acquisitionUuid: acquisition, gridUuid, name } = session;
    const seenMs = journal.files.lastSeenMs(folder);
    const completeAtMs = journal.sessions.completeAtMs(folder);
    // Not whether it is later: the clock may have been set back.
    if (completeAtMs === null ? this.#isIncompleteAgain(session) : seenMs !== completeAtMs) {
      const again = await this.#replaceStatus(acquisition, "completed", {
        method: "PUT",
        path: `/acquisitions/${acquisition}`,
        // Said of a known acquisition, in /ingest, it would be what was known earlier: it has started.
        body: { status: "started", end_time: null },
      });
      if (!again) return;
      journal.sessions.setUnderWay(folder);
      log.info({ acquisition }, "the session goes on");
      return;
    }
    if (completeAtMs !== null || !seesFolder()) return;
    if (steadyNow() - seenMs < quietMs || journal.entities.hasUnsent(acquisition)) return;
    const { selected, completed } = journal.entities.squaresOf(gridUuid);
    if (selected === 0 || completed < selected) return;
    const end = journal.entities.lastMicrographOf(acquisition);
    const ended = end === null ? {} : { end_time: end };
    const said = await this.#replaceStatus(acquisition, "started", {
      method: "POST",
      path: "/ingest",
      body: { acquisitions: [{ uuid: acquisition, name, status: "completed", ...ended }] },
    });
    if (!said) return;
    journal.sessions.setComplete(folder, seenMs);
    log.info({ acquisition, squares: completed, end }, "the session is complete");
  }

  /** Whether EPU has more to do than when it was complete; a journal that was rebuilt does not know what has been seen since. */
  #isIncompleteAgain({ acquisitionUuid, gridUuid }: JournaledSession): boolean {
    const { journal, seesFolder } = this.#options;
    if (!journal.sessions.wasComplete(acquisitionUuid) || !seesFolder()) return false;
    const { selected, completed } = journal.entities.squaresOf(gridUuid);
    return completed < selected;
  }

  /** Says that it has another status, unless it is another one than `expected`. @returns false while the API does not answer */
  async #replaceStatus(acquisition: string, expected: string, call: ApiCall): Promise<boolean> {
    const { api } = this.#options;
    const found = await api.call({ method: "GET", path: `/acquisitions/${acquisition}` });
    if (!found.ok) return false;
    if ((found.value as { status?: unknown } | null)?.status !== expected) return true;
    return (await api.call(call)).ok;
  }
}
