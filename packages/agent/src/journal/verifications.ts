import type { JournalDatabase, Row } from "./database.js";

/** A decision that a microscope control holds and of which more may be to be seen. */
export interface OpenVerification {
  readonly instructionId: string;
  readonly sessionId: string;
  readonly acquisition: string;
  /** What the control needs to tell; its own. */
  readonly watch: unknown;
  readonly createdAtMs: number;
  /** It has been told as followed; it may yet turn out not to be. */
  readonly isFollowed: boolean;
}

export class VerificationJournal {
  readonly #statements;

  constructor(db: JournalDatabase) {
    this.#statements = {
      add: db.prepare(`
        insert into verifications (instruction_id, session_id, acquisition, watch, created_at)
        values (?, ?, ?, ?, ?) on conflict (instruction_id) do nothing`),
      open: db.prepare("select * from verifications order by created_at, rowid"),
      count: db.prepare("select count(*) as n from verifications where followed = 0"),
      followed: db.prepare("update verifications set followed = 1 where instruction_id = ?"),
      remove: db.prepare("delete from verifications where instruction_id = ?"),
    };
  }

  add(verification: Omit<OpenVerification, "isFollowed">): void {
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

  /** Of how many nothing has been told. */
  count(): number {
    return this.#statements.count.get()?.n as number;
  }

  /** That it is followed has been told, and may yet turn out not to hold. */
  markFollowed(instructionId: string): void {
    this.#statements.followed.run(instructionId);
  }

  /** What became of it has been told for good. */
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
    isFollowed: row.followed === 1,
  };
}
