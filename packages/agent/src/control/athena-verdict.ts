import type { OrderOutcome } from "./microscope-control.js";

/** What is needed to tell whether the microscope followed an order: kept with the order. */
export interface AthenaWatch {
  readonly kind: "reorder_gridsquares" | "skip_gridsquares" | "reorder_foilholes";
  readonly athenaSessionId: string;
  /** The grid's area for squares, the square's for holes. */
  readonly parentAreaId: number;
  /** To be acquired, first to be first. */
  readonly ordered: readonly number[];
  /** Not to be acquired. */
  readonly skipped: readonly number[];
  /** States with a higher id came after the decision; the service counts them up. */
  readonly lastStateId: number;
  /** The run under way when it was decided, or the next one; when it and all later ones have stopped, nothing more comes. */
  readonly runNumber: number;
}

export interface SeenState {
  readonly id: number;
  readonly areaId: number;
  readonly state: string;
  readonly timestamp: string | null;
}

export interface SeenRun {
  readonly runNumber: number;
  readonly stopTime: string | null;
}

export interface Verdict {
  readonly outcome: OrderOutcome;
  /** When the microscope did what tells; null where it did nothing. */
  readonly at: string | null;
  readonly details: string;
  /** Athena has no record of the order any more. */
  readonly isLost?: boolean;
  /** What the order skips may still be acquired, and the order is then not followed after all. */
  readonly isSoFar?: boolean;
}

/**
 * Whether the microscope followed an order, from the states of the areas that it is about.
 *
 * - An area counts as acquired when it is started or completed. What was so at the time of the decision tells nothing.
 * - A skip is followed when all its areas are skipped or ignored, or nothing more can come; not when one is acquired.
 * - Of what skips, `followed` holds only so far, until a later order to the same areas comes or nothing more can come.
 * - An order is followed when the first area acquired after it is the first of its list that could still be, by the
 *   skips, too, that came in between.
 * - It is superseded when a later order to the same areas came before anything could be seen, or nothing of it was left to
 *   be done.
 *
 * @param states of all areas within the order's parent area, from the beginning
 * @param later the orders to the same session that came after this one, in turn
 * @returns null while it can't be told
 */
export function verdictOf(
  watch: AthenaWatch,
  states: readonly SeenState[],
  runs: readonly SeenRun[],
  later: readonly AthenaWatch[],
): Verdict | null {
  const inTurn = [...states].sort((a, b) => a.id - b.id);
  const acquiredBefore = new Set(
    inTurn.filter((state) => state.id <= watch.lastStateId && isAcquisition(state)).map((state) => state.areaId),
  );
  const after = inTurn.filter((state) => state.id > watch.lastStateId && !acquiredBefore.has(state.areaId));
  const next = later.find((other) => isAboutSame(watch, other)) ?? null;
  // What came after the next order is the next order's doing.
  const own = next === null ? after : after.filter((state) => state.id <= next.lastStateId);

  const broken = own.find((state) => isAcquisition(state) && watch.skipped.includes(state.areaId));
  if (broken !== undefined) {
    const details = `Area ${broken.areaId} was to be skipped and is ${broken.state}.`;
    return { outcome: "not_followed", at: broken.timestamp, details };
  }
  const verdict =
    watch.kind === "skip_gridsquares"
      ? skipVerdict(watch, own, acquiredBefore)
      : orderVerdict(watch, own, acquiredBefore, later);
  if (verdict !== null) {
    const mayBeBroken = verdict.outcome === "followed" && watch.skipped.length > 0;
    return { ...verdict, isSoFar: mayBeBroken && next === null && !hasEnded(watch, runs) };
  }
  if (next !== null) {
    return {
      outcome: "superseded",
      at: null,
      details: "A later decision about the same areas came before anything was seen.",
    };
  }
  if (!hasEnded(watch, runs)) return null;
  return watch.kind === "skip_gridsquares" || (watch.ordered.length === 0 && watch.skipped.length > 0)
    ? { outcome: "followed", at: null, details: "The session ended without any of the areas being acquired." }
    : { outcome: "superseded", at: null, details: "The session ended before any of the areas was acquired." };
}

function skipVerdict(
  watch: AthenaWatch,
  own: readonly SeenState[],
  acquiredBefore: ReadonlySet<number>,
): Verdict | null {
  const left = watch.skipped.filter((areaId) => !acquiredBefore.has(areaId));
  if (left.length === 0) {
    return { outcome: "superseded", at: null, details: "All of the areas had been acquired before the decision." };
  }
  const latest = new Map(own.map((state) => [state.areaId, state]));
  if (!left.every((areaId) => isPassedOver(latest.get(areaId)))) return null;
  const last = own.findLast((state) => left.includes(state.areaId));
  return { outcome: "followed", at: last?.timestamp ?? null, details: `Skipped: ${left.join(", ")}.` };
}

function orderVerdict(
  watch: AthenaWatch,
  own: readonly SeenState[],
  acquiredBefore: ReadonlySet<number>,
  later: readonly AthenaWatch[],
): Verdict | null {
  if (watch.ordered.length === 0) return skipVerdict(watch, own, acquiredBefore);
  const left = watch.ordered.filter((areaId) => !acquiredBefore.has(areaId));
  if (left.length === 0) {
    return { outcome: "superseded", at: null, details: "All of the areas had been acquired before the decision." };
  }
  const place = own.findIndex(isAcquisition);
  const first = own[place];
  if (first === undefined) return null;
  // An area that the microscope itself passes over does not hold up the order.
  const passedOver = new Set(
    own
      .slice(0, place)
      .filter(isPassedOver)
      .map((state) => state.areaId),
  );
  const skipped = new Set(
    later
      .filter((other) => other.parentAreaId === watch.parentAreaId && other.lastStateId < first.id)
      .flatMap((other) => other.skipped),
  );
  if (left.every((areaId) => skipped.has(areaId))) {
    return { outcome: "superseded", at: null, details: "Later decisions skip all of the areas that were left." };
  }
  const expected = left.find((areaId) => !passedOver.has(areaId) && !skipped.has(areaId));
  return first.areaId === expected
    ? { outcome: "followed", at: first.timestamp, details: `Area ${first.areaId} came next, as ordered.` }
    : {
        outcome: "not_followed",
        at: first.timestamp,
        details: `Area ${first.areaId} came next; the order was ${expected === undefined ? "exhausted" : `area ${expected}`}.`,
      };
}

function isAboutSame(watch: AthenaWatch, other: AthenaWatch): boolean {
  if (other.parentAreaId !== watch.parentAreaId) return false;
  if (watch.kind !== "skip_gridsquares") return other.ordered.length > 0 || other.kind === watch.kind;
  return [...other.ordered, ...other.skipped].some((areaId) => watch.skipped.includes(areaId));
}

function isAcquisition(state: SeenState): boolean {
  return state.state === "started" || state.state === "completed";
}

function isPassedOver(state: SeenState | undefined): boolean {
  return state?.state === "skipped" || state?.state === "ignore";
}

/** A run that is not the latest has ended, also where EPU crashed and said nothing of it. */
function hasEnded(watch: AthenaWatch, runs: readonly SeenRun[]): boolean {
  const latest = latestRun(runs);
  return latest !== null && latest.runNumber >= watch.runNumber && latest.stopTime !== null;
}

/** Null where there has been none. */
export function latestRun(runs: readonly SeenRun[]): SeenRun | null {
  return runs.reduce<SeenRun | null>((a, b) => (a === null || b.runNumber > a.runNumber ? b : a), null);
}
