import type { AckStatus, InstructionMessage, InstructionPriority } from "@smartem/common/instructions";
import { parseTime } from "@smartem/common/time";
import type { JournalDatabase, Row } from "./database.js";

/** What asks the agent about itself does not wait for what asks the microscope to do something. */
export type Lane = "report" | "control";

/** What became of an instruction. */
export interface InstructionOutcome {
  readonly status: Exclude<AckStatus, "received">;
  readonly result: string | null;
  readonly errorMessage: string | null;
  /** False: nothing of it has reached the microscope's control, nor will. Missing: some of it may have, or it is no order. */
  readonly given?: false;
}

export interface JournaledInstruction {
  readonly message: InstructionMessage;
  /** Of the acquisition whose session it came to. */
  readonly acquisition: string;
  /** `executing`: some of it may have reached the microscope's control. */
  readonly state: "received" | "executing" | "done";
  readonly attempts: number;
  /** Before which it is not tried again; ms since 1970. */
  readonly nextAttemptMs: number;
  readonly receivedAtMs: number;
  /** Later ones have greater numbers. */
  readonly arrival: number;
  readonly outcome: InstructionOutcome | null;
}

const RANKS: Readonly<Record<InstructionPriority, number>> = { high: 0, normal: 1, low: 2 };

/** What an instruction says of itself counts; where that is the default, what its payload says. */
function rankOf({ priority, payload }: InstructionMessage): number {
  const said = payload.priority;
  return priority === "normal" && (said === "high" || said === "low") ? RANKS[said] : RANKS[priority];
}

/** Every instruction that came, what became of it, and the order in which the open ones are to be carried out. */
export class InstructionJournal {
  readonly #statements;

  constructor(db: JournalDatabase) {
    this.#statements = {
      add: db.prepare(`
        insert into instructions (instruction_id, session_id, acquisition, lane, message, priority, sequence_number,
          arrival, state, received_at)
        values (?, ?, ?, ?, ?, ?, ?, (select coalesce(max(arrival), 0) + 1 from instructions), 'received', ?)
        on conflict (instruction_id) do nothing`),
      // Sent again with more time to be carried out in.
      renew: db.prepare("update instructions set message = ? where instruction_id = ? and state <> 'done'"),
      get: db.prepare("select * from instructions where instruction_id = ?"),
      next: db.prepare(`
        select * from instructions where session_id = ? and lane = ? and state <> 'done'
        order by priority, sequence_number, arrival limit 1`),
      open: db.prepare(`
        select * from instructions where session_id = ? and lane = ? and state <> 'done'
        order by priority, sequence_number, arrival`),
      later: db.prepare(`
        select i.* from instructions one join instructions i on i.session_id = one.session_id and i.lane = one.lane
        where one.instruction_id = ? and case
          when i.sequence_number is null or one.sequence_number is null or i.sequence_number = one.sequence_number
          then i.arrival > one.arrival else i.sequence_number > one.sequence_number end
        order by i.sequence_number, i.arrival`),
      begin: db.prepare("update instructions set state = 'executing' where instruction_id = ?"),
      defer: db.prepare("update instructions set attempts = attempts + 1, next_attempt = ? where instruction_id = ?"),
      finish: db.prepare(
        "update instructions set state = 'done', outcome = ?, finished_at = ? where instruction_id = ?",
      ),
      openSessions: db.prepare("select distinct session_id from instructions where state <> 'done'"),
      counts: db.prepare("select state, count(*) as n from instructions group by state"),
      letGo: db.prepare("delete from instructions where state <> 'done' returning instruction_id"),
      drop: db.prepare("delete from instructions where instruction_id = ?"),
      prune: db.prepare("delete from instructions where state = 'done' and finished_at < ?"),
    };
  }

  /** @returns false when it had come before */
  add(message: InstructionMessage, lane: Lane, acquisition: string, nowMs: number): boolean {
    const { changes } = this.#statements.add.run(
      message.instruction_id,
      message.session_id,
      acquisition,
      lane,
      JSON.stringify(message),
      rankOf(message) ?? RANKS.normal,
      message.sequence_number,
      nowMs,
    );
    if (changes === 0) this.#statements.renew.run(JSON.stringify(message), message.instruction_id);
    return changes > 0;
  }

  get(instructionId: string): JournaledInstruction | null {
    const row = this.#statements.get.get(instructionId);
    return row === undefined ? null : instructionOf(row);
  }

  /** All that are to be carried out in a lane of a session, in their order. */
  open(sessionId: string, lane: Lane): JournaledInstruction[] {
    return this.#statements.open.all(sessionId, lane).map(instructionOf);
  }

  /**
   * All of its lane that are later than one, whatever has become of them, the earliest first: by the API's sequence numbers (it sends
   * what has priority before what it was told before that), without them as they came.
   */
  later({ message }: JournaledInstruction): JournaledInstruction[] {
    const createdMs = createdMsOf(message);
    return (
      this.#statements.later
        .all(message.instruction_id)
        .map(instructionOf)
        // Numbers may begin again: those of an API that was put back, or of who gives numbers of their own.
        .filter((other) => !(createdMsOf(other.message) < createdMs))
    );
  }

  /** The one to be carried out next in a lane of a session, whether or not it may be tried yet. */
  next(sessionId: string, lane: Lane): JournaledInstruction | null {
    const row = this.#statements.next.get(sessionId, lane);
    return row === undefined ? null : instructionOf(row);
  }

  /** To be called before anything of it reaches the microscope's control. */
  begin(instructionId: string): void {
    this.#statements.begin.run(instructionId);
  }

  defer(instructionId: string, untilMs: number): void {
    this.#statements.defer.run(untilMs, instructionId);
  }

  finish(instructionId: string, outcome: InstructionOutcome, nowMs: number): void {
    this.#statements.finish.run(JSON.stringify(outcome), nowMs, instructionId);
  }

  /** Sessions with instructions that are not done. */
  openSessions(): string[] {
    return this.#statements.openSessions.all().map((row) => row.session_id as string);
  }

  counts(): Record<string, number> {
    return Object.fromEntries(this.#statements.counts.all().map((row) => [row.state as string, row.n as number]));
  }

  /** Forgets what is not done, as if it had never come. @returns ids */
  letGo(): string[] {
    return this.#statements.letGo.all().map((row) => row.instruction_id as string);
  }

  /** Forgets one, as if it had never come. */
  drop(instructionId: string): void {
    this.#statements.drop.run(instructionId);
  }

  /** Drops what was done long ago. */
  prune(beforeMs: number): void {
    this.#statements.prune.run(beforeMs);
  }
}

/** By the API's clock; NaN where it does not say. */
function createdMsOf({ created_at }: InstructionMessage): number {
  return parseTime(created_at)?.getTime() ?? Number.NaN;
}

function instructionOf(row: Row): JournaledInstruction {
  return {
    message: JSON.parse(row.message as string),
    acquisition: row.acquisition as string,
    state: row.state as JournaledInstruction["state"],
    attempts: row.attempts as number,
    nextAttemptMs: row.next_attempt as number,
    receivedAtMs: row.received_at as number,
    arrival: row.arrival as number,
    outcome: row.outcome === null ? null : JSON.parse(row.outcome as string),
  };
}
