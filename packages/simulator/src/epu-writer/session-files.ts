import { ATLAS_PX, FRAME_PX } from "../grid-layout.js";
import type { GridTruth, HoleTruth, SquareTruth } from "../grid-truth.js";
import { randomStream } from "../random.js";
import { at } from "../statistics.js";
import { type AtlasPlace, atlasBaseName, atlasXml, sampleXml, tileBaseName } from "./atlas.js";
import { fileTime } from "./dotnet.js";
import { epuSessionXml, type SessionPlace } from "./epu-session.js";
import {
  acquisitionFacts,
  atlasFacts,
  gridFacts,
  holeImageFacts,
  holeMetadataFacts,
  INSTRUMENT_FACTS,
  micrographFacts,
  placeFacts,
  scanFacts,
  squareImageFacts,
  squareMetadataFacts,
  squareOnAtlasFacts,
  tileFacts,
} from "./facts.js";
import { fractionsXml } from "./fractions.js";
import {
  gridSquareMetadataXml,
  type HoleProgress,
  type SquareProgress,
  type SquareState,
} from "./grid-square-metadata.js";
import { type ImageConditions, type ImageManifest, microscopeImageXml } from "./microscope-image.js";
import { mrcFile } from "./mrc.js";
import {
  atlasImage,
  greyImage,
  holePreview,
  micrographPreview,
  preview,
  squareImage,
  tilePreview,
} from "./pictures.js";
import { type Revealed, type WriteOperation, writeFileOperation } from "./write-operations.js";

/** Which images are written beside the manifests. */
export type PictureChoice =
  /** JPEG previews of everything, MRC files of atlas and squares. */
  | "all"
  /** Atlas and squares only. */
  | "low magnification"
  | "none";

export interface SessionFilesOptions {
  /** Name of the visit: the folder above the session's on the microscope's storage. */
  readonly visit: string;
  readonly sampleName: string;
  readonly startedAtMs: number;
  readonly utcOffsetMin: number;
  readonly pictures: PictureChoice;
  /** Whether the camera server's `_Fractions.xml` is written beside each exposure. */
  readonly fractions: boolean;
}

export const DEFAULT_SESSION_FILES: SessionFilesOptions = {
  visit: "cm40001-1",
  sampleName: "ApoF",
  startedAtMs: Date.UTC(2025, 5, 2, 8, 0, 0),
  utcOffsetMin: 60,
  pictures: "all",
  fractions: true,
};

/** When the images of a hole are taken. */
export interface HoleTiming {
  /** Of the hole's own two images; null where it is reached by beam shift, without an image of its own. */
  readonly centringAtMs: number | null;
  /** Of its exposures, one per data area. */
  readonly exposedAtMs: readonly number[];
}

const IMAGE_FOLDER = "Images-Disc1";
const WINDOWS_ROOT = "Z:";
/** Centring takes a second image of the hole this much later. */
const RECENTRED_AFTER_MS = 10_000;
/** File names carry the start of an exposure, manifests its end. */
const EXPOSURE_ENDS_AFTER_MS = 2_900;

const LOW_MAGNIFICATION = {
  binning: 4,
  widthPx: FRAME_PX,
  heightPx: FRAME_PX,
  exposureTimeS: 1,
  slitInserted: false,
  lowMagnification: true,
  fractions: null,
} as const;
const HOLE_IMAGE: ImageConditions = {
  nominalMagnification: 11_500,
  pixelSizeM: 6.4e-9,
  binning: 4,
  widthPx: FRAME_PX,
  heightPx: FRAME_PX,
  exposureTimeS: 1,
  appliedDefocusM: -2e-5,
  defocusM: -1.9813141405714569e-5,
  dosePerM2: 8.5761109346098332e19,
  beamDiameterM: 9e-6,
  lowMagnification: false,
  slitInserted: false,
  fractions: null,
};
const EXPOSURE = {
  nominalMagnification: 165_000,
  pixelSizeM: 7.3e-11,
  binning: 1,
  widthPx: 4096,
  heightPx: 4096,
  exposureTimeS: 4.2,
  dosePerM2: 4.0e21,
  beamDiameterM: 8.3e-7,
  lowMagnification: false,
  slitInserted: true,
  fractions: 40,
} as const;

const UNTOUCHED: HoleProgress = { state: "Defined", selected: true, imageBaseName: null, exposures: [] };
const NEAR_BAR: HoleProgress = { ...UNTOUCHED, selected: false };

/** How far a square has come. */
interface SquareRecord {
  state: SquareState;
  selected: boolean;
  imageBaseName: string | null;
  readonly holes: Map<number, HoleProgress>;
}

/**
 * The folder of one EPU session: what its files are called, what they say at any moment, and what EPU writes when
 * something happens. It only says what to write; it touches no file itself.
 */
export class SessionFiles {
  readonly truth: GridTruth;
  readonly name: string;
  /** Relative to the watched folder. */
  readonly atlasFolder: string;
  readonly #sampleFolder: string;
  readonly #options: SessionFilesOptions;
  readonly #atlas: AtlasPlace;
  readonly #session: SessionPlace;
  readonly #squares = new Map<number, SquareRecord>();

  constructor(truth: GridTruth, options: Partial<SessionFilesOptions> = {}) {
    this.truth = truth;
    this.#options = { ...DEFAULT_SESSION_FILES, ...options };
    const { visit, sampleName, startedAtMs, utcOffsetMin } = this.#options;
    const started = fileTime(startedAtMs, utcOffsetMin);
    this.name = `Supervisor_${started}_${truth.options.seed}_${visit}_EPU`;
    const sample = `Sample${truth.autoloaderSlot + 1}`;
    const atlasSession = `Supervisor_${started}_${visit}_Atlas`;
    this.#sampleFolder = `atlas/${atlasSession}/${sample}`;
    this.atlasFolder = `${this.#sampleFolder}/Atlas`;
    const storagePath = `${WINDOWS_ROOT}\\${visit}`;
    const storageFolder = `${storagePath}\\atlas\\${atlasSession}\\${sample}`;
    this.#atlas = {
      name: "Atlas",
      description: `Atlas for autoloader slot ${truth.autoloaderSlot + 1}`,
      storageFolder,
      startedAtMs,
      acquiredAtMs: startedAtMs + 60_000,
      utcOffsetMin,
    };
    this.#session = {
      name: this.name,
      sampleName,
      atlasPath: `${storageFolder}\\Atlas\\Atlas.dm`,
      storagePath,
      startedAtMs,
      utcOffsetMin,
    };
  }

  /** Everything the atlas leaves: `Sample.dm`, an empty `Atlas.dm`, tile by tile, the stitched image, the whole `Atlas.dm`. */
  async atlasTaken(startedAtMs: number, endsAtMs: number): Promise<WriteOperation[]> {
    const { truth } = this;
    const atlas: AtlasPlace = { ...this.#atlas, acquiredAtMs: endsAtMs };
    const folder = this.atlasFolder;
    const operations: WriteOperation[] = [
      { kind: "directory", path: folder },
      writeFileOperation(`${this.#sampleFolder}/Sample.dm`, sampleXml(truth, atlas)),
      writeFileOperation(`${folder}/Atlas.dm`, atlasXml(truth, { ...atlas, acquiredAtMs: startedAtMs }, 0)),
    ];
    const image = this.#options.pictures === "none" ? null : atlasImage(truth);
    const shown = image === null ? null : greyImage(image);
    const perTileMs = (endsAtMs - startedAtMs) / (truth.tiles.length + 1);
    for (const tile of truth.tiles) {
      const base = `${folder}/${tileBaseName(truth, tile)}`;
      const conditions = { nominalMagnification: 135, pixelSizeM: truth.layout.tilePixelSizeM, appliedDefocusM: -1e-3 };
      const stage = { ...tile.layout.stage, zM: 7e-5 };
      const takenAtMs = startedAtMs + perTileMs * (tile.index + 1);
      operations.push(
        writeFileOperation(
          `${base}.xml`,
          microscopeImageXml(this.#lowMagnification(["tile", tile.id], conditions, stage, takenAtMs)),
        ),
      );
      if (shown !== null) operations.push(writeFileOperation(`${base}.jpg`, await tilePreview(shown, tile)));
    }
    const half = Math.ceil(truth.tiles.length / 2);
    operations.push(writeFileOperation(`${folder}/Atlas.dm`, atlasXml(truth, atlas, half)));
    const base = `${folder}/${atlasBaseName(truth)}`;
    const conditions = { nominalMagnification: 135, pixelSizeM: truth.layout.atlasPixelSizeM, appliedDefocusM: -1e-3 };
    const manifest = this.#manifest(
      ["atlas image"],
      { ...LOW_MAGNIFICATION, ...lowDose(conditions), widthPx: ATLAS_PX, heightPx: ATLAS_PX },
      { xM: 0, yM: 0, zM: 7e-5 },
      endsAtMs,
    );
    operations.push(writeFileOperation(`${base}.xml`, microscopeImageXml(manifest)));
    if (image !== null && shown !== null) {
      operations.push(
        writeFileOperation(`${base}.jpg`, await preview(shown)),
        writeFileOperation(
          `${base}.mrc`,
          mrcFile(image.pixels, image.sidePx, image.sidePx, truth.layout.atlasPixelSizeM),
        ),
      );
    }
    operations.push(writeFileOperation(`${folder}/Atlas.dm`, atlasXml(truth, atlas), this.#atlasReveals(endsAtMs)));
    return operations;
  }

  #atlasReveals(acquiredAtMs: number): Revealed[] {
    const { truth } = this;
    return [
      {
        kind: "atlas",
        id: String(truth.atlasId),
        facts: atlasFacts(truth, this.#atlas, this.#sampleFolder, acquiredAtMs),
      },
      {
        kind: "grid",
        id: String(truth.sessionId),
        facts: scanFacts(this.#atlas.startedAtMs, acquiredAtMs),
        proves: false,
      },
      ...truth.tiles.map(
        (tile): Revealed => ({ kind: "atlasTile", id: String(tile.id), facts: tileFacts(truth, tile) }),
      ),
      ...truth.squares.flatMap((square): Revealed[] => [
        { kind: "gridSquare", id: String(square.id), facts: squareOnAtlasFacts(square) },
        ...square.onTiles.map(
          ({ tile, place }): Revealed => ({
            kind: "tilePosition",
            tileId: String(at(truth.tiles, tile).id),
            gridSquareId: String(square.id),
            facts: placeFacts(place),
          }),
        ),
      ]),
    ];
  }

  /** `EpuSession.dm` and a small file for each square of the atlas. */
  sessionStarted(): WriteOperation[] {
    const { truth } = this;
    const id = String(truth.sessionId);
    const reveals: Revealed[] = [
      { kind: "acquisition", id, facts: acquisitionFacts(truth, this.#session, this.atlasFolder) },
      { kind: "grid", id, facts: gridFacts(this.#session, this.atlasFolder) },
      ...truth.squares.map((square): Revealed => ({ kind: "gridSquare", id: String(square.id) })),
    ];
    return [
      { kind: "directory", path: this.name },
      writeFileOperation(`${this.name}/EpuSession.dm`, epuSessionXml(truth, this.#session), reveals),
      ...truth.squares.map((square) => this.squareMetadata(square)),
    ];
  }

  /** The square's image, and its holes as found on it. */
  async squareTaken(square: SquareTruth, atMs: number): Promise<WriteOperation[]> {
    const { truth } = this;
    const baseName = `GridSquare_${fileTime(atMs, this.#options.utcOffsetMin)}`;
    this.#record(square).imageBaseName = baseName;
    const folder = this.#squareFolder(square);
    const conditions = { nominalMagnification: 470, pixelSizeM: truth.layout.squarePixelSizeM, appliedDefocusM: -5e-5 };
    const stage = { ...square.stage, zM: square.zM };
    const manifest = this.#lowMagnification(["square", square.id], conditions, stage, atMs);
    const id = String(square.id);
    const operations: WriteOperation[] = [
      { kind: "directory", path: folder },
      writeFileOperation(`${folder}/${baseName}.xml`, microscopeImageXml(manifest), [
        { kind: "gridSquare", id, facts: squareImageFacts(manifest, folder) },
        { kind: "acquisition", id: String(truth.sessionId), facts: INSTRUMENT_FACTS },
      ]),
    ];
    if (this.#options.pictures !== "none") {
      const image = squareImage(truth, square);
      operations.push(
        writeFileOperation(`${folder}/${baseName}.jpg`, await preview(greyImage(image))),
        writeFileOperation(
          `${folder}/${baseName}.mrc`,
          mrcFile(image.pixels, image.sidePx, image.sidePx, truth.layout.squarePixelSizeM),
          [{ kind: "gridSquare", id, facts: { image_path: { path: `${folder}/${baseName}.mrc` } } }],
        ),
      );
    }
    operations.push(this.squareMetadata(square));
    return operations;
  }

  /** The images of a hole and its exposures, without the square's metadata. */
  async holeImaged(hole: HoleTruth, timing: HoleTiming): Promise<WriteOperation[]> {
    const square = at(this.truth.squares, hole.square);
    const { utcOffsetMin, pictures, fractions } = this.#options;
    const folder = this.#squareFolder(square);
    const operations: WriteOperation[] = [];
    let imageBaseName: string | null = null;
    if (timing.centringAtMs !== null) {
      const baseNames = [0, RECENTRED_AFTER_MS].map((laterMs) => {
        const takenAtMs = (timing.centringAtMs ?? 0) + laterMs;
        return { takenAtMs, baseName: `FoilHole_${hole.id}_${fileTime(takenAtMs, utcOffsetMin)}` };
      });
      for (const [index, { takenAtMs, baseName }] of baseNames.entries()) {
        const base = `${folder}/FoilHoles/${baseName}`;
        const random = randomStream(this.truth.options.seed, "centring", hole.id, index);
        // The first image shows how far off the stage is, the second what is left of it.
        const spreadPx = index === 0 ? 60 : 4;
        const manifest = this.#manifest(
          ["hole", hole.id, index],
          HOLE_IMAGE,
          { ...hole.stage, zM: square.zM },
          takenAtMs,
          {
            holeCentre: {
              xPx: FRAME_PX / 2 + random.normal(0, spreadPx),
              yPx: FRAME_PX / 2 + random.normal(0, spreadPx),
              widthPx: this.truth.layout.holeDiameterM / HOLE_IMAGE.pixelSizeM,
              heightPx: this.truth.layout.holeDiameterM / HOLE_IMAGE.pixelSizeM,
              quality: hole.quality,
              rotationRad: -3.086187417975387,
            },
          },
        );
        const reveals: Revealed[] = [
          { kind: "foilHole", gridSquareId: String(square.id), id: String(hole.id), facts: holeImageFacts(manifest) },
        ];
        // Where centring found the hole in the end is what counts.
        const isLast = index === baseNames.length - 1;
        operations.push(writeFileOperation(`${base}.xml`, microscopeImageXml(manifest), isLast ? reveals : []));
        if (pictures === "all")
          operations.push(writeFileOperation(`${base}.jpg`, await holePreview(hole.iceThicknessNm)));
        imageBaseName = baseName;
      }
    }
    const exposures: string[] = [];
    for (const [index, micrograph] of hole.micrographs.entries()) {
      const exposedAtMs = at(timing.exposedAtMs, index);
      const baseName = `FoilHole_${hole.id}_Data_${micrograph.areaId}_${micrograph.settingId}_${fileTime(exposedAtMs, utcOffsetMin)}`;
      exposures.push(baseName);
      const base = `${folder}/Data/${baseName}`;
      const manifest = this.#manifest(
        ["exposure", micrograph.id],
        { ...EXPOSURE, appliedDefocusM: micrograph.appliedDefocusM, defocusM: micrograph.defocusM },
        { ...hole.stage, zM: square.zM },
        exposedAtMs,
        { uniqueId: micrograph.uniqueId, beamShift: { x: micrograph.beamShiftX, y: micrograph.beamShiftY } },
      );
      const revealed: Revealed = {
        kind: "micrograph",
        gridSquareId: String(square.id),
        foilHoleId: String(hole.id),
        baseName,
        uniqueId: micrograph.uniqueId,
        facts: micrographFacts(hole, micrograph, manifest, baseName),
      };
      operations.push(writeFileOperation(`${base}.xml`, microscopeImageXml(manifest), [revealed]));
      if (pictures === "all") {
        const shown: Revealed = { ...revealed, proves: false, facts: { high_res_path: { path: `${base}.jpg` } } };
        const image = await micrographPreview(micrograph.good, micrograph.id);
        operations.push(writeFileOperation(`${base}.jpg`, image, [shown]));
      }
      if (fractions) {
        operations.push(
          writeFileOperation(`${base}_Fractions.xml`, fractionsXml(micrograph, baseName, exposedAtMs, utcOffsetMin)),
        );
      }
    }
    this.#record(square).holes.set(hole.index, { state: "Completed", selected: true, imageBaseName, exposures });
    return operations;
  }

  /** Notes that a hole is about to be imaged, or will not be: what the square's metadata says of it next time. */
  setHole(hole: HoleTruth, progress: Pick<HoleProgress, "state" | "selected">): void {
    const record = this.#record(at(this.truth.squares, hole.square));
    record.holes.set(hole.index, { ...(record.holes.get(hole.index) ?? UNTOUCHED), ...progress });
  }

  setSquare(square: SquareTruth, progress: { readonly state?: SquareState; readonly selected?: boolean }): void {
    Object.assign(this.#record(square), progress);
  }

  /** `Metadata/GridSquare_<id>.dm` as it is now. */
  squareMetadata(square: SquareTruth): WriteOperation {
    const record = this.#record(square);
    const progress: SquareProgress = {
      ...record,
      hole: (index) => record.holes.get(index) ?? (at(square.holes, index).isNearGridBar ? NEAR_BAR : UNTOUCHED),
    };
    const place = { sessionPath: `${this.#session.storagePath}\\${this.name}`, imageFolder: IMAGE_FOLDER };
    const gridSquareId = String(square.id);
    const reveals: Revealed[] = [
      { kind: "gridSquare", id: gridSquareId, facts: squareMetadataFacts(square, record) },
      ...(record.imageBaseName === null
        ? []
        : square.holes.map(
            (hole): Revealed => ({
              kind: "foilHole",
              gridSquareId,
              id: String(hole.id),
              facts: holeMetadataFacts(square, hole, progress.hole(hole.index)),
            }),
          )),
    ];
    const content = gridSquareMetadataXml(this.truth, square, progress, place);
    return writeFileOperation(`${this.name}/Metadata/GridSquare_${square.id}.dm`, content, reveals);
  }

  #squareFolder(square: SquareTruth): string {
    return `${this.name}/${IMAGE_FOLDER}/GridSquare_${square.id}`;
  }

  #record(square: SquareTruth): SquareRecord {
    const known = this.#squares.get(square.index);
    if (known !== undefined) return known;
    const made: SquareRecord = { state: "Defined", selected: square.selected, imageBaseName: null, holes: new Map() };
    this.#squares.set(square.index, made);
    return made;
  }

  #lowMagnification(
    path: readonly (string | number)[],
    conditions: LowMagnification,
    stage: ImageManifest["stage"],
    takenAtMs: number,
  ): ImageManifest {
    return this.#manifest(path, { ...LOW_MAGNIFICATION, ...lowDose(conditions) }, stage, takenAtMs);
  }

  #manifest(
    path: readonly (string | number)[],
    conditions: ImageConditions,
    stage: ImageManifest["stage"],
    takenAtMs: number,
    known: Partial<ImageManifest> = {},
  ): ImageManifest {
    const random = randomStream(this.truth.options.seed, "image", ...path);
    return {
      ...conditions,
      uniqueId: random.uuid(),
      guid: random.uuid(),
      acquiredAtMs: takenAtMs + EXPOSURE_ENDS_AFTER_MS,
      utcOffsetMin: this.#options.utcOffsetMin,
      // The stage stops within 50 nm of where it was sent.
      stage: { xM: stage.xM + random.normal(0, 5e-8), yM: stage.yM + random.normal(0, 5e-8), zM: stage.zM },
      beamShift: { x: 0, y: 0 },
      holeCentre: null,
      ...known,
    };
  }
}

interface LowMagnification {
  readonly nominalMagnification: number;
  readonly pixelSizeM: number;
  readonly appliedDefocusM: number;
}

function lowDose(
  conditions: LowMagnification,
): LowMagnification & Pick<ImageConditions, "defocusM" | "dosePerM2" | "beamDiameterM"> {
  return { ...conditions, defocusM: conditions.appliedDefocusM * 1.002, dosePerM2: 4e16, beamDiameterM: 4e-4 };
}
