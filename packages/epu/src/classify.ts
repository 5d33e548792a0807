import type { EpuFileKind } from "./records.js";

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

const SESSION_FILE = /^EpuSession\.dm$/i;
const GRID_SQUARE_METADATA = /^GridSquare_(\d{1,20})\.dm$/i;
const GRID_SQUARE_FOLDER = /^GridSquare_(\d{1,20})$/i;
const IMAGES_FOLDER = /^Images-Disc(\d{1,4})$/i;
const SAMPLE_FOLDER = /^Sample(\d{1,4})$/i;

const EXTENSION = "\\.(xml|jpe?g|png|mrc|tiff?|eer)";
const TIMESTAMP = "(\\d{8}_\\d{4}(?:\\d{2})?)";
const GRID_SQUARE_IMAGE = new RegExp(`^GridSquare_${TIMESTAMP}${EXTENSION}$`, "i");
const FOIL_HOLE_IMAGE = new RegExp(`^FoilHole_(\\d{1,20})_${TIMESTAMP}${EXTENSION}$`, "i");
// The camera server adds its own suffix to the name of the exposure; EER files carry `_EER`.
const EXPOSURE = new RegExp(
  `^FoilHole_(\\d{1,20})_Data_(\\d{1,20})_(\\d{1,20})_${TIMESTAMP}(_Fractions|_EER)?${EXTENSION}$`,
  "i",
);
const ATLAS_FILE = /^Atlas\.dm$/i;
const SAMPLE_FILE = /^Sample\.dm$/i;
const ATLAS_IMAGE = new RegExp(`^Atlas_(\\d{1,20})${EXTENSION}$`, "i");
const TILE_IMAGE = new RegExp(`^Tile_(\\d{1,20})_(\\d{1,6})_(\\d{1,20})${EXTENSION}$`, "i");

/** Thumbnail caches, editors' and copy programs' leftovers, hidden files (rsync's partial copies among them). */
const NOISE =
  /^(?:\..*|~.*|Thumbs\.db|ehthumbs\.db|desktop\.ini|.*\.(?:tmp|temp|part|partial|filepart|crdownload|swp|bak)|.*~)$/i;

/**
 * Says what a file of an EPU folder is from its path alone, without looking at the disk.
 *
 * Takes `/` and `\`, relative and absolute paths, and any case. The layout:
 *
 * ```
 * <session>/EpuSession.dm
 * <session>/Metadata/GridSquare_<square>.dm
 * <session>/Images-Disc<n>/GridSquare_<square>/GridSquare_<time>.xml|jpg|mrc|tiff
 * <session>/Images-Disc<n>/GridSquare_<square>/FoilHoles/FoilHole_<hole>_<time>.xml|jpg
 * <session>/Images-Disc<n>/GridSquare_<square>/Data/FoilHole_<hole>_Data_<area>_<setting>_<time>.xml|jpg|mrc|tiff|eer
 * <session>/Images-Disc<n>/GridSquare_<square>/Data/…_Fractions.xml|mrc|tiff
 * …/Sample<n>/Sample.dm
 * …/Sample<n>/Atlas/Atlas.dm, Atlas_<image>.xml|jpg|mrc, Tile_<tile>_<index>_<image>.xml|jpg|mrc
 * ```
 */
export function classifyPath(path: string): EpuPath {
  const { name, folders: inFolders } = partsOf(path);
  const { names: folders, joined } = inFolders;

  if (NOISE.test(name)) return { kind: "noise" };
  if (SESSION_FILE.test(name)) return { kind: "epuSession", sessionFolder: joined(folders.length) };
  if (/^Metadata$/i.test(folders.at(-1) ?? "")) {
    const gridSquareId = GRID_SQUARE_METADATA.exec(name)?.[1];
    if (gridSquareId !== undefined) {
      return { kind: "gridSquareMetadata", gridSquareId, sessionFolder: joined(folders.length - 1) };
    }
  }
  return classifyImage(name, folders, joined) ?? classifyAtlasFile(name, folders, joined) ?? { kind: "other" };
}

type Joined = (count: number) => string;

interface Folders {
  readonly names: readonly string[];
  /** The path of the first so many. */
  readonly joined: Joined;
}

/** Paths mostly come folder by folder. */
let last: { readonly path: string; readonly folders: Folders } = { path: "", folders: foldersOf([], false) };

function partsOf(path: string): { readonly name: string; readonly folders: Folders } {
  const nameStart = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  const folder = path.slice(0, nameStart);
  const name = path.slice(nameStart);
  // What ends like a folder is classified by that folder's name.
  if (name === "" || name === ".") {
    const names = namesIn(path);
    return { name: names.at(-1) ?? "", folders: foldersOf(names.slice(0, -1), isAbsolute(path)) };
  }
  if (folder !== last.path) last = { path: folder, folders: foldersOf(namesIn(folder), isAbsolute(folder)) };
  return { name, folders: last.folders };
}

function namesIn(path: string): readonly string[] {
  return path.split(/[\\/]+/).filter((part) => part !== "" && part !== ".");
}

function isAbsolute(path: string): boolean {
  return /^[\\/]/.test(path);
}

function foldersOf(names: readonly string[], absolute: boolean): Folders {
  const known: string[] = [];
  const joined = (count: number): string => {
    const first = Math.max(count, 0);
    known[first] ??= (absolute ? "/" : "") + names.slice(0, first).join("/");
    return known[first];
  };
  return { names, joined };
}

function classifyImage(name: string, folders: readonly string[], joined: Joined): EpuPath | null {
  const inSquare = gridSquareOf(folders, folders.length, joined);
  if (inSquare !== null) {
    const [, timestamp = "", extension = ""] = GRID_SQUARE_IMAGE.exec(name) ?? [];
    if (timestamp === "") return null;
    return fileOf("gridSquareManifest", "gridSquarePicture", { ...inSquare, timestamp }, extension);
  }
  const inSubfolder = gridSquareOf(folders, folders.length - 1, joined);
  if (inSubfolder === null) return null;
  const subfolder = folders.at(-1)?.toLowerCase();
  if (subfolder === "foilholes") {
    const [, foilHoleId = "", timestamp = "", extension = ""] = FOIL_HOLE_IMAGE.exec(name) ?? [];
    if (foilHoleId === "") return null;
    return fileOf("foilHoleManifest", "foilHolePicture", { ...inSubfolder, foilHoleId, timestamp }, extension);
  }
  if (subfolder === "data") {
    const [, foilHoleId = "", areaId = "", settingId = "", timestamp = "", suffix = "", extension = ""] =
      EXPOSURE.exec(name) ?? [];
    if (foilHoleId === "") return null;
    const micrograph = { ...inSubfolder, foilHoleId, areaId, settingId, timestamp };
    const isEer = suffix.toLowerCase() === "_eer" && extension.toLowerCase() === "eer";
    if (suffix !== "" && !isEer) return { kind: "fractions", ...micrograph };
    return fileOf("micrographManifest", "micrographPicture", micrograph, extension);
  }
  return null;
}

function classifyAtlasFile(name: string, folders: readonly string[], joined: Joined): EpuPath | null {
  if (SAMPLE_FILE.test(name)) return { kind: "sample", ...sampleOf(folders, folders.length, joined) };
  const inSample = sampleOf(
    folders,
    /^Atlas$/i.test(folders.at(-1) ?? "") ? folders.length - 1 : folders.length,
    joined,
  );
  if (ATLAS_FILE.test(name)) return { kind: "atlas", ...inSample };
  const [, atlasImageId, atlasExtension = ""] = ATLAS_IMAGE.exec(name) ?? [];
  if (atlasImageId !== undefined) {
    return fileOf("atlasManifest", "atlasPicture", { ...inSample, atlasImageId }, atlasExtension);
  }
  const [, tileId, index = "", ofAtlas = "", extension = ""] = TILE_IMAGE.exec(name) ?? [];
  if (tileId === undefined) return null;
  const tile = { ...inSample, tileId, tileIndex: Number(index), atlasImageId: ofAtlas };
  return fileOf("tileManifest", "tilePicture", tile, extension);
}

/** The grid square whose folder is the last of the first `count` folders. */
function gridSquareOf(folders: readonly string[], count: number, joined: Joined): InGridSquare | null {
  const gridSquareId = GRID_SQUARE_FOLDER.exec(folders[count - 1] ?? "")?.[1];
  const disc = IMAGES_FOLDER.exec(folders[count - 2] ?? "")?.[1];
  if (gridSquareId === undefined || disc === undefined) return null;
  return { sessionFolder: joined(count - 2), disc: Number(disc), gridSquareId };
}

function sampleOf(folders: readonly string[], count: number, joined: Joined): InSample {
  const number = SAMPLE_FOLDER.exec(folders[count - 1] ?? "")?.[1];
  return { sampleFolder: joined(count), sampleNumber: number === undefined ? null : Number(number) };
}

function fileOf<M extends EpuPathKind, P extends EpuPathKind, T extends object>(
  manifest: M,
  picture: P,
  facts: T,
  extension: string,
): ({ kind: M } & T) | ({ kind: P; format: ImageFormat } & T) {
  const format = extension.toLowerCase();
  if (format === "xml") return { kind: manifest, ...facts };
  return { kind: picture, ...facts, format: IMAGE_FORMATS[format] ?? "jpg" };
}

const IMAGE_FORMATS: Readonly<Record<string, ImageFormat>> = {
  jpg: "jpg",
  jpeg: "jpg",
  png: "png",
  mrc: "mrc",
  tif: "tiff",
  tiff: "tiff",
  eer: "eer",
};

/** Folders that hold nothing of EPU's: hidden ones (snapshots, caches) and those of operating systems. */
export function isNoiseFolder(name: string): boolean {
  return /^(?:\..+|\$RECYCLE\.BIN|System Volume Information|lost\+found|@eaDir|__MACOSX)$/i.test(name);
}

/** Which record a file holds; null for what is not parsed. */
export function fileKindOf(path: EpuPath): EpuFileKind | null {
  return FILE_KINDS[path.kind] ?? null;
}

const FILE_KINDS: { readonly [K in EpuPathKind]?: EpuFileKind } = {
  epuSession: "session",
  gridSquareMetadata: "gridSquareMetadata",
  gridSquareManifest: "gridSquareImage",
  foilHoleManifest: "foilHoleImage",
  micrographManifest: "micrograph",
  atlas: "atlas",
  atlasManifest: "atlasImage",
  tileManifest: "atlasImage",
};

/**
 * Of the images of one square or one hole, the last one by the time in its name: EPU images a hole again after
 * centring on it, and a square again when it comes back to it.
 *
 * @returns null for no paths
 */
export function latestByName(paths: readonly string[]): string | null {
  let latest: string | null = null;
  let latestKey = "";
  for (const path of paths) {
    const name = path.split(/[\\/]/).at(-1) ?? "";
    const [, day = "", time = ""] = /_(\d{8})_(\d{4,6})(?!\d)/.exec(name) ?? [];
    // Names without seconds sort before those with.
    const key = `${day}_${time.padEnd(6, "0")}_${name}`;
    if (latest === null || key > latestKey) {
      latest = path;
      latestKey = key;
    }
  }
  return latest;
}
