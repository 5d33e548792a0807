import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runs } from "@smartem/common/testing/runs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Agent } from "../agent.js";
import {
  atlasXml,
  type FileToWrite,
  gridSquareXml,
  holeId,
  sessionFiles,
  type TreeSpec,
  writeFiles,
} from "../testing/epu-folder.js";
import { Workplace } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";

const TINY: TreeSpec = { ...SMALL_SESSION, squareIds: ["101", "102", "103"], holesPerSquare: 4, imagedPerSquare: 2 };

/** What happens to a file on its way to what it is in the end. */
type Step =
  | { readonly is: "write"; readonly file: FileToWrite; readonly content: string }
  | { readonly is: "touch"; readonly file: FileToWrite }
  | { readonly is: "settle" }
  | { readonly is: "restart" };

/** Earlier states of a file: nothing, a part, for metadata also an earlier version, with holes that are there in the end. */
function earlierStates(file: FileToWrite): fc.Arbitrary<string[]> {
  const part = fc.integer({ min: 0, max: file.content.length - 1 }).map((end) => file.content.slice(0, end));
  const square = /GridSquare_(\d+)\.dm$/.exec(file.path)?.[1];
  const visited = file.content.includes("GridSquareImagePath");
  const version =
    square === undefined
      ? part
      : fc.integer({ min: 0, max: visited ? 2 : 0 }).map((holes) =>
          gridSquareXml({
            id: square,
            visited,
            holeIds: Array.from({ length: holes }, (_, index) => holeId(square, index)),
            state: "InProgress",
          }),
        );
  return fc.array(fc.oneof(part, version, fc.constant("")), { maxLength: 2 });
}

/** The same files in any order, with detours, duplicate notifications and restarts. */
function histories(files: readonly FileToWrite[]): fc.Arbitrary<Step[]> {
  const disturbance = fc.oneof(
    { weight: 12, arbitrary: fc.constant<Step>({ is: "settle" }) },
    { weight: 1, arbitrary: fc.constant<Step>({ is: "restart" }) },
    { weight: 3, arbitrary: fc.constantFrom(...files).map((file): Step => ({ is: "touch", file })) },
  );
  const ofFiles = fc.tuple(...files.map(earlierStates)).chain((earlier) => {
    const each = files.map((file, index) => [...(earlier[index] ?? []), file.content]);
    const slots = each.flatMap((contents, index) => contents.map(() => index));
    return fc.shuffledSubarray(slots, { minLength: slots.length, maxLength: slots.length }).map((order): Step[] => {
      const next = files.map(() => 0);
      return order.map((index) => {
        const content = each[index]?.[next[index] ?? 0] ?? "";
        next[index] = (next[index] ?? 0) + 1;
        return { is: "write", file: files[index] as FileToWrite, content };
      });
    });
  });
  return fc
    .tuple(
      ofFiles,
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), disturbance), { minLength: 6, maxLength: 24 }),
    )
    .map(([steps, disturbances]) => {
      const all = [...steps];
      for (const [place, step] of disturbances) all.splice(Math.floor(place * all.length), 0, step);
      return all;
    });
}

/** @returns the agent that runs in the end */
async function agentAfter(history: readonly Step[], folder: Workplace): Promise<Agent> {
  const written = new Set<string>();
  let agent: Agent = await folder.agent();
  for (const step of history) {
    if (step.is === "write") {
      const path = join(folder.watched, step.file.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, step.content);
      written.add(path);
    } else if (step.is === "touch") {
      const path = join(folder.watched, step.file.path);
      if (written.has(path)) utimesSync(path, new Date(), new Date());
    } else if (step.is === "settle") {
      await agent.settled();
    } else {
      await agent.stop();
      agent = await folder.agent();
    }
  }
  return agent;
}

/** Paths in the state begin with a folder that is another one each time. How often more holes became known does not count. */
function withoutFolder(folder: Workplace): unknown {
  const { registered, ...state } = folder.api.state();
  const all = { ...state, registered: [...new Set(registered as string[])] };
  return JSON.parse(JSON.stringify(all).replaceAll(folder.watched, "<watched>"));
}

/** What an agent that finds the finished folder uploads. */
async function stateOf(files: readonly FileToWrite[], finish?: (watched: string) => void): Promise<unknown> {
  const reference = await Workplace.open();
  try {
    writeFiles(reference.watched, files);
    finish?.(reference.watched);
    const agent = await reference.agent();
    await agent.settled();
    return withoutFolder(reference);
  } finally {
    await reference.close();
  }
}

/** Expects the API to end up with a state, whatever happens to files on their way. */
async function expectAlways(
  expected: unknown,
  files: readonly FileToWrite[],
  limits: { readonly numRuns: number; readonly interruptAfterTimeLimit: number },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(histories(files), async (history) => {
      const folder = await Workplace.open();
      try {
        const agent = await agentAfter(history, folder);
        await agent.settled();
        expect(withoutFolder(folder)).toEqual(expected);
      } finally {
        await folder.close();
      }
    }),
    { ...limits, endOnFailure: true },
  );
}

test("whatever the order in which files come, are rewritten and announced, and whenever the agent is restarted, the API ends up with what the finished folder says", async () => {
  const files = sessionFiles(TINY);
  const expected = await stateOf(files);
  expect(Object.values(expected as Record<string, unknown[]>).every((entities) => entities.length > 0)).toBe(true);

  await expectAlways(expected, files, { numRuns: runs(12), interruptAfterTimeLimit: 100_000 });
}, 180_000);

/** How often each in turn is written after what it is a copy of, at the same time, and before. */
const AGES_S = [1, 0, -1];
const WRITTEN_S = 1_700_000_000;

test("of copies those that were written last count, whatever the order in which they come, are rewritten and touched, and what is left tells where things are when some are gone", async () => {
  const original = sessionFiles({ ...TINY, visited: 3, imagedPerSquare: 1, exposuresPerHole: 1 });
  const copied = original.filter(({ path }) => /EpuSession|Metadata|Data_/.test(path));
  // By their paths some come before and some after the original.
  const copies = ["Backup", "backup"].flatMap((folder) =>
    copied.map(({ path, content }) => ({
      path: join(folder, path),
      content: content.replace(
        "<State>Defined</State><TargetLocations>",
        `<State>In ${folder}</State><TargetLocations>`,
      ),
    })),
  );
  const files = [...original, ...copies];
  const finish = (watched: string): void => {
    for (const [index, { path }] of files.entries()) {
      const at = WRITTEN_S + (path.toLowerCase().startsWith("backup") ? (AGES_S[index % AGES_S.length] ?? 0) : 0);
      utimesSync(join(watched, path), at, at);
    }
  };
  const expected = await stateOf(files, finish);
  const { gridsquare } = expected as { gridsquare: { uuid: string; state: string }[] };
  const states = new Map(gridsquare.map(({ uuid, state }) => [uuid, state]));
  expect(new Set(states.values()).size).toBeGreaterThan(1);
  const alone = (await stateOf(original)) as { gridsquare: { uuid: string; state: string }[] };
  for (const square of alone.gridsquare) square.state = states.get(square.uuid) ?? "";

  await fc.assert(
    fc.asyncProperty(histories(files), async (history) => {
      const folder = await Workplace.open();
      try {
        const agent = await agentAfter(history, folder);
        finish(folder.watched);
        await agent.settled();
        expect(withoutFolder(folder)).toEqual(expected);
        for (const name of ["Backup", "backup"]) rmSync(join(folder.watched, name), { recursive: true });
        await agent.settled();
        expect(withoutFolder(folder)).toEqual(alone);
      } finally {
        await folder.close();
      }
    }),
    { numRuns: runs(8), interruptAfterTimeLimit: 100_000, endOnFailure: true },
  );
}, 180_000);

/** The atlas of a cassette slot: the same end of the path for every run of the atlas software. */
function atlasOf(session: TreeSpec, folder: string): FileToWrite {
  const nodes = session.squareIds.map((id, index) => ({ id, x: 100 + index * 50, y: 200, tileIds: ["1"] }));
  const content = atlasXml({ id: `9${session.session.id}`, tileIds: ["1"], nodes });
  return { path: join(folder, "Sample9", "Atlas", "Atlas.dm"), content };
}

test.each<[string, string, string]>([
  ["another run of the atlas software", "Supervisor_A", "Supervisor_B"],
  ["another visit's run of the same name", "Supervisor_1", "Supervisor_1"],
])(
  "whatever the order in which sessions and atlases come, none gets the atlas of the same slot in %s, also while its own is not there",
  async (_, run, otherRun) => {
    const session = (visit: string, atlasRun: string, id: string, squareIds: string[]): TreeSpec => {
      const atlasPath = `Z:\\DoseFractions\\${visit}\\atlas\\${atlasRun}\\Sample9\\Atlas\\Atlas.dm`;
      const of = { ...SMALL_SESSION.session, id, name: visit, atlasPath };
      return { ...SMALL_SESSION, folder: join(visit, "Grid1"), session: of, squareIds, visited: 0, pictures: false };
    };
    const one = session("visit1", run, "46001", ["101", "102"]);
    const other = session("visit2", otherRun, "46002", ["901", "902", "903"]);
    const without = [one, other].map((spec) => sessionFiles(spec).filter(({ path }) => !path.endsWith("Atlas.dm")));
    const otherAtlas = atlasOf(other, join("visit2", "atlas", otherRun));
    const files = [...without.flat(), otherAtlas];
    const early = await stateOf(files);
    const all = [...files, atlasOf(one, join("visit1", "atlas", run))];
    const late = await stateOf(all);
    const squares = (state: unknown) => (state as { gridsquare: unknown[] }).gridsquare.length;
    expect([early, late].map(squares)).toEqual([5, 5]);

    for (const [each, expected] of [
      [files, early],
      [all, late],
    ] as const) {
      await expectAlways(expected, each, { numRuns: runs(8), interruptAfterTimeLimit: 60_000 });
    }
  },
  180_000,
);
