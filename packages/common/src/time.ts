/** The widest offset from UTC that PostgreSQL takes. */
const MAX_OFFSET_HOURS = 15;

/**
 * Reads an ISO 8601 time as the wire contract has it: a time without an offset is UTC.
 *
 * @returns null where the text is not such a time, or one that does not exist (30 February, the year 0)
 */
export function parseTime(text: string): Date | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (match === null) return null;
  const [, day, time = "00:00:00", offset = "Z"] = match;
  // Date keeps milliseconds; .NET writes up to seven digits.
  const clock = time.slice(0, "00:00:00.000".length);
  const zone = /^[+-]\d{4}$/.test(offset) ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
  const date = new Date(`${day}T${clock}${zone}`);
  const isTime = !Number.isNaN(date.getTime()) && exists(day) && isWritten(date);
  return isTime && !(Math.abs(Number.parseInt(zone, 10)) > MAX_OFFSET_HOURS) ? date : null;
}

/** Whether it is, in UTC, in a year of four digits, as all who read it expect. */
function isWritten(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9_999;
}

/** Date takes the 30th of February for the 2nd of March. */
function exists(day = ""): boolean {
  if (day.startsWith("0000")) return false;
  return day.slice("0000-00-".length) <= "28" || new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/**
 * Settles as `work` does, or with `otherwise` as soon as `signal` is aborted. Nothing of it is left once `work` has settled: whoever races
 * one piece of work after the other against the same promise has that keep all of them.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, otherwise: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(otherwise);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.finally(() => signal.removeEventListener("abort", stop)).then(resolve, reject);
  });
}
