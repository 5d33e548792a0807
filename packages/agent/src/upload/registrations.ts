import { join } from "node:path";
import type { Journal } from "../journal/journal.js";
import type { Registration } from "../journal/registrations.js";

/** Puts into the outbox what has become complete: all squares of a grid, all holes of a square. */
export function sayWhatIsComplete(journal: Journal, nowMs: number): number {
  if (journal.registrations.open() === 0) return 0;
  const complete = journal.registrations.complete().filter((each) => !isStillRead(journal, each));
  if (complete.length === 0) return 0;
  journal.transaction(() => {
    for (const { uuid, kind, count } of complete) {
      const path = kind === "grid" ? `/grids/${uuid}/registered` : `/gridsquares/${uuid}/registered?count=${count}`;
      const key = `registered/${uuid}`;
      // Where it was said before.
      journal.outbox.forget(key);
      journal.outbox.add({ key, method: "POST", path, body: undefined }, nowMs);
      journal.registrations.markSaid(uuid);
    }
  });
  return complete.length;
}

/** Whether metadata of the square, which may list other holes, are about to be read: also those of a copy. */
function isStillRead(journal: Journal, { acquisition, gridSquareId }: Registration): boolean {
  if (gridSquareId === null) return false;
  return journal.sessions
    .all()
    .some(
      ({ acquisitionUuid, folder }) =>
        acquisitionUuid === acquisition &&
        journal.files.isFresh(join(folder, "Metadata"), `GridSquare_${gridSquareId}.dm`),
    );
}

/** The API does not know what it had confirmed of an acquisition: everything of that is uploaded and said again. */
export function uploadAcquisitionAgain(journal: Journal, acquisition: string): void {
  journal.transaction(() => {
    journal.entities.uploadAgain(acquisition);
    registerAgain(journal, acquisition);
    for (const { folder, acquisitionUuid } of journal.sessions.all()) {
      if (acquisitionUuid === acquisition) journal.sessions.completeAgain(folder);
    }
    journal.witnesses.forget(acquisition);
  });
}

/** The API has not been told of anything of an acquisition: what a journal before this one had said is said again. */
export function registerAgain(journal: Journal, acquisition: string): void {
  for (const uuid of journal.registrations.reopen(acquisition)) journal.outbox.forget(`registered/${uuid}`);
}
