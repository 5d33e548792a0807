import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { Journal } from "../journal/journal.js";
import { steadyNow } from "../steady-clock.js";
import type { ControlMode } from "./control-mode.js";
import type { MicroscopeControl } from "./microscope-control.js";

export interface TakeoverKeeperOptions {
  readonly journal: Journal;
  readonly control: MicroscopeControl;
  readonly mode: ControlMode;
  readonly log: Logger;
  /** Whether all sessions of the folder are known. */
  readonly hasReadAll: () => boolean;
  /** How often is looked. */
  readonly intervalMs: number;
  /** A session of which nothing new has come for so long gives way to one that began since. */
  readonly quietMs: number;
  /** One of which nothing new has come for so long is over. */
  readonly idleMs: number;
}

/** How long giving back may take while the agent stops; the next start does what is left. */
const STOP_MS = 5_000;

/**
 * Has the microscope's own software leave to others only what orders in force need, and decide by itself again in the end:
 * when the session is complete, idle or followed by another, and while no agent runs. What an agent that was killed has
 * not given back, its next start does.
 */
export class TakeoverKeeper {
  readonly #options: TakeoverKeeperOptions;
  #trouble: string | null = null;
  /** Whether all sessions have been known once: before, the latest of those that are known need not be the one that goes on. */
  #knowsAll = false;

  constructor(options: TakeoverKeeperOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { journal, hasReadAll, intervalMs } = this.#options;
    while (!signal.aborted) {
      this.#knowsAll ||= hasReadAll();
      await this.#settle(this.#inForce());
      if (hasReadAll()) journal.takeovers.prune();
      await delay(intervalMs, signal);
    }
  }

  /** Gives everything back, for as long as no agent runs, and closes the control. */
  async stop(): Promise<void> {
    const enough = new AbortController();
    const settled = this.#settle(new Set());
    await Promise.race([settled, delay(STOP_MS, enough.signal)]);
    enough.abort();
    await this.#options.control.close();
    await settled;
  }

  async #settle(inForce: ReadonlySet<string>): Promise<void> {
    const { control, journal, log } = this.#options;
    const before = journal.takeovers.held();
    const settled = await control.settle(journal.takeovers, (acquisition) => inForce.has(acquisition));
    const after = journal.takeovers.held();
    if (after.length !== before.length) log.info({ before, after }, "EPU leaves other decisions to this agent");
    this.#tell(settled.ok ? this.#outOfReach() : settled.error.message);
  }

  /** What stays taken over since this agent is not told of the service at which it is. */
  #outOfReach(): string | null {
    const { journal, control } = this.#options;
    const left = journal.takeovers.held().filter(({ service }) => service !== control.service);
    if (left.length === 0) return null;
    const names = left.map(({ plugin, service }) => `${plugin} at ${service}`).join(", ");
    return `${names} can't be given back: start the agent with that --athena-url once.`;
  }

  #tell(trouble: string | null): void {
    if (trouble !== null && trouble !== this.#trouble) {
      this.#options.log.warn({ trouble }, "EPU goes on leaving decisions to this agent that it does not make");
    }
    this.#trouble = trouble;
  }

  /** Of one microscope's sessions, the one that goes on: a quiet one gives way to one that began since. */
  #inForce(): ReadonlySet<string> {
    const { journal, mode, quietMs, idleMs } = this.#options;
    if (mode === "dry-run") return new Set();
    const complete = new Set(journal.sessions.complete());
    const sessions = journal.sessions.all().map(({ folder, acquisitionUuid: acquisition }) => {
      return { acquisition, quietForMs: steadyNow() - journal.files.lastActiveMs(folder) };
    });
    const latestMs = Math.min(...sessions.map(({ quietForMs }) => quietForMs));
    const inForce = sessions.filter(
      ({ acquisition, quietForMs }) =>
        !complete.has(acquisition) &&
        quietForMs < idleMs &&
        (quietForMs < quietMs || (this.#knowsAll && quietForMs === latestMs)),
    );
    return new Set(inForce.map(({ acquisition }) => acquisition));
  }
}
