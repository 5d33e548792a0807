import type { JournalDatabase } from "./database.js";

export type RegisteredKind = "grid" | "gridsquare";

export interface Registration {
  readonly uuid: string;
  readonly kind: RegisteredKind;
  /** Of the squares or holes that are meant. */
  readonly count: number;
}

/** What is to be told as complete: all squares of a grid, all holes of a square; each once, and again when more is found. */
export class RegistrationJournal {
  readonly #statements;

  constructor(db: JournalDatabase) {
    const complete = (kind: RegisteredKind, children: string) => `
      select r.uuid, r.kind, r.count from registrations r join entities e on e.uuid = r.uuid
      where r.state = 'open' and r.kind = '${kind}' and e.confirmed_hash is not null and not exists (
        select 1 from entities c where c.parent = e.id and c.kind = '${children}' and c.asserted = 1
          and c.confirmed_hash is null and c.refusal is null)`;
    this.#statements = {
      expect: db.prepare(`
        insert into registrations (uuid, kind, count, state) values (?1, ?2, ?3, 'open')
        on conflict (uuid) do update set count = excluded.count, state = 'open' where state = 'open' or ?4 = 1`),
      complete: db.prepare(`${complete("grid", "gridsquare")} union all ${complete("gridsquare", "foilhole")}`),
      said: db.prepare("update registrations set state = 'said' where uuid = ?"),
      reopen: db.prepare(`
        update registrations set state = 'open'
        where uuid in (select uuid from entities where acquisition = ?) returning uuid`),
      open: db.prepare("select count(*) as n from registrations where state = 'open'"),
    };
  }

  /** @param isMore whether it is to be said again where it was said: some were not known then */
  expect({ uuid, kind, count }: Registration, isMore = false): void {
    this.#statements.expect.run(uuid, kind, count, isMore ? 1 : 0);
  }

  /** Those whose squares or holes are all confirmed. */
  complete(): Registration[] {
    return this.#statements.complete.all().map((row) => ({
      uuid: row.uuid as string,
      kind: row.kind as RegisteredKind,
      count: row.count as number,
    }));
  }

  markSaid(uuid: string): void {
    this.#statements.said.run(uuid);
  }

  /** To be said again: the API has lost the acquisition. */
  reopen(acquisition: string): string[] {
    return this.#statements.reopen.all(acquisition).map((row) => row.uuid as string);
  }

  open(): number {
    return this.#statements.open.get()?.n as number;
  }
}
