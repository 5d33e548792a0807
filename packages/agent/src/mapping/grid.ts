import type { Atlas, EpuSession } from "@smartem/epu/records";
import { type Contribution, contribution, precedenceOf } from "./contribution.js";
import type { SessionContext } from "./session-context.js";

/** The grid of a session, as far as its atlas needs it. */
export interface AtlasGrid {
  readonly acquisitionUuid: string;
  readonly gridUuid: string;
  /** The session's. */
  readonly name: string | null;
}

/** What EPU calls a session without a name. */
const UNNAMED = "Unknown";

/** @param atlasFolder where Atlas.dm lies; null where it is not known */
export function gridOfSession(
  context: SessionContext,
  session: EpuSession,
  atlasFolder: string | null,
  file: string,
): Contribution {
  return contribution("grid", {
    uuid: context.gridUuid,
    parents: [context.acquisitionUuid],
    identity: { uuid: context.gridUuid, acquisition_uuid: context.acquisitionUuid, name: session.name ?? UNNAMED },
    precedence: precedenceOf("metadata", "", file),
    fields: { data_dir: context.folder, atlas_dir: atlasFolder },
  });
}

/**
 * When the grid was scanned: from the start of the session that took its atlas, which may be one of a whole cassette, to
 * the time of the atlas. A grid whose atlas was never taken has not been scanned.
 */
export function gridOfAtlas(grid: AtlasGrid, atlas: Atlas, precedence: string): Contribution {
  const { startDateTime: start, acquisitionDateTime: end, tiles } = atlas;
  const isScanned = tiles.length > 0;
  const isInOrder = start === null || end === null || Date.parse(start) <= Date.parse(end);
  return contribution("grid", {
    uuid: grid.gridUuid,
    parents: [grid.acquisitionUuid],
    identity: { uuid: grid.gridUuid, acquisition_uuid: grid.acquisitionUuid, name: grid.name ?? UNNAMED },
    asserts: false,
    precedence,
    fields: {
      scan_start_time: isScanned && isInOrder ? start : null,
      scan_end_time: isScanned ? end : null,
    },
  });
}
