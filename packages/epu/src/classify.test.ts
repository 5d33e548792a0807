import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyPath, type EpuPath, fileKindOf, isNoiseFolder, latestByName } from "./classify.js";

const SQUARE = "visit/session/Images-Disc1/GridSquare_4590776";
const inSquare = { sessionFolder: "visit/session", disc: 1, gridSquareId: "4590776" };
const exposure = {
  ...inSquare,
  foilHoleId: "5665438",
  areaId: "4601896",
  settingId: "6",
  timestamp: "20240406_102527",
};
const sample = { sampleFolder: "atlas/Supervisor_1/Sample4", sampleNumber: 4 };

describe("classifyPath", () => {
  it.each<[string, EpuPath]>([
    ["EpuSession.dm", { kind: "epuSession", sessionFolder: "" }],
    ["visit/session/EpuSession.dm", { kind: "epuSession", sessionFolder: "visit/session" }],
    ["/data/session/EpuSession.dm", { kind: "epuSession", sessionFolder: "/data/session" }],
    ["Z:\\visit\\session\\EpuSession.dm", { kind: "epuSession", sessionFolder: "Z:/visit/session" }],
    ["./session//EpuSession.DM", { kind: "epuSession", sessionFolder: "session" }],
    [
      "visit/session/Metadata/GridSquare_4590776.dm",
      { kind: "gridSquareMetadata", gridSquareId: "4590776", sessionFolder: "visit/session" },
    ],
    ["Metadata\\GridSquare_1.dm", { kind: "gridSquareMetadata", gridSquareId: "1", sessionFolder: "" }],
    [
      `${SQUARE}/GridSquare_20240406_102420.xml`,
      { kind: "gridSquareManifest", ...inSquare, timestamp: "20240406_102420" },
    ],
    [
      `${SQUARE}/GridSquare_20240406_102420.TIF`,
      { kind: "gridSquarePicture", ...inSquare, timestamp: "20240406_102420", format: "tiff" },
    ],
    [
      `${SQUARE}/FoilHoles/FoilHole_5665438_20240406_102451.xml`,
      { kind: "foilHoleManifest", ...inSquare, foilHoleId: "5665438", timestamp: "20240406_102451" },
    ],
    [
      `${SQUARE}/FoilHoles/FoilHole_5665438_20240406_102451.jpg`,
      { kind: "foilHolePicture", ...inSquare, foilHoleId: "5665438", timestamp: "20240406_102451", format: "jpg" },
    ],
    [`${SQUARE}/Data/FoilHole_5665438_Data_4601896_6_20240406_102527.xml`, { kind: "micrographManifest", ...exposure }],
    [
      `${SQUARE}/Data/FoilHole_5665438_Data_4601896_6_20240406_1025.xml`,
      { kind: "micrographManifest", ...exposure, timestamp: "20240406_1025" },
    ],
    [
      `${SQUARE}/Data/FoilHole_5665438_Data_4601896_6_20240406_102527.mrc`,
      { kind: "micrographPicture", ...exposure, format: "mrc" },
    ],
    [
      `${SQUARE}/Data/FoilHole_5665438_Data_4601896_6_20240406_102527_EER.eer`,
      { kind: "micrographPicture", ...exposure, format: "eer" },
    ],
    [
      `${SQUARE}/Data/FoilHole_5665438_Data_4601896_6_20240406_102527_Fractions.xml`,
      { kind: "fractions", ...exposure },
    ],
    [
      `${SQUARE}/Data/FoilHole_5665438_Data_4601896_6_20240406_102527_fractions.tiff`,
      { kind: "fractions", ...exposure },
    ],
    ["atlas/Supervisor_1/Sample4/Atlas/Atlas.dm", { kind: "atlas", ...sample }],
    ["atlas/Supervisor_1/Sample4/Sample.dm", { kind: "sample", ...sample }],
    [
      "atlas/Supervisor_1/Sample4/Atlas/Atlas_4590151.xml",
      { kind: "atlasManifest", ...sample, atlasImageId: "4590151" },
    ],
    [
      "atlas/Supervisor_1/Sample4/Atlas/Atlas_4590151.mrc",
      { kind: "atlasPicture", ...sample, atlasImageId: "4590151", format: "mrc" },
    ],
    [
      "atlas/Supervisor_1/Sample4/Atlas/Tile_4591288_34_4590151.xml",
      { kind: "tileManifest", ...sample, tileId: "4591288", tileIndex: 34, atlasImageId: "4590151" },
    ],
    ["copied/Atlas.dm", { kind: "atlas", sampleFolder: "copied", sampleNumber: null }],
  ])("knows %s", (path, expected) => {
    expect(classifyPath(path)).toEqual(expected);
  });

  it.each([
    "",
    "notes.txt",
    "EpuSession.dm.old",
    "GridSquare_1.dm",
    "Metadata/GridSquare_x.dm",
    "Images-Disc1/GridSquare_1/GridSquare_20240406.xml",
    "GridSquare_1/GridSquare_20240406_102420.xml",
    `${SQUARE}/FoilHoles/FoilHole_1_Data_2_3_20240406_102527.xml`,
    `${SQUARE}/Data/FoilHole_1_20240406_102451.xml`,
    `${SQUARE}/Data/FoilHole_1_Data_2_3_20240406_10252.xml`,
    `${SQUARE}/Data/FoilHole_1_Data_2_3_20240406_102527_Fractions_Fractions.xml`,
    `${SQUARE}/Data/extra/FoilHole_1_Data_2_3_20240406_102527.xml`,
    "Sample4/Atlas/Tile_1_2.xml",
  ])("takes %j for nothing of EPU's", (path) => {
    expect(classifyPath(path)).toEqual({ kind: "other" });
  });

  it.each(["Thumbs.db", ".DS_Store", "._EpuSession.dm", ".GridSquare_1.xml.Xy12Za", "~$a.doc", "a.xml.part", "a.tmp"])(
    "takes %s for noise, wherever it lies",
    (name) => {
      expect(classifyPath(`${SQUARE}/Data/${name}`)).toEqual({ kind: "noise" });
      expect(classifyPath(name)).toEqual({ kind: "noise" });
    },
  );

  it("knows folders that hold nothing of EPU's", () => {
    expect([".snapshot", "$RECYCLE.BIN", "System Volume Information"].every(isNoiseFolder)).toBe(true);
    expect(["Metadata", "Images-Disc1", "Data", "."].some(isNoiseFolder)).toBe(false);
  });

  it("never says that a record is in the camera server's files, noise or pictures", () => {
    for (const name of ["_Fractions.xml", "_Fractions.mrc", ".jpg", ".mrc", "_EER.eer"]) {
      expect(fileKindOf(classifyPath(`${SQUARE}/Data/FoilHole_1_Data_2_3_20240406_102527${name}`))).toBeNull();
    }
    expect(fileKindOf(classifyPath(`${SQUARE}/Data/FoilHole_1_Data_2_3_20240406_102527.xml`))).toBe("micrograph");
  });
});

// Names are made from what they say, and must be read as that again.

const id = fc.integer({ min: 1, max: 99_999_999 }).map(String);
const disc = fc.integer({ min: 1, max: 99 });
const timestamp = fc
  .tuple(fc.date({ min: new Date(2000, 0, 1), max: new Date(2099, 11, 31), noInvalidDate: true }), fc.boolean())
  .map(([date, seconds]) => {
    const digits = date.toISOString().replaceAll(/[-:]/g, "");
    return `${digits.slice(0, 8)}_${digits.slice(9, seconds ? 15 : 13)}`;
  });
const folderName = fc.constantFrom(
  "visit",
  "Supervisor_20240405_115113_0_x",
  "nt32457-6",
  "raw data",
  "Ü",
  "GridSquare_1",
  "Sample2",
);
const sessionFolder = fc.array(folderName, { maxLength: 3 }).map((names) => names.join("/"));
const format = fc.constantFrom<["jpg" | "png" | "mrc" | "tiff" | "eer", string]>(
  ["jpg", "jpg"],
  ["jpg", "JPG"],
  ["png", "png"],
  ["mrc", "Mrc"],
  ["tiff", "tif"],
  ["tiff", "tiff"],
  ["eer", "eer"],
);

/** A path and what it must be read as; a picture's format is null for a manifest. */
const generated: fc.Arbitrary<[string, EpuPath]> = fc
  .record({
    sessionFolder,
    disc,
    gridSquareId: id,
    foilHoleId: id,
    areaId: id,
    settingId: id,
    timestamp,
    format,
    index: fc.nat(999),
  })
  .chain(({ sessionFolder, disc, gridSquareId, foilHoleId, areaId, settingId, timestamp, format, index }) => {
    const root = sessionFolder === "" ? "" : `${sessionFolder}/`;
    const square = { sessionFolder, disc, gridSquareId };
    const folder = `${root}Images-Disc${disc}/GridSquare_${gridSquareId}`;
    const data = `${folder}/Data/FoilHole_${foilHoleId}_Data_${areaId}_${settingId}_${timestamp}`;
    const micrograph = { ...square, foilHoleId, areaId, settingId, timestamp };
    const [name, extension] = format;
    const sampleFolder = `${root}Sample${disc}`;
    const tile = { sampleFolder, sampleNumber: disc, tileId: foilHoleId, tileIndex: index, atlasImageId: areaId };
    return fc.constantFrom<[string, EpuPath]>(
      [`${root}EpuSession.dm`, { kind: "epuSession", sessionFolder }],
      [`${root}Metadata/GridSquare_${gridSquareId}.dm`, { kind: "gridSquareMetadata", sessionFolder, gridSquareId }],
      [`${folder}/GridSquare_${timestamp}.xml`, { kind: "gridSquareManifest", ...square, timestamp }],
      [
        `${folder}/GridSquare_${timestamp}.${extension}`,
        { kind: "gridSquarePicture", ...square, timestamp, format: name },
      ],
      [
        `${folder}/FoilHoles/FoilHole_${foilHoleId}_${timestamp}.XML`,
        { kind: "foilHoleManifest", ...square, foilHoleId, timestamp },
      ],
      [
        `${folder}/FoilHoles/FoilHole_${foilHoleId}_${timestamp}.${extension}`,
        { kind: "foilHolePicture", ...square, foilHoleId, timestamp, format: name },
      ],
      [`${data}.xml`, { kind: "micrographManifest", ...micrograph }],
      [`${data}.${extension}`, { kind: "micrographPicture", ...micrograph, format: name }],
      [`${data}_Fractions.xml`, { kind: "fractions", ...micrograph }],
      [`${sampleFolder}/Atlas/Atlas.dm`, { kind: "atlas", sampleFolder, sampleNumber: disc }],
      [`${sampleFolder}/Atlas/Tile_${foilHoleId}_${index}_${areaId}.xml`, { kind: "tileManifest", ...tile }],
      [
        `${sampleFolder}/Atlas/Tile_${foilHoleId}_${index}_${areaId}.${extension}`,
        { kind: "tilePicture", ...tile, format: name },
      ],
    );
  });

describe("names made from what they say", () => {
  it("are read as that, with either separator", () => {
    fc.assert(
      fc.property(generated, fc.boolean(), ([path, expected], windows) => {
        expect(classifyPath(windows ? path.replaceAll("/", "\\") : path)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it("are read the same beneath any folder, but for the folder", () => {
    fc.assert(
      fc.property(generated, ([path, expected]) => {
        const beneath = classifyPath(`/watched/${path}`);
        expect(beneath.kind).toBe(expected.kind);
        for (const key of ["sessionFolder", "sampleFolder"] as const) {
          const folder = (expected as Readonly<Record<string, unknown>>)[key];
          if (folder === undefined) continue;
          const joined = folder === "" ? "/watched" : `/watched/${folder}`;
          expect((beneath as Readonly<Record<string, unknown>>)[key]).toBe(joined);
        }
      }),
    );
  });

  it("of any text at all are classified without a throw", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (path) => typeof classifyPath(path).kind === "string"),
    );
  });

  it("take time in proportion to their length", () => {
    const started = process.cpuUsage();
    for (const part of ["_", "1", "/", "FoilHole_1_Data_", ".", "~"]) classifyPath(part.repeat(200_000));
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });
});

describe("latestByName", () => {
  it("takes the later of two images of a hole, in any order", () => {
    const paths = ["a/FoilHole_9015889_20250108_154715.xml", "b/FoilHole_9015889_20250108_154725.xml"];
    expect(latestByName(paths)).toBe(paths[1]);
    expect(latestByName(paths.toReversed())).toBe(paths[1]);
    expect(latestByName([])).toBeNull();
  });

  it("goes by the time, with or without seconds, and not by the folder or the id", () => {
    expect(latestByName(["z/GridSquare_20240406_1024.xml", "a/GridSquare_20240406_102401.xml"])).toBe(
      "a/GridSquare_20240406_102401.xml",
    );
    expect(latestByName(["GridSquare_20240406_1025.xml", "GridSquare_20240406_102401.xml"])).toBe(
      "GridSquare_20240406_1025.xml",
    );
    expect(latestByName(["FoilHole_20250101_20240406_102401.xml", "FoilHole_3_20240406_102402.xml"])).toBe(
      "FoilHole_3_20240406_102402.xml",
    );
  });

  it("is the maximum, however the paths are ordered", () => {
    fc.assert(
      fc.property(fc.uniqueArray(timestamp, { minLength: 1 }), fc.nat(), (times, turn) => {
        const paths = times.map((time) => `FoilHole_7_${time}.xml`);
        const turned = [...paths.slice(turn % paths.length), ...paths.slice(0, turn % paths.length)];
        expect(latestByName(turned)).toBe(latestByName(paths));
      }),
    );
  });
});
