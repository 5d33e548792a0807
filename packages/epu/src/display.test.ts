import { dirname } from "node:path";
import { expect, it, describe as suite } from "vitest";
import { type DisplayKind, describe, parseForDisplay } from "./display.js";
import { sessionDocument } from "./testing/documents.js";
import { temporaryFolder } from "./testing/folders.js";
import { describeWithRealData } from "./testing/real-data.js";
import { REAL, realPath } from "./testing/real-files.js";

async function shown(kind: DisplayKind, path: string): Promise<string> {
  const result = await parseForDisplay(kind, path);
  if (!result.ok) throw new Error(result.error.message);
  // What is printed as JSON says the same as what is printed as text.
  expect(JSON.parse(JSON.stringify(result.value))).toEqual(result.value);
  return describe(result.value).join("\n");
}

describeWithRealData("parse", () => {
  it("dir shows every session of a visit", async () => {
    const text = await shown("dir", realPath("."));
    expect(text).toContain("2 session(s), 1 atlas(es)");
    expect(text).toContain("Grid Supervisor_20240405_115113_0_SmartEPU_ApoF");
    expect(text).toContain("square 4590776 (InProgress): 570 holes, 0 imaged, 0 micrographs");
    expect(text).toMatch(/ {2}micrographs +4\n/);
  });

  it("grid shows the one session of a folder", async () => {
    const text = await shown("grid", realPath(REAL.sessionFolder));
    expect(text).toMatch(/ {2}atlas +3436163, 35 tiles, 222 squares\n/);
    expect(await parseForDisplay("grid", realPath("."))).toMatchObject({ ok: false, error: { code: "foreign" } });
  });

  it.each([
    ["session", REAL.session, "EPU session", /autoloaderSlot +3\n/],
    ["atlas", REAL.atlas, "Atlas", /tiles +35\n/],
    ["gridsquare-metadata", REAL.gridSquareMetadata, "Grid square metadata", /foilHoles +570$/],
    ["gridsquare", REAL.gridSquareImage, "Grid square image", /gridSquareId +4590776\n/],
    ["foilhole", REAL.foilHoleImage, "Foil hole image", /foilHoleId +9015889\n/],
    ["micrograph", REAL.micrograph, "Micrograph", /appliedDefocusM +-0.0000027\n/],
  ] as const)("%s shows one file, or the last of its folder's", async (kind, path, title, line) => {
    const text = await shown(kind, realPath(path));
    expect(text.startsWith(`${title} ${realPath(path)}\n`)).toBe(true);
    expect(text).toMatch(line);
    expect(await shown(kind, dirname(realPath(path)))).toContain(title);
  });
});

suite("parse", () => {
  it("says what is wrong with a path", async () => {
    await using folder = await temporaryFolder({ "EpuSession.dm": sessionDocument("").slice(0, 40), "a/x": "" });
    expect(await parseForDisplay("session", folder.path)).toMatchObject({ ok: false, error: { code: "incomplete" } });
    expect(await parseForDisplay("atlas", folder.path)).toMatchObject({ ok: false, error: { code: "foreign" } });
    expect(await parseForDisplay("grid", `${folder.path}/a`)).toMatchObject({ ok: false, error: { code: "foreign" } });
    for (const kind of ["dir", "grid", "session", "micrograph"] as const) {
      const result = await parseForDisplay(kind, `${folder.path}/nowhere`);
      expect(result).toMatchObject({ ok: false, error: { code: "unreadable", errno: "ENOENT" } });
    }
  });
});
