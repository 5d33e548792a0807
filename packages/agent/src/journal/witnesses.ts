import { ENTITY_NAMES, type EntityName } from "@smartem/common/entity-names";
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

/**
 * One entity of each request that the API has confirmed. A request is stored as a whole: an API whose data are those of
 * an earlier time lacks the witnesses of everything that came after it.
 */
export class WitnessJournal {
  readonly #statements;

  constructor(db: JournalDatabase) {
    this.#statements = {
      add: db.prepare("insert into witnesses (acquisition, kind, uuid) values (?, ?, ?)"),
      next: db.prepare(`
        select * from witnesses where no > ? and acquisition in (select acquisition_uuid from sessions)
        order by no limit 1`),
      dropBefore: db.prepare("delete from witnesses where acquisition = ? and no < ?"),
      forget: db.prepare("delete from witnesses where acquisition = ?"),
    };
  }

  /** Takes in what a request has stored, parents first: of each acquisition the last that it did not have before. */
  add(stored: readonly QueuedEntity[]): void {
    const chosen = new Map(
      stored
        .filter(({ kind, known }) => !known && (ENTITY_NAMES as readonly string[]).includes(kind))
        .map((entity) => [entity.acquisition, entity]),
    );
    for (const { acquisition, kind, uuid } of chosen.values()) this.#statements.add.run(acquisition, kind, uuid);
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
    this.#statements.forget.run(acquisition);
  }
}
