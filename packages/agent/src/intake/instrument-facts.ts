import type { Journal } from "../journal/journal.js";
import type { Contribution } from "../mapping/contribution.js";

/**
 * Every image names the instrument, in the same words; one that says so is enough. It is the first by its path within
 * the session, so that it is the same one in whatever order images are read.
 *
 * To be called within a transaction.
 *
 * @param file the file that says so
 * @returns whether this is the one to keep; the one kept before is then dropped
 */
export function isFirstToName(journal: Journal, instrument: Contribution, file: number): boolean {
  const first = journal.entities.firstPrecedence(instrument.uuid, instrument.precedence);
  if (first !== null && first < instrument.precedence) return false;
  if (first !== null && first > instrument.precedence) journal.entities.dropFact(instrument.uuid, first, file);
  return true;
}
