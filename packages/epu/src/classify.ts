/** `<session>`: path of the session's folder as far as the classified path gives it, with `/`; empty for "here". */
interface InSession {
  readonly sessionFolder: string;
}

interface InGridSquare extends InSession {
  /** The n of `Images-Disc<n>`. */
  readonly disc: number;
  readonly gridSquareId: string;
}

/** `yyyymmdd_hhmmss`, or `yyyymmdd_hhmm` from EPU 1; local time of the microscope's computer. */
interface Stamped {
  readonly timestamp: string;
}

/** `mrc`, `tiff`, `eer` are data, `jpg` and `png` previews; always in lower case, `tif` as `tiff`. */
export type ImageFormat = "jpg" | "png" | "mrc" | "tiff" | "eer";

interface Picture {
  readonly format: ImageFormat;
}

interface OfMicrograph extends InGridSquare, Stamped {
  readonly foilHoleId: string;
  readonly areaId: string;
  readonly settingId: string;
}

interface OfFoilHole extends InGridSquare, Stamped {
  readonly foilHoleId: string;
}

interface InSample {
  /** Path of the `Sample<n>` folder, or of the folder that holds the file where there is no such folder. */
  readonly sampleFolder: string;
  /** The n of `Sample<n>`: autoloader slot + 1. */
  readonly sampleNumber: number | null;
}

interface OfAtlasImage extends InSample {
  readonly atlasImageId: string;
}

interface OfTile extends InSample {
  readonly tileId: string;
  readonly tileIndex: number;
  readonly atlasImageId: string;
}

/** What a path of an EPU folder is, with everything that the path itself says. */
export type EpuPath =
  | ({ readonly kind: "epuSession" } & InSession)
  | ({ readonly kind: "gridSquareMetadata"; readonly gridSquareId: string } & InSession)
  | ({ readonly kind: "gridSquareManifest" } & InGridSquare & Stamped)
  | ({ readonly kind: "gridSquarePicture" } & InGridSquare & Stamped & Picture)
  | ({ readonly kind: "foilHoleManifest" } & OfFoilHole)
  | ({ readonly kind: "foilHolePicture" } & OfFoilHole & Picture)
  | ({ readonly kind: "micrographManifest" } & OfMicrograph)
  | ({ readonly kind: "micrographPicture" } & OfMicrograph & Picture)
  /** The camera server's own files beside a micrograph: never a manifest. */
  | ({ readonly kind: "fractions" } & OfMicrograph)
  | ({ readonly kind: "atlas" } & InSample)
  | ({ readonly kind: "atlasManifest" } & OfAtlasImage)
  | ({ readonly kind: "atlasPicture" } & OfAtlasImage & Picture)
  | ({ readonly kind: "tileManifest" } & OfTile)
  | ({ readonly kind: "tilePicture" } & OfTile & Picture)
  | ({ readonly kind: "sample" } & InSample)
  /** Left behind by operating systems and copy programs. */
  | { readonly kind: "noise" }
  | { readonly kind: "other" };

export type EpuPathKind = EpuPath["kind"];
