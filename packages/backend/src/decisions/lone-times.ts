/** A time so far from all others… */
const FAR_MS = 24 * 3_600_000;
/** …is believed when so many say the same. */
export const BELIEVED = 3;

/**
 * Some micrographs have a time at which they were not taken: a computer's clock was wrong for a moment. One from the future would be the
 * session's last one for years, and the place where the stage stands. So a time that is more than a day after all others, or before
 * them, counts only when others confirm it: a session that goes on after a pause is believed with its third micrograph.
 *
 * @param count of times, ascending
 * @param timeMs of a place; asked for the {@link BELIEVED} first and last of them alone
 * @returns the places, from first to before `end`, of those that count
 */
export function believedTimes(
  count: number,
  timeMs: (place: number) => number,
): { readonly first: number; readonly end: number } {
  const isFar = (place: number): boolean => timeMs(place) - timeMs(place - 1) > FAR_MS;
  let first = 0;
  let end = count;
  // The most that few there are; of fewer than so many others nothing is known.
  for (let few = BELIEVED - 1; few > 0; few--) {
    if (end === count && end - few >= BELIEVED && isFar(end - few)) end -= few;
  }
  for (let few = BELIEVED - 1; few > 0; few--) {
    if (first === 0 && end - few >= BELIEVED && isFar(few)) first = few;
  }
  return { first, end };
}
