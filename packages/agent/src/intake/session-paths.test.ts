import { win32 } from "node:path";
import type { PathMap } from "@smartem/epu/windows-paths";
import { expect, test } from "vitest";
import { type Disk, SessionPaths } from "./session-paths.js";

/** As EPU's computer names the atlas. */
const SAID = "Z:\\DoseFractions\\cm40598-8\\atlas\\Supervisor_1\\Sample9\\Atlas\\Atlas.dm";
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
    expect(await paths.atlas(SAID, [])).toBe(file);
    expect(await paths.atlas(SAID, [{ folder: at, name: "Atlas.dm" }])).toBe(file);
  },
);

test("on Windows an atlas that is elsewhere in the watched tree is found when its file is known", async () => {
  const folder = "D:\\EPU\\moved\\Supervisor_1\\Sample9\\Atlas";
  const paths = new SessionPaths({ watchFolder: "D:\\EPU", pathMaps: [], disk: windowsDisk(`${folder}\\Atlas.dm`) });
  expect(await paths.atlas(SAID, [])).toBeNull();
  expect(await paths.atlas(SAID, [{ folder, name: "Atlas.dm" }])).toBe(`${folder}\\Atlas.dm`);
});

test("on Windows a session's storage folder on a server is found beneath the watched folder", async () => {
  const folder = "\\\\server\\share\\visit\\Supervisor_1";
  const disk = windowsDisk(`${folder}\\EpuSession.dm`);
  const paths = new SessionPaths({ watchFolder: "\\\\server\\share\\visit", pathMaps: [], disk });
  expect(await paths.storage("Z:\\EPU\\Supervisor_1", "\\\\server\\share\\visit")).toBe(folder);
});
