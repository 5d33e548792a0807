import type { Acquisition, AcquisitionProgress, AcquisitionStatus, GridCount, Throughput } from "../api/additions.js";
import type { Cell } from "../shared/export.js";
import { isoTime, parseTime } from "../shared/format.js";

/** One session as the list shows it. */
export interface SessionRow {
  readonly uuid: string;
  readonly name: string;
  readonly status: AcquisitionStatus | null;
  readonly instrument: string | null;
  readonly computer: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly plannedEndAt: number | null;
  readonly gridsDone: number | null;
  readonly grids: number | null;
  readonly squares: number | null;
  readonly holes: number | null;
  readonly imagedHoles: number | null;
  readonly micrographs: number | null;
  /** Good micrographs; null where none is judged. */
  readonly good: number | null;
  /** Micrographs that are judged. */
  readonly judged: number | null;
  readonly goodPerHour: number | null;
  /** When something last came of it: its start, or its last micrograph. */
  readonly lastSignAt: number | null;
}

/** A session of which nothing has come for so long is hardly running, whether or not anybody has ended it. */
const QUIET_MS = 3 * 3_600_000;

/** How long a session that nobody has ended has been without a sign of life, in milliseconds; null: it has not. */
export function quietFor({ status, lastSignAt }: SessionRow, now: number): number | null {
  return status === "started" && isSilent(lastSignAt, now) ? now - lastSignAt : null;
}

function isSilent(lastSignAt: number | null, now: number): lastSignAt is number {
  return lastSignAt !== null && now - lastSignAt > QUIET_MS;
}

/** What of a session tells how long it lasts. */
export type SessionCourse = Pick<SessionRow, "status" | "startedAt" | "endedAt" | "lastSignAt">;

/**
 * When a session ended, or `now` while it goes on: where nobody has said when, it has lasted until its last sign of life. null: it has
 * no start.
 */
export function endOf({ status, startedAt, endedAt, lastSignAt }: SessionCourse, now: number): number | null {
  if (startedAt === null) return null;
  // One that rests may have been forgotten as well.
  const goesOn = (status === "started" || status === "paused") && !isSilent(lastSignAt, now);
  return Math.max(startedAt, endedAt ?? (goesOn ? now : (lastSignAt ?? startedAt)));
}

/** How long a session has lasted, in milliseconds; null where nothing but its start is known. */
export function durationOf(course: SessionCourse, now: number): number | null {
  const end = endOf(course, now);
  if (course.startedAt === null || end === null) return null;
  return end === course.startedAt && course.endedAt === null ? null : end - course.startedAt;
}

/** How far the imaging of the holes that are known has come, 0–1; null where nobody knows. */
export function imagedShare({ holes, imagedHoles }: SessionRow): number | null {
  return holes === null || holes === 0 || imagedHoles === null ? null : Math.min(1, imagedHoles / holes);
}

/** Puts together what the server says of each session; a count that is not known is null. */
export function sessionRows(
  acquisitions: readonly Acquisition[],
  gridCounts: readonly GridCount[],
  progress: Readonly<Record<string, AcquisitionProgress>>,
  throughput: Readonly<Record<string, Throughput>> = {},
): SessionRow[] {
  const counts = new Map(gridCounts.map((count) => [count.acquisition_uuid, count]));
  return acquisitions.map((acquisition) => {
    const live = progress[acquisition.uuid];
    const brought = throughput[acquisition.uuid];
    const grids = counts.get(acquisition.uuid);
    return {
      uuid: acquisition.uuid,
      name: acquisition.name,
      status: live?.status ?? acquisition.status,
      instrument: acquisition.instrument_id ?? acquisition.instrument_model,
      computer: acquisition.computer_name,
      startedAt: parseTime(acquisition.start_time),
      endedAt: parseTime(acquisition.end_time),
      plannedEndAt: parseTime(acquisition.planned_end_time),
      gridsDone: grids?.grids_completed ?? null,
      grids: live?.grid_count ?? grids?.grids_total ?? null,
      squares: live?.gridsquare_count ?? null,
      holes: live?.foilhole_count ?? null,
      imagedHoles: live?.imaged_foilhole_count ?? null,
      micrographs: live?.micrograph_count ?? null,
      good: brought === undefined || brought.judged_count === 0 ? null : brought.good_count,
      judged: brought?.judged_count ?? null,
      goodPerHour: brought?.good_per_hour ?? null,
      lastSignAt: parseTime(brought?.last_micrograph_at) ?? parseTime(acquisition.start_time),
    };
  });
}

/** What a session's status is said to be. */
function shownStatus(row: SessionRow, now: number): string | null {
  return quietFor(row, now) === null ? row.status : "quiet";
}

/** A session as a line of a table that is saved at `now`. */
export function sessionCells(row: SessionRow, now: number): Record<string, Cell> {
  const duration = durationOf(row, now);
  return {
    instrument: row.instrument,
    session: row.name,
    acquisition_uuid: row.uuid,
    status: shownStatus(row, now),
    computer: row.computer,
    start: isoTime(row.startedAt),
    end: isoTime(row.endedAt),
    last_sign_at: isoTime(row.lastSignAt),
    duration_h: duration === null ? null : duration / 3_600_000,
    grids: row.grids,
    grids_completed: row.gridsDone,
    gridsquares: row.squares,
    foilholes: row.holes,
    foilholes_imaged: row.imagedHoles,
    micrographs: row.micrographs,
    good: row.good,
    good_per_hour: row.goodPerHour,
  };
}

/** What the list is narrowed down to; empty parts narrow nothing. */
export interface SessionFilter {
  readonly text: string;
  readonly statuses: readonly string[];
  readonly instruments: readonly string[];
  /** Days as `YYYY-MM-DD` in the reader's time zone, both included. */
  readonly from: string;
  readonly to: string;
}

export const NO_FILTER: SessionFilter = { text: "", statuses: [], instruments: [], from: "", to: "" };

export function isFiltering(filter: SessionFilter): boolean {
  return (
    filter.text.trim() !== "" ||
    filter.statuses.length > 0 ||
    filter.instruments.length > 0 ||
    filter.from !== "" ||
    filter.to !== ""
  );
}

/** The time of the days of a filter, in milliseconds since 1970; null where it has none. */
export function timeOf({ from, to }: SessionFilter): { readonly from: number | null; readonly to: number | null } {
  const time = (day: string, clock: string): number | null => parseTime(day === "" ? null : `${day}T${clock}`);
  return { from: time(from, "00:00:00"), to: time(to, "23:59:59.999") };
}

/** The sessions that match every part of the filter at `now`, by the statuses that are shown. A session without a start matches no days. */
export function filterSessions(rows: readonly SessionRow[], filter: SessionFilter, now: number): SessionRow[] {
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const { from, to } = timeOf(filter);
  return rows.filter((row) => {
    const text = `${row.name} ${row.instrument ?? ""} ${row.computer ?? ""} ${row.uuid}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return false;
    const status = shownStatus(row, now) ?? "unknown";
    if (filter.statuses.length > 0 && !filter.statuses.includes(status)) return false;
    if (filter.instruments.length > 0 && !filter.instruments.includes(row.instrument ?? "unknown")) return false;
    if (from !== null && (endOf(row, now) ?? Number.NEGATIVE_INFINITY) < from) return false;
    if (to !== null && (row.startedAt === null || row.startedAt > to)) return false;
    return true;
  });
}

/** Reads the filter from an address's query, and writes it there: what one looks at can be sent to a colleague. */
export function filterFromQuery(query: URLSearchParams): SessionFilter {
  const list = (name: string): string[] => (query.get(name) ?? "").split(",").filter((value) => value !== "");
  return {
    text: query.get("q") ?? "",
    statuses: list("status"),
    instruments: list("instrument"),
    from: dayOf(query.get("from")),
    to: dayOf(query.get("to")),
  };
}

/** A day as it stands in an address; empty where it is none. */
export function dayOf(text: string | null): string {
  return text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && parseTime(text) !== null ? text : "";
}

export function filterToQuery(filter: SessionFilter): Record<string, string> {
  const query = {
    q: filter.text,
    status: filter.statuses.join(","),
    instrument: filter.instruments.join(","),
    from: filter.from,
    to: filter.to,
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
}
