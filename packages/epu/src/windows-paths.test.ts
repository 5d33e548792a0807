import { posix, win32 } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PathMap, resolveWindowsPath, windowsPathCandidates } from "./windows-paths.js";

const ATLAS = "Z:\\DoseFractions\\cm40598-8\\atlas\\Supervisor_1\\Sample9\\Atlas\\Atlas.dm";
const WATCH = "/dls/m02/data/2025/watched";

function resolveAmong(
  existing: readonly string[],
  path = ATLAS,
  pathMaps = [{ from: "Z:\\DoseFractions", to: "/mnt/gpfs02" }],
) {
  return resolveWindowsPath(path, { watchFolder: WATCH, pathMaps, rules: posix }, (candidate) =>
    existing.includes(candidate),
  );
}

describe("resolveWindowsPath", () => {
  const mapped = "/mnt/gpfs02/cm40598-8/atlas/Supervisor_1/Sample9/Atlas/Atlas.dm";
  const cygdrive = "/cygdrive/z/DoseFractions/cm40598-8/atlas/Supervisor_1/Sample9/Atlas/Atlas.dm";
  const beneath = `${WATCH}/atlas/Supervisor_1/Sample9/Atlas/Atlas.dm`;
  const beside = "/dls/m02/data/2025/atlas/Supervisor_1/Sample9/Atlas/Atlas.dm";

  it("prefers a path map, then Cygwin's drive, then the longest tail", async () => {
    expect(await resolveAmong([beneath, cygdrive, mapped])).toEqual({ path: mapped, by: "path_map" });
    expect(await resolveAmong([beneath, cygdrive])).toEqual({ path: cygdrive, by: "cygdrive" });
    expect(await resolveAmong([beside, beneath])).toEqual({ path: beneath, by: "beneath_watch_folder" });
    expect(await resolveAmong([beside, `${WATCH}/Atlas.dm`])).toEqual({ path: beside, by: "beside_watch_folder" });
    expect(await resolveAmong([])).toBeNull();
  });

  it("prefers the longest path map that fits, and compares without regard to case", async () => {
    const maps = [
      { from: "z:\\", to: "/a" },
      { from: "Z:/dosefractions/CM40598-8/", to: "/b" },
      { from: "Z:\\Dose", to: "/no" },
      { from: "Y:\\DoseFractions", to: "/no" },
      { from: "", to: "/no" },
    ];
    const candidates = windowsPathCandidates(ATLAS, { watchFolder: WATCH, pathMaps: maps, rules: posix });
    expect(candidates.filter(({ by }) => by === "path_map").map(({ path }) => path)).toEqual([
      "/b/atlas/Supervisor_1/Sample9/Atlas/Atlas.dm",
      "/a/DoseFractions/cm40598-8/atlas/Supervisor_1/Sample9/Atlas/Atlas.dm",
    ]);
  });

  it("takes paths on servers, drive roots and relative paths", async () => {
    const server = await resolveAmong(["/srv/m02/a.dm"], "\\\\server\\share\\m02\\a.dm", [
      { from: "\\\\SERVER\\share", to: "/srv" },
    ]);
    expect(server?.path).toBe("/srv/m02/a.dm");
    expect((await resolveAmong([`${WATCH}/Metadata/GridSquare_1.dm`], "Metadata\\GridSquare_1.dm"))?.by).toBe(
      "beneath_watch_folder",
    );
    expect((await resolveAmong(["/cygdrive/z"], "Z:\\"))?.by).toBe("cygdrive");
    expect(windowsPathCandidates("", { watchFolder: WATCH })).toEqual([]);
    expect(windowsPathCandidates("Z:\\a\0b", { watchFolder: WATCH })).toEqual([]);
  });

  it("waits for an answer that takes time", async () => {
    const exists = (path: string) => Promise.resolve(path === beneath);
    expect((await resolveWindowsPath(ATLAS, { watchFolder: WATCH, rules: posix }, exists))?.path).toBe(beneath);
  });
});

const part = fc.constantFrom(
  "DoseFractions",
  "cm40598-8",
  "atlas",
  "Sample9",
  "Atlas.dm",
  "..",
  ".",
  "",
  "raw data",
  "ü",
);
const windowsPath = fc
  .tuple(
    fc.constantFrom("Z:\\", "c:/", "\\\\server\\share\\", ""),
    fc.array(part, { maxLength: 8 }),
    fc.constantFrom("\\", "/"),
  )
  .map(([drive, parts, separator]) => drive + parts.join(separator));

describe("on Windows", () => {
  const TAIL = "atlas\\Supervisor_1\\Sample9\\Atlas\\Atlas.dm";
  const candidates = (path: string, watchFolder: string, pathMaps: readonly PathMap[] = []) =>
    windowsPathCandidates(path, { watchFolder, pathMaps, rules: win32 });

  it("writes paths as Windows does, on drives and on servers", () => {
    for (const [to, mapped] of [
      ["D:\\data", `D:\\data\\cm40598-8\\${TAIL}`],
      ["D:/data/", `D:\\data\\cm40598-8\\${TAIL}`],
      ["\\\\server\\share", `\\\\server\\share\\cm40598-8\\${TAIL}`],
    ] as const) {
      expect(candidates(ATLAS, "D:\\EPU", [{ from: "Z:\\DoseFractions", to }]).slice(0, 2)).toEqual([
        { path: mapped, by: "path_map" },
        { path: ATLAS, by: "as_it_is" },
      ]);
    }
    for (const [watchFolder, beside] of [
      ["D:\\data\\EPU", "D:\\data"],
      ["\\\\server\\share\\EPU", "\\\\server\\share"],
    ] as const) {
      const tails = candidates(ATLAS, watchFolder);
      expect(tails).toContainEqual({ path: `${watchFolder}\\${TAIL}`, by: "beneath_watch_folder" });
      expect(tails).toContainEqual({ path: `${beside}\\${TAIL}`, by: "beside_watch_folder" });
    }
  });

  it("looks for a path as it is where it names a drive or a server", () => {
    const asItIs = (path: string) => candidates(path, "D:\\EPU").filter(({ by }) => by === "as_it_is");
    expect(asItIs("z:/a/../b")).toEqual([{ path: "z:\\b", by: "as_it_is" }]);
    expect(asItIs("//server/share/b")).toEqual([{ path: "\\\\server\\share\\b", by: "as_it_is" }]);
    expect(asItIs("Metadata\\GridSquare_1.dm")).toEqual([]);
  });
});

describe("any Windows path", () => {
  it("leads to no candidate outside the folders that it may start from", () => {
    fc.assert(
      fc.property(windowsPath, (path) => {
        for (const [rules, watchFolder, map, roots] of [
          [posix, WATCH, "/mnt/maps", ["/mnt/maps", "/cygdrive/z", "/cygdrive/c", posix.dirname(WATCH)]],
          [win32, "D:\\EPU\\watched", "\\\\server\\maps", ["\\\\server\\maps", "D:\\EPU"]],
        ] as const) {
          for (const candidate of windowsPathCandidates(path, {
            watchFolder,
            pathMaps: [{ from: "Z:\\", to: map }],
            rules,
          })) {
            if (candidate.by === "as_it_is") continue;
            const parts = candidate.path.split(rules.sep);
            const inside = roots.some((root) => `${candidate.path}${rules.sep}`.startsWith(root + rules.sep));
            expect([candidate.path, inside]).toEqual([candidate.path, true]);
            expect(parts).not.toContain("..");
          }
        }
      }),
    );
  });

  it("is found again by a tail of it that exists, the longest if there are several", async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(names, fc.nat(), fc.nat(), async (parts, first, second) => {
        const tails = [first % parts.length, second % parts.length].map(
          (start) => `${WATCH}/${parts.slice(start).join("/")}`,
        );
        const longest = tails.sort((a, b) => b.length - a.length)[0];
        const found = await resolveAmong(tails, `Q:\\${parts.join("\\")}`, []);
        expect(found).toEqual({ path: longest, by: "beneath_watch_folder" });
      }),
    );
  });

  it("gives the same candidates whichever separators it is written with", () => {
    fc.assert(
      fc.property(windowsPath, (path) => {
        const options = { watchFolder: WATCH };
        expect(windowsPathCandidates(path.replaceAll("/", "\\"), options)).toEqual(
          windowsPathCandidates(path, options),
        );
      }),
    );
  });
});
