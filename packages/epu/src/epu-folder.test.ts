import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type HoleFolder, readEpuFolder, type SessionFolder } from "./epu-folder.js";
import {
  concurrentDictionary,
  DOCUMENTS,
  epuRoot,
  gridSquareDocument,
  hole,
  microscopeImageDocument,
  sessionDocument,
  typesId,
} from "./testing/documents.js";
import { temporaryFolder } from "./testing/folders.js";
import { describeWithRealData } from "./testing/real-data.js";
import { REAL, realPath } from "./testing/real-files.js";

function holesOf(session: SessionFolder | undefined): readonly HoleFolder[] {
  return session?.gridSquares.flatMap((square) => square.foilHoles) ?? [];
}

function image(uniqueId: string): string {
  return microscopeImageDocument(`<uniqueID>${uniqueId}</uniqueID><microscopeData/>`);
}

describeWithRealData("readEpuFolder", () => {
  it("finds all of a session without Metadata: holes known by an image and holes known only by their micrographs", async () => {
    const folder = await readEpuFolder(realPath(REAL.reIndented));
    expect(folder.failures).toEqual([]);
    expect(folder.sessions).toHaveLength(1);
    const [session] = folder.sessions;
    expect(session?.session?.record.id).toBe("9015527");
    expect(session?.gridSquares.map((square) => square.gridSquareId)).toEqual(["8999138", "8999186"]);
    expect(holesOf(session).map((found) => [found.foilHoleId, found.image !== null, found.micrographs.length])).toEqual(
      [
        ["9015883", false, 2],
        ["9015889", true, 0],
        ["9028219", false, 2],
        ["9028276", true, 0],
      ],
    );
  });

  it("takes a hole's later image", async () => {
    const { sessions } = await readEpuFolder(realPath(REAL.reIndented));
    const found = holesOf(sessions[0]).find(({ foilHoleId }) => foilHoleId === "9015889");
    expect(found?.image?.path).toBe(realPath(REAL.foilHoleImage));
    expect(found?.image?.record.uniqueId).toBe("630518e6-c77f-46bb-9750-26357a3d318a");
  });

  it("finds the sessions of a visit, and the atlas that one names by its Windows path", async () => {
    const { sessions, atlases } = await readEpuFolder(realPath(REAL.visit));
    expect(sessions.map(({ path }) => path)).toEqual([realPath(REAL.sessionFolder)]);
    expect(sessions[0]?.atlas?.path).toBe(realPath(REAL.atlas));
    expect(atlases.map((atlas) => atlas.record.id)).toEqual(["3436163"]);
    expect(holesOf(sessions[0])).toHaveLength(570);
  });

  it("finds the atlas beside the folder when only the session's own is read", async () => {
    const { sessions, atlases } = await readEpuFolder(realPath(REAL.sessionFolder));
    expect(atlases).toEqual([]);
    expect(sessions[0]?.atlas?.record.id).toBe("3436163");
  });
});

describe("readEpuFolder", () => {
  const square = "Images-Disc1/GridSquare_42";
  const holes = concurrentDictionary("TargetLocationsEfficient", "TargetLocationX", [
    hole(9, "<State>Completed</State>"),
    hole(10, "<State>Defined</State>"),
  ]);

  it("puts what metadata, images and micrographs say of a hole together, across discs", async () => {
    await using folder = await temporaryFolder({
      "EpuSession.dm": sessionDocument(""),
      "Metadata/GridSquare_42.dm": gridSquareDocument(holes),
      [`${square}/GridSquare_20240406_102420.xml`]: image("first"),
      "Images-Disc2/GridSquare_42/GridSquare_20240406_112420.xml": image("again"),
      [`${square}/FoilHoles/FoilHole_9_20240406_102451.xml`]: image("hole"),
      [`${square}/Data/FoilHole_9_Data_1_2_20240406_102527.xml`]: image("m1"),
      "Images-Disc2/GridSquare_42/Data/FoilHole_9_Data_1_2_20240406_102529.xml": image("m2"),
      [`${square}/Data/FoilHole_9_Data_1_2_20240406_102527_Fractions.xml`]: image("no"),
      [`${square}/Data/FoilHole_11_Data_1_2_20240406_102530.xml`]: image("m3"),
      [`${square}/Data/Thumbs.db`]: "noise",
    });
    const { sessions, failures, files } = await readEpuFolder(folder.path);
    expect(failures).toEqual([]);
    expect(files.map(({ where }) => where.kind)).not.toContain("noise");
    expect(sessions).toHaveLength(1);
    expect(sessions[0]?.gridSquares[0]?.image?.record.uniqueId).toBe("again");
    expect(
      holesOf(sessions[0]).map((found) => ({
        id: found.foilHoleId,
        state: found.target?.state ?? null,
        image: found.image?.record.uniqueId ?? null,
        micrographs: found.micrographs.map(({ record }) => record.uniqueId),
      })),
    ).toEqual([
      { id: "9", state: "Completed", image: "hole", micrographs: ["m1", "m2"] },
      { id: "10", state: "Defined", image: null, micrographs: [] },
      { id: "11", state: null, image: null, micrographs: ["m3"] },
    ]);
  });

  it("reads the rest when some files can't be, and takes the earlier image when the later is cut", async () => {
    await using folder = await temporaryFolder({
      "a/EpuSession.dm": sessionDocument(""),
      [`a/${square}/FoilHoles/FoilHole_9_20240406_102451.xml`]: image("earlier"),
      [`a/${square}/FoilHoles/FoilHole_9_20240406_102459.xml`]: image("later").slice(0, -9),
      "b/EpuSession.dm": "<Other/>",
      "b/Metadata/GridSquare_1.dm": epuRoot("GridSquareXml", typesId("1")),
    });
    const { sessions, failures } = await readEpuFolder(folder.path);
    expect(failures.map(({ path, error }) => [path.slice(folder.path.length + 1), error.code])).toEqual([
      [`a/${square}/FoilHoles/FoilHole_9_20240406_102459.xml`, "incomplete"],
      ["b/EpuSession.dm", "foreign"],
    ]);
    expect(holesOf(sessions[0])[0]?.image?.record.uniqueId).toBe("earlier");
    expect(sessions[1]).toMatchObject({ session: null, gridSquares: [{ gridSquareId: "1" }] });
  });

  it("keeps the same numbers of two sessions apart", async () => {
    const document = gridSquareDocument(holes);
    await using folder = await temporaryFolder({
      "a/Metadata/GridSquare_42.dm": document,
      "b/Metadata/GridSquare_42.dm": document,
    });
    const { sessions } = await readEpuFolder(folder.path);
    expect(sessions.map((session) => holesOf(session).length)).toEqual([2, 2]);
  });

  it("finds an atlas by a path map", async () => {
    await using elsewhere = await temporaryFolder({ "v/Sample7/Atlas/Atlas.dm": DOCUMENTS.atlas ?? "" });
    const session = sessionDocument(
      "<Samples><_items><SampleXml><AtlasId>Q:\\x\\v\\Sample7\\Atlas\\Atlas.dm</AtlasId></SampleXml></_items></Samples>",
    );
    await using folder = await temporaryFolder({ "EpuSession.dm": session });
    const mapped = await readEpuFolder(folder.path, { pathMaps: [{ from: "Q:\\x", to: elsewhere.path }] });
    expect(mapped.sessions[0]?.atlas?.record.id).toBe("3");
    expect((await readEpuFolder(folder.path)).sessions[0]?.atlas).toBeNull();
  });

  it("does not run in circles, nor into hidden folders", async () => {
    await using folder = await temporaryFolder({
      "a/EpuSession.dm": sessionDocument(""),
      ".snapshot/a/EpuSession.dm": sessionDocument(""),
    });
    await symlink(folder.path, join(folder.path, "a", "circle"));
    const { sessions } = await readEpuFolder(folder.path);
    expect(sessions.map(({ path }) => path)).toEqual([join(folder.path, "a")]);
  });

  it("says that a folder is not there", async () => {
    expect((await readEpuFolder("/no/such/folder")).failures).toMatchObject([
      { path: "/no/such/folder", error: { code: "unreadable", errno: "ENOENT" } },
    ]);
  });
});
