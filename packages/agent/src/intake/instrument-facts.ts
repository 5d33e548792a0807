import type { FileFacts } from "../journal/entities.js";
import type { Journal } from "../journal/journal.js";
import type { Contribution } from "../mapping/contribution.js";

/**
 * Every image names the instrument, in the same words; one that says so is enough. It is the first by its path within
 * the session, so that it is the same one in whatever order images are read: of these files only the one that comes
 * before all others says it, and what was kept before is then dropped.
 *
 * To be called within a transaction.
 */
export function withOneInstrument(journal: Journal, files: readonly FileFacts[]): readonly FileFacts[] {
  const firsts = new Map<string, { said: Contribution; file: number }>();
  for (const file of files) {
    for (const said of file.contributions) {
      if (!namesInstrument(said)) continue;
      const first = firsts.get(said.uuid);
      if (first === undefined || said.precedence < first.said.precedence)
        firsts.set(said.uuid, { said, file: file.id });
    }
  }
  if (firsts.size === 0) return files;
  const kept = new Set<Contribution>();
  for (const { said, file } of firsts.values()) {
    const before = journal.entities.firstPrecedence(said.uuid, said.precedence);
    if (before !== null && before < said.precedence) continue;
    if (before !== null && before > said.precedence) journal.entities.dropFact(said.uuid, before, file);
    kept.add(said);
  }
  return files.map((file) => ({
    ...file,
    contributions: file.contributions.filter((said) => !namesInstrument(said) || kept.has(said)),
  }));
}

function namesInstrument(said: Contribution): boolean {
  return said.kind === "acquisition" && !said.asserts;
}
