import type { EpuPathKind } from "@smartem/epu/classify";
import type { EpuFileKind } from "@smartem/epu/records";

/** What is done with a file of a kind. */
export interface FileKindPlan {
  /** What its content is read as; `name`: its path says all; null: nothing is to be had from it. */
  readonly read: EpuFileKind | "name" | null;
  /** Lower is read first: what others depend on. */
  readonly urgency: number;
}

export const FILE_KINDS: Readonly<Record<EpuPathKind, FileKindPlan>> = {
  epuSession: { read: "session", urgency: 0 },
  atlas: { read: "atlas", urgency: 1 },
  gridSquareMetadata: { read: "gridSquareMetadata", urgency: 2 },
  gridSquareManifest: { read: "gridSquareImage", urgency: 3 },
  micrographManifest: { read: "micrograph", urgency: 4 },
  foilHoleManifest: { read: "foilHoleImage", urgency: 4 },
  gridSquarePicture: { read: "name", urgency: 5 },
  micrographPicture: { read: "name", urgency: 5 },
  foilHolePicture: { read: "name", urgency: 5 },
  fractions: { read: null, urgency: 9 },
  atlasManifest: { read: null, urgency: 9 },
  atlasPicture: { read: null, urgency: 9 },
  tileManifest: { read: null, urgency: 9 },
  tilePicture: { read: null, urgency: 9 },
  sample: { read: null, urgency: 9 },
  noise: { read: null, urgency: 9 },
  other: { read: null, urgency: 9 },
};
