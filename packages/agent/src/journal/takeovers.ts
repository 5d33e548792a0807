import type { JournalDatabase } from "./database.js";

/** What the orders of an acquisition need to have taken over from the microscope's own software, for them to count. */
export interface Takeover {
  /** Address of the service at which it is configured. */
  readonly service: string;
  readonly plugin: string;
  /** Empty: not for one that counts yet, so that it is to be given back unless one does. */
  readonly acquisition: string;
  /** Whether this agent has taken it over, or was about to; not where somebody else has, or it is given back. */
  readonly isHeld: boolean;
}

export type HeldTakeover = Pick<Takeover, "service" | "plugin">;

/** What has been taken over, and has to be given back whatever becomes of the agent in between. */
export class TakeoverJournal {
  readonly #statements;

  constructor(db: JournalDatabase) {
    this.#statements = {
      all: db.prepare("select * from takeovers order by service, plugin, acquisition"),
      held: db.prepare("select distinct service, plugin from takeovers where held = 1 order by service, plugin"),
      need: db.prepare(`
        insert into takeovers (service, plugin, acquisition, held)
        values (?1, ?2, ?3, (select coalesce(max(held), 0) from takeovers where service = ?1 and plugin = ?2))
        on conflict (service, plugin, acquisition) do nothing`),
      hold: db.prepare(`
        insert into takeovers (service, plugin, acquisition, held) values (?, ?, '', 1)
        on conflict (service, plugin, acquisition) do nothing`),
      setHeld: db.prepare("update takeovers set held = ? where service = ? and plugin = ?"),
      prune: db.prepare(
        "delete from takeovers where held = 0 and acquisition not in (select acquisition_uuid from sessions)",
      ),
    };
  }

  all(): Takeover[] {
    return this.#statements.all.all().map((row) => ({
      service: row.service as string,
      plugin: row.plugin as string,
      acquisition: row.acquisition as string,
      isHeld: row.held === 1,
    }));
  }

  /** What this agent has to give back. */
  held(): HeldTakeover[] {
    return this.#statements.held.all().map((row) => ({ service: row.service as string, plugin: row.plugin as string }));
  }

  /** Notes that orders of an acquisition that were given need it. */
  need(service: string, plugin: string, acquisition: string): void {
    this.#statements.need.run(service, plugin, acquisition);
  }

  /** To be called before it is taken over, and after it was given back. By itself, this is no need. */
  setHeld(service: string, plugin: string, isHeld: boolean): void {
    if (isHeld) this.#statements.hold.run(service, plugin);
    this.#statements.setHeld.run(isHeld ? 1 : 0, service, plugin);
  }

  /** Drops what sessions that are gone have needed. */
  prune(): void {
    this.#statements.prune.run();
  }
}
