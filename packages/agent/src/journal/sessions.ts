import type { SessionContext } from "../mapping/session-context.js";
import type { JournalDatabase, Row } from "./database.js";

export interface JournaledSession extends SessionContext {
  readonly epuSessionId: string;
  readonly name: string | null;
  /** Windows path of Atlas.dm as EPU wrote it. */
  readonly atlasPath: string | null;
  /** Where that is on this computer; null while it is not found. */
  readonly atlasFile: string | null;
}

/** The EPU sessions of the watched folder. */
export class SessionJournal {
  readonly #db: JournalDatabase;
  readonly #statements;
  /** They are asked for with every file. */
  #cached: ReadonlyMap<string, JournaledSession> | null = null;

  constructor(db: JournalDatabase) {
    this.#db = db;
    this.#statements = {
      all: db.prepare("select * from sessions order by folder"),
      put: db.prepare(`
        insert into sessions (folder, acquisition_uuid, grid_uuid, epu_session_id, name, atlas_path, atlas_file)
        values (?, ?, ?, ?, ?, ?, ?)
        on conflict (folder) do update set acquisition_uuid = excluded.acquisition_uuid, grid_uuid = excluded.grid_uuid,
          epu_session_id = excluded.epu_session_id, name = excluded.name, atlas_path = excluded.atlas_path, atlas_file = excluded.atlas_file,
          complete_at = case when acquisition_uuid = excluded.acquisition_uuid then complete_at end`),
      remove: db.prepare("delete from sessions where folder = ?"),
      completeAt: db.prepare("select complete_at from sessions where folder = ?"),
      setComplete: db.prepare("update sessions set complete_at = ? where folder = ?"),
      addComplete: db.prepare(`
        insert into complete_acquisitions select acquisition_uuid from sessions where folder = ? on conflict do nothing`),
      removeComplete: db.prepare(`
        delete from complete_acquisitions where acquisition in (select acquisition_uuid from sessions where folder = ?)`),
      wasComplete: db.prepare("select 1 from complete_acquisitions where acquisition = ?"),
      complete: db.prepare(`
        select distinct acquisition_uuid from sessions
        where acquisition_uuid in (select acquisition from complete_acquisitions) order by 1`),
    };
  }

  #byFolder(): ReadonlyMap<string, JournaledSession> {
    this.#cached ??= new Map(this.#statements.all.all().map((row) => [row.folder as string, sessionOf(row)]));
    return this.#cached;
  }

  /** To be called when a transaction was rolled back. */
  afterRollback(): void {
    this.#cached = null;
  }

  /** By folder. */
  all(): JournaledSession[] {
    return [...this.#byFolder().values()];
  }

  get(folder: string): JournaledSession | null {
    return this.#byFolder().get(folder) ?? null;
  }

  put(session: JournaledSession): void {
    this.#cached = null;
    this.#statements.put.run(
      session.folder,
      session.acquisitionUuid,
      session.gridUuid,
      session.epuSessionId,
      session.name,
      session.atlasPath,
      session.atlasFile,
    );
  }

  remove(folder: string): void {
    this.#cached = null;
    this.#statements.remove.run(folder);
  }

  /** Up to when something new had been seen of a session when it was found to be complete; null where it is to be found so yet. */
  completeAtMs(folder: string): number | null {
    return (this.#statements.completeAt.get(folder)?.complete_at as number | null | undefined) ?? null;
  }

  /** Notes that a session is complete, by what had been seen of it up to then. */
  setComplete(folder: string, seenMs: number): void {
    this.#db.transaction(() => {
      this.#statements.setComplete.run(seenMs, folder);
      this.#statements.addComplete.run(folder);
    });
  }

  /** Notes that a session which was complete is under way again. */
  setUnderWay(folder: string): void {
    this.#db.transaction(() => {
      this.#statements.setComplete.run(null, folder);
      this.#statements.removeComplete.run(folder);
    });
  }

  /** Has it found out, and told, once more that a session is complete; that it was stays known. */
  completeAgain(folder: string): void {
    this.#statements.setComplete.run(null, folder);
  }

  /** Whether an acquisition was found to be complete and has not been seen to go on. */
  wasComplete(acquisition: string): boolean {
    return this.#statements.wasComplete.get(acquisition) !== undefined;
  }

  /** Acquisitions that were found to be complete and have not been seen to go on. */
  complete(): string[] {
    return this.#statements.complete.all().map((row) => row.acquisition_uuid as string);
  }

  /** The sessions whose grid this atlas shows. */
  ofAtlas(atlasFile: string): JournaledSession[] {
    return this.all().filter((session) => session.atlasFile === atlasFile);
  }
}

function sessionOf(row: Row): JournaledSession {
  return {
    folder: row.folder as string,
    acquisitionUuid: row.acquisition_uuid as string,
    gridUuid: row.grid_uuid as string,
    epuSessionId: row.epu_session_id as string,
    name: row.name as string | null,
    atlasPath: row.atlas_path as string | null,
    atlasFile: row.atlas_file as string | null,
  };
}
