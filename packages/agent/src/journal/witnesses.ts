import { ENTITY_NAMES, type EntityName } from "@smartem/common/entity-names";
import { steadyNow } from "../steady-clock.js";
import type { JournalDatabase } from "./database.js";
import type { QueuedEntity } from "./entities.js";

/** An entity that was stored by a request, with all else that was in it. */
export interface Witness {
  /** Later requests have higher ones. */
  readonly no: number;
  readonly acquisition: string;
  readonly kind: EntityName;
  readonly uuid: string;
}

/** Of a session that goes on, one is kept of each so long. */
const SPAN_MS = 600_000;

/**
 * Entities that the API has confirmed, of each session the last, and earlier ones. A request is stored as a whole, and after
 * those before it: an API whose data are those of an earlier time lacks all that came after that, and until more has been
 * stored the last one tells.
 */
export class WitnessJournal {
  readonly #statements;
  /** The last of each acquisition, which the next one takes the place of. */
  readonly #last = new Map<string, { readonly no: number; readonly sinceMs: number }>();

  constructor(db: JournalDatabase) {
    this.#statements = {
      add: db.prepare("insert into witnesses (acquisition, kind, uuid) values (?, ?, ?) returning no"),
      replace: db.prepare("update witnesses set kind = ?, uuid = ? where no = ? and acquisition = ? returning no"),
      next: db.prepare(`
        select * from witnesses where no > ? and acquisition in (select acquisition_uuid from sessions)
        order by no limit 1`),
      dropBefore: db.prepare("delete from witnesses where acquisition = ? and no < ?"),
      forget: db.prepare("delete from witnesses where acquisition = ?"),
      database: db.prepare("select id from confirming_database"),
      forgetDatabase: db.prepare("delete from confirming_database"),
      noteDatabase: db.prepare("insert into confirming_database values (?)"),
    };
  }

  /** The database to which the API has confirmed; null where it has not told. */
  get database(): string | null {
    return (this.#statements.database.get()?.id as string | undefined) ?? null;
  }

  noteDatabase(id: string): void {
    this.#statements.forgetDatabase.run();
    this.#statements.noteDatabase.run(id);
  }

  /** Takes in what a request has stored, parents first: of each acquisition the last that it did not have before. */
  add(stored: readonly QueuedEntity[]): void {
    const chosen = new Map(
      stored
        .filter(({ kind, known }) => !known && (ENTITY_NAMES as readonly string[]).includes(kind))
        .map((entity) => [entity.acquisition, entity]),
    );
    const now = steadyNow();
    for (const { acquisition, kind, uuid } of chosen.values()) {
      const last = this.#last.get(acquisition);
      const isReplaced =
        last !== undefined &&
        now - last.sinceMs < SPAN_MS &&
        this.#statements.replace.get(kind, uuid, last.no, acquisition) !== undefined;
      if (isReplaced) continue;
      const no = this.#statements.add.get(acquisition, kind, uuid)?.no as number;
      this.#last.set(acquisition, { no, sinceMs: now });
    }
  }

  /** The API may have other data from now on: what is known to have been there stays as it is. */
  keepLast(): void {
    this.#last.clear();
  }

  /** The first after `no`, of sessions that are still in the folder; null where there is none. */
  next(no: number): Witness | null {
    return (this.#statements.next.get(no) as unknown as Witness | undefined) ?? null;
  }

  /** Notes that the API has it. Earlier ones of its acquisition then say no more than it does. */
  confirm({ acquisition, no }: Witness): void {
    this.#statements.dropBefore.run(acquisition, no);
  }

  /** Forgets those of an acquisition that is uploaded again. */
  forget(acquisition: string): void {
    this.#last.delete(acquisition);
    this.#statements.forget.run(acquisition);
  }
}
