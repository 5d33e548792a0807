import { describe, expect, it } from "vitest";
import { parseAtlas, parseEpuFile, parseEpuSession, parseGridSquareMetadata, parseMicroscopeImage } from "./parse.js";
import type { EpuFileKind, RecordOf } from "./records.js";
import {
  concurrentDictionary,
  customData,
  epuRoot,
  gridSquareDocument,
  hole,
  microscopeImageDocument,
  plainDictionary,
  point,
  sessionDocument,
  typesId,
} from "./testing/documents.js";
import { describeWithRealData } from "./testing/real-data.js";
import { REAL, realBytes } from "./testing/real-files.js";

function read<K extends EpuFileKind>(kind: K, xml: string | Uint8Array): RecordOf<K> {
  const result = parseEpuFile(kind, typeof xml === "string" ? Buffer.from(xml) : xml);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

function errorOf(kind: EpuFileKind, xml: string) {
  const result = parseEpuFile(kind, Buffer.from(xml));
  if (result.ok) throw new Error("The document was taken.");
  return result.error;
}

describeWithRealData("EPU's files", () => {
  it("reads a session", () => {
    const session = read("session", realBytes(REAL.session));
    expect(session).toMatchObject({
      id: "4600928",
      name: "Supervisor_20240405_115113_0_SmartEPU_ApoF",
      startDateTime: "2024-04-05T11:36:47.228Z",
      clusteringMode: "NoClustering",
      clusteringRadiusM: 0,
      autoloaderSlot: 3,
      imageFileFormat: "Tiff",
      microscopeName: null,
      atlasPath: "Z:\\nt32457-6\\atlas\\Supervisor_20240404_093820_Pete_Miriam_HexAuFoil\\Sample4\\Atlas\\Atlas.dm",
      storagePath: "Z:\\nt32457-6",
      epuVersion: "3.7.0.6930",
    });
    expect(session.gridSquares).toHaveLength(222);
    expect(session.gridSquares[0]).toEqual({ gridSquareId: "4590878", fileName: "Metadata\\GridSquare_4590878.dm" });
  });

  it("reads the session of a later version, re-indented and with a declaration", () => {
    const session = read("session", realBytes(REAL.reIndentedSession));
    expect(session).toMatchObject({
      id: "9015527",
      name: "Supervisor_20250108_101446_62_cm40593-1_EPU",
      clusteringMode: "ClusteringWithImageBeamShift",
      clusteringRadiusM: 1.2e-5,
      autoloaderSlot: 6,
      epuVersion: "3.9.1.8206",
    });
    expect(session.gridSquares).toHaveLength(228);
  });

  it("reads an atlas with every tile that shows a square", () => {
    const atlas = read("atlas", realBytes(REAL.atlas));
    expect(atlas).toMatchObject({
      id: "3436163",
      name: "Atlas",
      description: "Atlas for autoloader slot 4",
      startDateTime: "2024-04-04T08:38:40.867Z",
      acquisitionDateTime: "2024-04-05T09:17:53.987Z",
      imageBaseFileName: "Atlas_4590151",
      imageFileFormat: "Mrc",
    });
    expect(atlas.tiles).toHaveLength(35);
    expect(atlas.tiles[0]).toMatchObject({ id: "4590157", xPx: 1584, yPx: 1687, widthPx: 833, heightPx: 592 });
    expect(atlas.nodes).toHaveLength(222);
    expect(new Set(atlas.nodes.map((node) => node.gridSquareId)).size).toBe(222);
    const positions = atlas.nodes.flatMap((node) => node.tilePositions);
    expect(positions).toHaveLength(306);
    const tileIds = new Set(atlas.tiles.map((tile) => tile.id));
    expect(positions.filter((position) => !tileIds.has(position.tileId))).toEqual([]);
    expect(atlas.nodes[0]).toMatchObject({
      gridSquareId: "4590306",
      centerXPx: 2236.751,
      category: 1,
      physicalWidthM: 4.88648839e-5,
      rotationRad: 0.20647442842569014,
    });
    expect(atlas.nodes.filter((node) => node.featureVector?.length === 5)).toHaveLength(208);
    expect(atlas.nodes.filter((node) => node.featureVector === null && node.category === null)).toHaveLength(14);
  });

  it("reads a square's metadata with all its holes", () => {
    const square = read("gridSquareMetadata", realBytes(REAL.gridSquareMetadata));
    expect(square).toMatchObject({
      gridSquareId: "4590776",
      atlasNodeId: "4590776",
      rotationRad: -0.4006086735909375,
      selected: true,
      state: "InProgress",
      unusable: false,
      order: 5,
      position: { xM: -4.9194160965271294e-5, yM: -0.0005619677249342203, zM: 9.299102758720004e-5 },
    });
    expect(square.foilHoles).toHaveLength(570);
    expect(square.foilHoles.filter((target) => target.isNearGridBar)).toHaveLength(291);
    expect(square.foilHoles.filter((target) => target.hasParticleAcquisitions)).toHaveLength(217);
    expect(square.foilHoles.filter((target) => target.imageBaseFileName !== null)).toHaveLength(217);
    expect(square.foilHoles[0]).toEqual({
      foilHoleId: "5665438",
      centerXPx: 1396,
      centerYPx: 972,
      widthPx: 51.28809,
      heightPx: 51.28809,
      stagePosition: {
        xM: -4.2565477384562446e-5,
        yM: -0.0005594576445422889,
        zM: 9.299102758720004e-5,
        aRad: -0.0002395192315000315,
        bRad: 0.0167836925,
      },
      isNearGridBar: false,
      selected: true,
      state: "Completed",
      quality: 1,
      rotationRad: 0,
      order: 0,
      imageBaseFileName: "FoilHole_5665438_20240406_102451",
      pixelIntensityMean: 723.8662041625372,
      pixelIntensityStDev: 27.530339280775316,
      hasParticleAcquisitions: true,
    });
  });

  it("reads a micrograph, its CustomData and not the camera's entries of the same name", () => {
    expect(read("micrograph", realBytes(REAL.micrograph))).toEqual({
      uniqueId: "f28ad4e7-6966-450c-ad23-a43a2131ebd0",
      pixelSizeM: 1.0558814239614023e-10,
      acquisitionDateTime: "2025-01-08T15:49:21.104Z",
      binningX: 2,
      binningY: 2,
      readoutWidthPx: 2880,
      readoutHeightPx: 2046,
      exposureTimeS: 0.89,
      cameraName: "EF-CCD",
      detectorCommercialName: "BioQuantum K3",
      instrumentModel: "TITAN52336320",
      instrumentId: "3632",
      computerName: "TITAN52336320",
      defocusM: 4.841602291965749e-7,
      appliedDefocusM: -2.7e-6,
      energyFilter: true,
      beamShiftX: 0.08248869329690933,
      beamShiftY: -0.1394617110490799,
      nominalMagnification: 165000,
      accelerationVoltageV: 300000,
      stagePosition: {
        xM: -9.715300130000006e-5,
        yM: -0.00015272289599999985,
        zM: 8.571084403520003e-5,
        aRad: -0.0004314819312200113,
        bRad: 0.0168283325,
      },
      applicationSoftwareVersion: "3.9.1.8206",
      dosePerM2: 1.4557753315079335e21,
      phasePlateUsed: false,
      foilHoleCenter: null,
    });
  });

  it("reads where a hole's centre was found, and the image of a square without one", () => {
    expect(read("foilHoleImage", realBytes(REAL.foilHoleImage)).foilHoleCenter).toEqual({
      centerXPx: 1414.76611,
      centerYPx: 1040.06824,
      widthPx: 770.145,
      heightPx: 770.144958,
      quality: 0.7925699949264526,
      rotationRad: -3.086187417975387,
    });
    expect(read("gridSquareImage", realBytes(REAL.gridSquareImage))).toMatchObject({
      uniqueId: "25705d9b-5149-412f-8a3b-be7c91f5e72b",
      acquisitionDateTime: "2024-04-06T09:24:17.853Z",
      nominalMagnification: 470,
      foilHoleCenter: null,
    });
  });

  it("leaves no white space around any text of the re-indented copies", () => {
    for (const [kind, path] of [
      ["session", REAL.reIndentedSession],
      ["foilHoleImage", REAL.foilHoleImage],
      ["micrograph", REAL.micrograph],
    ] as const) {
      JSON.stringify(read(kind, realBytes(path)), (_, value) => {
        if (typeof value === "string") expect(value).toBe(value.trim());
        return value;
      });
    }
  });

  it("calls a file of another format foreign", () => {
    for (const [path, as] of [
      [REAL.session, "atlas"],
      [REAL.micrograph, "gridSquareMetadata"],
      [REAL.atlas, "micrograph"],
    ] as const) {
      const result = parseEpuFile(as, realBytes(path));
      expect(result.ok ? "taken" : result.error.code).toBe("foreign");
    }
  });
});

describe("references", () => {
  it("takes z:Ref with i:nil for the text that it refers to, and i:nil alone for nothing", () => {
    const session = read(
      "session",
      sessionDocument(
        '<Name z:Id="8">a name</Name><MicroscopeName z:Ref="8" i:nil="true"/><ImageFileFormat i:nil="true"/>',
      ),
    );
    expect(session).toMatchObject({ name: "a name", microscopeName: "a name", imageFileFormat: null });
  });

  it("finds a text in a part that is otherwise passed over", () => {
    const session = read(
      "session",
      sessionDocument('<Unread><Deep z:Id="8"> a name </Deep></Unread><Name z:Ref="8"/>'),
    );
    expect(session.name).toBe("a name");
  });

  it("finds whole objects, in parts that are read and in parts that are not", () => {
    const image =
      '<c:BaseFileName xmlns:c="http://schemas.datacontract.org/2004/07/Fei.Applications.Common.Types">base</c:BaseFileName>';
    const square = read(
      "gridSquareMetadata",
      gridSquareDocument(
        concurrentDictionary("TargetLocationsEfficient", "TargetLocationX", [
          hole(
            1,
            `<Image z:Id="20">${image}</Image><Unread><Other z:Id="21">${image.replace("base", "other")}</Other></Unread>`,
          ),
          hole(2, '<Image z:Ref="20" i:nil="true"/>'),
          hole(3, '<Image z:Ref="21" i:nil="true"/>'),
          ["4", '<b:value z:Ref="30" i:nil="true"/>'],
        ]),
      ).replace(
        "<TargetLocations>",
        '<Elsewhere><H z:Id="30"><State>Completed</State></H></Elsewhere><TargetLocations>',
      ),
    );
    expect(square.foilHoles.map((target) => target.imageBaseFileName)).toEqual(["base", "base", "other", null]);
    expect(square.foilHoles[3]?.state).toBe("Completed");
  });

  it("refuses a reference to an object that is not there, rather than reading it as nothing", () => {
    expect(errorOf("session", sessionDocument('<Name z:Ref="99" i:nil="true"/>'))).toMatchObject({ code: "malformed" });
  });

  it("survives objects that refer to themselves", () => {
    const square = read("gridSquareMetadata", gridSquareDocument('<TargetLocationsEfficient z:Ref="1" i:nil="true"/>'));
    expect(square.foilHoles).toEqual([]);
    expect(read("session", sessionDocument('<Name z:Id="5" z:Ref="5" i:nil="true"/>')).name).toBeNull();
  });
});

describe("names", () => {
  it("tells elements by namespace, whatever the prefix, even where prefixes are bound anew", () => {
    const types = "http://schemas.datacontract.org/2004/07/Fei.Applications.Common.Types";
    const epu = "http://schemas.datacontract.org/2004/07/Applications.Epu.Persistence";
    const session = read(
      "session",
      `<q:EpuSessionXml xmlns:q="${epu}"><a:Id xmlns:a="${types}">1</a:Id><a:Name xmlns:a="${epu}">right</a:Name>` +
        `<q:State xmlns:q="urn:other"><q:Name>wrong</q:Name></q:State></q:EpuSessionXml>`,
    );
    expect(session).toMatchObject({ id: "1", name: "right" });
    expect(read("session", sessionDocument('<Name xmlns="urn:other">wrong</Name><Name>right</Name>')).name).toBe(
      "right",
    );
  });

  it("reads only the root's own children where names recur below", () => {
    const square = read(
      "gridSquareMetadata",
      gridSquareDocument(
        concurrentDictionary("TargetLocationsEfficient", "TargetLocationX", [
          hole(1, "<State>Defined</State><Order>7</Order>"),
        ]),
      ),
    );
    expect(square).toMatchObject({ state: null, order: null });
  });

  it("does not need any prefix of xmlns to be bound before it is used in the same tag", () => {
    const session = sessionDocument("<Name>n</Name>").replace(
      /^<EpuSessionXml (.*?) xmlns="(.*?)"/,
      '<EpuSessionXml xmlns="$2" $1',
    );
    expect(read("session", session)).toMatchObject({ name: "n", epuVersion: "3.13.0.1" });
  });

  it("refuses a prefix that is not bound", () => {
    expect(errorOf("session", sessionDocument("<x:Name>n</x:Name>"))).toMatchObject({ code: "malformed" });
  });
});

describe("collections", () => {
  const holes = [hole(1, "<State>Completed</State>"), hole(2, "<State>Defined</State>")];

  it.each([
    ["ConcurrentDictionary", concurrentDictionary("TargetLocationsEfficient", "TargetLocationXmlBpEWF4JT", holes)],
    [
      "ConcurrentDictionary of a lacey grid",
      `<TargetLocationsEfficient i:nil="true"/>${concurrentDictionary("TargetLocations", "TargetLocationXml12", holes)}`,
    ],
    [
      "ConcurrentDictionary of a lacey grid, beside an empty one",
      `<TargetLocationsEfficient/>${concurrentDictionary("TargetLocations", "TargetLocationXml12", holes)}`,
    ],
    [
      "ConcurrentDictionary of a lacey grid, beside one without entries",
      concurrentDictionary("TargetLocationsEfficient", "TargetLocationXml12", []) +
        concurrentDictionary("TargetLocations", "TargetLocationXml12", holes),
    ],
    [
      "ConcurrentDictionary of a later version",
      concurrentDictionary("TargetLocations", "TargetLocationXmlNewHash", holes),
    ],
  ])("reads holes from a %s", (_, xml) => {
    const square = read("gridSquareMetadata", gridSquareDocument(xml));
    expect(square.foilHoles.map(({ foilHoleId, state }) => [foilHoleId, state])).toEqual([
      ["1", "Completed"],
      ["2", "Defined"],
    ]);
  });

  it("reads a Dictionary's KeyValuePairs, which have no namespace, and takes their absence for emptiness", () => {
    const withPairs = plainDictionary("ParticleAcquisitions", "ParticleAcquisitionDataXmlBpEWF4JT", [
      ["5", "<b:value/>"],
    ]);
    const without = '<ParticleAcquisitions><Version xmlns="">0</Version></ParticleAcquisitions>';
    const square = read(
      "gridSquareMetadata",
      gridSquareDocument(
        concurrentDictionary("TargetLocationsEfficient", "TargetLocationX", [hole(1, withPairs), hole(2, without)]),
      ),
    );
    expect(square.foilHoles.map((target) => target.hasParticleAcquisitions)).toEqual([true, false]);
  });

  it("passes over the nil entries that pad a list, and takes the first real one", () => {
    const samples =
      '<Samples><_items><SampleXml i:nil="true"/><SampleXml><AtlasId>first</AtlasId></SampleXml><SampleXml><AtlasId>second</AtlasId></SampleXml></_items></Samples>';
    expect(read("session", sessionDocument(samples)).atlasPath).toBe("first");
  });

  it("reads a square that was not visited and an atlas that was never acquired", () => {
    const square = read(
      "gridSquareMetadata",
      epuRoot("GridSquareXml", `${typesId("6")}<TargetLocations i:nil="true"/>`),
    );
    expect(square).toMatchObject({ gridSquareId: "6", foilHoles: [], position: null });
    const namespace = "Applications.SciencesAppsShared.GridAtlas.Persistence";
    const atlas = read("atlas", epuRoot("AtlasSessionXml", `${typesId("6")}<Atlas i:nil="true"/>`, namespace));
    expect(atlas).toMatchObject({ id: "6", tiles: [], nodes: [] });
  });

  it("reads a session of which only the id is there", () => {
    expect(read("session", sessionDocument(""))).toEqual({
      id: "77",
      name: null,
      startDateTime: null,
      clusteringMode: null,
      clusteringRadiusM: null,
      autoloaderSlot: null,
      imageFileFormat: null,
      microscopeName: null,
      atlasPath: null,
      gridSquares: [],
      storagePath: null,
      epuVersion: "3.13.0.1",
    });
  });
});

describe("values", () => {
  const defocus = (text: string) =>
    read(
      "micrograph",
      microscopeImageDocument(`<microscopeData><optics><Defocus>${text}</Defocus></optics></microscopeData>`),
    ).defocusM;

  it.each([
    ["1.2E-05", 1.2e-5],
    [" -4.9999999999999996E-05 ", -4.9999999999999996e-5],
    ["300000", 300000],
    ["NaN", null],
    ["-INF", null],
    ["", null],
    ["0x10", null],
    ["1,5", null],
  ])("reads the number %j as %j", (text, value) => {
    expect(defocus(text)).toBe(value);
  });

  it.each([
    ["2024-04-06T10:24:17.8534312+01:00", "2024-04-06T09:24:17.853Z"],
    ["2024-04-06T10:24:17.85343+01:00", "2024-04-06T09:24:17.853Z"],
    ["2024-04-05T11:36:47Z", "2024-04-05T11:36:47.000Z"],
    ["0001-01-01T00:00:00", null],
    ["yesterday", null],
  ])("reads the time %j as %j", (text, value) => {
    expect(read("session", sessionDocument(`<StartDateTime>${text}</StartDateTime>`)).startDateTime).toBe(value);
  });

  it("reads the hole's centre only where there is one", () => {
    const shape = (body: string) =>
      microscopeImageDocument(`<uniqueID>u</uniqueID>${customData("FindFoilHoleCenterResults", body)}`);
    const types = 'xmlns:b="http://schemas.datacontract.org/2004/07/Fei.Types"';
    const found = `<a:Value ${types}>${point("b:Center", "c", 3, 4)}<b:Quality>0.5</b:Quality></a:Value>`;
    expect(read("foilHoleImage", shape(found)).foilHoleCenter).toMatchObject({
      centerXPx: 3,
      centerYPx: 4,
      quality: 0.5,
      widthPx: null,
    });
    expect(read("foilHoleImage", shape('<a:Value i:nil="true"/>')).foilHoleCenter).toBeNull();
  });

  it("says which required field is missing", () => {
    expect(errorOf("session", epuRoot("EpuSessionXml", "<Name>n</Name>"))).toMatchObject({
      code: "missing_field",
      field: "Id",
    });
    expect(errorOf("session", epuRoot("EpuSessionXml", typesId("seven")))).toMatchObject({
      code: "missing_field",
      field: "Id",
    });
    expect(errorOf("micrograph", microscopeImageDocument("<name>Empty</name>"))).toMatchObject({
      code: "missing_field",
    });
  });

  it("keeps a micrograph that has no unique id: its name identifies it", () => {
    const image = read("micrograph", microscopeImageDocument("<uniqueID/><microscopeData/>"));
    expect(image.uniqueId).toBeNull();
  });
});

describe("the functions by format", () => {
  it("are the general one with its kind", () => {
    const session = Buffer.from(sessionDocument("<Name>n</Name>"));
    expect(parseEpuSession(session)).toEqual(parseEpuFile("session", session));
    expect(parseAtlas(session)).toMatchObject({ ok: false, error: { code: "foreign" } });
    expect(parseGridSquareMetadata(session)).toMatchObject({ ok: false, error: { code: "foreign" } });
    expect(parseMicroscopeImage(Buffer.from(microscopeImageDocument("<uniqueID>u</uniqueID>")))).toMatchObject({
      ok: true,
    });
  });
});
