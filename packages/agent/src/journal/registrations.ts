import type { JournalDatabase } from "./database.js";

export type RegisteredKind = "grid" | "gridsquare";

export interface Registration {
  readonly uuid: string;
  readonly kind: RegisteredKind;
  /** Of the squares or holes that are meant. */
  readonly count: number;
  /** Whose it is. */
  readonly acquisition: string;
  /** EPU's, of a square; null of a grid. */
  readonly gridSquareId: string | null;
}

/** What a file lists of a grid or a square. */
export interface Listing {
  readonly uuid: string;
  readonly kind: RegisteredKind;
  /** Whose it is. */
  readonly acquisition: string;
  /** EPU's ids of its squares or holes. */
  readonly listed: readonly string[];
  /** Whether it is what counts: of copies, the one that was written last. */
  readonly counts: boolean;
}

/** What the API fails at is waited for so often: it may have failed at everything for a moment. */
const SUSPECTED_ATTEMPTS = 5;

/** What is to be told as complete: all squares of a grid, all holes of a square; each once, and again when more is found. */
export class RegistrationJournal {
  readonly #statements;

  constructor(db: JournalDatabase) {
    const complete = (kind: RegisteredKind, children: string) => `
      select r.uuid, r.kind, r.count, r.acquisition, e.identity ->> 'gridsquare_id' as square_id from registrations r join entities e on e.uuid = r.uuid
      where r.state = 'open' and r.kind = '${kind}' and e.confirmed_hash is not null and not exists (
        select 1 from entities c where c.parent = e.id and c.kind = '${children}' and c.asserted = 1
          and c.confirmed_hash is null and (c.refusal is null or c.queued = 1 and c.attempts < ${SUSPECTED_ATTEMPTS}))
      -- A journal that was rebuilt knows how many there are before it has read of them.
      and r.count <= (select count(*) from entities c where c.parent = e.id and c.kind = '${children}' and c.asserted = 1)`;
    this.#statements = {
      expect: db.prepare(`
        insert into registrations (uuid, kind, acquisition, count, listed, state) values (?1, ?2, ?3, ?4, ?5, 'open')
        on conflict (uuid) do update set listed = excluded.listed, count = iif(?7 = 1, excluded.count, count),
          state = iif(?7 = 1, 'open', state)
        where state = 'open' or ?6 = 1`),
      listed: db.prepare("select listed from registrations where uuid = ?"),
      complete: db.prepare(`${complete("grid", "gridsquare")} union all ${complete("gridsquare", "foilhole")}`),
      said: db.prepare("update registrations set state = 'said' where uuid = ?"),
      reopen: db.prepare(
        "update registrations set state = 'open' where acquisition = ? and state = 'said' returning uuid",
      ),
      open: db.prepare("select count(*) as n from registrations where state = 'open'"),
    };
  }

  /** To be said; again, where it was said, if any was never listed before by what counts. @returns whether any was not by anything */
  expect({ uuid, kind, acquisition, listed, counts }: Listing): boolean {
    const before = this.everListed(uuid);
    const all = new Set([...before, ...listed]);
    const ever = JSON.stringify([...all]);
    const isMore = all.size > before.size;
    const { size } = new Set(listed);
    this.#statements.expect.run(uuid, kind, acquisition, size, ever, isMore ? 1 : 0, counts ? 1 : 0);
    return isMore;
  }

  /** EPU's ids of all squares of a grid, or holes of a square, that were ever listed; also by files that are gone. */
  everListed(uuid: string): ReadonlySet<string> {
    const listed = this.#statements.listed.get(uuid)?.listed as string | undefined;
    return new Set(listed === undefined ? [] : (JSON.parse(listed) as string[]));
  }

  /** Those whose squares or holes are all confirmed. */
  complete(): Registration[] {
    return this.#statements.complete.all().map((row) => ({
      uuid: row.uuid as string,
      kind: row.kind as RegisteredKind,
      count: row.count as number,
      acquisition: row.acquisition as string,
      gridSquareId: (row.square_id as string | undefined) ?? null,
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
