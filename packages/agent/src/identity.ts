import { naturalId } from "@smartem/common/ids";
import type { EpuSession } from "@smartem/epu/records";

/*
 * The ids of everything an agent uploads. They follow from what EPU wrote alone, never from mount points, folder
 * names or the agent, so that whoever reads a session, from wherever, says the same.
 */

/** Of the acquisition that an `EpuSession.dm` describes. */
export function acquisitionUuid(session: Pick<EpuSession, "id" | "name" | "startDateTime">): string {
  return naturalId(["acquisition", session.startDateTime ?? "", session.id, session.name ?? ""]);
}

/** One EPU session is one grid. */
export function gridUuid(acquisition: string): string {
  return naturalId(["grid", acquisition]);
}

/** An atlas that several sessions use is one atlas of each of their grids. */
export function atlasUuid(grid: string, atlasId: string): string {
  return naturalId(["atlas", grid, atlasId]);
}

export function atlasTileUuid(atlas: string, tileId: string): string {
  return naturalId(["atlas_tile", atlas, tileId]);
}

export function gridSquareUuid(grid: string, gridSquareId: string): string {
  return remembered("gridsquare", grid, gridSquareId);
}

export function foilHoleUuid(gridSquare: string, foilHoleId: string): string {
  return remembered("foilhole", gridSquare, foilHoleId);
}

/**
 * Of a micrograph, by the name of its manifest: known before the manifest can be read, so that pictures and manifest
 * find each other in any order, and the same key by which the database tells a hole's micrographs apart.
 *
 * @param manifestName e.g. `FoilHole_9015883_Data_9017347_6_20250108_154915.xml`
 */
export function micrographUuid(foilHole: string, manifestName: string): string {
  return naturalId(["micrograph", foilHole, manifestName]);
}

/** The agent's session at the API for an acquisition. */
export function agentSessionId(agentId: string, acquisition: string): string {
  return naturalId(["session", agentId, acquisition]);
}

/** Every file names its square and hole: their ids are asked for over and over. */
const REMEMBERED = 10_000;
const ids = new Map<string, string>();

/** Gives back the memory of ids that were asked for; they are computed anew. */
export function forgetIds(): void {
  ids.clear();
}

function remembered(kind: string, parent: string, id: string): string {
  const key = `${kind}/${parent}/${id}`;
  const known = ids.get(key);
  if (known !== undefined) return known;
  const uuid = naturalId([kind, parent, id]);
  if (ids.size >= REMEMBERED) ids.clear();
  ids.set(key, uuid);
  return uuid;
}
