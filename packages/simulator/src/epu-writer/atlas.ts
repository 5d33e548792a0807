import type { ImagePlace } from "../grid-layout.js";
import type { GridTruth, SquareTruth, TileTruth } from "../grid-truth.js";
import { at } from "../statistics.js";
import {
  APPS_SHARED_VERSION,
  ATLAS_PERSISTENCE,
  assembly,
  baseObject,
  double,
  escaped,
  genericType,
  hashCapacity,
  listCapacity,
  localTime,
  NAMESPACE,
  ObjectIds,
  reference,
  single,
  TYPE,
} from "./dotnet.js";

export interface AtlasPlace {
  readonly name: string;
  readonly description: string;
  /** Windows path of the `Sample<n>` folder. */
  readonly storageFolder: string;
  readonly startedAtMs: number;
  readonly acquiredAtMs: number;
  readonly utcOffsetMin: number;
}

const COMMON_ID = `<Id xmlns="${NAMESPACE.common}">`;
const NODE = `Applications.SciencesAppsShared.GridAtlas.Persistence.NodeXml, ${ATLAS_PERSISTENCE}`;
const NODES = genericType("Dictionary", TYPE.int32, NODE);
const NODE_PAIRS = `${genericType("KeyValuePair", TYPE.int32, NODE)}[]`;
const INT_COMPARER = genericType("GenericEqualityComparer", TYPE.int32);
const NODE_ENTRY = "KeyValuePairOfintNodeXml30oatNZW";
const ALIGNMENT = "Applications.SciencesAppsShared.Types.AtlasAlignment.AlignmentTransformation";
const ALIGNMENT_ASSEMBLY = assembly("Applications.SciencesAppsShared.Types", APPS_SHARED_VERSION);
/** A node is shown by at most this many tiles before its list grows. */
const LEAST_CAPACITY = 4;

/** Name without extension of a tile's files. */
export function tileBaseName(truth: GridTruth, tile: TileTruth): string {
  return `Tile_${tile.id}_${tile.index}_${truth.atlasImageId}`;
}

/** Name without extension of the stitched image's files. */
export function atlasBaseName(truth: GridTruth): string {
  return `Atlas_${truth.atlasImageId}`;
}

/**
 * `Atlas.dm`. A square is stored once, under the first tile that shows it, with its place in every tile that shows it.
 *
 * @param tiles how many tiles have been taken; with none, the file is that of an atlas that was never acquired
 */
export function atlasXml(truth: GridTruth, place: AtlasPlace, tiles: number = truth.tiles.length): string {
  const ids = new ObjectIds();
  const taken = truth.tiles.slice(0, tiles);
  let text =
    `<AtlasSessionXml ${ids.next()} z:Type="Applications.SciencesAppsShared.GridAtlas.Persistence.AtlasSessionXml" z:Assembly="${ATLAS_PERSISTENCE}" ` +
    `xmlns="${NAMESPACE.atlas}" xmlns:i="${NAMESPACE.instance}" xmlns:z="${NAMESPACE.serialization}">` +
    `${COMMON_ID}${truth.atlasId}</Id><Atlas ${ids.next()}>${COMMON_ID}${truth.atlasId}</Id>` +
    `<AcquiredWithImageBeamShift>false</AcquiredWithImageBeamShift>` +
    `<AcquisitionDateTime>${localTime(place.acquiredAtMs, place.utcOffsetMin)}</AcquisitionDateTime>` +
    `<AlignmentTileId>${taken.at(-1)?.id ?? 0}</AlignmentTileId>` +
    `<AtlasAlignmentTransformation ${ids.next()} z:Type="${ALIGNMENT}" z:Assembly="${ALIGNMENT_ASSEMBLY}">` +
    `<Rotation xmlns="${NAMESPACE.atlasAlignment}">-0.12</Rotation>` +
    `<TimeStamp xmlns="${NAMESPACE.atlasAlignment}">${localTime(place.acquiredAtMs, place.utcOffsetMin)}</TimeStamp>` +
    `<Translation xmlns="${NAMESPACE.atlasAlignment}" xmlns:a="${NAMESPACE.drawing}"><a:height>0</a:height><a:width>0</a:width></Translation>` +
    `</AtlasAlignmentTransformation>`;
  text +=
    taken.length === 0
      ? `<AtlasImageReference i:nil="true" xmlns:a="${NAMESPACE.common}"/>`
      : imageReference("AtlasImageReference", atlasBaseName(truth), ids);
  text +=
    `<CryoboxReferenceVector xmlns:a="${NAMESPACE.drawing}"><a:x>0</a:x><a:y>0</a:y></CryoboxReferenceVector>` +
    `<HighLmAlignmentImageReference i:nil="true" xmlns:a="${NAMESPACE.common}"/><IsStem>false</IsStem><Name i:nil="true"/><NrTiles i:nil="true"/>` +
    `<SelectedCategories ${ids.next()} xmlns:a="${NAMESPACE.arrays}"><a:_items ${ids.next()} z:Size="8">` +
    `${[0, 4, 3, 2, 1, 0, 0, 0].map((category) => `<a:int>${category}</a:int>`).join("")}</a:_items><a:_size>5</a:_size><a:_version>5</a:_version></SelectedCategories>` +
    `<Session ${reference(1)}/><StartPosition>CloseToCenter</StartPosition><TilesEfficient ${ids.next()}>`;
  const capacity = listCapacity(taken.length);
  text += `<_items ${ids.next()} z:Size="${capacity}">`;
  const comparer: { id: number | null } = { id: null };
  const squaresOf = nodesByTile(truth, taken.length);
  for (const tile of taken) text += tileXml(truth, tile, squaresOf.get(tile.index) ?? [], taken.length, ids, comparer);
  text += '<TileXml i:nil="true"/>'.repeat(capacity - taken.length);
  return (
    `${text}</_items><_size>${taken.length}</_size><_version>${taken.length + 1}</_version></TilesEfficient></Atlas>` +
    `<Description ${ids.next()}>${escaped(place.description)}</Description><ImageFileFormat>Mrc</ImageFileFormat>` +
    `<Name ${ids.next()}>${escaped(place.name)}</Name><StartDateTime>${localTime(place.startedAtMs, place.utcOffsetMin)}</StartDateTime>` +
    `<StorageFolder ${ids.next()}>${escaped(place.storageFolder)}</StorageFolder>` +
    `<Version ${ids.next()} xmlns:a="${NAMESPACE.system}"><a:_Build>0</a:_Build><a:_Major>3</a:_Major><a:_Minor>0</a:_Minor><a:_Revision>-1</a:_Revision></Version>` +
    `</AtlasSessionXml>`
  );
}

function nodesByTile(truth: GridTruth, tiles: number): Map<number, SquareTruth[]> {
  const nodes = new Map<number, SquareTruth[]>();
  for (const square of truth.squares) {
    const first = square.onTiles.find(({ tile }) => tile < tiles);
    if (first === undefined) continue;
    nodes.set(first.tile, [...(nodes.get(first.tile) ?? []), square]);
  }
  return nodes;
}

function imageReference(name: string, baseName: string, ids: ObjectIds): string {
  return (
    `<${name} ${ids.next()} xmlns:a="${NAMESPACE.common}"><a:BaseFileName ${ids.next()}>${baseName}</a:BaseFileName>` +
    `<a:FileFormat>Mrc</a:FileFormat></${name}>`
  );
}

function tileXml(
  truth: GridTruth,
  tile: TileTruth,
  squares: readonly SquareTruth[],
  tiles: number,
  ids: ObjectIds,
  comparer: { id: number | null },
): string {
  const { layout } = tile;
  let text =
    `<TileXml ${ids.next()}>${COMMON_ID}${tile.id}</Id><AtlasPixelPosition xmlns:a="${NAMESPACE.drawing}">` +
    `<a:height>${layout.atlasSizePx}</a:height><a:width>${layout.atlasSizePx}</a:width><a:x>${layout.atlasXPx}</a:x><a:y>${layout.atlasYPx}</a:y></AtlasPixelPosition>` +
    `<Nodes ${baseObject(ids, NODES)} xmlns:a="${NAMESPACE.arrays}"><Version ${baseObject(ids, "System.Int32")} xmlns="">${squares.length}</Version>`;
  if (comparer.id === null) {
    text += `<Comparer ${baseObject(ids, INT_COMPARER)} xmlns=""/>`;
    comparer.id = ids.last;
  } else text += `<Comparer ${reference(comparer.id)} xmlns=""/>`;
  text += `<HashSize ${baseObject(ids, "System.Int32")} xmlns="">${hashCapacity(squares.length)}</HashSize>`;
  if (squares.length > 0) {
    text += `<KeyValuePairs ${baseObject(ids, NODE_PAIRS)} z:Size="${squares.length}" xmlns="">`;
    for (const square of squares) text += nodeXml(truth, square, tiles, ids);
    text += "</KeyValuePairs>";
  }
  return (
    `${text}</Nodes><StagePosition xmlns:a="${NAMESPACE.shared}"><a:A>-0.00021334249972001129</a:A><a:B>0.0167836925</a:B>` +
    `<a:X>${double(layout.stage.xM)}</a:X><a:Y>${double(layout.stage.yM)}</a:Y><a:Z>6.997763392800003E-05</a:Z></StagePosition>` +
    `${imageReference("TileImageReference", tileBaseName(truth, tile), ids)}</TileXml>`
  );
}

function nodeXml(truth: GridTruth, square: SquareTruth, tiles: number, ids: ObjectIds): string {
  const shown = square.onTiles.filter(({ tile }) => tile < tiles);
  const capacity = Math.max(LEAST_CAPACITY, listCapacity(shown.length));
  const stage = `<c:A>0</c:A><c:B>0</c:B><c:X>${double(square.stage.xM)}</c:X><c:Y>${double(square.stage.yM)}</c:Y><c:Z>0</c:Z>`;
  let text =
    `<${NODE_ENTRY} xmlns="${NAMESPACE.generic}"><key>${square.id}</key><value ${ids.next()} xmlns:b="${NAMESPACE.atlas}">` +
    `${COMMON_ID}${square.id}</Id><b:AlignedStagePosition xmlns:c="${NAMESPACE.shared}">${stage}</b:AlignedStagePosition>` +
    `<b:Category>${square.category}</b:Category><b:FeatureVector ${ids.next()} z:Size="${square.featureVector.length}">` +
    `${square.featureVector.map((value) => `<a:double>${double(value)}</a:double>`).join("")}</b:FeatureVector>` +
    `<b:PositionOnTheAtlas xmlns:c="${NAMESPACE.atlasModel}">${placeXml(truth, square, square.onAtlas)}</b:PositionOnTheAtlas>` +
    `<b:StagePosition xmlns:c="${NAMESPACE.shared}">${stage}</b:StagePosition>` +
    `<b:TilePositions ${ids.next()}><b:_items ${ids.next()} z:Size="${capacity}">`;
  for (const [index, { tile, place }] of shown.entries()) {
    text +=
      `<b:TilePositionXml ${ids.next()}>${COMMON_ID}${square.id + index + 1}</Id><b:NodePosition xmlns:c="${NAMESPACE.atlasModel}">` +
      `${placeXml(truth, square, place)}</b:NodePosition><b:TileId>${at(truth.tiles, tile).id}</b:TileId></b:TilePositionXml>`;
  }
  text += '<b:TilePositionXml i:nil="true"/>'.repeat(capacity - shown.length);
  return `${text}</b:_items><b:_size>${shown.length}</b:_size><b:_version>${shown.length}</b:_version></b:TilePositions></value></${NODE_ENTRY}>`;
}

function placeXml(truth: GridTruth, square: SquareTruth, place: ImagePlace): string {
  const { squareSideM } = truth.layout;
  return (
    `<c:Center xmlns:d="${NAMESPACE.drawing}"><d:x>${single(place.centerXPx)}</d:x><d:y>${single(place.centerYPx)}</d:y></c:Center>` +
    `<c:Physical xmlns:d="${NAMESPACE.drawing}"><d:height>${single(squareSideM)}</d:height><d:width>${single(squareSideM)}</d:width>` +
    `<d:x>${single(square.physical.xM)}</d:x><d:y>${single(square.physical.yM)}</d:y></c:Physical>` +
    `<c:Quality>${double(square.quality)}</c:Quality><c:Rotation>${double(square.rotationRad)}</c:Rotation><c:Shear>0</c:Shear>` +
    `<c:Size xmlns:d="${NAMESPACE.drawing}"><d:height>${single(place.heightPx)}</d:height><d:width>${single(place.widthPx)}</d:width></c:Size>`
  );
}

/** `Sample.dm` beside the atlas folder. */
export function sampleXml(truth: GridTruth, place: AtlasPlace): string {
  const ids = new ObjectIds();
  return (
    `<SampleXml ${ids.next()} z:Type="Applications.SciencesAppsShared.GridAtlas.Persistence.SampleXml" z:Assembly="${ATLAS_PERSISTENCE}" ` +
    `xmlns="${NAMESPACE.atlas}" xmlns:i="${NAMESPACE.instance}" xmlns:z="${NAMESPACE.serialization}">` +
    `${COMMON_ID}${truth.atlasId}</Id><AtlasFileName ${ids.next()}>Atlas\\Atlas.dm</AtlasFileName>` +
    `<AutoloaderSlot>${truth.autoloaderSlot}</AutoloaderSlot><Name ${ids.next()}>Sample${truth.autoloaderSlot + 1}</Name>` +
    `<StorageFolder ${ids.next()}>${escaped(place.storageFolder)}</StorageFolder></SampleXml>`
  );
}
