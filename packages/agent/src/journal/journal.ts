import { steadyNow } from "../steady-clock.js";
import { type JournalDatabase, openDatabase, type Replaced } from "./database.js";
import { EntityJournal } from "./entities.js";
import { FileJournal } from "./files.js";
import { InstructionJournal } from "./instructions.js";
import { Outbox } from "./outbox.js";
import { RegistrationJournal } from "./registrations.js";
import { ADDED_INDEXES, forgetSchedule } from "./schema.js";
import { SessionJournal } from "./sessions.js";
import { TakeoverJournal } from "./takeovers.js";
import { VerificationJournal } from "./verifications.js";
import { WitnessJournal } from "./witnesses.js";

/**
 * The agent's memory: what has been read, what follows from it, what the API has confirmed, what is to be done.
 * Nothing that matters waits outside of it.
 */
export interface Journal {
  readonly files: FileJournal;
  readonly sessions: SessionJournal;
  readonly entities: EntityJournal;
  readonly registrations: RegistrationJournal;
  readonly outbox: Outbox;
  readonly instructions: InstructionJournal;
  readonly verifications: VerificationJournal;
  readonly takeovers: TakeoverJournal;
  readonly witnesses: WitnessJournal;
  /** What was found in its place and moved aside; null where nothing was. */
  readonly replaced: Replaced | null;
  /** All or nothing. */
  transaction<T>(work: () => T): T;
  /** Gives back memory that only work needs. */
  shrink(): void;
  close(): void;
}

/** @throws SmartemError `state_folder_in_use`, `state_folder_unusable` */
export function openJournal(stateFolder: string): Journal {
  const { database, replaced } = openDatabase(stateFolder);
  const entities = new EntityJournal(database);
  const sessions = new SessionJournal(database);
  const files = new FileJournal(database);
  database.exec(ADDED_INDEXES);
  database.exec(forgetSchedule(steadyNow()));
  entities.retryRefused();
  files.retryRefused();
  return {
    files,
    sessions,
    entities,
    registrations: new RegistrationJournal(database),
    outbox: new Outbox(database),
    instructions: new InstructionJournal(database),
    verifications: new VerificationJournal(database),
    takeovers: new TakeoverJournal(database),
    witnesses: new WitnessJournal(database),
    replaced,
    transaction: (work) => inTransaction(database, [entities, sessions, files], work),
    shrink: () => {
      entities.shrink();
      database.shrink();
    },
    close: () => database.close(),
  };
}

function inTransaction<T>(
  database: JournalDatabase,
  remembering: readonly { afterRollback(): void }[],
  work: () => T,
): T {
  try {
    return database.transaction(work);
  } catch (thrown) {
    for (const each of remembering) each.afterRollback();
    throw thrown;
  }
}
