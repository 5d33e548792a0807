import type { SessionContext } from "../mapping/session-context.js";
import type { JournalDatabase, Row } from "./database.js";
import type { Imaged } from "./entities.js";

export interface JournaledSession extends SessionContext {
  readonly epuSessionId: string;
  readonly name: string | null;
  /** Windows path of Atlas.dm as EPU wrote it. */
  readonly atlasPath: string | null;
  /** Where that is on this computer; null while it is not found. */
  readonly atlasFile: string | null;
}

/** How far an acquisition has come. */
export interface Done extends Imaged {
  /** How many of its squares are selected. */
  readonly selected: number;
}

/** An acquisition that was found to be complete. */
export interface Completion {
  /** What was known of it then; null where that has yet to be found out. */
  readonly done: Done | null;
  /** Whether it is not to be found so, and told, anew. */
  readonly isTold: boolean;
}

/** The EPU sessions of the watched folder. */
export class SessionJournal {
  readonly #statements;
  /** They are asked for with every file. */
  #cached: ReadonlyMap<string, JournaledSession> | null = null;

  constructor(db: JournalDatabase) {
    this.#statements = {
      all: db.prepare("select * from sessions order by folder"),
      put: db.prepare(`
        insert into sessions (folder, acquisition_uuid, grid_uuid, epu_session_id, name, atlas_path, atlas_file)
        values (?, ?, ?, ?, ?, ?, ?)
        on conflict (folder) do update set acquisition_uuid = excluded.acquisition_uuid, grid_uuid = excluded.grid_uuid,
          epu_session_id = excluded.epu_session_id, name = excluded.name, atlas_path = excluded.atlas_path, atlas_file = excluded.atlas_file`),
      remove: db.prepare("delete from sessions where folder = ?"),
      completion: db.prepare(
        "select micrographs, ended, selected, told from complete_acquisitions where acquisition = ?",
      ),
      setComplete: db.prepare("insert or replace into complete_acquisitions values (?, ?, ?, ?, ?)"),
      setUnderWay: db.prepare("delete from complete_acquisitions where acquisition = ?"),
      completeAgain: db.prepare(`
        update complete_acquisitions set told = 0
        where acquisition in (select acquisition_uuid from sessions where folder = ?)`),
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

  /** What was found when an acquisition was found to be complete; null where it was not, or has gone on. */
  completionOf(acquisition: string): Completion | null {
    const row = this.#statements.completion.get(acquisition);
    if (row === undefined) return null;
    const { micrographs, ended: last, selected, told } = row;
    const done = micrographs === null ? null : ({ micrographs, last, selected } as Done);
    return { done, isTold: told === 1 };
  }

  setComplete(acquisition: string, { micrographs, last, selected }: Done, isTold: boolean): void {
    this.#statements.setComplete.run(acquisition, micrographs, last, selected, isTold ? 1 : 0);
  }

  /** Notes that an acquisition which was complete is under way again. */
  setUnderWay(acquisition: string): void {
    this.#statements.setUnderWay.run(acquisition);
  }

  /** Has it found out, and told, once more that a session is complete; that it was stays known. */
  completeAgain(folder: string): void {
    this.#statements.completeAgain.run(folder);
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
