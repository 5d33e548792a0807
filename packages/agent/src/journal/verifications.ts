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
        insert into verifications (instruction_id, session_id, acquisition, watch, created_at)
        values (?, ?, ?, ?, ?) on conflict (instruction_id) do nothing`),
      open: db.prepare("select * from verifications order by created_at, rowid"),
      count: db.prepare("select count(*) as n from verifications"),
      remove: db.prepare("delete from verifications where instruction_id = ?"),
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

  count(): number {
    return this.#statements.count.get()?.n as number;
  }

  /** What became of it has been told. */
  remove(instructionId: string): void {
    this.#statements.remove.run(instructionId);
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
