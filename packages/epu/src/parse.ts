import { err, ok, type Result } from "@smartem/common/result";
import type { EpuParseError } from "./parse-error.js";
import { readAtlas } from "./reader/atlas/parser.js";
import { ATLAS } from "./reader/atlas/schema.js";
import { readEpuSession } from "./reader/epu-session/parser.js";
import { EPU_SESSION } from "./reader/epu-session/schema.js";
import { readGridSquare } from "./reader/grid-square/parser.js";
import { GRID_SQUARE } from "./reader/grid-square/schema.js";
import { readMicroscopeImage } from "./reader/microscope-image/parser.js";
import { MICROSCOPE_IMAGE } from "./reader/microscope-image/schema.js";
import type { Atlas, EpuFileKind, EpuSession, GridSquareMetadata, MicroscopeImage, RecordOf } from "./records.js";
import type { XmlDocument } from "./xml/document.js";
import { DEFAULT_LIMITS, type XmlLimits, XmlReader } from "./xml/reader.js";
import { Refusal } from "./xml/refusal.js";
import type { Wanted } from "./xml/wanted.js";

/** A file's bytes, whole or in chunks. */
export type EpuBytes = Uint8Array | Iterable<Uint8Array>;

/** How large a file may be (default 256 MiB), how deep its elements may nest (256), how many are kept (2,000,000). */
export type ParseLimits = Partial<XmlLimits>;

/** What was read, and which values could not be read as what they should be: those are null in the record. */
export interface Parsed<K extends EpuFileKind> {
  readonly record: RecordOf<K>;
  /** e.g. `Defocus is not a number: "abc"`. */
  readonly issues: readonly string[];
}

interface Format<K extends EpuFileKind> {
  readonly wanted: Wanted;
  readonly read: (document: XmlDocument) => RecordOf<K>;
}

const IMAGE = { wanted: MICROSCOPE_IMAGE, read: readMicroscopeImage };

const FORMATS: { readonly [K in EpuFileKind]: Format<K> } = {
  session: { wanted: EPU_SESSION, read: readEpuSession },
  atlas: { wanted: ATLAS, read: readAtlas },
  gridSquareMetadata: { wanted: GRID_SQUARE, read: readGridSquare },
  gridSquareImage: IMAGE,
  foilHoleImage: IMAGE,
  micrograph: IMAGE,
  atlasImage: IMAGE,
};

/** Parses a file whose bytes come one chunk after the other, for sources that can only be read that way. */
export class EpuFileParser<K extends EpuFileKind> {
  readonly #format: Format<K>;
  readonly #reader: XmlReader;

  constructor(kind: K, limits: ParseLimits = {}) {
    this.#format = FORMATS[kind];
    this.#reader = new XmlReader(this.#format.wanted, { ...DEFAULT_LIMITS, ...limits });
  }

  /** @returns the error that makes any further chunk pointless; null while there is none */
  write(chunk: Uint8Array): EpuParseError | null {
    return this.#reader.write(chunk);
  }

  /** What the bytes so far amount to. While they are `empty` or `incomplete`, more may be written. */
  end(): Result<Parsed<K>, EpuParseError> {
    const document = this.#reader.end();
    if (!document.ok) return document;
    try {
      return ok({ record: this.#format.read(document.value), issues: document.value.issues });
    } catch (thrown) {
      if (thrown instanceof Refusal) return err(thrown.error);
      throw thrown;
    }
  }
}

/**
 * Parses a file of a kind chosen at run time.
 *
 * @returns the record, or why there is none: a file that is cut off anywhere is `incomplete`, never half a record
 */
export function parseEpuFile<K extends EpuFileKind>(
  kind: K,
  bytes: EpuBytes,
  limits?: ParseLimits,
): Result<RecordOf<K>, EpuParseError> {
  const parser = new EpuFileParser(kind, limits);
  for (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
    const error = parser.write(chunk);
    if (error !== null) return err(error);
  }
  const parsed = parser.end();
  return parsed.ok ? ok(parsed.value.record) : parsed;
}

/** `EpuSession.dm`. */
export function parseEpuSession(bytes: EpuBytes, limits?: ParseLimits): Result<EpuSession, EpuParseError> {
  return parseEpuFile("session", bytes, limits);
}

/** `Atlas.dm`. */
export function parseAtlas(bytes: EpuBytes, limits?: ParseLimits): Result<Atlas, EpuParseError> {
  return parseEpuFile("atlas", bytes, limits);
}

/** `Metadata/GridSquare_<id>.dm`. */
export function parseGridSquareMetadata(
  bytes: EpuBytes,
  limits?: ParseLimits,
): Result<GridSquareMetadata, EpuParseError> {
  return parseEpuFile("gridSquareMetadata", bytes, limits);
}

/** The XML beside the image of a square, hole, exposure, atlas or tile. */
export function parseMicroscopeImage(bytes: EpuBytes, limits?: ParseLimits): Result<MicroscopeImage, EpuParseError> {
  return parseEpuFile("micrograph", bytes, limits);
}
