/** The image beneath a map, with the size in whose pixels the items are placed. */
export interface MapImage {
  readonly width: number;
  readonly height: number;
  /** Where all of it is, as large as it is drawn; or how it is asked for in parts. */
  readonly source: string | ImageInParts;
  /** All of it, as large as files need it; null where there is none any more. */
  whole(): Promise<Blob | null>;
}

export interface ImageInParts {
  readonly path: PartPath;
  /** Another one where the same paths lead to parts of another image; null where the server does not say. */
  readonly version: string | null;
}

/** A part of an image, in its pixels. */
export interface ImagePart {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The server's path of a part that is reduced until its longest side has so many pixels. */
export type PartPath = (part: ImagePart, longestSidePx: number) => string;
