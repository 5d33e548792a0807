import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { silentLogger } from "@smartem/common/logging";
import { classifyPath } from "@smartem/epu/classify";
import Database from "libsql";
import { expect, test } from "vitest";
import { openJournal } from "../journal/journal.js";
import { contribution, precedenceOf } from "../mapping/contribution.js";
import { atlasXml, gridSquareXml, holeId, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { until } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { useWorkplace } from "../testing/use-workplace.js";
import { seenFile, UNSEEN } from "../watch/seen-file.js";
import { Intake } from "./intake.js";
import { readAndParse } from "./read-and-parse.js";
import { readWholeFile } from "./read-file.js";
import { SessionPaths } from "./session-paths.js";

const workplace = useWorkplace();

test("what was read of a folder that is renamed meanwhile is not taken for what is in it now", async () => {
  const { watched, stateFolder } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const before = join(watched, SMALL_SESSION.folder);
  const after = `${before}.renamed`;
  const journal = openJournal(`${stateFolder}-own`);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let reads = 0;
  const intake = new Intake({
    journal,
    log: silentLogger,
    sessionPaths: new SessionPaths({ watchFolder: watched, pathMaps: [] }),
    backoff: { initialMs: 1, maxMs: 1 },
    reader: {
      async read(requests) {
        const readings = requests.map((request) => readAndParse(request, readWholeFile));
        if (requests.length > 0 && reads++ === 0) await held;
        return readings;
      },
      rest: async () => undefined,
      close: async () => undefined,
    },
  });
  const see = (folder: string) =>
    journal.files.see([seenFile(folder, "EpuSession.dm", classifyPath(join(folder, "EpuSession.dm")), UNSEEN)], 0);
  see(before);
  const stopping = new AbortController();
  const work = intake.run(stopping.signal);
  await until("the session is being read", () => reads === 1);
  renameSync(before, after);
  const [known] = journal.files.inFolder(before).values();
  journal.transaction(() => intake.forget([{ id: known?.id ?? 0, session: before }], [before]));
  see(after);
  release();
  // Once more where it was written just before it was read.
  const states = () => [...journal.files.inFolder(after).values()].map(({ state }) => state);
  await until("the renamed one is read", () => reads >= 2 && states().join() === "done");
  expect(journal.sessions.all().map(({ folder }) => folder)).toEqual([after]);
  stopping.abort();
  await work;
  journal.close();
});

/** What the API has in the end of the folder as it is now; it forgets it, and is away from then on. */
async function stateFromScratch(): Promise<unknown> {
  const { api, folder } = workplace;
  const agent = await workplace.agent({ stateFolder: join(folder, "another-state") });
  await agent.settled();
  await agent.stop();
  const state = api.state();
  api.forgetEverything();
  await api.stop();
  return state;
}

test("holes that EPU finds again under other ids take the place of the earlier ones, and are told of as all of their square", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent();
  await agent.settled();
  const path = join(SMALL_SESSION.folder, "Metadata", "GridSquare_101.dm");
  const find = async (places: number[], state: string) => {
    const holeIds = places.map((place) => holeId("101", place));
    writeFiles(watched, [{ path, content: gridSquareXml({ id: "101", visited: true, holeIds, state }) }]);
    await until("the square is taken in", () => api.all("gridsquare").some((square) => square.state === state));
    await agent.settled();
  };
  const said = () => api.registered.filter((each) => each.startsWith(`/gridsquares/${hole(0)?.gridsquare_uuid}/`));
  const hole = (place: number) => api.all("foilhole").find((each) => each.foilhole_id === holeId("101", place));
  expect(said()).toEqual([expect.stringMatching(/count=6$/)]);
  await find([1, 10, 11, 12, 13], "FoundAgain");
  expect([0, 2, 5].map(hole)).toEqual(
    [0, 2, 5].map(() => expect.objectContaining({ selected: false, state: "Removed" })),
  );
  expect([1, 10].map(hole)).toEqual([1, 10].map(() => expect.objectContaining({ selected: true, state: "Defined" })));
  expect(said()).toEqual([expect.stringMatching(/count=6$/), expect.stringMatching(/count=5$/)]);
  // What is known already is nothing new.
  await find([0, 1, 10, 11], "AsBefore");
  expect([0, 1, 5, 12, 13].map((place) => hole(place)?.state)).toEqual([
    "Defined",
    "Defined",
    "Removed",
    "Removed",
    "Removed",
  ]);
  expect(said()).toHaveLength(2);
});

/** The holes of square 101, by their places, as the API has them. */
function holes(): Record<string, unknown> {
  const all = workplace.api.all("foilhole").filter(({ gridsquare_id: square }) => square === "101");
  return Object.fromEntries(
    all.map((each) => [Number(each.foilhole_id) % 1000, each.selected === true ? each.state : `- ${each.state}`]),
  );
}

function findHoles(folder: string, places: number[]): void {
  const holeIds = places.map((place) => holeId("101", place));
  const content = gridSquareXml({ id: "101", visited: true, holeIds, state: `With ${places.length}` });
  writeFiles(workplace.watched, [{ path: join(folder, "Metadata", "GridSquare_101.dm"), content }]);
}

const FOUND_AGAIN = {
  ...{ 0: "- Removed", 1: "Defined", 2: "- Removed", 3: "- Removed", 4: "- Removed", 5: "- Removed" },
  ...{ 10: "Defined", 11: "Defined" },
};

const IN_VISIT = join("visit 1", SMALL_SESSION.folder);

test.each<[string, () => string]>([
  [
    "the journal is rebuilt",
    () => {
      const database = new Database(join(workplace.stateFolder, "journal.db"));
      database.exec("pragma user_version = 1000");
      database.close();
      return IN_VISIT;
    },
  ],
  [
    "its session is renamed",
    () => {
      const renamed = `${IN_VISIT} renamed`;
      renameSync(join(workplace.watched, IN_VISIT), join(workplace.watched, renamed));
      return renamed;
    },
  ],
  [
    "its session is moved elsewhere",
    () => {
      mkdirSync(join(workplace.watched, "visit 2"));
      renameSync(join(workplace.watched, IN_VISIT), join(workplace.watched, "visit 2", "moved"));
      return join("visit 2", "moved");
    },
  ],
])(
  "holes that EPU finds again while the agent is away take the place of the earlier ones when %s meanwhile",
  async (_, change) => {
    writeFiles(workplace.watched, sessionFiles({ ...SMALL_SESSION, folder: IN_VISIT }));
    const before = await workplace.agent();
    await before.settled();
    await before.stop();
    findHoles(change(), [1, 10, 11]);
    const after = await workplace.agent();
    await after.settled();
    expect(holes()).toEqual(FOUND_AGAIN);
  },
);

test("holes that EPU finds again take the place of the earlier ones though the file with these was gone for a while, and stay so", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent();
  await agent.settled();
  rmSync(join(watched, SMALL_SESSION.folder, "Metadata", "GridSquare_101.dm"));
  await until("it is gone", () => journaled(`${FILES} '%' and f.name = 'GridSquare_101.dm'`) === 0);
  findHoles(SMALL_SESSION.folder, [1, 10, 11]);
  await until("the square is taken in", () => api.all("gridsquare").some(({ state }) => state === "With 3"));
  await agent.settled();
  expect(holes()).toEqual(FOUND_AGAIN);
  renameSync(join(watched, SMALL_SESSION.folder), join(watched, "renamed"));
  await until("the renamed one is read", () => journaled(`${FILES} '%/renamed/%'`) > 30 && journaled(UNREAD) === 0);
  await agent.settled();
  api.forgetEverything();
  api.cutStreams();
  await until("everything is there again", () => api.registered.length === 3);
  expect(holes()).toEqual(FOUND_AGAIN);
});

test.each(["before", "after"])(
  "a copy with the earlier holes that is read %s what EPU has found again takes away nothing of that",
  async (when) => {
    const { watched } = workplace;
    // It comes before it by its path, too.
    const copy = "Backup";
    writeFiles(watched, sessionFiles(SMALL_SESSION));
    cpSync(join(watched, SMALL_SESSION.folder), join(workplace.folder, copy), {
      recursive: true,
      preserveTimestamps: true,
    });
    findHoles(SMALL_SESSION.folder, [1, 10, 11]);
    const putCopy = () => renameSync(join(workplace.folder, copy), join(watched, copy));
    if (when === "before") putCopy();
    const agent = await workplace.agent();
    await agent.settled();
    if (when === "after") putCopy();
    await until("the copy is read", () => journaled(`${FILES} '%/${copy}/%'`) > 30 && journaled(UNREAD) === 0);
    await agent.settled();
    expect(holes()).toEqual(FOUND_AGAIN);
  },
);

test("holes of a square that an older copy lists alone are not told of as registered", async () => {
  const { watched, folder, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const original = join(watched, SMALL_SESSION.folder);
  cpSync(original, join(folder, "copy"), { recursive: true, preserveTimestamps: true });
  findHoles(SMALL_SESSION.folder, [1, 10, 11]);
  const path = join(original, "Metadata", "GridSquare_101.dm");
  utimesSync(path, new Date(), new Date(Date.now() + 2_000));
  const agent = await workplace.agent();
  await agent.settled();
  const square = api.all("gridsquare").find(({ gridsquare_id: id }) => id === "101")?.uuid;
  const said = () => api.registered.filter((each) => each.includes(String(square)));
  expect(said()).toEqual([`/gridsquares/${square}/registered?count=3`]);
  renameSync(join(folder, "copy"), join(watched, "copy"));
  await until("the copy is read", () => journaled(`${FILES} '%/copy/%'`) > 30 && journaled(UNREAD) === 0);
  await agent.settled();
  expect(holes()).toEqual(FOUND_AGAIN);
  rmSync(path);
  await until("it is gone", () => journaled(`${FILES} '%' and f.name = 'GridSquare_101.dm'`) === 1);
  await agent.settled();
  expect(said()).toHaveLength(1);
});

test("holes of a square are told of as registered when a copy of its metadata that is to be read is gone instead", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  writeFiles(watched, sessionFiles({ ...SMALL_SESSION, folder: "copy" }));
  const path = join(watched, "copy", "Metadata", "GridSquare_101.dm");
  // Of a file system that keeps whole seconds: such a file is read once more seconds later.
  const second = Math.floor(Date.now() / 1_000);
  utimesSync(path, second, second);
  await api.stop();
  const agent = await workplace.agent();
  const isRead = () => journaled(`${FILES} '%/copy/%'`) > 30 && journaled(UNREAD) === 1;
  await until("all is read", () => agent.status().queue.entities === 40 && isRead());
  await api.start();
  const square = () => api.all("gridsquare").find(({ gridsquare_id: id }) => id === "101")?.uuid;
  const said = () => api.registered.filter((each) => each.includes(String(square())));
  const others = () => api.registered.filter((each) => each.startsWith("/gridsquares/")).length - said().length;
  await until("all others are registered", () => square() !== undefined && others() === 1);
  expect(said()).toEqual([]);
  rmSync(path);
  await until("it is registered", () => said().length === 1);
});

test("a grid whose atlas is taken again is told of as registered again when other squares are in it", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent();
  await agent.settled();
  const take = async (id: string, squares: string[]) => {
    const path = join("atlas", `Supervisor_${SMALL_SESSION.session.id}`, "Sample4", "Atlas", "Atlas.dm");
    const nodes = squares.map((square, place) => ({ id: square, x: 100 + place, y: 200, tileIds: ["1"] }));
    writeFiles(watched, [{ path, content: atlasXml({ id, tileIds: ["1"], nodes }) }]);
    await until("the atlas is taken in", () => api.all("atlas").some((atlas) => atlas.atlas_id === id));
    await agent.settled();
  };
  const said = () => api.registered.filter((path) => path.startsWith("/grids/"));
  expect(said()).toHaveLength(1);
  await take("9001", ["101", "102", "103"]);
  expect(said()).toHaveLength(1);
  await take("9002", ["103", "104", "105"]);
  expect(said()).toHaveLength(2);
});

/** A number that the journal of the running agent has. */
function journaled(sql: string): number {
  const database = new Database(join(workplace.stateFolder, "journal.db"), { readonly: true });
  const { n } = database.prepare(sql).get() as { n: number };
  database.close();
  return n;
}

const KEPT = "select count(*) as n from kept_facts";
const FILES = "select count(*) as n from files f join folders o on o.id = f.folder where o.path like";
const UNREAD = "select count(*) as n from files where state in ('pending', 'waiting')";

test("what was read while the API was away is uploaded in full when the files are gone by the time it is back", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const expected = await stateFromScratch();
  const agent = await workplace.agent();
  await until("everything is read", () => agent.status().queue.entities === 40 && journaled(UNREAD) === 0);
  // An empty folder would be taken for a share that is not mounted.
  mkdirSync(join(watched, "elsewhere"));
  rmSync(join(watched, SMALL_SESSION.folder), { recursive: true });
  rmSync(join(watched, "atlas"), { recursive: true });
  await until("all files are gone", () => Object.keys(agent.status().files).length === 0);
  expect(journaled(KEPT)).toBeGreaterThan(0);
  await api.start();
  await agent.settled();
  expect(api.state()).toEqual(expected);
  expect(journaled(KEPT)).toBe(0);
});

test("what a folder says under its last name counts when it is renamed while the API is away, and nothing piles up", async () => {
  const { watched, api } = workplace;
  // By the paths alone the last one would come before the others.
  const first = join(watched, "session");
  const second = join(watched, "the session");
  const last = join(watched, "a session");
  writeFiles(watched, sessionFiles({ ...SMALL_SESSION, folder: "a session" }));
  const expected = await stateFromScratch();
  renameSync(last, first);
  const agent = await workplace.agent();
  const rename = async (from: string, to: string) => {
    const count = journaled(`${FILES} '${from}/%'`);
    renameSync(from, to);
    const isMoved = () => journaled(`${FILES} '${from}%'`) === 0 && journaled(`${FILES} '${to}/%'`) === count;
    await until("the renamed folder is read", () => isMoved() && journaled(UNREAD) === 0);
    return journaled(KEPT);
  };
  await until("everything is read", () => agent.status().queue.entities === 40 && journaled(UNREAD) === 0);
  const kept = await rename(first, second);
  expect(kept).toBeGreaterThan(0);
  expect(await rename(second, last)).toBe(kept);
  await api.start();
  await agent.settled();
  expect(api.state()).toEqual(expected);
  expect(journaled(KEPT)).toBe(0);
});

test.each([
  ["it", SMALL_SESSION.folder],
  ["its copy", "copy"],
])(
  "when a session was copied and %s is gone, what is left tells where it is, but not what had become of it before",
  async (_, gone) => {
    const { watched, api } = workplace;
    const state = (square: string) => api.all("gridsquare").find((each) => each.gridsquare_id === square)?.state;
    writeFiles(watched, sessionFiles(SMALL_SESSION));
    const agent = await workplace.agent();
    await agent.settled();
    cpSync(join(watched, SMALL_SESSION.folder), join(watched, "copy"), { recursive: true });
    await agent.settled();
    const left = gone === "copy" ? SMALL_SESSION.folder : "copy";
    // The one that goes was written last.
    for (const [folder, is] of [
      [left, "AsLeft"],
      [gone, "AsGone"],
    ] as const) {
      const content = gridSquareXml({ id: "104", visited: false, holeIds: [], state: is });
      writeFiles(watched, [{ path: join(folder, "Metadata", "GridSquare_104.dm"), content }]);
      const at = is === "AsLeft" ? 1_700_000_000 : 1_800_000_000;
      utimesSync(join(watched, folder, "Metadata", "GridSquare_104.dm"), at, at);
    }
    await agent.settled();
    expect(state("104")).toBe("AsGone");
    rmSync(join(watched, gone), { recursive: true });
    await agent.settled();
    expect(state("104")).toBe("AsGone");
    const paths = (["grid", "gridsquare", "micrograph"] as const).flatMap((kind) =>
      api
        .all(kind)
        .flatMap((each) => [each.data_dir, each.image_path, each.high_res_path].filter((path) => path != null)),
    );
    expect(paths.length).toBeGreaterThan(12);
    const start = join(watched, left);
    expect(paths.filter((path) => path !== start && !String(path).startsWith(start + sep))).toEqual([]);
  },
);

const STATES = ["gridsquare", "foilhole"] as const;

/** What the API has of squares and holes, but for where squares are. */
function states(): unknown {
  const all = STATES.flatMap((kind) => workplace.api.all(kind).map(({ data_dir, image_path, ...rest }) => rest));
  return all.sort((one, other) => String(one.uuid).localeCompare(String(other.uuid)));
}

/** An older copy of a session, and what has become of the session since. */
function writeWithOlderCopy(session: string, copy: string): void {
  const { watched } = workplace;
  writeFiles(watched, sessionFiles({ ...SMALL_SESSION, folder: session }));
  cpSync(join(watched, session), join(watched, copy), { recursive: true, preserveTimestamps: true });
  for (const id of SMALL_SESSION.squareIds) {
    const holeIds = [1, 2, 3, 4, 5, 7].map((place) => holeId(id, place));
    const content = gridSquareXml({ id, visited: true, holeIds, state: "Completed" });
    const path = join(session, "Metadata", `GridSquare_${id}.dm`);
    writeFiles(watched, [{ path, content }]);
    // Later than the copy also where times are told in whole seconds.
    utimesSync(join(watched, path), new Date(), new Date(Date.now() + 2_000));
  }
}

const isGone = (name: string) => until(`${name} is gone`, () => journaled(`${FILES} '%/${name}/%'`) === 0);

test.each(["Backup", "backup"])(
  "what has become of a session stays at the API when it and an older copy, %s, are deleted, in any order",
  async (copy) => {
    const { watched } = workplace;
    const remove = (name: string) => rmSync(join(watched, name), { recursive: true });
    mkdirSync(join(watched, "elsewhere"));
    const agent = await workplace.agent();
    const orders: [name: string, removals: readonly string[]][] = [
      ["at once", ["visit"]],
      ["the session first", [`visit/${SMALL_SESSION.folder}`, `visit/${copy}`]],
      ["the copy first", [`visit/${copy}`, `visit/${SMALL_SESSION.folder}`]],
    ];
    for (const [, removals] of orders) {
      writeWithOlderCopy(join("visit", SMALL_SESSION.folder), join("visit", copy));
      await agent.settled();
      const before = states();
      for (const name of removals) {
        remove(name);
        await isGone(`visit/${name}`);
        await agent.settled();
        expect(states()).toEqual(before);
      }
    }
  },
);

test("what has become of a session is uploaded when it, and then an older copy, are deleted while the API is away", async () => {
  const { watched, api } = workplace;
  mkdirSync(join(watched, "elsewhere"));
  writeWithOlderCopy(SMALL_SESSION.folder, "backup");
  const first = await workplace.agent({ stateFolder: join(workplace.folder, "another-state") });
  await first.settled();
  const expected = states();
  await first.stop();
  api.forgetEverything();
  await api.stop();
  const agent = await workplace.agent();
  await until("everything is read", () => journaled(`${FILES} '%/Metadata'`) === 8 && journaled(UNREAD) === 0);
  for (const name of [SMALL_SESSION.folder, "backup"]) {
    rmSync(join(watched, name), { recursive: true });
    await isGone(name);
  }
  await api.start();
  await agent.settled();
  expect(states()).toEqual(expected);
});

test("what has become of a square stays though its metadata are missed for a while and an older copy is there", async () => {
  const { watched, api } = workplace;
  writeWithOlderCopy(SMALL_SESSION.folder, "backup");
  const agent = await workplace.agent();
  await agent.settled();
  const before = states();
  const asked = api.requests.length;
  const path = join(watched, SMALL_SESSION.folder, "Metadata", "GridSquare_101.dm");
  const content = readFileSync(path);
  rmSync(path);
  await until(
    "it is gone",
    () => journaled(`${FILES} '%/${SMALL_SESSION.folder}/%' and f.name = 'GridSquare_101.dm'`) === 0,
  );
  await agent.settled();
  expect(states()).toEqual(before);
  writeFileSync(path, content);
  utimesSync(path, new Date(), new Date(Date.now() + 4_000));
  await agent.settled();
  expect(states()).toEqual(before);
  expect(journaled(KEPT)).toBe(0);
  const uploaded = api.requests.slice(asked).filter((each) => each.path === "/ingest");
  expect(JSON.stringify(uploaded)).not.toContain('"selected":true,"state":"Defined"');
});

test("a copy in which EPU goes on counts whole, also in what it said before and a deleted one written later did not", async () => {
  const { watched, api } = workplace;
  writeWithOlderCopy(SMALL_SESSION.folder, "backup");
  const agent = await workplace.agent();
  await agent.settled();
  const holesOf101 = () =>
    Object.fromEntries(
      api
        .all("foilhole")
        .filter(({ gridsquare_id: id }) => id === "101")
        .map(({ foilhole_id: id, selected, state }) => [id, `${selected ? "selected" : "not selected"} ${state}`]),
    );
  const now = (state: string) => Object.fromEntries([0, 7].map((place) => [holeId("101", place), state]));
  expect(holesOf101()).toMatchObject({ ...now("selected Defined"), [holeId("101", 0)]: "not selected Removed" });
  rmSync(join(watched, SMALL_SESSION.folder), { recursive: true });
  await isGone(SMALL_SESSION.folder);
  const path = join("backup", "Metadata", "GridSquare_101.dm");
  const holeIds = [0, 1, 2, 3, 4, 5].map((place) => holeId("101", place));
  writeFiles(watched, [{ path, content: gridSquareXml({ id: "101", visited: true, holeIds, state: "Anew" }) }]);
  utimesSync(join(watched, path), new Date(), new Date(Date.now() + 4_000));
  await agent.settled();
  expect(holesOf101()).toMatchObject({ ...now("selected Defined"), [holeId("101", 7)]: "not selected Removed" });
});

test("what a deleted file said whose time is still to come gives way to what is written from now on", async () => {
  const { watched, api } = workplace;
  writeWithOlderCopy(SMALL_SESSION.folder, "backup");
  const path = join(SMALL_SESSION.folder, "Metadata", "GridSquare_104.dm");
  const write = (state: string, at: Date) => {
    writeFiles(watched, [{ path, content: gridSquareXml({ id: "104", visited: false, holeIds: [], state }) }]);
    utimesSync(join(watched, path), at, at);
  };
  const state = () => api.all("gridsquare").find((each) => each.gridsquare_id === "104")?.state;
  write("Tomorrow", new Date(Date.now() + 86_400_000));
  const agent = await workplace.agent();
  await agent.settled();
  expect(state()).toBe("Tomorrow");
  rmSync(join(watched, path));
  await until(
    "it is gone",
    () => journaled(`${FILES} '%/${SMALL_SESSION.folder}/%' and f.name = 'GridSquare_104.dm'`) === 0,
  );
  await agent.settled();
  expect(state()).toBe("Tomorrow");
  write("Today", new Date(Date.now() + 1_000));
  await until("what is written anew counts", () => state() === "Today");
});

test("pictures of which the better one is gone are shown by what is left", async () => {
  const { watched, api } = workplace;
  const files = sessionFiles(SMALL_SESSION);
  const better = files
    .filter(({ path }) => path.endsWith(".jpg") && path.includes("Images-Disc1"))
    .map(({ path, content }) => ({ path: path.replace(/jpg$/, "mrc"), content }));
  writeFiles(watched, [...files, ...better]);
  const agent = await workplace.agent();
  await agent.settled();
  const shown = () => [
    ...api.all("gridsquare").flatMap((square) => square.image_path ?? []),
    ...api.all("micrograph").map((micrograph) => micrograph.high_res_path),
  ];
  expect(shown().every((path) => String(path).endsWith(".mrc"))).toBe(true);
  for (const { path } of better) rmSync(join(watched, path));
  await agent.settled();
  expect(shown().every((path) => String(path).endsWith(".jpg"))).toBe(true);
});

test("what a file says while its entity is on its way to the API is uploaded though it is gone before the API has answered", () => {
  const journal = openJournal(`${workplace.stateFolder}-own`);
  const say = (name: string, isNew: boolean) => {
    const of = { uuid: "a-session", parents: [], identity: { uuid: "a-session" } };
    const said = contribution("acquisition", {
      ...of,
      precedence: precedenceOf("metadata", "", "/file"),
      fields: { name },
    });
    journal.entities.replaceFacts([{ id: 1, contributions: [said], sinceMs: 0, isNew }]);
  };
  const take = () => journal.entities.take(1, 10, new Set(), new Set());
  say("before", true);
  const onTheirWay = take();
  say("after", false);
  journal.transaction(() => journal.entities.forgetFacts([1]));
  journal.entities.confirm(onTheirWay);
  const rest = take();
  expect(rest.map(({ body }) => body)).toEqual([{ uuid: "a-session", name: "after" }]);
  journal.entities.confirm(rest);
  expect(take()).toEqual([]);
  journal.close();
});
