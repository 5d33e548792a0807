import { messageOf } from "@smartem/common/errors";
import type { InstructionAcknowledgement, InstructionMessage } from "@smartem/common/instructions";
import type { Logger } from "@smartem/common/logging";
import { ok } from "@smartem/common/result";
import { delay, parseTime } from "@smartem/common/time";
import { type ApiClient, isUnknown } from "../api/api-client.js";
import { backoffMs } from "../backoff.js";
import type { Approval, Approvals } from "../control/approvals.js";
import {
  type ControlMode,
  describeOrder,
  type LaterOrder,
  replacementOf,
  sizeOf,
  supersedes,
  withoutOverruled,
} from "../control/control-mode.js";
import type {
  ControlFailure,
  ControlledSession,
  MicroscopeControl,
  MicroscopeOrder,
} from "../control/microscope-control.js";
import { foilHoleUuid, gridSquareUuid } from "../identity.js";
import type { InstructionOutcome, JournaledInstruction, Lane } from "../journal/instructions.js";
import type { Journal } from "../journal/journal.js";
import type { Settings } from "../settings.js";
import { steadyNow } from "../steady-clock.js";
import { isOrder, orderOf } from "./orders.js";

/** What the agent can tell about itself, by instruction type; each gives plain JSON. */
export type Reports = Readonly<Record<string, (payload: Readonly<Record<string, unknown>>) => unknown>>;

export interface InstructionRunnerOptions {
  readonly api: ApiClient;
  readonly journal: Journal;
  readonly control: MicroscopeControl;
  readonly mode: ControlMode;
  readonly approvals: Approvals;
  readonly reports: Reports;
  readonly settings: Settings;
  /** The API's time, by which instructions expire; null as long as it is not known. */
  readonly serverNow: () => number | null;
  readonly log: Logger;
  /** Whether all that is in the folder, as far as it can be read, is in the journal. */
  readonly hasReadAll: () => boolean;
  /** There is something in the outbox. */
  readonly onAnswer: () => void;
  /** Others than before wait for somebody's approval. */
  readonly onApprovals?: () => void;
  /** Of the acquisition's EPU session; null where the agent does not know it. */
  readonly epuSessionOf: (acquisition: string) => (ControlledSession & { readonly gridUuid: string }) | null;
}

/** An order of an agent in mode semi-automatic; names as in JSON. */
export interface AwaitingApproval {
  readonly instruction_id: string;
  /** What it would have the microscope do, in words. */
  readonly order: string;
  readonly reason: string;
  readonly received_at: string;
}

/** How often is looked whether a person has said something. */
const APPROVAL_LOOK_MS = 500;
const LOOK_MS = 1_000;
const IDLE_MS = 60_000;
/** An instruction without an end of its own is given up after so long. */
const PATIENCE_MS = 600_000;
/** What is given within so long of being ordered has not been withdrawn since; the API's time is known to half a second. */
const FRESH_MS = 2_000;
/** The API's words for an instruction that nobody wants carried out any more. */
const WITHDRAWN: readonly unknown[] = ["cancelled", "expired"];
const UNAVAILABLE: Readonly<Record<string, "move_stage" | "take_image">> = {
  "microscope.control.move_stage": "move_stage",
  "microscope.control.take_image": "take_image",
};

type Done = { readonly is: "done"; readonly outcome: InstructionOutcome; readonly watch: unknown };
type Carried =
  | Done
  | { readonly is: "again"; readonly reason: string }
  /** For a person to say what is to become of it. */
  | { readonly is: "held" }
  /** The API does not want it carried out any more. */
  | { readonly is: "withdrawn" }
  /** The API knows nothing of it. */
  | { readonly is: "unknown" };

/** An instruction whose turn it is. */
interface Turn extends JournaledInstruction {
  /** What somebody at the microscope has said to it; null where nobody has, or nobody is asked. */
  readonly approval: Approval | null;
  /** In one place one at a time is carried out: a lane of a session, or what waits for somebody's approval by itself. */
  readonly place: string;
}

/**
 * Carries out instructions, each once, in order. Everything is journaled before it is done, and whatever an
 * interruption leaves half done is such that doing it again changes nothing.
 */
export class InstructionRunner {
  readonly #options: InstructionRunnerOptions;
  #wake = new AbortController();
  /** What is being carried out, by the place that it takes. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(options: InstructionRunnerOptions) {
    this.#options = options;
  }

  /** Nothing is to be done right now; what waits for the microscope's control does not count. */
  get idle(): boolean {
    return this.#underWay.size === 0 && this.#due().length === 0;
  }

  /** Takes in an instruction as the stream delivers it; one that came before is answered again. */
  receive(message: InstructionMessage, acquisition: string): void {
    const { journal, log } = this.#options;
    const lane = laneOf(message);
    if (journal.instructions.add(message, lane, acquisition, steadyNow())) {
      log.info({ instruction: message.instruction_id, type: message.instruction_type }, "instruction received");
      this.#approvalsChanged(message);
    } else {
      this.#answerAgain(message.instruction_id);
    }
    this.#acknowledgeWhatWaits(message, lane);
    this.#wake.abort();
  }

  /**
   * Forgets what has not been carried out: the API has another database, which may know nothing of it, or has decided anew.
   * What it does know it gives again to who listens anew.
   */
  letGo(): void {
    const { journal, log, onApprovals } = this.#options;
    const instructions = journal.instructions.letGo();
    if (instructions.length === 0) return;
    const message =
      "the API has another database than before; what was not carried out is let go unless it comes again";
    log.warn({ instructions }, message);
    onApprovals?.();
  }

  /** What is behind others may wait for long: the API would send it again, and have it expire in the end. */
  #acknowledgeWhatWaits(message: InstructionMessage, lane: Lane): void {
    const { journal, onAnswer } = this.#options;
    const open = journal.instructions.open(message.session_id, lane).map(idOf);
    if (open.length < 2 || !open.includes(message.instruction_id)) return;
    this.#sayReceived(message);
    onAnswer();
  }

  #approvalsChanged(message: InstructionMessage): void {
    if (laneOf(message) === "control" && this.#options.mode === "semi-automatic") this.#options.onApprovals?.();
  }

  /** The API has not got the answer, or has lost it. */
  #answerAgain(instructionId: string): void {
    const { journal, onAnswer } = this.#options;
    const known = journal.instructions.get(instructionId);
    if (known?.outcome == null) return;
    const { outcome } = known;
    journal.transaction(() => {
      journal.outbox.forget(finalKey(instructionId));
      this.#answer(known, outcome);
    });
    onAnswer();
  }

  /** The orders that wait for somebody at the microscope. */
  awaitingApproval(): AwaitingApproval[] {
    if (this.#options.mode !== "semi-automatic") return [];
    return this.#options.journal.instructions.openSessions().flatMap((session) =>
      this.#controlLane(session).flatMap((turn) => {
        const order = undecidedOrder(turn);
        if (order === null) return [];
        return [
          {
            instruction_id: turn.message.instruction_id,
            order: describeOrder(order),
            reason: order.reason,
            received_at: new Date(turn.receivedAtMs).toISOString(),
          },
        ];
      }),
    );
  }

  /** What is open in the control lane of a session, in its order, with what people have said to it. */
  #controlLane(session: string): Turn[] {
    const { journal, approvals } = this.#options;
    return journal.instructions.open(session, "control").map((instruction) => ({
      ...instruction,
      approval: approvals.get(idOf(instruction)),
      place: placeOf(session, "control"),
    }));
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#wake.abort(), { once: true });
    try {
      while (!signal.aborted) {
        this.#wake = new AbortController();
        for (const turn of this.#due()) this.#start(turn, signal);
        await Promise.race([delay(this.#idleMs(), this.#wake.signal), ...this.#underWay.values()]);
        this.#wake.abort();
      }
    } finally {
      this.#wake.abort();
      await Promise.allSettled(this.#underWay.values());
    }
  }

  /** Each lane goes on by itself: what takes long in one holds up no other. */
  #start(turn: Turn, signal: AbortSignal): void {
    const work = this.#carryOut(turn, signal).finally(() => this.#underWay.delete(turn.place));
    this.#underWay.set(turn.place, work);
  }

  /**
   * The first open one of each lane of each session. Orders that wait for somebody's approval hold up none behind them:
   * each of them is looked at, so that it is acknowledged, and given up in time. Where one is being carried out, the
   * others wait.
   */
  #heads(): Turn[] {
    const { mode, journal } = this.#options;
    const next = (session: string, lane: Lane): Turn[] => {
      const first = journal.instructions.next(session, lane);
      return first === null ? [] : [{ ...first, approval: null, place: placeOf(session, lane) }];
    };
    const heads = journal.instructions.openSessions().flatMap((session) => {
      const reports = next(session, "report");
      if (mode !== "semi-automatic") return [...reports, ...next(session, "control")];
      const lane = this.#controlLane(session);
      const waiting = lane.filter((turn) => undecidedOrder(turn) !== null);
      const decided = lane.filter((turn) => !waiting.includes(turn));
      return [...reports, ...decided.slice(0, 1), ...waiting.map((turn) => ({ ...turn, place: idOf(turn) }))];
    });
    return heads.filter((turn) => !this.#underWay.has(turn.place));
  }

  #due(): Turn[] {
    const now = steadyNow();
    const serverNow = this.#options.serverNow();
    return this.#heads().filter(
      ({ nextAttemptMs, state, message }) =>
        // One that has been begun and expires waits for the control, which alone knows what has become of it.
        nextAttemptMs <= now || (state === "received" && serverNow !== null && isExpired(message, serverNow)),
    );
  }

  /** How long there is nothing to do, unless an instruction comes. */
  #idleMs(): number {
    const heads = this.#heads();
    if (heads.length === 0) return IDLE_MS;
    // Any of them may expire meanwhile, or be decided about.
    return Math.max(5, Math.min(LOOK_MS, ...heads.map(({ nextAttemptMs }) => nextAttemptMs - steadyNow())));
  }

  async #carryOut(instruction: Turn, signal: AbortSignal): Promise<void> {
    const { journal, log, settings, onAnswer } = this.#options;
    const { message } = instruction;
    const id = message.instruction_id;
    let carried: Carried;
    try {
      carried = await this.#perform(instruction, signal);
    } catch (thrown) {
      carried = failed(`The agent failed: ${messageOf(thrown)}`);
    }
    if (carried.is === "held") {
      if (message.expires_at !== null || steadyNow() - instruction.receivedAtMs <= PATIENCE_MS) {
        journal.transaction(() => {
          journal.instructions.defer(id, steadyNow() + APPROVAL_LOOK_MS);
          this.#sayReceived(message);
        });
        onAnswer();
        return;
      }
      carried = failed(`Nobody at the microscope approved it within ${PATIENCE_MS / 1_000} s.`);
    }
    // What was broken off is taken up again at the next start.
    if (carried.is === "again" && signal.aborted) return;
    if (carried.is === "again" && message.expires_at === null && steadyNow() - instruction.receivedAtMs > PATIENCE_MS) {
      carried = failed(`Given up after ${PATIENCE_MS / 1_000} s: ${carried.reason}`);
    }
    if (carried.is === "withdrawn" || (carried.is === "done" && carried.outcome.status !== "processed")) {
      carried = await this.#ended(instruction, carried);
    }
    if (carried.is === "again") {
      const { reason } = carried;
      if (instruction.attempts === 0) {
        log.warn({ instruction: id, reason }, "instruction can't be carried out yet; it will be tried again");
      }
      journal.transaction(() => {
        journal.instructions.defer(
          id,
          steadyNow() + backoffMs(instruction.attempts + 1, settings.times.controlBackoff),
        );
        // So that the API does not send it again and again.
        this.#sayReceived(message);
      });
      onAnswer();
      return;
    }
    if (carried.is === "unknown") {
      journal.transaction(() => {
        journal.instructions.drop(id);
        this.#options.approvals.forget(id);
      });
      log.info(
        { instruction: id, type: message.instruction_type },
        "the API knows nothing of the instruction; not carried out",
      );
      this.#approvalsChanged(message);
      return;
    }
    const { outcome, watch } = carried;
    journal.transaction(() => {
      const now = steadyNow();
      journal.instructions.finish(id, outcome, now);
      this.#options.approvals.forget(id);
      if (watch !== null) {
        journal.verifications.add({
          instructionId: id,
          sessionId: message.session_id,
          acquisition: instruction.acquisition,
          watch,
          createdAtMs: now,
        });
      }
      this.#answer({ ...instruction, outcome }, outcome);
    });
    log.info({ instruction: id, type: message.instruction_type, ...outcome }, "instruction answered");
    this.#approvalsChanged(message);
    onAnswer();
  }

  async #perform(instruction: Turn, signal: AbortSignal): Promise<Carried> {
    const { reports, control, serverNow } = this.#options;
    const { instruction_type: type, payload } = instruction.message;
    const now = serverNow();
    if (now === null && instruction.message.expires_at !== null) {
      return { is: "again", reason: "Whether it has expired can't be told before the API has answered." };
    }
    // Not declined: nobody refused it, and it may be sent anew.
    if (now !== null && isExpired(instruction.message, now)) {
      return failed(`It expired at ${instruction.message.expires_at} before it could be carried out.`);
    }
    if (Object.hasOwn(reports, type)) return done(JSON.stringify(reports[type]?.(payload)));
    const unavailable = UNAVAILABLE[type];
    if (unavailable !== undefined) {
      return declined(control.refuses(unavailable) ?? `The control "${control.name}" offers no ${unavailable}.`);
    }
    if (!isOrder(type)) return declined(`The agent does not know instructions of type ${type}.`);
    const order = orderOf(type, payload);
    if (!order.ok) return failed(order.error);
    return this.#give(instruction, order.value, signal);
  }

  async #give(instruction: Turn, order: MicroscopeOrder, signal: AbortSignal): Promise<Carried> {
    const { control, epuSessionOf, hasReadAll, journal } = this.#options;
    const { acquisition } = instruction;
    const refusal = control.refuses(order.kind);
    if (refusal !== null) return declined(refusal);
    const session = epuSessionOf(acquisition);
    // After the loss of the journal the folder is read again, while instructions are there already.
    const unknown = (reason: string): Carried => (hasReadAll() ? declined(reason) : { is: "again", reason });
    if (session === null) return unknown("The agent no longer watches the session that this is for.");
    const unknownId = this.#unknownId(order, session.gridUuid);
    if (unknownId !== null) return unknown(unknownId);
    const held = this.#held(instruction, order);
    if (held !== null) return held;
    const outdated = await this.#outdated(instruction, signal);
    if (outdated !== null) return outdated;
    const later = this.#laterOrders(instruction);
    const left = withoutOverruled(order, later);
    if (left === null) {
      const replacement = replacementOf(order, later);
      if (replacement === null) return declined("Later orders say otherwise of all that it names.");
      return declined(`Superseded: the later order ${replacement.instructionId} was given before it.`);
    }
    const begin = (): void => journal.instructions.begin(idOf(instruction));
    const given = await control.give(session, left, journal.takeovers, signal, begin);
    if (!given.ok) return failureOf(given.error);
    const { result, watch = null } = given.value;
    const fewer = sizeOf(order) - sizeOf(left);
    return {
      ...done(
        fewer === 0
          ? result
          : `${result} Of what it names, ${fewer} were left out: later orders say otherwise of them.`,
      ),
      watch,
    };
  }

  /** The orders of the same session that are later than one, and were given or may be yet. */
  #laterOrders(instruction: JournaledInstruction): LaterOrder[] {
    return this.#options.journal.instructions.later(instruction).flatMap(({ message, state, outcome }) => {
      const { instruction_id: instructionId, instruction_type: type, payload } = message;
      const order =
        isOrder(type) && (state !== "done" || outcome?.status === "processed") ? orderOf(type, payload) : null;
      return order?.ok === true ? [{ instructionId, order: order.value, isGiven: state === "done" }] : [];
    });
  }

  /**
   * What is said of an instruction that ends without having been given. An order of which nothing has been passed on has not been
   * given, and never will be. One whose giving was begun is carried out where it counts already; where it does not, or not all of
   * it, no more of it is passed on. Which of these the control has to say: until it does, the answer waits.
   */
  async #ended(
    instruction: Turn,
    ended: Extract<Carried, { readonly is: "done" | "withdrawn" }>,
  ): Promise<Done | Extract<Carried, { readonly is: "again" }>> {
    const { journal, control, epuSessionOf } = this.#options;
    const { message, acquisition } = instruction;
    const how = ended.is === "done" ? ended : failed("It was withdrawn before it could be carried out.");
    if (laneOf(message) !== "control") return how;
    if (journal.instructions.get(message.instruction_id)?.state !== "executing") {
      return { ...how, outcome: { ...how.outcome, given: false } };
    }
    const named = orderOf(message.instruction_type, message.payload);
    const order = named.ok ? withoutOverruled(named.value, this.#laterOrders(instruction)) : null;
    const session = epuSessionOf(acquisition);
    const given =
      order !== null && session !== null ? await control.whatBecameOf(session, order, journal.takeovers) : ok(null);
    if (!given.ok && given.error.kind === "transient") return { is: "again", reason: given.error.message };
    const { errorMessage } = how.outcome;
    if (!given.ok || given.value === null) {
      return failed(`${errorMessage} Some of it may have been passed on before; the rest will not be.`);
    }
    const { result, watch = null } = given.value;
    return { ...done(`${result} That was before this: ${errorMessage}`), watch };
  }

  /**
   * What keeps an order that has waited, here or on its way (a cut network delivers late), from being given: it may have been
   * withdrawn meanwhile. Null where nothing does.
   */
  async #outdated({ message, attempts }: Turn, signal: AbortSignal): Promise<Carried | null> {
    if (attempts === 0 && isFresh(message, this.#options.serverNow())) return null;
    const path = `/instructions/${encodeURIComponent(message.instruction_id)}`;
    const answer = await this.#options.api.call({ method: "GET", path, signal });
    if (answer.ok) {
      const { status } = (answer.value ?? {}) as { status?: unknown };
      return WITHDRAWN.includes(status) ? { is: "withdrawn" } : null;
    }
    // One that it does not know it names. An API that has no such question does not, and withdraws nothing either.
    if (isUnknown(answer.error) && answer.error.message.includes(message.instruction_id)) return { is: "unknown" };
    if (answer.error.kind === "refused") return null;
    // Without it the microscope goes on by what it holds, which does no harm; with it, it might do what an operator has
    // taken back. The order waits for the API's word, and fails when it expires before that.
    return { is: "again", reason: `Whether it has been withdrawn can't be told: ${answer.error.message}` };
  }

  /** What the agent's mode makes of an order; null where the control is to be given it. */
  #held(instruction: Turn, order: MicroscopeOrder): Carried | null {
    const { mode } = this.#options;
    if (mode === "automatic") return null;
    if (mode === "dry-run") return declined(`This agent only tries (dry run); it would: ${describeOrder(order)}.`);
    const { approval: said } = instruction;
    if (said !== null) {
      if (said.approved) return null;
      return declined(`Declined at the microscope by ${said.by}${said.reason === null ? "" : `: ${said.reason}`}.`);
    }
    const newer = this.#laterOrders(instruction).find((later) => supersedes(later.order, order));
    if (newer === undefined) return { is: "held" };
    return declined(`Nobody at the microscope had approved it when ${newer.instructionId} came.`);
  }

  /** What the agent has not read of can't be told from a mistake. */
  #unknownId(order: MicroscopeOrder, gridUuid: string): string | null {
    const { entities } = this.#options.journal;
    const squares = order.kind === "reorder_foilholes" ? [order.gridSquareId] : order.gridSquareIds;
    for (const id of squares) {
      if (!entities.isKnown(gridSquareUuid(gridUuid, id))) return `There is no grid square ${id} in this session.`;
    }
    if (order.kind !== "reorder_foilholes") return null;
    const square = gridSquareUuid(gridUuid, order.gridSquareId);
    for (const id of [...order.foilHoleIds, ...order.skipFoilHoleIds]) {
      if (!entities.isKnown(foilHoleUuid(square, id))) {
        return `There is no foil hole ${id} in grid square ${order.gridSquareId}.`;
      }
    }
    return null;
  }

  #answer(instruction: JournaledInstruction, outcome: InstructionOutcome): void {
    const now = steadyNow();
    this.#say(instruction.message, finalKey(instruction.message.instruction_id), {
      status: outcome.status,
      result: outcome.result,
      error_message: outcome.errorMessage,
      processing_time_ms: Math.max(0, Math.round(now - instruction.receivedAtMs)),
      processed_at: new Date(this.#options.serverNow() ?? Date.now()).toISOString(),
      ...(outcome.given === undefined ? {} : { given: outcome.given }),
    });
  }

  #sayReceived(message: InstructionMessage): void {
    this.#say(message, `ack/${message.instruction_id}/received`, { status: "received" });
  }

  #say(message: InstructionMessage, key: string, body: InstructionAcknowledgement): void {
    const { journal } = this.#options;
    const { agent_id: agent, session_id: session, instruction_id: id } = message;
    const path = `/agent/${encodeURIComponent(agent)}/session/${session}/instructions/${encodeURIComponent(id)}/ack`;
    journal.outbox.add({ key, method: "POST", path, body }, steadyNow());
  }
}

function laneOf(message: InstructionMessage): Lane {
  return message.instruction_type.startsWith("agent.") ? "report" : "control";
}

function placeOf(session: string, lane: Lane): string {
  return `${session}/${lane}`;
}

function idOf({ message }: JournaledInstruction): string {
  return message.instruction_id;
}

/** The order that nobody has approved or declined; null where there is none to decide about. */
function undecidedOrder({ message, approval }: Turn): MicroscopeOrder | null {
  const { instruction_type: type, payload } = message;
  if (approval !== null || !isOrder(type)) return null;
  const order = orderOf(type, payload);
  return order.ok ? order.value : null;
}

function finalKey(instructionId: string): string {
  return `ack/${instructionId}/final`;
}

function isExpired(message: InstructionMessage, nowMs: number): boolean {
  if (message.expires_at === null) return false;
  const expires = parseTime(message.expires_at);
  return expires !== null && expires.getTime() <= nowMs;
}

function isFresh(message: InstructionMessage, nowMs: number | null): boolean {
  const created = parseTime(message.created_at);
  return created !== null && nowMs !== null && Math.abs(nowMs - created.getTime()) < FRESH_MS;
}

function done(result: string): Done {
  return { is: "done", outcome: { status: "processed", result, errorMessage: null }, watch: null };
}

function declined(reason: string): Done {
  return { is: "done", outcome: { status: "declined", result: null, errorMessage: reason }, watch: null };
}

function failed(reason: string): Done {
  return { is: "done", outcome: { status: "failed", result: null, errorMessage: reason }, watch: null };
}

function failureOf(failure: ControlFailure): Carried {
  return failure.kind === "transient" ? { is: "again", reason: failure.message } : failed(failure.message);
}
