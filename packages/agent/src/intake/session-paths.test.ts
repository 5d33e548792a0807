import { win32 } from "node:path";
import type { PathMap } from "@smartem/epu/windows-paths";
import { expect, test } from "vitest";
import { type Disk, SessionPaths } from "./session-paths.js";

/** As EPU's computer names the atlas. */
const SAID = "Z:\\DoseFractions\\cm40598-8\\atlas\\Supervisor_1\\Sample9\\Atlas\\Atlas.dm";
const SESSION = { folder: "D:\\data\\EPU\\Grid1", atlasPath: SAID, atlasFile: null };
const TAIL = "atlas\\Supervisor_1\\Sample9\\Atlas";

/** A disk of Windows that holds these files alone. */
function windowsDisk(...files: readonly string[]): Disk {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const closed = (path: string) => (path.endsWith("\\") ? path : `${path}\\`);
  const below = (file: string, folder: string) =>
    same(file.slice(0, closed(folder).length), closed(folder)) ? file.slice(closed(folder).length) : null;
  return {
    rules: win32,
    has: async (path, what) =>
      files.some((file) => (what === "file" ? same(file, win32.normalize(path)) : below(file, path) !== null)),
    names: async (folder) => [
      ...new Set(files.map((file) => below(file, folder)?.split("\\")[0]).filter((name) => name !== undefined)),
    ],
  };
}

test.each<[string, string, string, PathMap[]]>([
  ["beneath the watched folder", "D:\\data\\cm40598-8", `D:\\data\\cm40598-8\\${TAIL}`, []],
  ["beside the watched folder", "D:\\data\\EPU", `D:\\data\\${TAIL}`, []],
  [
    "by a path map",
    "D:\\data\\EPU",
    `E:\\atlases\\cm40598-8\\${TAIL}`,
    [{ from: "Z:\\DoseFractions", to: "E:\\atlases" }],
  ],
  [
    "by a path map to a server",
    "\\\\server\\share\\cm40598-8",
    `\\\\server\\share\\cm40598-8\\${TAIL}`,
    [{ from: "z:\\dosefractions", to: "\\\\server\\share" }],
  ],
  ["beneath a watched folder on a server", "\\\\server\\share\\cm40598-8", `\\\\server\\share\\cm40598-8\\${TAIL}`, []],
  ["beneath a watched drive", "D:\\", `D:\\cm40598-8\\${TAIL}`, []],
  ["as EPU names it", "Z:\\DoseFractions", `Z:\\DoseFractions\\cm40598-8\\${TAIL}`, []],
  ["in another case", "z:\\dosefractions", `z:\\dosefractions\\CM40598-8\\${TAIL.toUpperCase()}`, []],
])(
  "on Windows an atlas is found %s, under the path that its folder's listing gives it",
  async (_, watched, at, maps) => {
    const file = `${at}\\Atlas.dm`;
    const paths = new SessionPaths({ watchFolder: watched, pathMaps: maps, disk: windowsDisk(file) });
    expect(await paths.atlas(SESSION, [])).toBe(file);
    expect(await paths.atlas(SESSION, [{ folder: at, name: "Atlas.dm" }])).toBe(file);
  },
);

test("on Windows an atlas that is elsewhere in the watched tree is found when its file is known", async () => {
  const folder = "D:\\EPU\\moved\\Supervisor_1\\Sample9\\Atlas";
  const paths = new SessionPaths({ watchFolder: "D:\\EPU", pathMaps: [], disk: windowsDisk(`${folder}\\Atlas.dm`) });
  expect(await paths.atlas(SESSION, [])).toBeNull();
  expect(await paths.atlas(SESSION, [{ folder, name: "Atlas.dm" }])).toBe(`${folder}\\Atlas.dm`);
});

test("on Windows a session's storage folder on a server is found beneath the watched folder", async () => {
  const folder = "\\\\server\\share\\visit\\Supervisor_1";
  const disk = windowsDisk(`${folder}\\EpuSession.dm`);
  const paths = new SessionPaths({ watchFolder: "\\\\server\\share\\visit", pathMaps: [], disk });
  expect(await paths.storage("Z:\\EPU\\Supervisor_1", "\\\\server\\share\\visit")).toBe(folder);
});

const IN_VISIT = "D:\\EPU\\cm40598-8\\Grid1";

test.each<[string, string, string, string, boolean]>([
  ["in another visit's run of the atlas software", IN_VISIT, SAID, "cm40593-1\\atlas\\Supervisor_2\\Sample9", false],
  ["in another run of the same visit", IN_VISIT, SAID, "cm40598-8\\atlas\\Supervisor_2\\Sample9", false],
  ["in another visit's run of the same name", IN_VISIT, SAID, "cm40593-1\\atlas\\Supervisor_1\\Sample9", false],
  ["in another slot", IN_VISIT, SAID, "cm40598-8\\atlas\\Supervisor_1\\Sample8", false],
  ["in another visit's folder of atlases", IN_VISIT, SAID, "cm40593-1\\atlas\\Sample9", false],
  ["where the path says", IN_VISIT, SAID, "cm40598-8\\atlas\\Supervisor_1\\Sample9", true],
  ["in a folder of the atlases of all visits", IN_VISIT, SAID, "atlases\\Supervisor_1\\Sample9", true],
  ["copied anywhere, beside a session of no visit", "D:\\EPU\\Grid1", SAID, "from\\there\\Supervisor_1\\Sample9", true],
  ["in its visit's folder of atlases, without its run's", IN_VISIT, SAID, "cm40598-8\\atlas\\Sample9", true],
  ["the same in a visit that was renamed", "D:\\EPU\\copy\\Grid1", SAID, "copy\\atlas\\Sample9", true],
  ["in the session's own folder", "D:\\EPU\\Grid1", SAID, "Grid1\\Sample9", true],
  [
    "in a folder of any name where the path tells of none",
    IN_VISIT,
    "Z:\\Sample9\\Atlas\\Atlas.dm",
    "a\\Sample9",
    true,
  ],
  ["the same of a share", IN_VISIT, "\\\\server\\share\\Sample9\\Atlas\\Atlas.dm", "a\\Sample9", true],
])("an atlas %s is taken for a session's: %#", async (_, session, said, at, isTaken) => {
  const file = { folder: `D:\\EPU\\${at}\\Atlas`, name: "Atlas.dm" };
  const location = `${file.folder}\\${file.name}`;
  const paths = new SessionPaths({ watchFolder: "D:\\EPU", pathMaps: [], disk: windowsDisk(location) });
  const found = await paths.atlas({ folder: session, atlasPath: said, atlasFile: null }, [file]);
  expect(found).toBe(isTaken ? location : null);
});

test("of a visit and its copy each session has the atlas of its own", async () => {
  const at = (folder: string) => `D:\\EPU\\${folder}\\visit\\atlas\\Supervisor_1\\Sample9\\Atlas`;
  const known = ["live", "archive"].map((folder) => ({ folder: at(folder), name: "Atlas.dm" }));
  const paths = new SessionPaths({ watchFolder: "D:\\EPU", pathMaps: [], disk: windowsDisk() });
  for (const copy of ["live", "archive"]) {
    const session = { folder: `D:\\EPU\\${copy}\\visit\\Grid1`, atlasPath: SAID, atlasFile: null };
    expect(await paths.atlas(session, known)).toBe(`${at(copy)}\\Atlas.dm`);
  }
});

test("of atlases that are alike none is taken for a session's but the one that it has, and one that is more alike", async () => {
  const at = (folder: string) => ({ folder: `D:\\EPU\\${folder}\\Supervisor_1\\Sample9\\Atlas`, name: "Atlas.dm" });
  const locationOf = ({ folder, name }: { folder: string; name: string }) => `${folder}\\${name}`;
  const [one, other, better] = [at("one"), at("other"), at("old\\atlas")];
  const paths = new SessionPaths({ watchFolder: "D:\\EPU", pathMaps: [], disk: windowsDisk() });
  expect(await paths.atlas(SESSION, [one, other])).toBeNull();
  expect(await paths.atlas({ ...SESSION, atlasFile: locationOf(other) }, [one, other])).toBe(locationOf(other));
  expect(await paths.atlas({ ...SESSION, atlasFile: locationOf(other) }, [one, other, better])).toBe(
    locationOf(better),
  );
});
