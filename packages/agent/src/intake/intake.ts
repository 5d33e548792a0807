import { basename, dirname, join, relative } from "node:path";
import { messageOf } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import { delay, untilAborted } from "@smartem/common/time";
import { classifyPath, type EpuPath } from "@smartem/epu/classify";
import type { Atlas, EpuFile, EpuFileKind, EpuSession, GridSquareMetadata } from "@smartem/epu/records";
import { type Backoff, backoffMs } from "../backoff.js";
import { gridSquareUuid } from "../identity.js";
import type { FileFacts } from "../journal/entities.js";
import type { FileStamp, PendingFile, TakenFile } from "../journal/files.js";
import type { Journal } from "../journal/journal.js";
import type { JournaledSession } from "../journal/sessions.js";
import { acquisitionOfSession } from "../mapping/acquisition.js";
import { contributionsOfAtlas } from "../mapping/atlas.js";
import type { Contribution } from "../mapping/contribution.js";
import { foilHoleRemoved } from "../mapping/foilhole.js";
import { gridOfSession } from "../mapping/grid.js";
import { sessionContext } from "../mapping/session-context.js";
import { steadyNow } from "../steady-clock.js";
import { isAtOrBelow, locationOf } from "../watch/file-location.js";
import { contributionsOfContent, contributionsOfName } from "./contributions.js";
import { FILE_KINDS } from "./file-kinds.js";
import type { FileReader } from "./file-reader.js";
import { withOneInstrument } from "./instrument-facts.js";
import type { Reading, ReadRequest } from "./read-and-parse.js";
import type { SessionPaths } from "./session-paths.js";

export interface IntakeOptions {
  readonly journal: Journal;
  readonly sessionPaths: SessionPaths;
  readonly log: Logger;
  /** For files that can't be read yet. */
  readonly backoff: Backoff;
  readonly reader: FileReader;
  readonly nowMs?: () => number;
  /** Called after each batch. */
  readonly onBatch?: (files: number) => void;
  /** Called with the folder of an atlas that a session uses: it has to be watched too. */
  readonly onAtlasFolder?: (folder: string) => void;
}

interface Of {
  readonly file: PendingFile;
  readonly path: EpuPath;
  readonly location: string;
}

/** What reading one file came to; applied to the journal together with the others of its batch. */
type Outcome = Of &
  (
    | { readonly is: "useless" }
    | { readonly is: "waiting" }
    | { readonly is: "named" }
    | { readonly is: "unchanged"; readonly stamp: FileStamp; readonly hash: string; readonly readAtMs: number }
    | {
        readonly is: "parsed";
        readonly content: EpuFile;
        readonly stamp: FileStamp;
        readonly hash: string;
        readonly readAtMs: number;
        readonly session: SessionLink | null;
      }
    | { readonly is: "retry"; readonly code: string; readonly reason: string }
    | { readonly is: "refused"; readonly code: string; readonly reason: string }
  );

/** The squares of which holes are listed that never were before, and the last file that did: it speaks of all of them. */
type Grown = Map<string, number>;

/** Files that are being read. */
interface Batch {
  readonly outcomes: Promise<readonly Outcome[]>;
}

interface SessionLink {
  readonly storagePath: string | null;
  readonly atlasFile: string | null;
}

const FILES_PER_BATCH = 512;
const BYTES_PER_BATCH = 8 * 1024 * 1024;

/** These may turn out well without the file's time or size changing, or with changes that are missed. */
const TRANSIENT = new Set(["incomplete", "empty", "unreadable", "malformed"]);

/** Most that can't be read are being written: what still can't be after so many attempts, which takes seconds, is told of. */
const TOLD_AFTER_ATTEMPTS = 5;
const TOLD_AT_A_TIME = 10;

/** A change within the clock's tick after a read leaves no trace in the times; ms. Coarse file systems keep whole seconds. */
const FINE_TICK_MS = 50;
const COARSE_TICK_MS = 2_500;

/** Reads what the journal says is to be read, and journals what it says. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #now: () => number;
  #wake = new AbortController();
  #busy = false;
  #ahead: Batch | null = null;
  /** Folders without EpuSession.dm, and atlases that no session names, that have been told of. */
  readonly #waitingTold = new Set<string>();
  /** Folders of sessions whose atlas was looked for since another came that may be theirs. */
  readonly #atlasLookedFor = new Set<string>();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#now = options.nowMs ?? steadyNow;
  }

  /** There may be something new to read. */
  wake(): void {
    this.#wake.abort();
  }

  /** Whether nothing can be read right now. */
  get idle(): boolean {
    return !this.#busy && this.#ahead === null && !this.#options.journal.files.hasFresh(this.#now());
  }

  /** Whether, beyond that, nothing is to be read once more because it was written just before it was read. */
  get isSure(): boolean {
    return this.idle && !this.#options.journal.files.hasFresh(Number.MAX_SAFE_INTEGER);
  }

  /** Works until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.wake(), { once: true });
    while (!signal.aborted) {
      this.#wake = new AbortController();
      // A disk that does not answer must not hold up the end.
      const worked = await untilAborted(this.step(signal), signal, false);
      if (worked || signal.aborted) continue;
      const due = this.#options.journal.files.nextDueMs();
      await delay(due === null ? 60_000 : Math.max(1, Math.min(60_000, due - this.#now())), this.#wake.signal);
    }
  }

  /**
   * Journals one batch, while the next is being read; but what is read when `signal` has been aborted is left to the next
   * agent: the journal may be closed.
   *
   * @returns whether there was anything
   */
  async step(signal: AbortSignal): Promise<boolean> {
    this.#busy = true;
    try {
      const batch = this.#ahead ?? (await this.#begin([]));
      const outcomes = await batch.outcomes;
      this.#ahead = null;
      if (outcomes.length === 0 || signal.aborted) return false;
      this.#ahead = await this.#begin(outcomes);
      if (signal.aborted) return false;
      this.#applyAll(outcomes);
      this.#options.onBatch?.(outcomes.length);
      return true;
    } catch (thrown) {
      this.#ahead = null;
      throw thrown;
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Chooses the next batch and has it read; resolves when the reader has been told.
   *
   * @param inHand what has been read but not been journaled yet
   */
  async #begin(inHand: readonly Outcome[]): Promise<Batch> {
    const { journal, reader } = this.#options;
    const ids = inHand.map((outcome) => outcome.file.id);
    const files = within(BYTES_PER_BATCH, journal.files.due(this.#now(), FILES_PER_BATCH, ids));
    const unread: Outcome[] = [];
    const toRead: { of: Of; request: ReadRequest }[] = [];
    for (const file of files) {
      const location = locationOf(file.folder, file.name);
      const of = { file, location, path: classifyPath(location) };
      const without = await this.#withoutReading(of);
      if (typeof without === "object") unread.push(without);
      else toRead.push({ of, request: { location, kind: without, expected: stampOf(file), knownHash: file.hash } });
    }
    const readings = reader.read(toRead.map(({ request }) => request));
    const outcomes = this.#outcomesOf(files, unread, toRead, readings);
    // It is awaited by the next step.
    outcomes.catch(() => undefined);
    return { outcomes };
  }

  async #outcomesOf(
    files: readonly PendingFile[],
    unread: readonly Outcome[],
    toRead: readonly { readonly of: Of }[],
    readings: Promise<readonly Reading[]>,
  ): Promise<readonly Outcome[]> {
    const outcomes = [...unread];
    for (const [index, reading] of (await readings).entries()) {
      const of = toRead[index]?.of;
      if (of !== undefined) outcomes.push(await this.#outcomeOf(of, reading));
    }
    // In the order of urgency again: what others depend on comes before them.
    const places = new Map(files.map((file, place) => [file, place]));
    return outcomes.sort((a, b) => (places.get(a.file) ?? 0) - (places.get(b.file) ?? 0));
  }

  /** One transaction for all; if one of them can't be coped with, one for each, so that it holds up no other. */
  #applyAll(outcomes: readonly Outcome[]): void {
    const { journal } = this.#options;
    try {
      journal.transaction(() => {
        const facts: FileFacts[] = [];
        const read: TakenFile[] = [];
        const grown: Grown = new Map();
        // Of files that are gone meanwhile, such as those of a folder that was renamed, nothing is to be known any more.
        const present = journal.files.present(outcomes.map(({ file }) => file.id));
        for (const outcome of outcomes) if (present.has(outcome.file.id)) this.#apply(outcome, facts, read, grown);
        this.#tellUnreadable(outcomes);
        journal.entities.replaceFacts(withOneInstrument(journal, facts));
        journal.files.markRead(read, this.#now());
        // Copies that were read before, of this batch too, have yet to speak of all that is listed.
        for (const [square, last] of grown) {
          for (const id of journal.entities.otherMetadataOf(square, last)) journal.files.readFileAgain(id);
        }
      });
    } catch (thrown) {
      // The journal itself failing is another matter: nothing counts then, and everything is read again.
      if (isOfDatabase(thrown)) throw thrown;
      const [only] = outcomes;
      if (outcomes.length > 1) for (const outcome of outcomes) this.#applyAll([outcome]);
      else if (only !== undefined)
        this.#apply({ ...only, is: "refused", code: "defect", reason: messageOf(thrown) }, [], [], new Map());
    }
  }

  /** In one line, however many: whatever keeps a share from being read keeps all of it. */
  #tellUnreadable(outcomes: readonly Outcome[]): void {
    const unreadable = outcomes.flatMap((outcome) =>
      outcome.is === "retry" && outcome.file.attempts === TOLD_AFTER_ATTEMPTS
        ? [{ file: outcome.location, code: outcome.code, reason: outcome.reason }]
        : [],
    );
    if (unreadable.length === 0) return;
    this.#options.log.warn(
      { files: unreadable.length, first: unreadable.slice(0, TOLD_AT_A_TIME) },
      "files that can't be read; it is tried again and again",
    );
  }

  /** What comes of a file without reading it; or what it is to be read as. */
  async #withoutReading(of: Of): Promise<Outcome | EpuFileKind> {
    const { file, path, location } = of;
    const { read } = FILE_KINDS[path.kind];
    if (read === null) return { ...of, is: "useless" };
    if (file.session !== null && path.kind !== "epuSession" && this.#session(file) === null) {
      return { ...of, is: "waiting" };
    }
    if (read === "name") return { ...of, is: "named" };
    if (path.kind === "atlas" && (await this.#link(location)).length === 0) return { ...of, is: "waiting" };
    return read;
  }

  async #outcomeOf(of: Of, reading: Reading): Promise<Outcome> {
    if (reading.is === "failed") {
      const { code, reason } = reading;
      return { ...of, is: TRANSIENT.has(code) ? "retry" : "refused", code, reason };
    }
    if (reading.is === "unchanged") return { ...of, ...reading };
    const { content, issues } = reading;
    if (issues.length > 0) this.#options.log.warn({ file: of.location, issues }, "values that can't be read");
    if (content.kind === "atlas") {
      const { name, storageFolder: said } = content.record;
      const storageFolder = said === null ? null : await this.#storage("atlas", name, said, of.file.folder);
      return {
        ...of,
        ...reading,
        content: { ...content, record: { ...content.record, storageFolder } },
        session: null,
      };
    }
    const session = content.kind === "session" ? await this.#sessionLink(content.record, of.file.folder) : null;
    return { ...of, ...reading, session };
  }

  async #sessionLink(session: EpuSession, folder: string): Promise<SessionLink> {
    const { sessionPaths, journal } = this.#options;
    const { name, storagePath: said, atlasPath } = session;
    const before = journal.sessions.get(folder);
    const atlasFile = before?.atlasPath === atlasPath ? before.atlasFile : null;
    return {
      storagePath: said === null ? null : await this.#storage("session", name, said, folder),
      atlasFile: await sessionPaths.atlas({ folder, atlasPath, atlasFile }, journal.files.atlases()),
    };
  }

  /** Where a session or an atlas is stored: here, or else as EPU wrote it. */
  async #storage(what: "session" | "atlas", name: string | null, said: string, folder: string): Promise<string> {
    const { sessionPaths, log } = this.#options;
    const found = await sessionPaths.storage(said, dirname(folder));
    if (found === null) {
      log.warn(
        { name, storagePath: said },
        `the ${what}'s storage folder is not found here; its path stays as EPU wrote it`,
      );
    }
    return found ?? said;
  }

  /** The sessions that use an atlas. Those that have not found theirs yet, or one less like it, may find it in this one. */
  async #link(atlasFile: string): Promise<JournaledSession[]> {
    const { journal, sessionPaths } = this.#options;
    for (const session of journal.sessions.all()) {
      if (session.atlasFile !== atlasFile && sessionPaths.mayBeAtlasOf(session, atlasFile))
        this.#atlasLookedFor.delete(session.folder);
    }
    if (journal.sessions.all().some((session) => this.#lacksAtlas(session))) await this.linkAtlases();
    return journal.sessions.ofAtlas(atlasFile);
  }

  #lacksAtlas({ folder, atlasPath, atlasFile }: JournaledSession): boolean {
    return atlasPath !== null && (atlasFile === null || !this.#atlasLookedFor.has(folder));
  }

  /** Looks once more for the atlases that sessions name and that were not found, or may be found in a likelier place. */
  async linkAtlases(): Promise<void> {
    const { journal, sessionPaths } = this.#options;
    const known = journal.files.atlases();
    for (const session of journal.sessions.all().filter((each) => this.#lacksAtlas(each))) {
      const { folder, atlasPath, atlasFile: before } = session;
      this.#atlasLookedFor.add(folder);
      const atlasFile = await sessionPaths.atlas(session, known);
      if (atlasFile === before) continue;
      const now = journal.sessions.get(folder);
      if (now?.atlasPath !== atlasPath || now.atlasFile !== before) continue;
      if (before !== null) this.#tellOtherAtlas(now, atlasFile);
      journal.transaction(() => {
        journal.sessions.put({ ...now, atlasFile });
        // Where the atlas is, is part of what the session says.
        journal.files.readAgain(folder, "EpuSession.dm");
        this.#readAtlasAgain(before);
        this.#readAtlasAgain(atlasFile);
      });
      if (atlasFile !== null) this.#options.onAtlasFolder?.(dirname(atlasFile));
      this.wake();
    }
  }

  #tellOtherAtlas({ folder, atlasPath: named, atlasFile: before }: JournaledSession, atlasFile: string | null): void {
    const why = atlasFile === null ? "is not the session's" : "is less like the one that EPU names than another";
    this.#options.log.warn(
      { folder, named, before, atlasFile },
      `what was taken for the session's atlas ${why}; what the API has of it stays there until it is deleted`,
    );
  }

  /** What an atlas says, it says of the grids of all sessions that use it. */
  #readAtlasAgain(atlasFile: string | null): void {
    if (atlasFile !== null) this.#options.journal.files.readAgain(dirname(atlasFile), basename(atlasFile));
  }

  /** Takes in the session of a folder without EpuSession.dm, under the folder's name, and as that of its place. */
  assumeSession(folder: string): void {
    const { journal, log, sessionPaths } = this.#options;
    if (journal.sessions.get(folder) !== null) return;
    const name = basename(folder);
    // Folders of the same name, in several visits, are several sessions.
    const record = unknownSession(sessionPaths.placeOf(folder) || name, name);
    const context = sessionContext(folder, record);
    journal.transaction(() => {
      journal.sessions.put({ ...context, epuSessionId: record.id, name, atlasPath: null, atlasFile: null });
      const said = [
        acquisitionOfSession(context, record, { storagePath: null, atlasPath: null }, folder),
        gridOfSession(context, record, null, folder),
      ];
      // No file says it: the folder does.
      const id = -journal.files.idOfFolder(folder);
      journal.entities.replaceFacts([{ id, contributions: said, sinceMs: Date.now(), isNew: true }]);
      journal.files.wakeSession(folder);
    });
    const { acquisitionUuid: acquisition } = context;
    log.warn(
      { folder, name, acquisition },
      "EpuSession.dm has not come; the session is taken in under the folder's name",
    );
    this.wake();
  }

  /** Has the folder of an atlas watched that was found before. */
  watchAtlas(atlasFile: string): void {
    this.#options.onAtlasFolder?.(dirname(atlasFile));
  }

  #session(file: PendingFile): JournaledSession | null {
    return file.session === null ? null : this.#options.journal.sessions.get(file.session);
  }

  /**
   * @param facts takes in what the file says
   * @param read takes in that it is said
   * @param grown takes in of which squares more is listed than before
   */
  #apply(outcome: Outcome, facts: FileFacts[], read: TakenFile[], grown: Grown): void {
    const { journal, log, backoff } = this.#options;
    const { file, location } = outcome;
    const now = this.#now();
    switch (outcome.is) {
      case "useless":
        journal.files.markSettled(file, "ignored", "not_needed", "Nothing is read from files of this kind.");
        return;
      case "waiting":
        // No session uses it any more.
        if (outcome.path.kind === "atlas") facts.push(factsOf(file, [], file.mtimeMs));
        this.#applyWaiting(file, outcome.path);
        return;
      case "named": {
        const session = this.#session(file);
        if (session === null) return;
        const said = contributionsOfName(session, outcome.path, location, file.name);
        facts.push(factsOf(file, said, file.mtimeMs));
        read.push({ file, stamp: file, hash: null, againAtMs: null });
        return;
      }
      case "unchanged":
        if (file.change > 0) journal.entities.reconsider(file.id);
        read.push({ file, stamp: outcome.stamp, hash: outcome.hash, againAtMs: null });
        return;
      case "retry":
        journal.files.markRetry(file, outcome.code, outcome.reason, now + backoffMs(file.attempts + 1, backoff));
        return;
      case "refused":
        log.warn({ file: location, code: outcome.code, reason: outcome.reason }, "file refused");
        journal.files.markSettled(file, "refused", outcome.code, outcome.reason);
        return;
      case "parsed": {
        const { path, content, stamp, session, hash, readAtMs } = outcome;
        const said = this.#applyContent(file, path, location, content, stamp, session, grown);
        // Its session is gone: it stays pending.
        if (said === null) return;
        facts.push(said);
        read.push({ file, stamp, hash, againAtMs: lookAgainAt(stamp, readAtMs, now) });
      }
    }
  }

  #applyWaiting(file: PendingFile, path: EpuPath): void {
    const { journal } = this.#options;
    if (path.kind === "atlas") {
      const reason = "No EpuSession.dm names this atlas.";
      this.#tellWaiting(locationOf(file.folder, file.name), reason);
      journal.files.markSettled(file, "waiting", "waiting_for_session", reason);
      return;
    }
    // Its EpuSession.dm may be in this very batch: then it stays pending and is read next.
    if (this.#session(file) !== null) return;
    const reason = `waiting for EpuSession.dm in ${file.session ?? ""}`;
    this.#tellWaiting(file.session ?? "", reason);
    journal.files.markSettled(file, "waiting", "waiting_for_session", reason);
  }

  #tellWaiting(place: string, reason: string): void {
    if (this.#waitingTold.has(place)) return;
    this.#waitingTold.add(place);
    this.#options.log.info({ place, reason }, "files wait; the status lists them");
  }

  /** @returns what the file says; null when its session is gone */
  #applyContent(
    file: PendingFile,
    path: EpuPath,
    location: string,
    content: EpuFile,
    stamp: FileStamp,
    link: SessionLink | null,
    grown: Grown,
  ): FileFacts | null {
    if (content.kind === "session") {
      return this.#applySession(file, location, content.record, stamp, link ?? { storagePath: null, atlasFile: null });
    }
    if (content.kind === "atlas") return this.#applyAtlas(file, location, content.record, stamp);
    const session = this.#session(file);
    if (session === null) return null;
    const said = contributionsOfContent(session, path, content, location, file.name);
    if (content.kind === "gridSquareMetadata" && path.kind === "gridSquareMetadata") {
      said.push(...this.#applyHoles(file, session, path.gridSquareId, content.record, location, stamp, grown));
    }
    return factsOf(file, said, stamp.mtimeMs);
  }

  /**
   * @returns what is to be said of holes that the square's metadata listed once, whichever file they were in, and that this one
   *   does not list: each file speaks of all of them
   */
  #applyHoles(
    file: PendingFile,
    session: JournaledSession,
    gridSquareId: string,
    { foilHoles }: GridSquareMetadata,
    location: string,
    stamp: FileStamp,
    grown: Grown,
  ): Contribution[] {
    const { journal } = this.#options;
    const uuid = gridSquareUuid(session.gridUuid, gridSquareId);
    const before = journal.registrations.everListed(uuid);
    const listed = new Set(foilHoles.map(({ foilHoleId }) => foilHoleId));
    if (listed.size > 0) {
      const acquisition = session.acquisitionUuid;
      const counts = this.#isNewest(file, session, stamp);
      const isMore = journal.registrations.expect({
        uuid,
        kind: "gridsquare",
        acquisition,
        listed: [...listed],
        counts,
      });
      if (isMore) grown.set(uuid, file.id);
    }
    return [...before]
      .filter((foilHoleId) => !listed.has(foilHoleId))
      .map((foilHoleId) => foilHoleRemoved(session, { gridSquareId, foilHoleId }, location));
  }

  /** Whether no copy of a file, in another folder of its session, was written later. */
  #isNewest({ folder, name }: PendingFile, session: JournaledSession, { mtimeMs }: FileStamp): boolean {
    const { sessions, files } = this.#options.journal;
    return sessions.all().every((other) => {
      if (other.gridUuid !== session.gridUuid || other.folder === session.folder) return true;
      const copy = files.stampOf(join(other.folder, relative(session.folder, folder)), name);
      return copy === null || copy.mtimeMs <= mtimeMs || (copy.state !== "done" && copy.state !== "pending");
    });
  }

  #applySession(
    file: PendingFile,
    location: string,
    record: EpuSession,
    stamp: FileStamp,
    link: SessionLink,
  ): FileFacts {
    const { journal, log } = this.#options;
    const folder = file.folder;
    const context = sessionContext(folder, record);
    const before = journal.sessions.get(folder);
    const { name, atlasPath: atlasWindowsPath } = record;
    journal.sessions.put({
      ...context,
      epuSessionId: record.id,
      name,
      atlasPath: atlasWindowsPath,
      atlasFile: link.atlasFile,
    });
    const atlasPath = link.atlasFile ?? record.atlasPath;
    const said: Contribution[] = [
      acquisitionOfSession(context, record, { storagePath: link.storagePath, atlasPath }, location),
      gridOfSession(context, record, link.atlasFile === null ? null : dirname(link.atlasFile), location),
    ];
    const facts = factsOf(file, said, stamp.mtimeMs);
    if (before !== null && before.acquisitionUuid !== context.acquisitionUuid) {
      const { acquisitionUuid: former } = before;
      log.warn(
        { folder, name: record.name, acquisition: context.acquisitionUuid, former },
        "EpuSession.dm is that of another session than was taken in before; its files are read again, and what the API has of the former acquisition stays there until it is deleted",
      );
      journal.files.readSessionAgain(folder, file.id);
    }
    journal.files.wakeSession(folder);
    // It was looked for before this was read: others may have come since.
    this.#atlasLookedFor.delete(folder);
    const isOtherGrid = before !== null && before.gridUuid !== context.gridUuid;
    if (isOtherGrid || before?.atlasFile !== link.atlasFile) {
      this.#readAtlasAgain(before?.atlasFile ?? null);
      this.#readAtlasAgain(link.atlasFile);
    }
    if (link.atlasFile === null) {
      if (record.atlasPath !== null)
        log.warn({ folder, atlas: record.atlasPath }, "atlas of the session not found yet");
      return facts;
    }
    this.#options.onAtlasFolder?.(dirname(link.atlasFile));
    return facts;
  }

  #applyAtlas(file: PendingFile, location: string, record: Atlas, stamp: FileStamp): FileFacts {
    const { journal } = this.#options;
    const said: Contribution[] = [];
    for (const session of journal.sessions.ofAtlas(location)) {
      said.push(...contributionsOfAtlas(session, record, location));
      if (record.nodes.length > 0) {
        const listed = record.nodes.map(({ gridSquareId }) => gridSquareId);
        const { gridUuid: uuid, acquisitionUuid: acquisition } = session;
        journal.registrations.expect({ uuid, kind: "grid", acquisition, listed, counts: true });
      }
    }
    return factsOf(file, said, stamp.mtimeMs);
  }

  /** Forgets files that are no longer there; what they said stays at the API. To be called within a transaction. */
  forget(
    files: readonly { readonly id: number; readonly session: string | null }[],
    locations: readonly string[],
  ): void {
    const { journal } = this.#options;
    const sessions = new Set<string>();
    journal.entities.forgetFacts(files.map(({ id }) => id));
    for (const file of files) {
      journal.files.forget(file.id);
      if (file.session !== null) sessions.add(file.session);
    }
    for (const session of sessions) if (!journal.files.hasFilesOf(session)) journal.sessions.remove(session);
    for (const session of journal.sessions.all()) {
      const { atlasFile } = session;
      if (atlasFile !== null && locations.some((location) => isAtOrBelow(atlasFile, location)))
        journal.sessions.put({ ...session, atlasFile: null });
    }
  }
}

/** As far as a folder's place and name tell. */
function unknownSession(id: string, name: string): EpuSession {
  return {
    id,
    name,
    startDateTime: null,
    clusteringMode: null,
    clusteringRadiusM: null,
    autoloaderSlot: null,
    imageFileFormat: null,
    microscopeName: null,
    atlasPath: null,
    gridSquares: [],
    storagePath: null,
    epuVersion: null,
  };
}

function factsOf(file: PendingFile, contributions: readonly Contribution[], sinceMs: number): FileFacts {
  return { id: file.id, contributions, sinceMs, isNew: file.change === 0 };
}

/**
 * When to read a file once more that was written so shortly before it was read that a later write may not show.
 *
 * @param readAtMs by the system's clock, as the file's time
 * @param nowMs by the intake's
 */
function lookAgainAt(stamp: FileStamp, readAtMs: number, nowMs: number): number | null {
  const tick = stamp.mtimeMs % 1_000 === 0 ? COARSE_TICK_MS : FINE_TICK_MS;
  return Math.abs(readAtMs - stamp.mtimeMs) < tick ? nowMs + tick * 2 : null;
}

function isOfDatabase(thrown: unknown): boolean {
  return /^SQLITE/.test(String((thrown as { code?: unknown }).code ?? ""));
}

/** As many of the first as have no more than so many bytes together, but at least one. */
function within(bytes: number, files: PendingFile[]): PendingFile[] {
  let sum = 0;
  const end = files.findIndex((file, index) => {
    sum += file.size;
    return index > 0 && sum > bytes;
  });
  return end === -1 ? files : files.slice(0, end);
}

function stampOf({ size, mtimeMs, ctimeMs }: PendingFile): FileStamp {
  return { size, mtimeMs, ctimeMs };
}
