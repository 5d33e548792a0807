import { groupBy } from "../shared/group-by.js";
import type { SessionRow } from "./session-row.js";

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
  /** Share of the time shown in which at least one session was on. */
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

/** When each instrument was used for what; null where no session has a start. A session that is on lasts until `now`. */
export function timelineOf(rows: readonly SessionRow[], now: number): Timeline | null {
  const spans = rows.flatMap((row) => {
    if (row.startedAt === null) return [];
    const end = row.endedAt ?? (row.status === "started" || row.status === "paused" ? now : row.startedAt);
    return [{ row, start: row.startedAt, end: Math.max(end, row.startedAt) }];
  });
  if (spans.length === 0) return null;
  const from = Math.min(...spans.map(({ start }) => start));
  const to = Math.max(from + HOUR_MS, ...spans.map(({ end }) => end));
  const share = (time: number): number => (time - from) / (to - from);
  const lanes = [...groupBy(spans, ({ row }) => row.instrument ?? "unknown")]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([instrument, own]): TimelineLane => {
      const inOrder = own.toSorted((a, b) => a.start - b.start);
      const ends: number[] = [];
      let used = 0;
      let usedUntil = from;
      const bars = inOrder.map(({ row, start, end }): TimelineBar => {
        used += Math.max(0, end - Math.max(start, usedUntil));
        usedUntil = Math.max(usedUntil, end);
        const free = ends.findIndex((until) => until <= start);
        const track = free === -1 ? ends.length : free;
        ends[track] = end;
        return { row, start: share(start), length: share(end) - share(start), track };
      });
      return { instrument, bars, tracks: ends.length, used: used / (to - from) };
    });
  return { from, to, lanes, ticks: ticksBetween(from, to).map((time) => ({ time, place: share(time) })) };
}

/** Full hours or days (in UTC) at an even distance, at most twelve. */
function ticksBetween(from: number, to: number): number[] {
  const hours = TICK_HOURS.find((candidate) => (to - from) / (candidate * HOUR_MS) <= MOST_TICKS);
  const step = (hours ?? Math.ceil((to - from) / HOUR_MS / MOST_TICKS)) * HOUR_MS;
  const ticks: number[] = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) ticks.push(time);
  return ticks;
}
