import type { JournalDatabase, Row } from "./database.js";

/** A decision that a microscope control holds and whose effect is still to be seen. */
export interface OpenVerification {
  readonly instructionId: string;
  readonly sessionId: string;
  readonly acquisition: string;
  /** What the control needs to tell; its own. */
  readonly watch: unknown;
  readonly createdAtMs: number;
}

export class VerificationJournal {
  readonly #statements;

  constructor(db: JournalDatabase) {
    this.#statements = {
      add: db.prepare(`
        insert into verifications (instruction_id, session_id, acquisition, watch, state, created_at)
        values (?, ?, ?, ?, 'open', ?) on conflict (instruction_id) do nothing`),
      open: db.prepare("select * from verifications where state = 'open' order by created_at, rowid"),
      since: db.prepare("select * from verifications where created_at >= ? order by created_at, rowid"),
      said: db.prepare("update verifications set state = 'said' where instruction_id = ?"),
      prune: db.prepare("delete from verifications where state = 'said' and created_at < ?"),
    };
  }

  add(verification: OpenVerification): void {
    this.#statements.add.run(
      verification.instructionId,
      verification.sessionId,
      verification.acquisition,
      JSON.stringify(verification.watch),
      verification.createdAtMs,
    );
  }

  /** Oldest first. */
  open(): OpenVerification[] {
    return this.#statements.open.all().map(verificationOf);
  }

  /** All made since then, whether or not their effect has been seen; oldest first. */
  since(createdAtMs: number): OpenVerification[] {
    return this.#statements.since.all(createdAtMs).map(verificationOf);
  }

  markSaid(instructionId: string): void {
    this.#statements.said.run(instructionId);
  }

  prune(beforeMs: number): void {
    this.#statements.prune.run(beforeMs);
  }
}

function verificationOf(row: Row): OpenVerification {
  return {
    instructionId: row.instruction_id as string,
    sessionId: row.session_id as string,
    acquisition: row.acquisition as string,
    watch: JSON.parse(row.watch as string),
    createdAtMs: row.created_at as number,
  };
}
