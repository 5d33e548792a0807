import type { Logger } from "@smartem/common/logging";
import { ok, type Result } from "@smartem/common/result";
import { delay } from "@smartem/common/time";
import type { ApiCall, ApiFailure } from "../api/api-client.js";
import type { Calls } from "../api/seldom-where-refused.js";
import type { Journal } from "../journal/journal.js";
import type { Completion, Done, JournaledSession } from "../journal/sessions.js";
import { steadyNow } from "../steady-clock.js";

export interface CompletionOptions {
  readonly api: Calls;
  readonly journal: Journal;
  readonly log: Logger;
  /** Whether all that is new in the folder would be known. */
  readonly seesFolder: () => boolean;
  /** Nothing new for so long is part of being complete. */
  readonly quietMs: number;
  /** Of a session in which nothing happened for so long the API is not asked whether another agent has completed it. */
  readonly idleMs: number;
  /** How often is looked. */
  readonly intervalMs: number;
}

/** An acquisition, as far as the API tells what has become of it. */
interface Told {
  readonly status: unknown;
  /** ISO 8601 (UTC), as times are written here. */
  readonly end: string | null;
}

/**
 * Tells the API when an acquisition is complete: EPU has completed every square that was selected, all of it is uploaded,
 * and nothing new comes, in none of its folders. What operators have made of an acquisition stays as it is; only one that
 * is under way is completed, and one that an agent has completed is under way again when EPU goes on.
 */
export class SessionCompletion {
  readonly #options: CompletionOptions;
  /** Acquisitions of which it is known whether an earlier agent, whose journal is not there, has completed them. */
  readonly #asked = new Set<string>();

  constructor(options: CompletionOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(this.#options.intervalMs, signal);
      for (const sessions of byAcquisition(this.#options.journal.sessions.all())) {
        if (signal.aborted) return;
        await this.#look(sessions);
      }
    }
  }

  /** @param sessions of one acquisition: it lies in several folders when it was copied */
  async #look(sessions: readonly JournaledSession[]): Promise<void> {
    const { journal, seesFolder, quietMs, log } = this.#options;
    const [session] = sessions;
    if (session === undefined) return;
    const { acquisitionUuid: acquisition, gridUuid, name } = session;
    const before = journal.sessions.completionOf(acquisition);
    const complete = this.#isToBeAsked(sessions, before) ? await this.#ask(session, before) : before;
    const { completed, ...done } = this.#done(session);
    if (complete !== null && this.#goesOn(complete, done)) {
      const again = await this.#replaceStatus(acquisition, ({ status }) => status === "completed", {
        method: "PUT",
        path: `/acquisitions/${acquisition}`,
        // Said of a known acquisition, in /ingest, it would be what was known earlier: it has started.
        body: { status: "started", end_time: null },
      });
      if (!again) return;
      journal.sessions.setUnderWay(acquisition);
      log.info({ acquisition }, "the session goes on");
      return;
    }
    if (complete?.isTold === true || !seesFolder()) return;
    const seenMs = Math.max(...sessions.map(({ folder }) => journal.files.lastSeenMs(folder)));
    if (steadyNow() - seenMs < quietMs || journal.entities.hasUnsent(acquisition)) return;
    const { last: end, selected } = done;
    if (selected === 0 || completed < selected) return;
    const ended = end === null ? {} : { end_time: end };
    const isToBeTold = (told: Told): boolean =>
      told.status === "started" || (this.#isOfAgent(gridUuid, told) && end !== null && end > told.end);
    const said = await this.#replaceStatus(acquisition, isToBeTold, {
      method: "POST",
      path: "/ingest",
      body: { acquisitions: [{ uuid: acquisition, name, status: "completed", ...ended }] },
    });
    if (!said) return;
    journal.sessions.setComplete(acquisition, done, true);
    log.info({ acquisition, squares: completed, end }, "the session is complete");
  }

  #done({ acquisitionUuid, gridUuid }: JournaledSession): Done & { readonly completed: number } {
    const { entities } = this.#options.journal;
    return { ...entities.imagedOf(acquisitionUuid), ...entities.squaresOf(gridUuid) };
  }

  /**
   * Whether EPU has taken more images than when it was complete, or has more to do. That a square is not completed any more
   * is no sign of it: an older file may say so.
   */
  #goesOn({ done: then }: Completion, now: Done): boolean {
    if (then === null) return false;
    if (now.micrographs > then.micrographs) return true;
    if (then.last !== null && now.last !== null && now.last > then.last) return true;
    return now.selected > then.selected && this.#options.seesFolder();
  }

  /** Whether the API knows better whether it was complete. */
  #isToBeAsked(sessions: readonly JournaledSession[], complete: Completion | null): boolean {
    const { journal, seesFolder, idleMs } = this.#options;
    const acquisition = sessions[0]?.acquisitionUuid ?? "";
    if (complete === null ? this.#asked.has(acquisition) : complete.done !== null) return false;
    if (!seesFolder() || !journal.entities.isConfirmed(acquisition)) return false;
    const activeMs = Math.max(...sessions.map(({ folder }) => journal.files.lastActiveMs(folder)));
    return complete !== null || steadyNow() - activeMs < idleMs;
  }

  /** Takes over from the API that an agent has completed an acquisition, and up to which image. */
  async #ask(session: JournaledSession, before: Completion | null): Promise<Completion | null> {
    const { journal } = this.#options;
    const { acquisitionUuid: acquisition, gridUuid } = session;
    const { completed: _, ...now } = this.#done(session);
    const told = await this.#told(acquisition);
    if (!told.ok) return before;
    this.#asked.add(acquisition);
    const isOfAgent = this.#isOfAgent(gridUuid, told.value);
    if (before === null && !isOfAgent) return null;
    const done = isOfAgent ? { ...now, last: told.value.end } : now;
    const isTold = before?.isTold ?? true;
    journal.sessions.setComplete(acquisition, done, isTold);
    return { done, isTold };
  }

  /** Whether it is completed, and its end is that of an image: agents say so, and operators hardly do. */
  #isOfAgent(gridUuid: string, told: Told): told is Told & { readonly end: string } {
    const { status, end } = told;
    return status === "completed" && end !== null && this.#options.journal.entities.isTakenAt(gridUuid, end);
  }

  /** Says that it has another status, if what it has `isToBeReplaced`. @returns false while the API does not answer */
  async #replaceStatus(acquisition: string, isToBeReplaced: (told: Told) => boolean, call: ApiCall): Promise<boolean> {
    const told = await this.#told(acquisition);
    if (!told.ok) return false;
    if (!isToBeReplaced(told.value)) return true;
    return (await this.#options.api.call(call)).ok;
  }

  async #told(acquisition: string): Promise<Result<Told, ApiFailure>> {
    const found = await this.#options.api.call({ method: "GET", path: `/acquisitions/${acquisition}` });
    if (!found.ok) return found;
    const { status, end_time: end } = (found.value ?? {}) as { status?: unknown; end_time?: unknown };
    const endMs = typeof end === "string" ? Date.parse(end) : Number.NaN;
    return ok({ status, end: Number.isNaN(endMs) ? null : new Date(endMs).toISOString() });
  }
}

function byAcquisition(sessions: readonly JournaledSession[]): Iterable<readonly JournaledSession[]> {
  const found = new Map<string, JournaledSession[]>();
  for (const session of sessions) {
    const others = found.get(session.acquisitionUuid);
    if (others === undefined) found.set(session.acquisitionUuid, [session]);
    else others.push(session);
  }
  return found.values();
}
