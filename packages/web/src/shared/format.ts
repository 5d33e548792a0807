/*
 * Numbers and times as the pages write them. What is not known is a dash, never a zero.
 */

export const UNKNOWN = "–";

const integers = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** 12345 → "12,345". */
export function formatCount(value: number | null | undefined): string {
  return value == null || !Number.isFinite(value) ? UNKNOWN : integers.format(value);
}

/** 3.14159 → "3.1"; with a unit: "3.1 Å". */
export function formatNumber(value: number | null | undefined, digits = 1, unit = ""): string {
  if (value == null || !Number.isFinite(value)) return UNKNOWN;
  return `${value.toFixed(digits)}${unit === "" ? "" : ` ${unit}`}`;
}

/** 0.873 → "87 %". */
export function formatShare(value: number | null | undefined): string {
  return value == null || !Number.isFinite(value) ? UNKNOWN : `${Math.round(value * 100)} %`;
}

/** 5,430,000 ms → "1 h 30 min". */
export function formatDuration(ms: number | null | undefined): string {
  if (ms == null || !Number.isFinite(ms)) return UNKNOWN;
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** 42,000 ms → "42 s ago". */
export function formatAgo(ms: number): string {
  return ms < 1_500 ? "just now" : `${formatDuration(ms)} ago`;
}

const days = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", year: "numeric" });
const times = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const timesWithSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** "03 Mar 2026, 14:05" in the reader's own time zone. */
export function formatDateTime(iso: string | null | undefined): string {
  const time = parseTime(iso);
  return time === null ? UNKNOWN : `${days.format(time)}, ${times.format(time)}`;
}

/** "14:05:09" in the reader's own time zone. */
export function formatClock(iso: string | null | undefined): string {
  const time = parseTime(iso);
  return time === null ? UNKNOWN : timesWithSeconds.format(time);
}

const daysOfYear = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });

/** {@link formatClock}, with the day where it is another one than today: "03 Mar, 14:05:09". */
export function formatMoment(iso: string | null | undefined, now = Date.now()): string {
  const time = parseTime(iso);
  const isToday = time !== null && days.format(time) === days.format(now);
  return time === null || isToday ? formatClock(iso) : `${daysOfYear.format(time)}, ${formatClock(iso)}`;
}

/** The reader's own time zone by its name, which holds for times of any date: "Europe/Berlin". */
export function zoneName(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Clocks are changed for longer than that. */
const WEEK_MS = 7 * 86_400_000;

/** The reader's own time zone from a moment to another: "UTC+01:00"; where clocks were changed in between, by its name. */
export function zoneOf(from: number, to = from): string {
  const offsets = new Set<string>();
  for (let time = from; time < to; time += WEEK_MS) offsets.add(offsetAt(time));
  offsets.add(offsetAt(to));
  const words = [...offsets].join(" or ");
  return offsets.size === 1 ? words : `${zoneName()}: ${words}, by the date`;
}

function offsetAt(time: number): string {
  const minutes = -new Date(time).getTimezoneOffset();
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  return minutes === 0
    ? "UTC"
    : `UTC${minutes < 0 ? "−" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

/** Milliseconds since 1970; null where there is no time. */
export function parseTime(iso: string | null | undefined): number | null {
  if (iso == null) return null;
  const time = Date.parse(iso);
  return Number.isNaN(time) ? null : time;
}

/** Milliseconds since 1970 as ISO 8601 in UTC, for files and machines; null where there is no time. */
export function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
