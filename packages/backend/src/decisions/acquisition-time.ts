import type { TimeDemand } from "@smartem/decision/types";
import type { OtherGrid } from "./legacy.js";
import type { GridFacts, ImagedPeriod } from "./load.js";
import { type AcquisitionDecisionSettings, ASSUMED_SESSION_MIN } from "./settings.js";

/** The grid on which the newest micrograph was taken, where it is another one than this. */
export function currentOtherGrid(facts: GridFacts, others: readonly OtherGrid[]): OtherGrid | null {
  let newest = facts.imaged?.lastMs ?? Number.NEGATIVE_INFINITY;
  let current: OtherGrid | null = null;
  for (const other of others) {
    const last = other.legacy.imaged?.lastMs;
    if (last === undefined || last <= newest) continue;
    newest = last;
    current = other;
  }
  return current;
}

const GRID_COMPLETED = "grid squares decision completed";

/**
 * What other grids of the acquisition want of the time left. EPU takes grids one after the other and comes back to none by itself:
 * the one it is working on and those it has not begun want time, one that it has left does not.
 *
 * @param current the one it is working on, where it is one of them
 */
export function demandsElsewhere(others: readonly OtherGrid[], current: OtherGrid | null): TimeDemand[] {
  return others.flatMap((other) => {
    const { demand } = other.legacy;
    return demand !== undefined && wantsTime(other, current) ? [demand] : [];
  });
}

function wantsTime(other: OtherGrid, current: OtherGrid | null): boolean {
  return (other === current || other.legacy.imaged === null) && other.status !== GRID_COMPLETED;
}

/** A plan made for so much more time than there is left is not shown as if it still held. */
const STALE_AFTER_MIN = 10;

/**
 * Other grids whose plans are for time that has gone by since, though nothing has happened on them. By the microscope's time, not by
 * demands, so that grids do not ask for one another's decisions in turns.
 */
export function gridsLeftBehind(
  others: readonly OtherGrid[],
  current: OtherGrid | null,
  timeLeftNowMin: number,
): string[] {
  const behind = others.filter(
    (other) =>
      other.timeLeftMin !== null && other.timeLeftMin >= timeLeftNowMin + STALE_AFTER_MIN && wantsTime(other, current),
  );
  return behind.map(({ gridUuid }) => gridUuid);
}

/**
 * The microscope's own time: that of the newest micrograph, and of the start before there is one. Decisions go by it, so that
 * neither a clock that is wrong nor a session that is replayed changes them. Micrographs of all grids of the acquisition count.
 *
 * @returns milliseconds since 1970; null where nothing has happened yet
 */
function microscopeTime(facts: GridFacts, periods: readonly ImagedPeriod[]): number | null {
  const times = periods.map(({ lastMs }) => lastMs);
  if (facts.acquisition.start_time !== null) times.push(Date.parse(facts.acquisition.start_time));
  return times.length === 0 ? null : Math.max(...times);
}

/** A session that outlasts what it was taken to last, since nobody has told its end, goes on for so much longer after each micrograph. */
const GOES_ON_MIN = 120;

/** Minutes of microscope time that the whole acquisition has left. */
export function timeLeftMin(
  facts: GridFacts,
  others: readonly OtherGrid[],
  settings: AcquisitionDecisionSettings,
): number {
  const { start_time, planned_end_time } = facts.acquisition;
  const periods = [facts.imaged, ...others.map(({ legacy }) => legacy.imaged ?? null)].filter(
    (period) => period !== null,
  );
  const now = microscopeTime(facts, periods);
  if (now === null) return settings.session_duration_min;
  const first = Math.min(now, ...periods.map(({ firstMs }) => firstMs));
  const start = start_time === null ? first : Date.parse(start_time);
  const end = planned_end_time === null ? start + settings.session_duration_min * 60_000 : Date.parse(planned_end_time);
  const left = (end - now) / 60_000;
  const isAssumed = planned_end_time === null && settings.session_duration_min === ASSUMED_SESSION_MIN;
  return Math.max(isAssumed ? GOES_ON_MIN : 0, left);
}

/** What operators have to know where micrographs tell nothing of the time. */
export function timeWarnings({ micrographs, imaged }: GridFacts): string[] {
  if (micrographs.length === 0 || imaged !== null) return [];
  return [
    "the grid's micrographs have no acquisition_datetime: the time that is left does not go down by them, and nothing can be said per hour",
  ];
}
