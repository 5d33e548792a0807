/**
 * What EPU's files say, as plain data. A field that the file does not give is null; ids are text, as EPU writes them;
 * numbers carry their unit in their name (`M` metre, `S` second, `V` volt, `Rad` radian, `Px` pixel).
 * Times are ISO 8601 in UTC with milliseconds, e.g. `2024-04-06T09:24:17.853Z`.
 */

/** A point of the stage. `aRad` and `bRad` are the tilts. */
export interface StagePosition {
  readonly xM: number | null;
  readonly yM: number | null;
  readonly zM: number | null;
  readonly aRad: number | null;
  readonly bRad: number | null;
}

/** `EpuSession.dm`: one session is one grid. */
export interface EpuSession {
  readonly id: string;
  readonly name: string | null;
  readonly startDateTime: string | null;
  /** `ClusteringWithImageBeamShift`, `NoClustering` or what later versions write. */
  readonly clusteringMode: string | null;
  readonly clusteringRadiusM: number | null;
  /** 0-based: slot 3 holds the grid whose atlas is in `Sample4`. */
  readonly autoloaderSlot: number | null;
  readonly imageFileFormat: string | null;
  readonly microscopeName: string | null;
  /** The Windows path of Atlas.dm as EPU knows it; see `resolveWindowsPath`. */
  readonly atlasPath: string | null;
  readonly gridSquares: readonly SessionGridSquare[];
  /** The Windows path of the folder that holds the session's folder; may be a drive's root. */
  readonly storagePath: string | null;
  /** e.g. `3.7.0.6930`. */
  readonly epuVersion: string | null;
}

export interface SessionGridSquare {
  readonly gridSquareId: string;
  /** Relative to the session's folder, with backslashes: `Metadata\GridSquare_4590878.dm`. */
  readonly fileName: string | null;
}

/** `Atlas.dm`. */
export interface Atlas {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  /** Windows path of the `Sample<n>` folder. */
  readonly storageFolder: string | null;
  readonly startDateTime: string | null;
  readonly acquisitionDateTime: string | null;
  /** Without extension: `Atlas_4590151`. */
  readonly imageBaseFileName: string | null;
  readonly imageFileFormat: string | null;
  /** Empty for an atlas that was never acquired. */
  readonly tiles: readonly AtlasTile[];
  /** The squares that EPU found, each once, in the order of the file. */
  readonly nodes: readonly AtlasNode[];
}

export interface AtlasTile {
  readonly id: string;
  /** Where the tile's upper left corner lies in the atlas image. */
  readonly xPx: number | null;
  readonly yPx: number | null;
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly baseFileName: string | null;
  readonly fileFormat: string | null;
  readonly stagePosition: StagePosition | null;
}

/** Where a square lies in an image (the atlas or one tile). Pixels are fractional. */
export interface NodePosition {
  readonly centerXPx: number | null;
  readonly centerYPx: number | null;
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly rotationRad: number | null;
  readonly physicalXM: number | null;
  readonly physicalYM: number | null;
  readonly physicalWidthM: number | null;
  readonly physicalHeightM: number | null;
  readonly quality: number | null;
}

export interface AtlasNode extends NodePosition {
  readonly gridSquareId: string;
  /** EPU's class of squares of like intensity, 0–4. */
  readonly category: number | null;
  readonly featureVector: readonly number[] | null;
  readonly stagePosition: StagePosition | null;
  /** Every tile that shows the square. */
  readonly tilePositions: readonly NodeTilePosition[];
}

export interface NodeTilePosition extends NodePosition {
  readonly tileId: string;
}

/** `Metadata/GridSquare_<id>.dm`. */
export interface GridSquareMetadata {
  readonly gridSquareId: string;
  readonly atlasNodeId: string | null;
  /** Windows path of the square's image; null for a square that was not visited. */
  readonly gridSquareImagePath: string | null;
  readonly position: StagePosition | null;
  readonly rotationRad: number | null;
  readonly selected: boolean | null;
  /** As EPU has it, e.g. `InProgress`. */
  readonly state: string | null;
  readonly unusable: boolean | null;
  /** Place in EPU's order of acquisition. */
  readonly order: number | null;
  readonly foilHoles: readonly FoilHoleTarget[];
}

/** A foil hole as its square's metadata has it: found and perhaps selected, not necessarily imaged. */
export interface FoilHoleTarget {
  readonly foilHoleId: string;
  /** In the square's image, as are width and height. */
  readonly centerXPx: number | null;
  readonly centerYPx: number | null;
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly stagePosition: StagePosition | null;
  readonly isNearGridBar: boolean | null;
  readonly selected: boolean | null;
  /** `Defined`, `InProgress`, `Completed`. */
  readonly state: string | null;
  readonly quality: number | null;
  readonly rotationRad: number | null;
  readonly order: number | null;
  /** Without extension: `FoilHole_5665438_20240406_102451`; null for a hole that has no image of its own. */
  readonly imageBaseFileName: string | null;
  readonly pixelIntensityMean: number | null;
  readonly pixelIntensityStDev: number | null;
  /** Whether EPU has recorded exposures in this hole. */
  readonly hasParticleAcquisitions: boolean;
}

/** The XML beside every image: how it was taken. */
export interface MicroscopeImage {
  readonly uniqueId: string | null;
  readonly pixelSizeM: number | null;
  readonly acquisitionDateTime: string | null;
  readonly binningX: number | null;
  readonly binningY: number | null;
  readonly readoutWidthPx: number | null;
  readonly readoutHeightPx: number | null;
  readonly exposureTimeS: number | null;
  readonly cameraName: string | null;
  readonly detectorCommercialName: string | null;
  readonly instrumentModel: string | null;
  readonly instrumentId: string | null;
  readonly computerName: string | null;
  /** The focus of the optics when the image was taken. */
  readonly defocusM: number | null;
  /** The defocus that EPU was asked to set. */
  readonly appliedDefocusM: number | null;
  /** Whether the microscope was in energy-filtered mode (EFTEM). */
  readonly energyFilter: boolean | null;
  /** In the optics' own units. */
  readonly beamShiftX: number | null;
  readonly beamShiftY: number | null;
  readonly nominalMagnification: number | null;
  readonly accelerationVoltageV: number | null;
  readonly stagePosition: StagePosition | null;
  readonly applicationSoftwareVersion: string | null;
  /** Electrons per square metre at the specimen. */
  readonly dosePerM2: number | null;
  readonly phasePlateUsed: boolean | null;
  /** Where EPU found the hole in this image; null where it did not look or find. */
  readonly foilHoleCenter: FoilHoleCenter | null;
}

/** What hole centring found, in pixels of the hole's image. */
export interface FoilHoleCenter {
  readonly centerXPx: number | null;
  readonly centerYPx: number | null;
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly quality: number | null;
  readonly rotationRad: number | null;
}

/** Image of a whole grid square. Its id is only in its folder's name. */
export type GridSquareImage = MicroscopeImage;
/** Image of a foil hole, usually one before and one after centring. */
export type FoilHoleImage = MicroscopeImage;
/** One exposure. */
export type Micrograph = MicroscopeImage;
/** The stitched atlas or one of its tiles. */
export type AtlasImage = MicroscopeImage;

/** A parsed file: `kind` tells which record it holds. */
export type EpuFile =
  | { readonly kind: "session"; readonly record: EpuSession }
  | { readonly kind: "atlas"; readonly record: Atlas }
  | { readonly kind: "gridSquareMetadata"; readonly record: GridSquareMetadata }
  | { readonly kind: "gridSquareImage"; readonly record: GridSquareImage }
  | { readonly kind: "foilHoleImage"; readonly record: FoilHoleImage }
  | { readonly kind: "micrograph"; readonly record: Micrograph }
  | { readonly kind: "atlasImage"; readonly record: AtlasImage };

export type EpuFileKind = EpuFile["kind"];

export type RecordOf<K extends EpuFileKind> = Extract<EpuFile, { readonly kind: K }>["record"];
