import type { GridTruth, HoleTruth, SquareTruth } from "../grid-truth.js";
import {
  baseObject,
  double,
  EPU_PERSISTENCE,
  escaped,
  genericType,
  hashCapacity,
  NAMESPACE,
  ObjectIds,
  reference,
  single,
  TYPE,
} from "./dotnet.js";

export type SquareState = "Defined" | "InProgress" | "Completed";
export type HoleState = "Defined" | "InProgress" | "Completed";

/** What EPU has done in a hole. */
export interface HoleProgress {
  readonly state: HoleState;
  /** False once decision software or EPU deselected it. */
  readonly selected: boolean;
  /** Name without extension of the latest image of the hole itself; null where it has none, as most have. */
  readonly imageBaseName: string | null;
  /** Names without extension of its exposures, in the order of the data areas. */
  readonly exposures: readonly string[];
}

/** What EPU has done in a square. */
export interface SquareProgress {
  readonly state: SquareState;
  readonly selected: boolean;
  /** Name without extension of the square's image; null before it is taken: then its holes are unknown, too. */
  readonly imageBaseName: string | null;
  readonly hole: (index: number) => HoleProgress;
}

export interface MetadataPlace {
  /** Windows path of the session's folder. */
  readonly sessionPath: string;
  readonly imageFolder: string;
}

const PARTICLE_ACQUISITIONS = genericType(
  "Dictionary",
  TYPE.int32,
  `Applications.Epu.Persistence.ParticleAcquisitionDataXml, ${EPU_PERSISTENCE}`,
);
const PARTICLE_ACQUISITION_PAIRS = `${genericType(
  "KeyValuePair",
  TYPE.int32,
  `Applications.Epu.Persistence.ParticleAcquisitionDataXml, ${EPU_PERSISTENCE}`,
)}[]`;
const INT_COMPARER = genericType("GenericEqualityComparer", TYPE.int32);
const HOLE_ENTRY = "b:KeyValuePairOfintTargetLocationXmlBpEWF4JT";
const EXPOSURE_ENTRY = "b:KeyValuePairOfintParticleAcquisitionDataXmlBpEWF4JT";
const COMMON_ID = `<Id xmlns="${NAMESPACE.common}">`;

/** `Metadata/GridSquare_<id>.dm`: small before the square's image, with all its holes after. */
export function gridSquareMetadataXml(
  truth: GridTruth,
  square: SquareTruth,
  progress: SquareProgress,
  place: MetadataPlace,
): string {
  const ids = new ObjectIds();
  const visited = progress.imageBaseName !== null;
  const text = [
    `<GridSquareXml ${ids.next()} z:Type="Applications.Epu.Persistence.GridSquareXml" z:Assembly="${EPU_PERSISTENCE}" ` +
      `xmlns="${NAMESPACE.epu}" xmlns:i="${NAMESPACE.instance}" xmlns:z="${NAMESPACE.serialization}">` +
      `${COMMON_ID}${square.id}</Id><AtlasNodeId>${square.id}</AtlasNodeId><AutoEucentricPerformed>${visited}</AutoEucentricPerformed>` +
      `<BalancedRank i:nil="true"/><BeamCurrent i:nil="true"/><CategoryName i:nil="true"/><CategoryNumber i:nil="true"/>`,
  ];
  const add = (part: string): void => {
    text.push(part);
  };
  if (progress.imageBaseName === null) {
    add(
      `<GridSquareImagePath i:nil="true"/><GridSquareShape i:nil="true" xmlns:a="${NAMESPACE.appsTypes}"/>` +
        `<HolePositionCorrection i:nil="true"/><HoleSpacing i:nil="true"/>` +
        `<Image i:nil="true" xmlns:a="${NAMESPACE.common}"/><ImageFolderName i:nil="true"/>`,
    );
  } else {
    const path = `${place.sessionPath}\\${place.imageFolder}\\GridSquare_${square.id}\\${progress.imageBaseName}.mrc`;
    add(`<GridSquareImagePath ${ids.next()}>${escaped(path)}</GridSquareImagePath>${shape(truth, square, ids)}`);
    add(
      `<HolePositionCorrection i:nil="true"/><HoleSpacing>${double(truth.layout.holeSpacingM)}</HoleSpacing>` +
        `<Image ${ids.next()} xmlns:a="${NAMESPACE.common}"><a:BaseFileName ${ids.next()}>${progress.imageBaseName}</a:BaseFileName>` +
        `<a:FileFormat>Mrc</a:FileFormat></Image><ImageFolderName ${ids.next()}>${place.imageFolder}</ImageFolderName>`,
    );
  }
  add(
    `<IsRecommendedSelection i:nil="true"/><IsSmartFindHolesDecisionKnown>false</IsSmartFindHolesDecisionKnown>` +
      `<IsSmartHoleDecisionKnown>false</IsSmartHoleDecisionKnown>` +
      `<IsSmartIceThicknessDecisionKnown>false</IsSmartIceThicknessDecisionKnown><Order>${Math.max(0, square.order)}</Order>` +
      `<Position xmlns:a="${NAMESPACE.shared}"><a:A>0</a:A><a:B>0</a:B><a:X>${double(square.stage.xM)}</a:X>` +
      `<a:Y>${double(square.stage.yM)}</a:Y><a:Z>${double(visited ? square.zM : 0)}</a:Z></Position>` +
      `<RankInsideCategory i:nil="true"/><Rotation>${double(square.rotationRad)}</Rotation>` +
      `<Selected>${progress.selected}</Selected><StartDateTime i:nil="true"/><State>${progress.state}</State>` +
      `<TargetLocations ${ids.next()} z:Type="Applications.Epu.Persistence.FoilHoleCollectionXml" z:Assembly="${EPU_PERSISTENCE}">` +
      `${COMMON_ID}${square.targetLocationsId}</Id><GridSquareId>${square.id}</GridSquareId>` +
      `<TargetLocations i:nil="true" xmlns:a="${NAMESPACE.arrays}"/>` +
      `<TargetLocationsEfficient ${ids.next()} xmlns:a="${NAMESPACE.arrays}">` +
      `<a:m_comparer ${ids.next()} z:Type="${INT_COMPARER}" z:Assembly="0"/><a:m_keyRehashCount>0</a:m_keyRehashCount>` +
      `<a:m_serializationArray ${ids.next()} z:Size="${visited ? square.holes.length : 0}" xmlns:b="${NAMESPACE.generic}"`,
  );
  if (visited && square.holes.length > 0) {
    add(">");
    const shared: SharedObjects = { comparer: null, noIds: null };
    const primaries = primaryHoles(square);
    for (const hole of square.holes) {
      add(holeXml(square, hole, progress.hole(hole.index), place, ids, shared, primaries));
    }
    add("</a:m_serializationArray>");
  } else add("/>");
  add(
    `<a:m_serializationCapacity>1117</a:m_serializationCapacity>` +
      `<a:m_serializationConcurrencyLevel>12</a:m_serializationConcurrencyLevel></TargetLocationsEfficient></TargetLocations>` +
      `<Unusable>false</Unusable></GridSquareXml>`,
  );
  return text.join("");
}

/** Objects that occur once and are referred to from then on. */
interface SharedObjects {
  comparer: number | null;
  noIds: number | null;
}

/** The hole of each cluster that the stage centres on. */
function primaryHoles(square: SquareTruth): Map<number, HoleTruth[]> {
  const members = new Map<number, HoleTruth[]>();
  for (const hole of square.holes) {
    if (hole.cluster < 0) continue;
    const known = members.get(hole.cluster);
    if (known === undefined) members.set(hole.cluster, [hole]);
    else known.push(hole);
  }
  return members;
}

function shape(truth: GridTruth, square: SquareTruth, ids: ObjectIds): string {
  const half = truth.layout.squareSideM / truth.layout.squarePixelSizeM / 2;
  const centre = 512;
  const corners = [45, 135, 225, 315].map((degrees) => {
    const angle = (degrees * Math.PI) / 180 + square.rotationRad * 0.02;
    return [centre + Math.SQRT2 * half * Math.cos(angle), centre + Math.SQRT2 * half * Math.sin(angle)] as const;
  });
  const point = (name: string, x: number, y: number): string =>
    `<a:${name} xmlns:b="${NAMESPACE.drawing}"><b:x>${single(x)}</b:x><b:y>${single(y)}</b:y></a:${name}>`;
  const vertices = corners
    .map(([x, y]) => `<b:PointF><b:x>${single(x)}</b:x><b:y>${single(y)}</b:y></b:PointF>`)
    .join("");
  return (
    `<GridSquareShape ${ids.next()} xmlns:a="${NAMESPACE.appsTypes}">${point("center", centre, centre)}` +
    point("max", Math.max(...corners.map(([x]) => x)), Math.max(...corners.map(([, y]) => y))) +
    point("min", Math.min(...corners.map(([x]) => x)), Math.min(...corners.map(([, y]) => y))) +
    `<a:vertices ${ids.next()} z:Size="${corners.length}" xmlns:b="${NAMESPACE.drawing}">${vertices}</a:vertices></GridSquareShape>`
  );
}

function holeXml(
  square: SquareTruth,
  hole: HoleTruth,
  progress: HoleProgress,
  place: MetadataPlace,
  ids: ObjectIds,
  shared: SharedObjects,
  primaries: Map<number, HoleTruth[]>,
): string {
  const members = primaries.get(hole.cluster) ?? [];
  const [primary] = members;
  const secondaries = primary?.id === hole.id ? members.slice(1) : [];
  const folder = `${place.sessionPath}\\${place.imageFolder}\\GridSquare_${square.id}\\FoilHoles`;
  return (
    `<${HOLE_ENTRY}><b:key>${hole.id}</b:key><b:value ${ids.next()}>${COMMON_ID}${hole.id}</Id><BeamShiftId i:nil="true"/>` +
    `<CorrectedStagePosition xmlns:c="${NAMESPACE.shared}"><c:A>0</c:A><c:B>0</c:B><c:X>0</c:X><c:Y>0</c:Y><c:Z>0</c:Z></CorrectedStagePosition>` +
    `<FilterProperties ${ids.next()}><PixelIntensityMean>${double(hole.intensityMean)}</PixelIntensityMean>` +
    `<PixelIntensityStDev>${double(hole.intensityStDev)}</PixelIntensityStDev></FilterProperties>` +
    (progress.imageBaseName === null
      ? `<FoilHoleImagePath i:nil="true"/>`
      : `<FoilHoleImagePath ${ids.next()}>${escaped(`${folder}\\${progress.imageBaseName}.mrc`)}</FoilHoleImagePath>`) +
    `<GridSquareId>${square.id}</GridSquareId>` +
    (progress.imageBaseName === null
      ? `<Image i:nil="true" xmlns:c="${NAMESPACE.common}"/>`
      : `<Image ${ids.next()} xmlns:c="${NAMESPACE.common}"><c:BaseFileName ${ids.next()}>${progress.imageBaseName}</c:BaseFileName>` +
        `<c:FileFormat>Mrc</c:FileFormat></Image>`) +
    (progress.imageBaseName === null && progress.exposures.length === 0
      ? `<ImageFolderName i:nil="true"/>`
      : `<ImageFolderName ${ids.next()}>${place.imageFolder}</ImageFolderName>`) +
    `<IsNearGridBar>${hole.isNearGridBar}</IsNearGridBar><IsPositionCorrected>false</IsPositionCorrected>` +
    `<IsPositionRefined>false</IsPositionRefined><IsRecommendedSelection i:nil="true"/><Order>${hole.index}</Order>` +
    particleAcquisitions(square, hole, progress, place, ids, shared) +
    `<PixelCenter xmlns:c="${NAMESPACE.drawing}"><c:x>${single(hole.centerXPx)}</c:x><c:y>${single(hole.centerYPx)}</c:y></PixelCenter>` +
    `<PixelWidthHeight xmlns:c="${NAMESPACE.drawing}"><c:height>${single(hole.diameterPx)}</c:height><c:width>${single(hole.diameterPx)}</c:width></PixelWidthHeight>` +
    `<PositionInCluster i:nil="true" xmlns:c="${NAMESPACE.drawing}"/>` +
    (primary === undefined || progress.state === "Defined"
      ? `<PrimaryId i:nil="true"/>`
      : `<PrimaryId>${primary.id}</PrimaryId>`) +
    `<Quality>${double(hole.quality)}</Quality><Rotation>0</Rotation>${secondaryIds(secondaries, ids, shared)}` +
    `<Selected>${progress.selected}</Selected><Shear>0</Shear><SmartIceThicknessResult i:nil="true"/>` +
    `<StagePosition xmlns:c="${NAMESPACE.shared}"><c:A>-0.00021334249972001129</c:A><c:B>0.0167836925</c:B>` +
    `<c:X>${double(hole.stage.xM)}</c:X><c:Y>${double(hole.stage.yM)}</c:Y><c:Z>${double(square.zM)}</c:Z></StagePosition>` +
    `<State>${progress.state}</State></b:value></${HOLE_ENTRY}>`
  );
}

function particleAcquisitions(
  square: SquareTruth,
  hole: HoleTruth,
  progress: HoleProgress,
  place: MetadataPlace,
  ids: ObjectIds,
  shared: SharedObjects,
): string {
  const count = progress.exposures.length;
  let text =
    `<ParticleAcquisitions ${baseObject(ids, PARTICLE_ACQUISITIONS)}>` +
    `<Version ${baseObject(ids, "System.Int32")} xmlns="">${count}</Version>`;
  if (shared.comparer === null) {
    text += `<Comparer ${baseObject(ids, INT_COMPARER)} xmlns=""/>`;
    shared.comparer = ids.last;
  } else text += `<Comparer ${reference(shared.comparer)} xmlns=""/>`;
  text += `<HashSize ${baseObject(ids, "System.Int32")} xmlns="">${hashCapacity(count)}</HashSize>`;
  if (count > 0) {
    text += `<KeyValuePairs ${baseObject(ids, PARTICLE_ACQUISITION_PAIRS)} z:Size="${count}" xmlns="">`;
    for (const [exposure, baseName] of progress.exposures.entries()) {
      const micrograph = hole.micrographs[exposure];
      if (micrograph === undefined) continue;
      text +=
        `<${EXPOSURE_ENTRY}><b:key>${micrograph.id}</b:key><b:value ${ids.next()} xmlns:c="${NAMESPACE.epu}">` +
        `${COMMON_ID}${micrograph.id}</Id><c:DataAcquisitionAreaId>${micrograph.areaId}</c:DataAcquisitionAreaId>` +
        `<c:GridSquareId>${square.id}</c:GridSquareId><c:Image ${ids.next()} xmlns:d="${NAMESPACE.common}">` +
        `<d:BaseFileName ${ids.next()}>${baseName}</d:BaseFileName><d:FileFormat>Mrc</d:FileFormat></c:Image>` +
        `<c:ImageAcquisitionSettingId>${micrograph.settingId}</c:ImageAcquisitionSettingId>` +
        `<c:ImageFolderName ${ids.next()}>${place.imageFolder}</c:ImageFolderName>` +
        `<c:TargetLocationId>${hole.id}</c:TargetLocationId></b:value></${EXPOSURE_ENTRY}>`;
    }
    text += "</KeyValuePairs>";
  }
  return `${text}</ParticleAcquisitions>`;
}

function secondaryIds(secondaries: readonly HoleTruth[], ids: ObjectIds, shared: SharedObjects): string {
  let text = `<SecondaryTargetLocationdIds ${ids.next()}>`;
  if (secondaries.length > 0) {
    text += `<a:_items ${ids.next()} z:Size="${secondaries.length}">`;
    for (const hole of secondaries) text += `<a:int>${hole.id}</a:int>`;
    text += "</a:_items>";
  } else if (shared.noIds === null) {
    text += `<a:_items ${ids.next()} z:Size="0"/>`;
    shared.noIds = ids.last;
  } else text += `<a:_items ${reference(shared.noIds)}/>`;
  return `${text}<a:_size>${secondaries.length}</a:_size><a:_version>${secondaries.length}</a:_version></SecondaryTargetLocationdIds>`;
}
