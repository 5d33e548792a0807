import type { Logger } from "@smartem/common/logging";
import { delay } from "@smartem/common/time";
import type { MicroscopeControl, Observation } from "../control/microscope-control.js";
import type { Journal } from "../journal/journal.js";
import type { OpenVerification } from "../journal/verifications.js";
import type { Settings } from "../settings.js";
import { steadyNow } from "../steady-clock.js";

export interface VerifierOptions {
  readonly journal: Journal;
  readonly control: MicroscopeControl;
  readonly settings: Settings;
  readonly log: Logger;
  readonly agentId: string;
  /** There is something in the outbox. */
  readonly onAnswer: () => void;
}

/** Longer than a session lasts: of an order that is older nothing more is to be seen. */
const PATIENCE_DAYS = 3;
const PATIENCE_MS = PATIENCE_DAYS * 24 * 3_600_000;

/**
 * Orders that were followed so far are looked at once in so many times, and whenever a new order has come: nothing waits
 * for what is seen of them, and there may be one for each grid square.
 */
const LOOKS_BETWEEN = 60;

/** Tells the API what the microscope made of the orders that its control holds. */
export class Verifier {
  readonly #options: VerifierOptions;
  /** How often it was looked since all orders were, and which of them was the newest. */
  #looks = 0;
  #newest: string | null = null;
  #failures = 0;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.step();
      await delay(this.#options.settings.times.verifyIntervalMs, signal);
    }
  }

  /** Looks once at all orders whose effect has not been seen, and now and then at those that were followed so far. */
  async step(): Promise<void> {
    const { journal, control } = this.#options;
    const all = journal.verifications.open();
    const newest = all.at(-1)?.instructionId ?? null;
    this.#looks++;
    const isOfAll = newest !== this.#newest || this.#looks >= LOOKS_BETWEEN;
    const open = isOfAll ? all : all.filter((order) => !order.isFollowed);
    if (open.length === 0) return;
    const seen = await control.observe(
      open.map((order) => {
        const later = all.slice(all.indexOf(order) + 1).filter((each) => each.sessionId === order.sessionId);
        return { watch: order.watch, later: later.map((each) => each.watch) };
      }),
    );
    if (seen.ok && isOfAll) {
      this.#looks = 0;
      this.#newest = newest;
    }
    this.#tell(open, seen);
  }

  #tell(open: readonly OpenVerification[], seen: Awaited<ReturnType<MicroscopeControl["observe"]>>): void {
    const { journal, log, agentId, onAnswer } = this.#options;
    this.#failures = seen.ok ? 0 : this.#failures + 1;
    if (!seen.ok) {
      if (this.#failures === 1) log.warn({ reason: seen.error.message }, "the microscope's record can't be read");
      if (seen.error.kind === "transient") return;
    }
    const observations = seen.ok ? seen.value : [];
    let said = 0;
    journal.transaction(() => {
      open.forEach((order, index) => {
        const observation = observations[index] ?? givenUp(order);
        if (observation === null) return;
        const { instructionId, sessionId } = order;
        const { outcome, observedAt, details, isLost, isFinal } = observation;
        if (isFinal || isOld(order)) journal.verifications.remove(instructionId);
        else journal.verifications.markFollowed(instructionId);
        // Only that it was broken changes what has been told.
        if (order.isFollowed && outcome !== "not_followed") return;
        const told = `verification/${instructionId}`;
        const session = `/agent/${encodeURIComponent(agentId)}/session/${sessionId}`;
        journal.outbox.add(
          {
            key: order.isFollowed ? `${told}/broken` : told,
            method: "POST",
            path: `${session}/instructions/${encodeURIComponent(instructionId)}/verification`,
            body: { outcome, observed_at: observedAt, details, ...(isLost ? { record_lost: true } : {}) },
          },
          steadyNow(),
        );
        // Where that has yet to be delivered, it is not to come after this.
        if (order.isFollowed) journal.outbox.forget(told);
        log.info({ instruction: instructionId, outcome, details }, "what the microscope made of an instruction");
        said++;
      });
    });
    if (said > 0) onAnswer();
  }
}

/** What is told of an order that has been looked at for so long that nothing more is expected; null before. */
function givenUp(order: OpenVerification): Observation | null {
  if (!isOld(order)) return null;
  const details = `Nothing that tells was seen within ${PATIENCE_DAYS} days; it is no longer looked for.`;
  return { outcome: "superseded", observedAt: new Date().toISOString(), details, isLost: false, isFinal: true };
}

function isOld({ createdAtMs }: OpenVerification): boolean {
  return steadyNow() - createdAtMs >= PATIENCE_MS;
}
