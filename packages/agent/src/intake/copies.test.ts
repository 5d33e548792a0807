import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { silentLogger } from "@smartem/common/logging";
import { runs } from "@smartem/common/testing/runs";
import { classifyPath } from "@smartem/epu/classify";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileStamp } from "../journal/files.js";
import { type Journal, openJournal } from "../journal/journal.js";
import { gridSquareXml, holeId, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { sayWhatIsComplete } from "../upload/registrations.js";
import { seenFile } from "../watch/seen-file.js";
import { readerInThisThread } from "./file-reader.js";
import { Intake } from "./intake.js";
import { readWholeFile } from "./read-file.js";
import { SessionPaths } from "./session-paths.js";

const SQUARE = join("Metadata", "GridSquare_101.dm");

/** What one copy of a square's metadata lists, the copies in the order in which they were written. */
type Listed = readonly number[];

/** The copies in the order in which they are seen, with how many each time. */
interface Coming {
  readonly copies: readonly Listed[];
  readonly order: readonly number[];
  readonly together: readonly number[];
}

const COMINGS: fc.Arbitrary<Coming> = fc
  .array(fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { minLength: 1 }), { minLength: 2, maxLength: 5 })
  .chain((copies) =>
    fc.record({
      copies: fc.constant(copies),
      order: fc.shuffledSubarray(
        copies.map((_, index) => index),
        { minLength: copies.length },
      ),
      together: fc.array(fc.integer({ min: 1, max: copies.length }), { minLength: copies.length }),
    }),
  );

function withIntake<T>(work: (watched: string, journal: Journal, intake: Intake) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "smartem-agent-"));
  const watched = join(folder, "visit");
  mkdirSync(watched);
  const journal = openJournal(join(folder, "state"));
  const intake = new Intake({
    journal,
    log: silentLogger,
    sessionPaths: new SessionPaths({ watchFolder: watched, pathMaps: [] }),
    backoff: { initialMs: 1, maxMs: 1 },
    reader: readerInThisThread(readWholeFile),
  });
  return work(watched, journal, intake).finally(() => {
    journal.close();
    rmSync(folder, { recursive: true });
  });
}

function pathOf(watched: string, index: number, name: string): string {
  return join(watched, `copy ${index}`, name);
}

/** Later than those with lower indices. */
function writeCopy(watched: string, index: number, listed: Listed): void {
  const folder = `copy ${index}`;
  const [session] = sessionFiles({ ...SMALL_SESSION, folder }).filter(({ path }) => /EpuSession/.test(path));
  const holeIds = listed.map((place) => holeId("101", place));
  const content = gridSquareXml({ id: "101", visited: true, holeIds, state: `${index}` });
  writeFiles(watched, [{ path: session?.path ?? "", content: session?.content ?? "" }]);
  writeFiles(watched, [{ path: join(folder, SQUARE), content }]);
  const at = 1_700_000_000.5 + index;
  for (const name of ["EpuSession.dm", SQUARE]) utimesSync(pathOf(watched, index, name), at, at);
}

function see(journal: Journal, paths: readonly string[]): void {
  const seen = paths.map((path) =>
    seenFile(dirname(path), basename(path), classifyPath(path), fileStamp(statSync(path))),
  );
  journal.files.see(seen, 0);
}

async function read(journal: Journal, intake: Intake, paths: readonly string[]): Promise<void> {
  see(journal, paths);
  const { signal } = new AbortController();
  while ((await intake.step(signal)) || !intake.idle) {}
}

/** What is uploaded in the end; all of it is confirmed. */
function uploaded(journal: Journal): Map<string, Record<string, unknown>> {
  const bodies = new Map<string, Record<string, unknown>>();
  for (;;) {
    const taken = journal.entities.take(0, 1_000, new Set(), new Set());
    if (taken.length === 0) return bodies;
    for (const { uuid, body } of taken) bodies.set(uuid, body);
    journal.entities.confirm(taken);
  }
}

test("of all holes that copies of a square's metadata list, those of the newest are there, and its number is to be told, in whatever order and batches they are read", async () => {
  await fc.assert(
    fc.asyncProperty(COMINGS, ({ copies, order, together }) =>
      withIntake(async (watched, journal, intake) => {
        for (const [index, listed] of copies.entries()) writeCopy(watched, index, listed);
        await read(
          journal,
          intake,
          copies.map((_, index) => pathOf(watched, index, "EpuSession.dm")),
        );
        const left = [...order];
        for (const count of together) {
          const batch = left.splice(0, count).map((index) => pathOf(watched, index, SQUARE));
          if (batch.length > 0) await read(journal, intake, batch);
        }
        const count = copies.at(-1)?.length;
        expect(journal.registrations.complete()).toEqual([]);
        const holes = [...uploaded(journal).values()].filter((body) => body.foilhole_id !== undefined);
        const newest = new Set(copies.at(-1)?.map((place) => holeId("101", place)));
        expect(holes.map((hole) => hole.foilhole_id).sort()).toEqual(
          [...new Set(copies.flat())].map((place) => holeId("101", place)).sort(),
        );
        expect(journal.registrations.complete()).toMatchObject([{ count, gridSquareId: "101" }]);
        for (const { foilhole_id: id, selected, state } of holes) {
          expect([id, selected, state]).toEqual(
            newest.has(id as string) ? [id, true, "Defined"] : [id, false, "Removed"],
          );
        }
      }),
    ),
    { numRuns: runs(25) },
  );
});

test("holes of a square are told of once what other copies of its metadata list is read", () =>
  withIntake(async (watched, journal, intake) => {
    for (const [index, listed] of [
      [0, 1, 2, 3],
      [3, 4],
    ].entries())
      writeCopy(watched, index, listed);
    const ofCopies = (name: string) => [0, 1].map((index) => pathOf(watched, index, name));
    const [earlier = "", later = ""] = ofCopies(SQUARE);
    await read(journal, intake, [...ofCopies("EpuSession.dm"), earlier]);
    uploaded(journal);
    see(journal, [later]);
    expect(sayWhatIsComplete(journal, 0)).toBe(0);
    await read(journal, intake, []);
    uploaded(journal);
    expect(sayWhatIsComplete(journal, 0)).toBe(1);
    expect(journal.outbox.due(0, 10)).toMatchObject([{ path: expect.stringMatching(/\/registered\?count=2$/) }]);
  }));
