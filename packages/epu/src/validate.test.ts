import { describe, expect, it } from "vitest";
import {
  concurrentDictionary,
  gridSquareDocument,
  hole,
  microscopeImageDocument,
  plainDictionary,
  sessionDocument,
} from "./testing/documents.js";
import { temporaryFolder } from "./testing/folders.js";
import { describeWithRealData } from "./testing/real-data.js";
import { REAL, realPath } from "./testing/real-files.js";
import { validateDirectory } from "./validate.js";

const SQUARE = "Images-Disc1/GridSquare_42";
const EXPOSURE = `${SQUARE}/Data/FoilHole_9_Data_1_2_20240406_102527`;

function image(uniqueId: string): string {
  return microscopeImageDocument(`<uniqueID>${uniqueId}</uniqueID><microscopeData/>`);
}

const acquisitions = plainDictionary("ParticleAcquisitions", "ParticleX", [["5", "<b:value/>"]]);
const metadata = gridSquareDocument(
  concurrentDictionary("TargetLocationsEfficient", "TargetLocationX", [hole(9, acquisitions)]),
);

const WHOLE = {
  "EpuSession.dm": sessionDocument(""),
  "Metadata/GridSquare_42.dm": metadata,
  [`${SQUARE}/GridSquare_20240406_102420.xml`]: image("square"),
  [`${SQUARE}/FoilHoles/FoilHole_9_20240406_102451.jpg`]: "a picture without XML, as EPU leaves some",
  [`${EXPOSURE}.xml`]: image("m1"),
  [`${EXPOSURE}.mrc`]: "data",
};

async function codesOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await using folder = await temporaryFolder(files);
  const problems = await validateDirectory(folder.path);
  for (const problem of problems) {
    expect(problem.message).toMatch(/\.$|"$/);
    expect(problem.hint).not.toBe("");
    expect(problem.path.startsWith(folder.path)).toBe(true);
  }
  return problems.map(({ code }) => code).sort();
}

function without(name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(WHOLE).filter(([path]) => !path.startsWith(name)));
}

describe("validateDirectory", () => {
  it("finds nothing wrong with a whole session", async () => {
    expect(await codesOf(WHOLE)).toEqual([]);
  });

  it("finds what is missing", async () => {
    expect(await codesOf(without("EpuSession.dm"))).toEqual(["session_missing"]);
    expect(await codesOf(without("Metadata"))).toEqual(["metadata_missing"]);
    expect(await codesOf(without("Images-Disc1"))).toEqual(["images_missing", "micrographs_missing"]);
    expect(await codesOf(without(`${EXPOSURE}.xml`))).toEqual(["manifest_missing", "micrographs_missing"]);
    expect(await codesOf({ "notes.txt": "none of EPU's" })).toEqual(["no_session"]);
  });

  it("finds files that can't be read, by the code of the error", async () => {
    expect(await codesOf({ ...WHOLE, [`${EXPOSURE.replace("9_Data", "8_Data")}.xml`]: "" })).toEqual(["empty"]);
    expect(await codesOf({ ...WHOLE, [`${EXPOSURE}.xml`]: "<MicroscopeIm" })).toEqual([
      "incomplete",
      "micrographs_missing",
    ]);
    const value = microscopeImageDocument(
      "<uniqueID>m1</uniqueID><microscopeData><optics><Defocus>x</Defocus></optics></microscopeData>",
    );
    expect(await codesOf({ ...WHOLE, [`${EXPOSURE}.xml`]: value })).toEqual(["unreadable_value"]);
  });

  it("finds what contradicts itself", async () => {
    const copy = EXPOSURE.replace("102527", "102529");
    expect(await codesOf({ ...WHOLE, [`${copy}.xml`]: image("m1") })).toEqual(["duplicate_micrograph"]);
    const other = metadata.replace(">42<", ">43<");
    expect(await codesOf({ ...WHOLE, "Metadata/GridSquare_42.dm": other })).toEqual(["id_mismatch"]);
    const atlas = sessionDocument(
      "<Samples><_items><SampleXml><AtlasId>Z:\\a\\Atlas.dm</AtlasId></SampleXml></_items></Samples>",
    );
    expect(await codesOf({ ...WHOLE, "EpuSession.dm": atlas })).toEqual(["atlas_missing"]);
  });

  it("says when the folder itself is not there", async () => {
    expect(await validateDirectory("/no/such/folder")).toMatchObject([{ code: "unreadable", path: "/no/such/folder" }]);
  });
});

describeWithRealData("validateDirectory", () => {
  it("names what the samples lack, and nothing else", async () => {
    const visit = await validateDirectory(realPath(REAL.visit));
    expect(visit.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "metadata_missing: 221 grid squares of 222 without metadata: 4590878, 4590881, 4590883, 4590885, 4590887 and 216 more.",
      "micrographs_missing: 217 foil holes of grid square 4590776 exposed, but without micrographs: 5665438, 5665439, 5665440, 5665441, 5665442 and 212 more.",
    ]);
    const session = await validateDirectory(realPath(REAL.reIndented));
    expect(session.map(({ code }) => code)).toEqual(["atlas_missing", "metadata_missing"]);
  });
});
