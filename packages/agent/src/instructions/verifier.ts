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

/** Tells the API what the microscope made of the orders that its control holds. */
export class Verifier {
  readonly #options: VerifierOptions;
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

  /** Looks once at all orders whose effect has not been seen. */
  async step(): Promise<void> {
    const { journal, control, log, agentId, onAnswer } = this.#options;
    const open = journal.verifications.open();
    if (open.length === 0) return;
    const seen = await control.observe(
      open.map((order, place) => {
        const later = open.slice(place + 1).filter((each) => each.sessionId === order.sessionId);
        return { watch: order.watch, later: later.map((each) => each.watch) };
      }),
    );
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
        const { outcome, observedAt, details, isLost } = observation;
        const session = `/agent/${encodeURIComponent(agentId)}/session/${sessionId}`;
        journal.outbox.add(
          {
            key: `verification/${instructionId}`,
            method: "POST",
            path: `${session}/instructions/${encodeURIComponent(instructionId)}/verification`,
            body: { outcome, observed_at: observedAt, details, ...(isLost ? { record_lost: true } : {}) },
          },
          steadyNow(),
        );
        journal.verifications.remove(instructionId);
        log.info({ instruction: instructionId, outcome, details }, "what the microscope made of an instruction");
        said++;
      });
    });
    if (said > 0) onAnswer();
  }
}

/** What is told of an order that has been looked at for so long that nothing more is expected; null before. */
function givenUp({ createdAtMs }: OpenVerification): Observation | null {
  if (steadyNow() - createdAtMs < PATIENCE_MS) return null;
  const details = `Nothing that tells was seen within ${PATIENCE_DAYS} days; it is no longer looked for.`;
  return { outcome: "superseded", observedAt: new Date().toISOString(), details, isLost: false };
}
