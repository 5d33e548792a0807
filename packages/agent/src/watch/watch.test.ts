import { EventEmitter } from "node:events";
import {
  chmodSync,
  type FSWatcher,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { err } from "@smartem/common/result";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Agent } from "../agent.js";
import { readWholeFile } from "../intake/read-file.js";
import { epuSessionXml, imageXml, sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { FAST_TIMES, until, Workplace } from "../testing/harness.js";
import { OTHER_SESSION, SMALL_SESSION } from "../testing/sessions.js";

let workplace: Workplace;

beforeEach(async () => {
  workplace = await Workplace.open();
});

afterEach(async () => {
  await workplace.close();
});

const DATA = join("Supervisor_1", "Images-Disc1", "GridSquare_101", "Data");
const MANIFEST = "FoilHole_101000_Data_9000_0_20240406_105000.xml";

test("files of a session wait for its EpuSession.dm, are reported, and are taken in when it comes", async () => {
  const { watched, api } = workplace;
  const files = sessionFiles(SMALL_SESSION);
  const [session, ...others] = files;
  writeFiles(watched, others);
  const agent = await workplace.agent();
  await agent.settled();
  expect(Object.values(api.counts()).every((count) => count === 0)).toBe(true);
  const folder = join(watched, "Supervisor_1");
  expect(agent.status().orphans.sessions_without_epu_session).toEqual([{ folder, files: 44 }]);
  expect(agent.status().unread).toContainEqual(
    expect.objectContaining({ code: "waiting_for_session", reason: `waiting for EpuSession.dm in ${folder}` }),
  );
  writeFiles(watched, session === undefined ? [] : [session]);
  await agent.settled();
  expect(api.counts()).toMatchObject({ acquisition: 1, gridsquare: 4, foilhole: 12, micrograph: 12, tile_position: 6 });
  expect(agent.status().orphans.sessions_without_epu_session).toEqual([]);
});

test("a micrograph alone makes its hole and its square known", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, [
    {
      path: join("Supervisor_1", "EpuSession.dm"),
      content: epuSessionXml({ ...SMALL_SESSION.session, atlasPath: null }),
    },
    { path: join(DATA, MANIFEST), content: imageXml({ uniqueId: "alone" }) },
  ]);
  const agent = await workplace.agent();
  await agent.settled();
  expect(api.counts()).toMatchObject({ gridsquare: 1, foilhole: 1, micrograph: 1 });
  expect(api.all("micrograph")[0]).toMatchObject({ foilhole_id: "101000", micrograph_id: "alone" });
});

test.runIf(process.platform === "linux")(
  "a folder whose name is not UTF-8 is told of, with what to do, until it is renamed, and read then",
  async () => {
    const { watched, api } = workplace;
    const visit = join(watched, "visit");
    writeFiles(visit, sessionFiles(SMALL_SESSION));
    const latin1 = Buffer.from(join(watched, "M\u00fcller"), "latin1");
    renameSync(visit, latin1);
    writeFileSync(Buffer.from(join(watched, "f\u00fcr.txt"), "latin1"), "");
    const agent = await workplace.agent();
    await agent.settled();
    const { trouble } = agent.status().watching;
    for (const name of ["M\ufffdller", "f\ufffdr.txt"]) {
      expect(trouble).toContain(`${join(watched, name)} can't be read: its name is not UTF-8. Rename it`);
    }
    expect(
      agent
        .status()
        .errors.latest.map(({ message }) => message)
        .join(),
    ).toContain("not UTF-8");
    expect(api.counts()).toMatchObject({ acquisition: 0 });
    // One that is written so, however odd, is read.
    renameSync(latin1, join(watched, "M\ufffdller"));
    await until("it is read", () => api.counts().micrograph === 12);
    await until("it is no trouble", () => !agent.status().watching.trouble?.includes("ller"));
    rmSync(Buffer.from(join(watched, "f\u00fcr.txt"), "latin1"));
    await until("there is no trouble", () => agent.status().watching.trouble === null);
  },
);

/** A session whose atlas lies in a folder of this name beside the watched one. */
function withAtlasBeside(name: string) {
  const files = sessionFiles(SMALL_SESSION);
  const ofAtlas = files.filter(({ path }) => path.startsWith("atlas"));
  writeFiles(
    workplace.watched,
    files.filter((file) => !ofAtlas.includes(file)),
  );
  const beside = join(workplace.folder, name);
  writeFiles(beside, ofAtlas);
  return { beside, ofAtlas, pathMaps: [{ from: "Z:\\DoseFractions\\visit", to: beside }] };
}

test.each(["while the agent runs", "while it does not"])(
  "the folder of an atlas beside the watched one that is deleted %s is no trouble, and another is found in its place",
  async (when) => {
    const { watched, api } = workplace;
    const { beside, ofAtlas, pathMaps } = withAtlasBeside("atlases");
    writeFiles(beside, [{ path: "readme.txt", content: "" }]);
    let agent = await workplace.agent({ pathMaps });
    await agent.settled();
    const storage = () => api.all("grid")[0]?.atlas_dir;
    expect(storage()).toContain(beside);
    if (when === "while it does not") await agent.stop();
    rmSync(join(beside, "atlas"), { recursive: true });
    if (when === "while it does not") agent = await workplace.agent({ pathMaps });
    await until("it is gone", () => agent.status().files.atlas === undefined);
    await agent.settled();
    expect(agent.status().watching.trouble).toBeNull();
    writeFiles(watched, ofAtlas);
    await until("another is found", () => String(storage()).startsWith(watched));
  },
);

test("the folder of an atlas beside the watched one whose share is away is trouble until it is back", async () => {
  const { folder, api } = workplace;
  const { beside: share, pathMaps } = withAtlasBeside("share");
  const before = await workplace.agent({ pathMaps });
  await before.settled();
  await before.stop();
  // Where nothing is mounted, nothing is in the folder.
  renameSync(share, join(folder, "unmounted"));
  mkdirSync(share);
  const after = await workplace.agent({ pathMaps });
  await until("it is missed", () => after.status().watching.trouble?.includes("can't be read") === true);
  await after.settled();
  expect(after.status().files.atlas).toBeDefined();
  rmdirSync(share);
  renameSync(join(folder, "unmounted"), share);
  await until("it is back", () => after.status().watching.trouble === null);
  expect(api.all("atlas")).toHaveLength(1);
});

test("two sessions with the same square and hole numbers stay apart", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, [...sessionFiles(SMALL_SESSION), ...sessionFiles(OTHER_SESSION)]);
  const agent = await workplace.agent();
  await agent.settled();
  expect(api.counts()).toMatchObject({
    acquisition: 2,
    grid: 2,
    atlas: 2,
    gridsquare: 8,
    foilhole: 24,
    micrograph: 24,
  });
  const squares = api.all("gridsquare").filter((square) => square.gridsquare_id === "101");
  expect(new Set(squares.map((square) => square.grid_uuid)).size).toBe(2);
});

test("one atlas that two sessions use is an atlas of each of their grids", async () => {
  const { watched, api } = workplace;
  const { atlasPath } = SMALL_SESSION.session;
  const second = { ...OTHER_SESSION, session: { ...OTHER_SESSION.session, atlasPath } };
  const files = sessionFiles(second).filter((file) => !file.path.startsWith("atlas"));
  writeFiles(watched, [...sessionFiles(SMALL_SESSION), ...files]);
  const agent = await workplace.agent();
  await agent.settled();
  expect(api.counts()).toMatchObject({ acquisition: 2, atlas: 2, atlas_tile: 6, gridsquare: 8, tile_position: 12 });
});

test("an atlas beside the watched folder is found and followed", async () => {
  const { folder, api } = workplace;
  const visit = join(folder, "elsewhere");
  writeFiles(visit, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent({ watchFolder: join(visit, "Supervisor_1") });
  await agent.settled();
  expect(api.counts()).toMatchObject({ atlas: 1, atlas_tile: 3, gridsquare: 4 });
});

test("that a folder can't be read is warned of once, is in the status for as long, and is told when it can be again", async () => {
  const { folder } = workplace;
  const visit = join(folder, "elsewhere");
  writeFiles(visit, sessionFiles(SMALL_SESSION));
  const file = sessionFiles(SMALL_SESSION).find(({ path }) => path.endsWith("Atlas.dm"))?.path ?? "";
  const atlas = join(visit, dirname(file));
  renameSync(atlas, `${atlas}.real`);
  symlinkSync(`${atlas}.real`, atlas);
  const lines: string[] = [];
  const agent = await workplace.agent({
    watchFolder: join(visit, "Supervisor_1"),
    logTo: [{ write: (line: string) => lines.push(line) }],
  });
  const said = (what: string) => lines.filter((line) => line.includes(what));
  await agent.settled();
  // It is never seen not to be there.
  const lead = (to: string) => {
    symlinkSync(to, `${atlas}.link`);
    renameSync(`${atlas}.link`, atlas);
  };
  lead(atlas);
  for (let scan = 0; scan < 3; scan++) await agent.settled();
  expect(said("folder can't be read")).toHaveLength(1);
  expect(agent.status().watching.trouble).toContain(`${atlas} can't be read: ELOOP`);
  lead(`${atlas}.real`);
  await until("the folder is read again", () => agent.status().watching.trouble === null);
  expect(said("folder can be read again")).toHaveLength(1);
});

test("an atlas that can't be found is reported, and found when it comes", async () => {
  const { watched, api } = workplace;
  const files = sessionFiles(SMALL_SESSION);
  const atlas = files.filter((file) => file.path.startsWith("atlas"));
  writeFiles(
    watched,
    files.filter((file) => !file.path.startsWith("atlas")),
  );
  const agent = await workplace.agent();
  await agent.settled();
  expect(agent.status().orphans.atlases_not_found).toEqual([
    { session: join(watched, "Supervisor_1"), atlas_path: SMALL_SESSION.session.atlasPath },
  ]);
  expect(api.all("acquisition")[0]?.atlas_path).toBe(SMALL_SESSION.session.atlasPath);
  // Not where the path says, but so that its end says which it is.
  writeFiles(
    join(watched, "copied", "from", "there"),
    atlas.map((file) => ({ ...file, path: file.path.replace("atlas", "") })),
  );
  await agent.settled();
  await until("the atlas", () => api.counts().tile_position === 6);
  await agent.settled();
  expect(api.all("acquisition")[0]?.atlas_path).toContain(join("copied", "from", "there"));
  expect(agent.status().orphans.atlases_not_found).toEqual([]);
});

test("a renamed session folder is the same session: nothing is doubled, paths are brought up to date", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent();
  await agent.settled();
  const before = api.counts();
  renameSync(join(watched, "Supervisor_1"), join(watched, "Renamed"));
  await agent.settled();
  expect(api.counts()).toEqual(before);
  expect(api.all("grid")[0]?.data_dir).toBe(join(watched, "Renamed"));
  expect(api.all("micrograph").every((each) => String(each.high_res_path).startsWith(join(watched, "Renamed")))).toBe(
    true,
  );
  expect(agent.status().orphans.sessions_without_epu_session).toEqual([]);
  expect(agent.status().unread).toEqual([]);
});

test("a session folder that was renamed while no agent ran is the same session, and its old name is forgotten", async () => {
  const { watched, api } = workplace;
  const [first, second] = [join(watched, "visit1", "Supervisor_1"), join(watched, "visit1", "Renamed")];
  // It would be tried again for ever.
  const broken = join(DATA, "FoilHole_101000_Data_9000_0_20240406_111000.xml");
  writeFiles(join(watched, "visit1"), [...sessionFiles(SMALL_SESSION), { path: broken, content: "" }]);
  const states = async () => {
    const agent = await workplace.agent();
    await agent.settled();
    const { orphans, unread } = agent.status();
    // What was written just before it was read is read once more.
    const isToBeRead = () => Object.values(agent.status().files).some((each) => "pending" in each);
    await until("nothing is to be read again", () => !isToBeRead());
    const { files } = agent.status();
    await agent.stop();
    return { files, orphans, unread: unread.map(({ path }) => path) };
  };
  const before = await states();
  const counts = api.counts();
  expect(before.unread).toEqual([join(watched, "visit1", broken)]);
  // And back: what was known under the old name is no reason not to read it anew.
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const) {
    renameSync(from, to);
    expect(await states()).toEqual({
      ...before,
      unread: [join(to, broken.slice("Supervisor_1/".length))],
    });
    expect(api.counts()).toEqual(counts);
    expect(api.all("grid")[0]?.data_dir).toBe(to);
    expect(api.all("micrograph").every((each) => String(each.high_res_path).startsWith(to))).toBe(true);
  }
});

test("folders that were moved out or removed while no agent ran are forgotten with all that was waited for in them", async () => {
  const { watched, folder, api } = workplace;
  writeFiles(watched, [...sessionFiles(SMALL_SESSION), ...sessionFiles(OTHER_SESSION)]);
  writeFileSync(join(watched, DATA, "FoilHole_101000_Data_9000_0_20240406_111000.xml"), "");
  const agent = await workplace.agent();
  await agent.settled();
  const known = api.state();
  await agent.stop();
  renameSync(join(watched, "Supervisor_1"), join(folder, "taken away"));
  rmSync(join(watched, OTHER_SESSION.folder, "Images-Disc1", "GridSquare_101"), { recursive: true });
  const next = await workplace.agent();
  await next.settled();
  expect(next.status().unread).toEqual([]);
  const names = () => next.status().sessions.map(({ name }) => name);
  await until("its session ends", () => names().join() === OTHER_SESSION.session.name);
  const manifests = Object.values(next.status().files.micrographManifest ?? {}).reduce((sum, count) => sum + count, 0);
  expect(manifests).toBe(6);
  expect(api.state()).toEqual(known);
});

test("deleted files are forgotten here and stay there", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent();
  await agent.settled();
  const before = api.state();
  rmSync(join(watched, "Supervisor_1", "Images-Disc1"), { recursive: true });
  await agent.settled();
  expect(api.state()).toEqual(before);
  expect(agent.status().files.micrographManifest).toBeUndefined();
});

test("a watched folder that goes away for a while is trouble, not the end of its files", async () => {
  const { watched, folder, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent();
  await agent.settled();
  const { ingests } = api;
  renameSync(watched, join(folder, "unmounted"));
  await until("trouble", () => agent.status().watching.trouble !== null);
  // Some may just have been looked at a second time, and failed: none is forgotten.
  const known = Object.values(agent.status().files.micrographManifest ?? {});
  expect(known.reduce((sum, count) => sum + count, 0)).toBe(12);
  renameSync(join(folder, "unmounted"), watched);
  writeFileSync(
    join(watched, DATA, "FoilHole_101000_Data_9000_0_20240406_110000.xml"),
    imageXml({ uniqueId: "after" }),
  );
  await until("the new micrograph", () => api.counts().micrograph === 13);
  await until("no trouble", () => agent.status().watching.trouble === null);
  expect(api.ingests).toBeGreaterThan(ingests);
});

test("a share that is not mounted leaves an empty folder: that is trouble too, and nothing is forgotten", async () => {
  const { watched, folder, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent();
  await agent.settled();
  const known = () =>
    Object.entries(agent.status().files).map(([kind, states]) => [kind, Object.values(states).reduce((a, b) => a + b)]);
  const before = known();
  await until("a session", () => agent.status().sessions[0]?.state === "connected");
  const unmount = () => {
    renameSync(watched, join(folder, "unmounted"));
    mkdirSync(watched);
  };
  unmount();
  await until("trouble", () => agent.status().watching.trouble?.includes("is empty") === true);
  await agent.settled();
  expect(known()).toEqual(before);
  expect(agent.status().sessions).toMatchObject([{ state: "connected" }]);
  // Not even by an agent that has not seen it otherwise.
  await agent.stop();
  const next = await workplace.agent();
  await next.settled();
  expect(next.status().watching.trouble).toContain("is empty");
  expect(next.status().sessions).toMatchObject([{ name: SMALL_SESSION.session.name }]);
  rmSync(watched, { recursive: true });
  renameSync(join(folder, "unmounted"), watched);
  await until("no trouble", () => next.status().watching.trouble === null);
  const name = "FoilHole_101000_Data_9000_0_20240406_110000.xml";
  writeFileSync(join(watched, DATA, name), imageXml({ uniqueId: "after" }));
  await until("the new micrograph", () => api.counts().micrograph === 13);
});

test("zero-byte, truncated and malformed files are retried and reported, and hold up nothing", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const content = imageXml({ uniqueId: "late" });
  const name = (minute: number) => join(watched, DATA, `FoilHole_101000_Data_9000_0_20240406_11${10 + minute}00.xml`);
  writeFileSync(name(0), "");
  writeFileSync(name(1), content.slice(0, 900));
  writeFileSync(name(2), content.replace("<CustomData>", "<CustomData><<"));
  const agent = await workplace.agent();
  await agent.settled();
  expect(api.counts().micrograph).toBe(12);
  await until("retries", () => agent.status().unread.every((file) => file.attempts > 3));
  const codes = agent.status().unread.map((file) => file.code);
  expect(codes.sort()).toEqual(["empty", "incomplete", "malformed"]);
  for (const minute of [0, 1, 2]) writeFileSync(name(minute), content);
  await agent.settled();
  expect(api.counts().micrograph).toBe(15);
  expect(agent.status().unread).toEqual([]);
});

test("foreign files, files that are too large and noise are reported as such", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  writeFileSync(join(watched, DATA, "FoilHole_101000_Data_9000_0_20240406_111000.xml"), "<Acquisition/>\r\n");
  const huge = join(watched, "Supervisor_1", "Metadata", "GridSquare_999.dm");
  writeFileSync(huge, "");
  truncateSync(huge, 300 * 1024 * 1024);
  writeFileSync(join(watched, DATA, ".DS_Store"), "noise");
  writeFileSync(join(watched, "notes.txt"), "a user's own");
  const agent = await workplace.agent();
  await agent.settled();
  expect(api.counts().micrograph).toBe(12);
  expect(agent.status().unread.map(({ code, kind }) => [kind, code])).toEqual([
    ["micrographManifest", "foreign"],
    ["gridSquareMetadata", "too_large"],
  ]);
  const { files } = agent.status();
  expect(files.noise).toEqual({ ignored: 2 });
  expect(files.other).toEqual({ ignored: 1 });
});

test("a locked file is read when it is unlocked, and what stands in a file's place is no file", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  mkdirSync(join(watched, DATA, "FoilHole_101000_Data_9000_0_20240406_111000.xml"));
  symlinkSync(watched, join(watched, "loop"));
  let locked = true;
  const agent = await workplace.agent({
    readFile: (path, expected) =>
      locked && path.endsWith(MANIFEST)
        ? err({ code: "unreadable", reason: "The file can't be read: EBUSY." })
        : readWholeFile(path, expected),
  });
  await agent.settled();
  await until("retries", () => (agent.status().unread[0]?.attempts ?? 0) > 2);
  expect(agent.status().unread).toEqual([
    expect.objectContaining({ code: "unreadable", reason: "The file can't be read: EBUSY." }),
  ]);
  expect(api.counts().micrograph).toBe(11);
  locked = false;
  await until("the micrograph", () => api.counts().micrograph === 12);
});

test("where one watch tells of the whole tree, no other folder is held open, and changes anywhere are seen", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const held: string[] = [];
  let tell: (event: string, name: string | null) => void = () => undefined;
  const agent = await workplace.agent({
    times: { ...FAST_TIMES, watch: { ...FAST_TIMES.watch, scanIntervalMs: 600_000, fullScanIntervalMs: 600_000 } },
    notifier: {
      wholeTree: true,
      watch(path, onChange) {
        held.push(path);
        tell = onChange;
        return new EventEmitter() as FSWatcher;
      },
    },
  });
  await agent.settled();
  const { watching } = agent.status();
  expect(watching.notified_folders).toBe(watching.folders);
  const add = (data: string, name: string): void => {
    mkdirSync(join(watched, data), { recursive: true });
    writeFileSync(join(watched, data, name), imageXml({ uniqueId: name }));
  };
  const name = (minute: number) => `FoilHole_101000_Data_9000_0_20240406_11${minute}00.xml`;
  add(DATA, name(10));
  tell("rename", join(DATA, name(10)));
  tell("change", DATA);
  await until("a new micrograph", () => api.counts().micrograph === 13);
  add(join("Supervisor_1", "Images-Disc1", "GridSquare_102", "Data"), name(11));
  add(DATA, name(12));
  // Too much at once for the system to tell.
  tell("change", null);
  await until("those of which nothing was told", () => api.counts().micrograph === 15);
  renameSync(join(watched, "Supervisor_1"), join(watched, "Renamed"));
  tell("rename", "Supervisor_1");
  tell("rename", "Renamed");
  await until("the new name", () => api.all("grid")[0]?.data_dir === join(watched, "Renamed"));
  expect(held).toEqual([watched]);
});

test("without notifications, changes are found by scanning", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent({ notifications: false });
  await agent.settled();
  writeFileSync(
    join(watched, DATA, "FoilHole_101000_Data_9000_0_20240406_111000.xml"),
    imageXml({ uniqueId: "scanned" }),
  );
  await until("the new micrograph", () => api.counts().micrograph === 13);
  const [metadata] = sessionFiles(SMALL_SESSION).filter((file) => file.path.endsWith("GridSquare_101.dm"));
  writeFileSync(join(watched, metadata?.path ?? ""), metadata?.content.replaceAll("Defined", "Completed") ?? "");
  await until("the rewritten metadata", () => api.all("foilhole").some((hole) => hole.state === "Completed"));
});

test("without notifications, what was last written long ago is seen too when it is rewritten", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const [metadata] = sessionFiles(SMALL_SESSION).filter((file) => file.path.endsWith("GridSquare_101.dm"));
  const location = join(watched, metadata?.path ?? "");
  const yesterday = new Date(Date.now() - 86_400_000);
  utimesSync(location, yesterday, yesterday);
  const agent = await workplace.agent({ notifications: false });
  await agent.settled();
  writeFileSync(location, metadata?.content.replaceAll("Defined", "Completed") ?? "");
  await until("the rewritten metadata", () => api.all("foilhole").some((hole) => hole.state === "Completed"));
});

test("none of 2,000 files that appear at once in new folders is missed", async () => {
  const { watched, api } = workplace;
  const agent = await workplace.agent();
  const squares = Array.from({ length: 20 }, (_, index) => String(300 + index));
  writeFiles(watched, [
    {
      path: join("Supervisor_1", "EpuSession.dm"),
      content: epuSessionXml({ ...SMALL_SESSION.session, atlasPath: null }),
    },
  ]);
  for (const square of squares) {
    const folder = join("Supervisor_1", "Images-Disc1", `GridSquare_${square}`, "Data");
    const files = Array.from({ length: 100 }, (_, index) => ({
      path: join(folder, `FoilHole_${square}${index + 100}_Data_9000_0_20240406_105000.xml`),
      content: imageXml({ uniqueId: `${square}-${index}` }),
    }));
    writeFiles(watched, files);
  }
  // Seen by notifications and by scans of single folders: no full scan is asked for.
  await until("all micrographs", () => api.counts().micrograph === 2_000, 60_000);
  expect(agent.status().unread).toEqual([]);
});

/** Folders of operating systems and file servers, each with what may be in it. */
const NOISE_FOLDERS = [
  join("$RECYCLE.BIN", "S-1-5-21", "$R0A1B2C"),
  "System Volume Information",
  join("lost+found", "#12"),
  join(".snapshots", "daily"),
  join("visit 1", ".snapshot", "hourly"),
  join("visit 1", "@eaDir"),
];

/** How many files the agent knows. */
const knownFiles = (agent: Agent) =>
  Object.values(agent.status().files).reduce((sum, states) => sum + Object.values(states).reduce((a, b) => a + b), 0);

test.each([true, false])(
  "sessions in the system's own folders are not looked at, and one that is moved into the recycle bin is gone (notifications: %s)",
  async (notifications) => {
    const { watched, api } = workplace;
    const files = sessionFiles({ ...SMALL_SESSION, session: { ...SMALL_SESSION.session, atlasPath: null } });
    const visit = join(watched, "visit 1");
    writeFiles(visit, files);
    for (const folder of NOISE_FOLDERS.slice(0, 4)) writeFiles(join(watched, folder), files);
    const agent = await workplace.agent({ notifications });
    await agent.settled();
    expect(knownFiles(agent)).toBe(files.length);
    // While it runs, too.
    for (const folder of NOISE_FOLDERS.slice(4)) writeFiles(join(watched, folder), files);
    writeFiles(watched, sessionFiles({ ...OTHER_SESSION, session: { ...OTHER_SESSION.session, atlasPath: null } }));
    await until("what came later is seen", () => api.counts().acquisition === 2);
    await agent.settled();
    const session = join(visit, SMALL_SESSION.folder);
    const dirs = () => api.all("grid").map(({ data_dir: folder }) => folder);
    const places = [join(watched, OTHER_SESSION.folder), session];
    expect(dirs().sort()).toEqual(places);
    expect(knownFiles(agent)).toBe(2 * files.length);

    renameSync(session, join(watched, "$RECYCLE.BIN", "S-1-5-21", "$R3D4E5F"));
    await until("it is gone", () => knownFiles(agent) === files.length);
    await agent.settled();
    expect(dirs().sort()).toEqual(places);
    expect(agent.status().watching.trouble).toBeNull();
  },
);

test("what an earlier version knew of a recycle bin is forgotten, but one may be watched", async () => {
  const { watched } = workplace;
  const bin = join(watched, "$RECYCLE.BIN");
  const files = sessionFiles(SMALL_SESSION);
  writeFiles(join(bin, "S-1-5-21"), files);
  const ofBin = await workplace.agent({ watchFolder: bin });
  await ofBin.settled();
  expect(knownFiles(ofBin)).toBe(files.length);
  await ofBin.stop();
  const agent = await workplace.agent();
  await agent.settled();
  expect(knownFiles(agent)).toBe(0);
});

test("nothing is ever written below the watched folder", async () => {
  const { watched, api } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const before = statSync(watched).mtimeMs;
  chmodSync(watched, 0o555);
  const agent = await workplace.agent();
  await agent.settled();
  chmodSync(watched, 0o755);
  expect(statSync(watched).mtimeMs).toBe(before);
  expect(api.counts().micrograph).toBe(12);
  await expect(workplace.agent({ stateFolder: join(watched, "state") })).rejects.toMatchObject({
    code: "state_folder_watched",
  });
});
