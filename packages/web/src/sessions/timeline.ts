import { groupBy } from "../shared/group-by.js";
import { endOf, type SessionRow } from "./session-row.js";

/** A session as a bar: where it begins and how long it is, as shares of the time shown. */
export interface TimelineBar {
  readonly row: SessionRow;
  readonly start: number;
  readonly length: number;
  /** Sessions that overlap on one instrument lie in different rows, from 0. */
  readonly track: number;
}

export interface TimelineLane {
  readonly instrument: string;
  readonly bars: readonly TimelineBar[];
  readonly tracks: number;
  /** Share of the time shown in which at least one session was on, of all sessions that are known. */
  readonly used: number;
}

export interface Timeline {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly lanes: readonly TimelineLane[];
  /** Times worth a line, with what to write there. */
  readonly ticks: readonly { readonly place: number; readonly time: number }[];
}

const HOUR_MS = 3_600_000;
const TICK_HOURS = [1, 2, 4, 6, 12, 24, 48, 7 * 24, 14 * 24, 28 * 24, 91 * 24, 365 * 24];
const MOST_TICKS = 12;

/** The time that is asked for, in milliseconds since 1970; null: as far as there are sessions. */
export interface AskedTime {
  readonly from: number | null;
  readonly to: number | null;
}

const ANY_TIME: AskedTime = { from: null, to: null };

interface Span {
  readonly row: SessionRow;
  readonly start: number;
  readonly end: number;
}

function spansOf(rows: readonly SessionRow[], now: number): Span[] {
  return rows.flatMap((row) => {
    const end = endOf(row, now);
    return row.startedAt === null || end === null ? [] : [{ row, start: row.startedAt, end }];
  });
}

const instrumentOf = ({ row }: Span): string => row.instrument ?? "unknown";

/**
 * When each instrument was used for what; null where no session has a start. A session that is on lasts until `now`, one
 * that nobody has ended as long as there were signs of life.
 *
 * @param rows the sessions that are shown
 * @param all those by which instruments were in use, and as far as which the time shown reaches: how they are narrowed down
 * to those that are shown changes neither
 */
export function timelineOf(
  rows: readonly SessionRow[],
  now: number,
  all: readonly SessionRow[] = rows,
  asked: AskedTime = ANY_TIME,
): Timeline | null {
  const spans = spansOf(rows, now);
  if (spans.length === 0) return null;
  const known = spansOf(all, now);
  const last = Math.max(...known.map(({ end }) => end));
  const from = asked.from ?? Math.min(...known.map(({ start }) => start));
  // A day that is not over is shown as far as it has come.
  const to = Math.max(from + HOUR_MS, asked.to === null ? last : Math.min(asked.to, Math.max(now, last)));
  const within = (time: number): number => Math.min(to, Math.max(from, time));
  const share = (time: number): number => (within(time) - from) / (to - from);
  const ofInstrument = groupBy(known, instrumentOf);
  const usedBy = (instrument: string): number => {
    let used = 0;
    let until = from;
    for (const { start, end } of (ofInstrument.get(instrument) ?? []).toSorted((a, b) => a.start - b.start)) {
      used += Math.max(0, within(end) - Math.max(within(start), until));
      until = Math.max(until, within(end));
    }
    return used / (to - from);
  };
  const lanes = [...groupBy(spans, instrumentOf)]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([instrument, own]): TimelineLane => {
      const inOrder = own.toSorted((a, b) => a.start - b.start);
      const ends: number[] = [];
      const bars = inOrder.map(({ row, start, end }): TimelineBar => {
        const free = ends.findIndex((until) => until <= start);
        const track = free === -1 ? ends.length : free;
        ends[track] = end;
        return { row, start: share(start), length: share(end) - share(start), track };
      });
      return { instrument, bars, tracks: ends.length, used: usedBy(instrument) };
    });
  return { from, to, lanes, ticks: ticksBetween(from, to).map((time) => ({ time, place: share(time) })) };
}

/** Full hours or days of the reader's own time at an even distance, at most twelve. */
function ticksBetween(from: number, to: number): number[] {
  const hours = TICK_HOURS.find((candidate) => (to - from) / (candidate * HOUR_MS) <= MOST_TICKS);
  const step = (hours ?? Math.ceil((to - from) / HOUR_MS / MOST_TICKS)) * HOUR_MS;
  const offset = (time: number): number => new Date(time).getTimezoneOffset() * 60_000;
  const ticks: number[] = [];
  for (let local = Math.ceil((from - offset(from)) / step) * step; ; local += step) {
    // Clocks may be changed between one tick and the next.
    const time = local + offset(local + offset(from));
    if (time > to) return ticks;
    if (time >= from) ticks.push(time);
  }
}
