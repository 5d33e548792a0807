import type { InstructionMessage } from "@smartem/common/instructions";
import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { ApiClient } from "../api/api-client.js";
import { agentSessionId } from "../identity.js";
import type { Journal } from "../journal/journal.js";
import type { JournaledSession } from "../journal/sessions.js";
import type { Settings } from "../settings.js";
import { steadyNow } from "../steady-clock.js";
import { uploadAcquisitionAgain } from "../upload/registrations.js";
import { AgentSession, type SaidOfControl } from "./agent-session.js";

export interface SessionKeeperOptions {
  readonly api: ApiClient;
  readonly journal: Journal;
  readonly log: Logger;
  readonly settings: Settings;
  readonly agentId: string;
  readonly control: SaidOfControl;
  /** Instead of the natural one, for the first acquisition. */
  readonly sessionId?: string;
  /** Whether all that is new in the folder would be known. */
  readonly seesFolder: () => boolean;
  readonly onInstruction: (message: InstructionMessage, acquisition: string) => void;
  /** An instruction stream is there anew. */
  readonly onReconnected: (wasLost: boolean) => void;
  readonly onUploadAgain: () => void;
}

/** An agent that watches an archive listens for no more acquisitions than this, the latest ones. */
const MAX_SESSIONS = 64;
/** How often is looked which sessions nothing new came of for long, or something after long. */
const LOOK_MS = 5_000;

/** Keeps a session at the API for each acquisition in which something happens, and closes it when nothing does any more. */
export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  readonly #sessions = new Map<string, AgentSession>();
  #lastRegistered: string | null = null;
  #wake = new AbortController();

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
  }

  get sessions(): readonly AgentSession[] {
    return [...this.#sessions.values()];
  }

  /** A session that the API knows; null as long as there has been none. */
  registeredSessionId(): string | null {
    const registered = this.sessions.findLast((session) => session.isRegistered);
    this.#lastRegistered = registered?.status.session_id ?? this.#lastRegistered;
    return this.#lastRegistered;
  }

  /** The API has an acquisition that it may not have had before. */
  wake(): void {
    this.#wake.abort();
  }

  /** Has the API give everything again that it has no answer to. */
  listenAgain(): void {
    for (const session of this.#sessions.values()) session.listenAgain();
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.wake(), { once: true });
    while (!signal.aborted) {
      this.#wake = new AbortController();
      await this.#look();
      await delay(LOOK_MS, this.#wake.signal);
    }
    await Promise.all(this.sessions.map((session) => session.stop()));
  }

  async #look(): Promise<void> {
    const wanted = this.#wanted();
    for (const [acquisition, session] of this.#sessions) {
      if (wanted.has(acquisition) || !this.#options.seesFolder()) continue;
      this.#sessions.delete(acquisition);
      this.#options.log.info({ acquisition }, "nothing new for long; session closed");
      await session.close();
    }
    for (const [acquisition, session] of wanted) {
      if (!this.#sessions.has(acquisition)) this.#open(acquisition, session);
    }
  }

  /** By acquisition: it may lie in several folders when it was copied. */
  #wanted(): Map<string, JournaledSession> {
    const { journal, settings } = this.#options;
    const since = steadyNow() - settings.times.sessionIdleMs;
    const recent = journal.sessions
      .all()
      .filter(
        (session) =>
          journal.entities.isConfirmed(session.acquisitionUuid) || this.#sessions.has(session.acquisitionUuid),
      )
      .map((session) => ({ session, activeMs: journal.files.lastActiveMs(session.folder) }))
      .filter(({ activeMs }) => activeMs >= since)
      .sort((a, b) => b.activeMs - a.activeMs)
      .slice(0, MAX_SESSIONS);
    return new Map(recent.map(({ session }) => [session.acquisitionUuid, session]));
  }

  #open(acquisition: string, { name }: JournaledSession): void {
    const { api, log, settings, agentId, control, journal, onInstruction, onReconnected, onUploadAgain } =
      this.#options;
    const natural = agentSessionId(agentId, acquisition);
    const given = this.#options.sessionId ?? natural;
    const isTaken = this.sessions.some((session) => session.status.session_id === given);
    const session = new AgentSession({
      api,
      log,
      settings,
      agentId,
      control,
      sessionId: isTaken ? natural : given,
      acquisitionUuid: acquisition,
      name,
      onInstruction,
      onReconnected,
      onAcquisitionUnknown: () => {
        // Only what was confirmed was lost; what is queued is on its way.
        if (!journal.entities.isConfirmed(acquisition)) return;
        log.warn({ acquisition }, "the API has lost an acquisition; it is uploaded again");
        uploadAcquisitionAgain(journal, acquisition);
        onUploadAgain();
      },
    });
    this.#sessions.set(acquisition, session);
    session.start();
  }
}
