const INTERVALS_MIN = [5, 10, 15, 30, 60, 120, 240, 720, 1_440];
const MOST_INTERVALS = 60;

/** The length of even intervals, as short as at most 60 of them allow, in which things at some times are counted. */
export function evenIntervalMs(times: readonly number[]): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  const longest = INTERVALS_MIN.at(-1) ?? 1_440;
  return (
    (INTERVALS_MIN.find((candidate) => (last - first) / (candidate * 60_000) < MOST_INTERVALS) ?? longest) * 60_000
  );
}
