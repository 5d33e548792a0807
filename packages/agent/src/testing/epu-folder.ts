import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/*
 * Small but true EPU files: what the agent reads of them, in the namespaces and shapes that EPU writes.
 */

const EPU = "http://schemas.datacontract.org/2004/07/";
const NAMESPACES = [
  `xmlns="${EPU}Applications.Epu.Persistence"`,
  `xmlns:ga="${EPU}Applications.SciencesAppsShared.GridAtlas.Persistence"`,
  `xmlns:gd="${EPU}Applications.SciencesAppsShared.GridAtlas.Datamodel"`,
  `xmlns:ct="${EPU}Fei.Applications.Common.Types"`,
  `xmlns:so="${EPU}Fei.SharedObjects"`,
  `xmlns:ft="${EPU}Fei.Types"`,
  `xmlns:dr="${EPU}System.Drawing"`,
  `xmlns:ge="${EPU}System.Collections.Generic"`,
  `xmlns:ar="http://schemas.microsoft.com/2003/10/Serialization/Arrays"`,
  `xmlns:i="http://www.w3.org/2001/XMLSchema-instance"`,
  `xmlns:z="http://schemas.microsoft.com/2003/10/Serialization/"`,
].join(" ");

export interface SessionSpec {
  /** Digits. */
  readonly id: string;
  readonly name: string;
  readonly start: string;
  readonly atlasPath: string | null;
  readonly gridSquareIds?: readonly string[];
}

export function epuSessionXml(spec: SessionSpec): string {
  const entries = (spec.gridSquareIds ?? [])
    .map(
      (id) =>
        `<ge:KeyValuePairOfintDataReferenceOfGridSquareXml><ge:key>${id}</ge:key><ge:value><ct:FileName>Metadata\\GridSquare_${id}.dm</ct:FileName></ge:value></ge:KeyValuePairOfintDataReferenceOfGridSquareXml>`,
    )
    .join("");
  const atlas = spec.atlasPath === null ? "" : `<AtlasId>${spec.atlasPath}</AtlasId>`;
  return `<EpuSessionXml ${NAMESPACES}><ct:Id>${spec.id}</ct:Id><Name>${spec.name}</Name><StartDateTime>${spec.start}</StartDateTime><ClusteringMode>ClusteringWithImageBeamShift</ClusteringMode><ClusteringRadius>1.2E-05</ClusteringRadius><Samples><_items><SampleXml>${atlas}<GridSquares><ar:m_serializationArray>${entries}</ar:m_serializationArray></GridSquares></SampleXml></_items><_size>1</_size></Samples><StorageFolders><_items><StorageFolderXml><Path>Z:\\DoseFractions</Path></StorageFolderXml></_items><_size>1</_size></StorageFolders></EpuSessionXml>`;
}

export interface AtlasSpec {
  readonly id: string;
  readonly tileIds: readonly string[];
  readonly nodes: readonly {
    readonly id: string;
    readonly x: number;
    readonly y: number;
    readonly tileIds: readonly string[];
  }[];
}

function position(element: string, x: number, y: number): string {
  return `<ga:${element}><gd:Center><dr:x>${x}</dr:x><dr:y>${y}</dr:y></gd:Center><gd:Physical><dr:height>5E-05</dr:height><dr:width>5E-05</dr:width><dr:x>${x}E-06</dr:x><dr:y>${y}E-06</dr:y></gd:Physical><gd:Quality>0.75</gd:Quality><gd:Rotation>0.1</gd:Rotation><gd:Size><dr:height>61.4</dr:height><dr:width>60.6</dr:width></gd:Size></ga:${element}>`;
}

export function atlasXml(spec: AtlasSpec): string {
  const nodes = spec.nodes
    .map((node) => {
      const shown = node.tileIds
        .map(
          (tile) =>
            `<ga:TilePositionXml><ga:TileId>${tile}</ga:TileId>${position("NodePosition", node.x / 2, node.y / 2)}</ga:TilePositionXml>`,
        )
        .join("");
      return `<ge:KeyValuePairOfintNodeXml30oatNZW><ge:key>${node.id}</ge:key><ge:value><ga:Category>2</ga:Category>${position("PositionOnTheAtlas", node.x, node.y)}<ga:StagePosition><so:X>${node.x}E-06</so:X><so:Y>${node.y}E-06</so:Y><so:Z>1E-05</so:Z></ga:StagePosition><ga:TilePositions><ga:_items>${shown}</ga:_items><ga:_size>${node.tileIds.length}</ga:_size></ga:TilePositions></ge:value></ge:KeyValuePairOfintNodeXml30oatNZW>`;
    })
    .join("");
  const tiles = spec.tileIds
    .map(
      (id, index) =>
        `<ga:TileXml><ct:Id>${id}</ct:Id><ga:AtlasPixelPosition><dr:height>512</dr:height><dr:width>512</dr:width><dr:x>${index * 500}</dr:x><dr:y>0</dr:y></ga:AtlasPixelPosition><ga:TileImageReference><ct:BaseFileName>Tile_${id}_0_1</ct:BaseFileName><ct:FileFormat>MRC</ct:FileFormat></ga:TileImageReference><ga:Nodes>${index === 0 ? `<KeyValuePairs xmlns="">${nodes}</KeyValuePairs>` : ""}</ga:Nodes></ga:TileXml>`,
    )
    .join("");
  return `<ga:AtlasSessionXml ${NAMESPACES}><ct:Id>${spec.id}</ct:Id><ga:Name>Atlas of ${spec.id}</ga:Name><ga:StartDateTime>2024-04-04T09:00:00.0000000+01:00</ga:StartDateTime><ga:StorageFolder>Z:\\atlas</ga:StorageFolder><ga:Atlas><ga:AcquisitionDateTime>2024-04-04T09:38:20.1234567+01:00</ga:AcquisitionDateTime><ga:TilesEfficient><ga:_items>${tiles}</ga:_items><ga:_size>${spec.tileIds.length}</ga:_size></ga:TilesEfficient></ga:Atlas></ga:AtlasSessionXml>`;
}

export interface GridSquareSpec {
  readonly id: string;
  readonly visited: boolean;
  readonly holeIds: readonly string[];
  readonly state?: string;
}

export function gridSquareXml(spec: GridSquareSpec): string {
  const holes = spec.holeIds
    .map((id, index) => {
      const x = 100 + (index % 30) * 40;
      const y = 100 + Math.floor(index / 30) * 40;
      return `<ge:KeyValuePairOfintTargetLocationXml><ge:key>${id}</ge:key><ge:value><FilterProperties><PixelIntensityMean>${1000 + index}</PixelIntensityMean><PixelIntensityStDev>12.5</PixelIntensityStDev></FilterProperties><IsNearGridBar>false</IsNearGridBar><Order>${index}</Order><PixelCenter><dr:x>${x}.4</dr:x><dr:y>${y}.6</dr:y></PixelCenter><PixelWidthHeight><dr:height>20.2</dr:height><dr:width>20.2</dr:width></PixelWidthHeight><Selected>true</Selected><StagePosition><so:X>${x}E-08</so:X><so:Y>${y}E-08</so:Y></StagePosition><State>Defined</State></ge:value></ge:KeyValuePairOfintTargetLocationXml>`;
    })
    .join("");
  const image = spec.visited ? `<GridSquareImagePath>Z:\\GridSquare_${spec.id}.mrc</GridSquareImagePath>` : "";
  return `<GridSquareXml ${NAMESPACES}><ct:Id>${spec.id}</ct:Id><AtlasNodeId>${spec.id}</AtlasNodeId>${image}<Position><so:X>1E-05</so:X><so:Y>2E-05</so:Y><so:Z>3E-05</so:Z></Position><Rotation>0.2</Rotation><Selected>true</Selected><State>${spec.state ?? "Defined"}</State><TargetLocations><TargetLocationsEfficient><ar:m_serializationArray>${holes}</ar:m_serializationArray></TargetLocationsEfficient></TargetLocations><Unusable>false</Unusable></GridSquareXml>`;
}

export interface ImageSpec {
  readonly uniqueId: string;
  readonly defocusM?: number;
  /** Where hole centring found the hole, px. */
  readonly center?: { readonly x: number; readonly y: number };
  /** Characters of filling: real manifests have 16 kB. */
  readonly padding?: number;
}

export function imageXml(spec: ImageSpec): string {
  const center =
    spec.center === undefined
      ? ""
      : `<ar:KeyValueOfstringanyType><ar:Key>FindFoilHoleCenterResults</ar:Key><ar:Value><ft:Center><dr:x>${spec.center.x}</dr:x><dr:y>${spec.center.y}</dr:y></ft:Center><ft:Quality>0.9</ft:Quality><ft:Rotation>0</ft:Rotation><ft:Size><dr:height>300</dr:height><dr:width>310</dr:width></ft:Size></ar:Value></ar:KeyValueOfstringanyType>`;
  const padding =
    spec.padding === undefined ? "" : `<ReferenceTransformation>${"x".repeat(spec.padding)}</ReferenceTransformation>`;
  return `<MicroscopeImage ${NAMESPACES.replace('xmlns="', 'xmlns:p="').replace('xmlns:so="', 'xmlns="')}><CustomData>${center}<ar:KeyValueOfstringanyType><ar:Key>AppliedDefocus</ar:Key><ar:Value>-1.2E-06</ar:Value></ar:KeyValueOfstringanyType><ar:KeyValueOfstringanyType><ar:Key>DetectorCommercialName</ar:Key><ar:Value>Falcon 4i</ar:Value></ar:KeyValueOfstringanyType></CustomData>${padding}<SpatialScale><pixelSize><x><numericValue>8.2E-11</numericValue></x></pixelSize></SpatialScale><microscopeData><acquisition><acquisitionDateTime>2024-04-06T10:24:17.8533871+01:00</acquisitionDateTime><camera><Binning><dr:x>1</dr:x><dr:y>1</dr:y></Binning><ExposureTime>2.5</ExposureTime><Name>BM-Falcon</Name><ReadoutArea><dr:height>4096</dr:height><dr:width>4096</dr:width></ReadoutArea></camera></acquisition><gun><AccelerationVoltage>300000</AccelerationVoltage></gun><instrument><ComputerName>TITAN1</ComputerName><InstrumentID>3593</InstrumentID><InstrumentModel>TITAN52336320</InstrumentModel></instrument><optics><BeamShift><ft:_x>0.001</ft:_x><ft:_y>-0.002</ft:_y></BeamShift><Defocus>${spec.defocusM ?? -0.0000015}</Defocus><EFTEMOn>true</EFTEMOn><TemMagnification><NominalMagnification>165000</NominalMagnification></TemMagnification></optics><stage><Position><A>0</A><B>0</B><X>1.5E-05</X><Y>2.5E-05</Y><Z>3.5E-05</Z></Position></stage></microscopeData><uniqueID>${spec.uniqueId}</uniqueID></MicroscopeImage>`;
}

/** A file of a session to be, by its path within the tree. */
export interface FileToWrite {
  readonly path: string;
  readonly content: string;
}

export interface TreeSpec {
  /** Folder of the session within the tree. */
  readonly folder: string;
  readonly session: SessionSpec;
  readonly squareIds: readonly string[];
  /** Of these squares the first so many are visited. */
  readonly visited: number;
  readonly holesPerSquare: number;
  /** Holes of each visited square that are imaged. */
  readonly imagedPerSquare: number;
  readonly exposuresPerHole: number;
  readonly pictures: boolean;
  readonly padding?: number;
}

/** All files of a session with its atlas, as they are when everything is written. */
export function sessionFiles(spec: TreeSpec): FileToWrite[] {
  const { folder, session, squareIds } = spec;
  const files: FileToWrite[] = [];
  const add = (path: string, content: string): void => {
    files.push({ path, content });
  };
  const padding = spec.padding === undefined ? {} : { padding: spec.padding };
  add(join(folder, "EpuSession.dm"), epuSessionXml({ ...session, gridSquareIds: squareIds }));
  if (session.atlasPath !== null) {
    const atlasFolder = join("atlas", `Supervisor_${session.id}`, "Sample4", "Atlas");
    add(
      join(atlasFolder, "Atlas.dm"),
      atlasXml({
        id: `9${session.id}`,
        tileIds: ["1", "2", "3"],
        nodes: squareIds.map((id, index) => ({
          id,
          x: 100 + index * 50,
          y: 200 + index * 30,
          tileIds: index % 2 === 0 ? ["1"] : ["1", "2"],
        })),
      }),
    );
    if (spec.pictures) add(join(atlasFolder, "Atlas_1.jpg"), "picture");
  }
  squareIds.forEach((square, index) => {
    const visited = index < spec.visited;
    const holeIds = Array.from({ length: visited ? spec.holesPerSquare : 0 }, (_, hole) => holeId(square, hole));
    add(join(folder, "Metadata", `GridSquare_${square}.dm`), gridSquareXml({ id: square, visited, holeIds }));
    if (!visited) return;
    const images = join(folder, "Images-Disc1", `GridSquare_${square}`);
    const squareName = "GridSquare_20240406_102420";
    add(join(images, `${squareName}.xml`), imageXml({ uniqueId: `square-${square}`, ...padding }));
    if (spec.pictures) add(join(images, `${squareName}.jpg`), "picture");
    for (let hole = 0; hole < spec.imagedPerSquare; hole++) {
      const id = holeId(square, hole);
      const before = `FoilHole_${id}_20240406_1030${two(hole)}`;
      const after = `FoilHole_${id}_20240406_1040${two(hole)}`;
      const holes = join(images, "FoilHoles");
      add(join(holes, `${before}.xml`), imageXml({ uniqueId: before, center: { x: 2000, y: 2100 }, ...padding }));
      add(join(holes, `${after}.xml`), imageXml({ uniqueId: after, center: { x: 2048, y: 2050 }, ...padding }));
      for (let exposure = 0; exposure < spec.exposuresPerHole; exposure++) {
        const name = `FoilHole_${id}_Data_${9000 + exposure}_${exposure}_20240406_1050${two(exposure)}`;
        add(join(images, "Data", `${name}.xml`), imageXml({ uniqueId: `image-${id}-${exposure}`, ...padding }));
        if (spec.pictures) {
          add(join(images, "Data", `${name}.jpg`), "picture");
          add(join(images, "Data", `${name}_Fractions.xml`), "<Acquisition/>\r\n");
        }
      }
    }
  });
  if (spec.pictures) add(join(folder, "Images-Disc1", "Thumbs.db"), "noise");
  return files;
}

export function holeId(square: string, index: number): string {
  return String(Number(square) * 1_000 + index);
}

export function writeFiles(root: string, files: readonly FileToWrite[]): void {
  for (const { path, content } of files) {
    const location = join(root, path);
    mkdirSync(dirname(location), { recursive: true });
    writeFileSync(location, content);
  }
}

export function atlasPathOf(sessionId: string): string {
  return `Z:\\DoseFractions\\visit\\atlas\\Supervisor_${sessionId}\\Sample4\\Atlas\\Atlas.dm`;
}

function two(value: number): string {
  return String(value % 60).padStart(2, "0");
}
