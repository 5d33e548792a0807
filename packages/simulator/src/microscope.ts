import { existsSync } from "node:fs";
import path from "node:path";
import { toAcquire } from "@smartem/athena-api/decisions";
import { delay } from "@smartem/common/time";
import { AthenaLink } from "./athena-link.js";
import { Disorder } from "./epu-writer/disorder.js";
import { DEFAULT_SESSION_FILES, SessionFiles, type SessionFilesOptions } from "./epu-writer/session-files.js";
import { FolderWriter, type Revealed, type WriteOperation } from "./epu-writer/write-operations.js";
import { emptyWritten, noteWritten, type Written } from "./epu-writer/written.js";
import {
  DEFAULT_GRID,
  type GridOptions,
  type GridTruth,
  gridTruth,
  type HoleTruth,
  type SquareTruth,
} from "./grid-truth.js";
import { randomStream } from "./random.js";
import { type CostsMin, DEFAULT_COSTS_MIN, type StagePlace, stepCostMin } from "./run-costs.js";
import { RunLog, type RunRecord, type RunStep, type SelectionChanges } from "./run-log.js";
import { at } from "./statistics.js";

/** Everything that determines a session; kept in the log of the run, so that an interrupted one goes on as it began. */
export interface SessionOptions extends GridOptions, SessionFilesOptions {
  readonly costsMin: CostsMin;
  /** Minutes of automated acquisition after which the session ends; null: when every hole is imaged or skipped. */
  readonly acquisitionMin: number | null;
  /** How disorderly the files appear: 0 as EPU writes them, 1 as on the worst of copies. */
  readonly chaos: number;
}

export interface MicroscopeOptions extends Partial<SessionOptions> {
  /** The watched folder; it stands for the visit and receives the session's folder and `atlas/`. */
  readonly dir: string;
  /** Where the run's own log is; outside `dir`. Default: `<dir>.microscope.jsonl`. */
  readonly logFile?: string;
  /** Decision Service to register with and to obey; without it EPU's default order is followed. */
  readonly athenaUrl?: string;
}

/** What one step did. */
export interface StepResult {
  readonly kind: RunStep["kind"];
  /** Simulated time. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** The square or hole it was about. */
  readonly gridSquareId: string | null;
  readonly foilHoleId: string | null;
  /** Files created, continued or rewritten, relative to the watched folder. */
  readonly files: readonly string[];
  /** What a reader of the folder can know from them. */
  readonly revealed: readonly Revealed[];
  /** Files whose rest is held back until a later step. */
  readonly heldBack: number;
}

/** A hole that was imaged. */
export interface Acquired {
  readonly square: SquareTruth;
  readonly hole: HoleTruth;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** A simulated EPU run, advanced step by step. */
export interface Microscope {
  /**
   * Takes the atlas, starts the session, images the next square or the next hole, or ends the session. When it resolves,
   * all files of the step are written, and Athena, if connected, knows of it.
   */
  step(): Promise<StepResult>;
  /** True once the session has ended: `step` then throws. */
  readonly done: boolean;
  /** Simulated time: the end of the last step. */
  readonly clockMs: number;
  readonly truth: GridTruth;
  readonly sessionName: string;
  readonly options: SessionOptions;
  /** How many sessions ran in this folder before this one. */
  readonly sessionNumber: number;
  /** Natural ids of everything that can be known from the files that are complete by now. */
  readonly wrote: Written;
  /** In the order of imaging. */
  readonly acquired: readonly Acquired[];
  /** By EPU's ids: squares and holes skipped by decision. */
  readonly skipped: { readonly gridSquares: ReadonlySet<string>; readonly foilHoles: ReadonlySet<string> };
  /** Simulated minutes of automated acquisition so far. */
  readonly acquisitionMin: number;
  readonly goodMicrographs: number;
  /** What went wrong with Athena last; null when nothing did. */
  readonly athenaProblem: string | null;
  /** Lets go of connections; the run can be continued by another microscope on the same folder. */
  close(): Promise<void>;
}

/** Simulated minutes between the end of a session and the start of the next. */
const PAUSE_BETWEEN_SESSIONS_MIN = 20;
const ATLAS_MIN = 10;
const SESSION_START_MIN = 2;
const SQUARE_IMAGE_MIN = 1;
/** EPU writes a square's metadata anew at least each so many holes. */
const REWRITE_EVERY_HOLES = 5;
/** After an interruption the files of so many steps are written again: more than are ever held back. */
const REPEATED_STEPS = 5;
const EXPOSURE_SPACING_MS = 4_000;
const MS_PER_MIN = 60_000;

export function defaultLogFile(dir: string): string {
  const resolved = path.resolve(dir);
  return path.join(path.dirname(resolved), `${path.basename(resolved)}.microscope.jsonl`);
}

/**
 * Makes a simulated EPU run. On a folder whose run was interrupted it continues that run, with the options it was
 * started with. On a folder whose session has ended it starts the next one: the n-th after the first has seed `seed` + n
 * and begins when the one before it has ended.
 *
 * @throws SmartemError `run_log_unreadable`
 */
export async function createMicroscope(options: MicroscopeOptions): Promise<Microscope> {
  const { dir, logFile = defaultLogFile(dir), athenaUrl, ...given } = options;
  const log = new RunLog<SessionOptions>(logFile);
  const record = log.read();
  if (record !== null && isInterrupted(dir, record)) {
    const { header, steps } = record;
    const microscope = new SimulatedMicroscope(dir, athenaUrl, header.options, header.sessionNumber, log);
    await microscope.replay(steps);
    return microscope;
  }
  const wanted: SessionOptions = { ...DEFAULT_SESSION, ...withoutUndefined(given) };
  const last = record?.steps.at(-1);
  const follows = record !== null && last?.kind === "finish";
  const sessionNumber = follows ? record.header.sessionNumber + 1 : 0;
  const startedAtMs = follows ? last.endMs + PAUSE_BETWEEN_SESSIONS_MIN * MS_PER_MIN : 0;
  const session = {
    ...wanted,
    seed: wanted.seed + sessionNumber,
    startedAtMs: Math.max(wanted.startedAtMs, startedAtMs),
  };
  log.start({ version: 1, sessionNumber, options: session });
  return new SimulatedMicroscope(dir, athenaUrl, session, sessionNumber, log);
}

/**
 * A microscope as its log leaves it, to be asked what it did: nothing is written and Athena is not told. To be used when
 * no other microscope works on the log.
 *
 * @returns null where nothing was begun
 * @throws SmartemError `run_log_unreadable`
 */
export async function recallMicroscope(dir: string, logFile: string): Promise<Microscope | null> {
  const log = new RunLog<SessionOptions>(logFile);
  const record = log.read();
  if (record === null) return null;
  const microscope = new SimulatedMicroscope(dir, undefined, record.header.options, record.header.sessionNumber, log);
  await microscope.recall(record.steps);
  return microscope;
}

function isInterrupted(dir: string, record: RunRecord<SessionOptions>): boolean {
  if (record.steps.at(-1)?.kind === "finish" && record.lastIsDone) return false;
  // Where somebody emptied the folder there is nothing to continue.
  const { options } = record.header;
  const folder = path.join(dir, new SessionFiles(gridTruth(options), options).name);
  const begun = record.steps.slice(0, -1).some((step) => step.kind === "session");
  return !begun || existsSync(folder);
}

const DEFAULT_SESSION: SessionOptions = {
  ...DEFAULT_GRID,
  ...DEFAULT_SESSION_FILES,
  costsMin: DEFAULT_COSTS_MIN,
  acquisitionMin: null,
  chaos: 0,
};

function withoutUndefined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

class SimulatedMicroscope implements Microscope {
  readonly truth: GridTruth;
  readonly options: SessionOptions;
  readonly sessionNumber: number;
  readonly wrote = emptyWritten();
  readonly acquired: Acquired[] = [];
  readonly skipped = { gridSquares: new Set<string>(), foilHoles: new Set<string>() };
  readonly #files: SessionFiles;
  readonly #writer: FolderWriter;
  readonly #disorder: Disorder;
  readonly #log: RunLog<SessionOptions>;
  readonly #athena: AthenaLink | null;
  #steps = 0;
  #phase: "atlas" | "session" | "squares" | "holes" | "finished" = "atlas";
  #squaresTaken = 0;
  #clockMs: number;
  #acquisitionStartMs: number | null = null;
  #stage: StagePlace = null;
  #good = 0;
  readonly #imaged = new Set<HoleTruth>();
  readonly #deselected = new Set<HoleTruth>();
  readonly #squaresOff = new Set<SquareTruth>();
  /** Squares whose metadata on disk is older than what has happened, with the holes since. */
  readonly #stale = new Map<SquareTruth, number>();

  constructor(
    dir: string,
    athenaUrl: string | undefined,
    options: SessionOptions,
    sessionNumber: number,
    log: RunLog<SessionOptions>,
  ) {
    this.options = options;
    this.sessionNumber = sessionNumber;
    this.truth = gridTruth(options);
    this.#files = new SessionFiles(this.truth, options);
    this.#writer = new FolderWriter(dir);
    this.#disorder = new Disorder(options.chaos);
    this.#log = log;
    this.#clockMs = options.startedAtMs;
    this.#athena =
      athenaUrl === undefined
        ? null
        : new AthenaLink(athenaUrl, {
            sessionId: randomStream(options.seed, "athena session", this.#files.name).uuid(),
            sessionName: this.#files.name,
            atlasId: this.truth.atlasId,
          });
  }

  get done(): boolean {
    return this.#phase === "finished";
  }

  get clockMs(): number {
    return this.#clockMs;
  }

  get sessionName(): string {
    return this.#files.name;
  }

  get acquisitionMin(): number {
    return this.#acquisitionStartMs === null ? 0 : (this.#clockMs - this.#acquisitionStartMs) / MS_PER_MIN;
  }

  get goodMicrographs(): number {
    return this.#good;
  }

  get athenaProblem(): string | null {
    return this.#athena?.problem?.message ?? null;
  }

  async step(): Promise<StepResult> {
    if (this.done) throw new RangeError(`Session ${this.sessionName} has ended.`);
    const step = await this.#next();
    this.#log.begin(step);
    await this.#announce(step);
    const random = randomStream(this.options.seed, "chaos", this.#steps);
    const operations = this.#disorder.disturb(await this.#perform(step), random);
    if (step.kind === "finish") operations.push(...this.#disorder.flush());
    const result = this.#written(step, operations);
    await this.#report(step);
    this.#log.done(this.#steps);
    this.#steps++;
    return result;
  }

  async close(): Promise<void> {
    await this.#athena?.close();
  }

  /** Goes through what was done before an interruption; of the last steps the files are written again. */
  async replay(steps: readonly RunStep[]): Promise<void> {
    for (const [index, step] of steps.entries()) {
      const operations = await this.#perform(step);
      if (index >= steps.length - REPEATED_STEPS) this.#writer.applyAll(operations);
      for (const operation of operations) noteWritten(this.wrote, operation);
    }
    const last = steps.at(-1);
    if (last === undefined) return;
    this.#repeatReports(steps, last.endMs);
    if (last.kind === "finish") await this.#report(last);
    this.#steps = steps.length;
    this.#log.done(this.#steps - 1);
  }

  /** Goes through what was done, for the sake of knowing it. */
  async recall(steps: readonly RunStep[]): Promise<void> {
    for (const step of steps) {
      for (const operation of await this.#perform(step)) noteWritten(this.wrote, operation);
    }
    this.#steps = steps.length;
  }

  /** What Athena should know by now; it may have missed the last of it. */
  #repeatReports(steps: readonly RunStep[], atMs: number): void {
    if (steps.some((step) => step.kind === "session")) this.#registerSquares(atMs);
    for (const square of this.truth.selectedSquares.slice(0, this.#squaresTaken)) this.#registerHoles(square, atMs);
    for (const { square, hole, endedAtMs } of this.acquired) {
      this.#athena?.setState(square.id, this.#isFinished(square) ? "completed" : "started", endedAtMs);
      this.#athena?.setState(hole.id, "completed", endedAtMs);
    }
    for (const hole of this.#deselected) this.#athena?.setState(hole.id, "skipped", atMs);
    for (const square of this.#squaresOff) this.#athena?.setState(square.id, "skipped", atMs);
  }

  #written(step: RunStep, operations: readonly WriteOperation[]): StepResult {
    const revealed: Revealed[] = [];
    const files = new Set<string>();
    for (const operation of operations) {
      this.#writer.apply(operation);
      noteWritten(this.wrote, operation);
      if (operation.kind === "directory") continue;
      files.add(operation.path);
      revealed.push(...operation.reveals);
    }
    const square = "square" in step ? at(this.truth.squares, step.square) : null;
    const hole = step.kind === "hole" && square !== null ? at(square.holes, step.hole) : null;
    return {
      kind: step.kind,
      startedAtMs: step.startMs,
      endedAtMs: step.endMs,
      gridSquareId: square === null ? null : String(square.id),
      foilHoleId: hole === null ? null : String(hole.id),
      files: [...files],
      revealed,
      heldBack: this.#disorder.pending,
    };
  }

  async #next(): Promise<RunStep> {
    const startMs = this.#clockMs;
    const lasting = (minutes: number): { startMs: number; endMs: number } => ({
      startMs,
      endMs: startMs + minutes * MS_PER_MIN,
    });
    switch (this.#phase) {
      case "atlas":
        return { kind: "atlas", ...lasting(ATLAS_MIN) };
      case "session":
        return { kind: "session", ...lasting(SESSION_START_MIN) };
      case "squares":
        return {
          kind: "square",
          ...lasting(SQUARE_IMAGE_MIN),
          square: at(this.truth.selectedSquares, this.#squaresTaken).index,
        };
      default: {
        const { hole, changes } = await this.#decide();
        if (hole === null) return { kind: "finish", ...lasting(0), changes };
        const minutes = stepCostMin(this.options.costsMin, this.#stage, hole);
        const limit = this.options.acquisitionMin;
        if (limit !== null && this.acquisitionMin + minutes > limit + 1e-9)
          return { kind: "finish", ...lasting(0), changes };
        const square = at(this.truth.squares, hole.square);
        const centred =
          this.#stage === null || this.#stage.square !== hole.square || this.#stage.cluster !== hole.cluster;
        const left = square.holes.filter((other) => this.#isOpen(other)).length;
        return {
          kind: "hole",
          ...lasting(minutes),
          square: square.index,
          hole: hole.index,
          centred,
          rewrite: centred || left <= 1 || (this.#stale.get(square) ?? 0) + 1 >= REWRITE_EVERY_HOLES,
          changes,
        };
      }
    }
  }

  #isFinished(square: SquareTruth): boolean {
    return square.holes.every((hole) => !this.#isOpen(hole));
  }

  #isOpen(hole: HoleTruth): boolean {
    return hole.selectable && !this.#imaged.has(hole) && !this.#deselected.has(hole);
  }

  /** The next hole by the decisions in force, else in EPU's default order; and what those decisions changed. */
  async #decide(): Promise<{ hole: HoleTruth | null; changes: SelectionChanges }> {
    const squares = this.truth.selectedSquares;
    const changed: { squares: SelectionChanges["squares"][number][]; holes: SelectionChanges["holes"][number][] } = {
      squares: [],
      holes: [],
    };
    const setSquare = (square: SquareTruth, selected: boolean): void => {
      if (this.#squaresOff.has(square) === !selected) return;
      changed.squares.push({ square: square.index, selected });
      this.#applyChanges({ squares: [{ square: square.index, selected }], holes: [] });
    };
    // What Athena has missed comes first: it may not know the session any decision would be about.
    await this.#athena?.flush();
    const plan = (await this.#athena?.squarePlan()) ?? { selection: null, order: null };
    const unfinished = squares.filter((square) =>
      square.holes.some((hole) => hole.selectable && !this.#imaged.has(hole)),
    );
    for (const square of unfinished) {
      if (plan.selection !== null) setSquare(square, plan.selection.get(square.id) ?? true);
    }
    const byId = new Map(unfinished.map((square) => [square.id, square]));
    for (const squareId of toAcquire(plan, [...byId.keys()])) {
      const square = byId.get(squareId);
      if (square === undefined) continue;
      if (this.#athena !== null) {
        const alone = await this.#athena.squareSelected(squareId);
        if (alone !== null) setSquare(square, alone);
        if (this.#squaresOff.has(square)) continue;
      }
      const holePlan = (await this.#athena?.holePlan(squareId)) ?? { selection: null, order: null };
      const left = square.holes.filter((hole) => hole.selectable && !this.#imaged.has(hole));
      for (const hole of left) {
        if (holePlan.selection === null) break;
        const selected = holePlan.selection.get(hole.id) ?? true;
        if (this.#deselected.has(hole) !== selected) continue;
        const change = { square: square.index, hole: hole.index, selected };
        changed.holes.push(change);
        this.#applyChanges({ squares: [], holes: [change] });
      }
      const open = left.filter((hole) => this.#isOpen(hole));
      const [holeId] = toAcquire(
        holePlan,
        open.map((hole) => hole.id),
      );
      const hole = open.find((one) => one.id === holeId);
      if (hole !== undefined) return { hole, changes: changed };
    }
    return { hole: null, changes: changed };
  }

  /** Takes note of what decisions changed; doing so again changes nothing. */
  #applyChanges(changes: SelectionChanges): void {
    for (const { square: index, selected } of changes.squares) {
      const square = at(this.truth.squares, index);
      if (selected) this.#squaresOff.delete(square);
      else this.#squaresOff.add(square);
      toggle(this.skipped.gridSquares, String(square.id), !selected);
      this.#files.setSquare(square, { selected });
      this.#stale.set(square, this.#stale.get(square) ?? 0);
    }
    for (const { square: squareIndex, hole: holeIndex, selected } of changes.holes) {
      const square = at(this.truth.squares, squareIndex);
      const hole = at(square.holes, holeIndex);
      if (selected) this.#deselected.delete(hole);
      else this.#deselected.add(hole);
      toggle(this.skipped.foilHoles, String(hole.id), !selected);
      this.#files.setHole(hole, { state: "Defined", selected });
      this.#stale.set(square, this.#stale.get(square) ?? 0);
    }
  }

  /** Does a step: what is known afterwards, and what EPU writes for it. */
  async #perform(step: RunStep): Promise<WriteOperation[]> {
    this.#clockMs = step.endMs;
    switch (step.kind) {
      case "atlas":
        this.#phase = "session";
        return this.#files.atlasTaken(step.startMs, step.endMs);
      case "session":
        this.#phase = this.truth.selectedSquares.length > 0 ? "squares" : "holes";
        return this.#files.sessionStarted();
      case "square": {
        this.#squaresTaken++;
        if (this.#squaresTaken >= this.truth.selectedSquares.length) this.#phase = "holes";
        return this.#files.squareTaken(at(this.truth.squares, step.square), step.startMs);
      }
      case "hole":
        return this.#performHole(step);
      case "finish": {
        this.#phase = "finished";
        this.#applyChanges(step.changes);
        return this.#rewrite([...this.#stale.keys()]);
      }
    }
  }

  async #performHole(step: Extract<RunStep, { kind: "hole" }>): Promise<WriteOperation[]> {
    this.#acquisitionStartMs ??= step.startMs;
    this.#applyChanges(step.changes);
    const square = at(this.truth.squares, step.square);
    const hole = at(square.holes, step.hole);
    const previous = this.#stage === null ? null : at(this.truth.squares, this.#stage.square);
    const exposures = hole.micrographs.length;
    const spacingMs = Math.min(EXPOSURE_SPACING_MS, (step.endMs - step.startMs) / (2 * exposures));
    const operations: WriteOperation[] = [];
    if (step.centred) {
      this.#files.setHole(hole, { state: "InProgress", selected: true });
      this.#files.setSquare(square, { state: "InProgress" });
      operations.push(this.#files.squareMetadata(square));
    }
    const imaged = await this.#files.holeImaged(hole, {
      centringAtMs: step.centred ? step.startMs + 0.3 * (step.endMs - step.startMs) : null,
      exposedAtMs: hole.micrographs.map((_, index) => step.endMs - (exposures - index) * spacingMs),
    });
    operations.push(...imaged);
    this.#imaged.add(hole);
    this.#stage = hole;
    this.#good += hole.micrographs.filter((micrograph) => micrograph.good).length;
    this.acquired.push({ square, hole, startedAtMs: step.startMs, endedAtMs: step.endMs });
    this.#files.setSquare(square, { state: this.#isFinished(square) ? "Completed" : "InProgress" });
    this.#stale.set(square, (this.#stale.get(square) ?? 0) + 1);
    const due = step.rewrite ? [square] : [];
    if (previous !== null && previous !== square && this.#stale.has(previous)) due.push(previous);
    operations.push(...this.#rewrite(due));
    return operations;
  }

  #rewrite(squares: readonly SquareTruth[]): WriteOperation[] {
    for (const square of squares) this.#stale.delete(square);
    return squares.map((square) => this.#files.squareMetadata(square));
  }

  /** Tells Athena what is about to happen. */
  async #announce(step: RunStep): Promise<void> {
    if (this.#athena === null || step.kind === "atlas") return;
    if (step.kind === "hole") {
      const square = at(this.truth.squares, step.square);
      const hole = at(square.holes, step.hole);
      if (this.#stage === null || this.#stage.square !== square.index)
        this.#athena.setState(square.id, "started", step.startMs);
      this.#athena.setState(hole.id, "started", step.startMs);
      this.#athena.setEngine("running", hole.id, "Acquiring");
    }
    if (step.kind === "hole" || step.kind === "finish") this.#reportChanges(step.changes, step.startMs);
    await this.#athena.flush();
  }

  /** Tells Athena what has happened. */
  async #report(step: RunStep): Promise<void> {
    if (this.#athena === null || step.kind === "atlas") return;
    if (step.kind === "session") {
      this.#registerSquares(step.endMs);
      this.#athena.setEngine("running", null, "Preparing");
    } else if (step.kind === "square") {
      this.#registerHoles(at(this.truth.squares, step.square), step.endMs);
    } else if (step.kind === "hole") {
      const square = at(this.truth.squares, step.square);
      this.#athena.setState(at(square.holes, step.hole).id, "completed", step.endMs);
      if (this.#isFinished(square)) this.#athena.setState(square.id, "completed", step.endMs);
    } else {
      this.#athena.setEngine("idle", null, "Finished");
      await this.#athena.stop("completed");
      return;
    }
    await this.#athena.flush();
  }

  #registerSquares(atMs: number): void {
    const { truth } = this;
    this.#athena?.addAreas(
      truth.squares.map((square) => ({ id: square.id, areaType: "gridsquare", parentId: truth.atlasId })),
    );
    for (const square of truth.squares) this.#athena?.setState(square.id, square.selected ? "queued" : "ignore", atMs);
  }

  #registerHoles(square: SquareTruth, atMs: number): void {
    this.#athena?.addAreas(square.holes.map((hole) => ({ id: hole.id, areaType: "foilhole", parentId: square.id })));
    for (const hole of square.holes) this.#athena?.setState(hole.id, hole.selectable ? "queued" : "ignore", atMs);
  }

  #reportChanges(changes: SelectionChanges, atMs: number): void {
    for (const { square, selected } of changes.squares) {
      this.#athena?.setState(at(this.truth.squares, square).id, selected ? "queued" : "skipped", atMs);
    }
    for (const { square, hole, selected } of changes.holes) {
      this.#athena?.setState(at(at(this.truth.squares, square).holes, hole).id, selected ? "queued" : "skipped", atMs);
    }
  }
}

function toggle(set: Set<string>, value: string, present: boolean): void {
  if (present) set.add(value);
  else set.delete(value);
}

export interface RunOptions extends MicroscopeOptions {
  /** Simulated seconds per second; Infinity: as fast as it goes. */
  readonly speed: number;
  readonly signal: AbortSignal;
  /** How many sessions to run before stopping; default: without end. */
  readonly sessions?: number;
  /** Called for each session before its first step. */
  readonly onSession?: (microscope: Microscope) => void | Promise<void>;
  /** Called after each step; the next one waits for it. */
  readonly onStep?: (result: StepResult, microscope: Microscope) => void | Promise<void>;
}

/**
 * Runs session after session at a steady pace until `signal` is aborted; see {@link createMicroscope} for how one follows
 * the other and what happens when it is started again on the same folder.
 */
export async function runMicroscope(options: RunOptions): Promise<void> {
  const { speed, signal, sessions = Number.POSITIVE_INFINITY, onSession, onStep, ...microscopeOptions } = options;
  for (let ran = 0; ran < sessions && !signal.aborted; ran++) {
    const microscope = await createMicroscope(microscopeOptions);
    try {
      await onSession?.(microscope);
      await runSession(microscope, speed, signal, onStep);
    } finally {
      await microscope.close();
    }
  }
}

async function runSession(
  microscope: Microscope,
  speed: number,
  signal: AbortSignal,
  onStep: RunOptions["onStep"],
): Promise<void> {
  while (!microscope.done && !signal.aborted) {
    const begun = performance.now();
    const result = await microscope.step();
    await onStep?.(result, microscope);
    const lastsMs = (result.endedAtMs - result.startedAtMs) / speed;
    await delay(Math.max(0, lastsMs - (performance.now() - begun)), signal);
  }
}
