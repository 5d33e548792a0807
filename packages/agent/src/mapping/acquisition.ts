import type { EpuSession, MicroscopeImage } from "@smartem/epu/records";
import { type Contribution, contribution, precedenceOf } from "./contribution.js";
import type { SessionContext } from "./session-context.js";

/** What EPU calls a session without a name. */
const UNNAMED = "Unknown";

/** Where the session's paths are on this computer; as EPU wrote them where that is not known. */
export interface ResolvedSessionPaths {
  readonly storagePath: string | null;
  /** Of Atlas.dm. */
  readonly atlasPath: string | null;
}

export function acquisitionOfSession(
  context: SessionContext,
  session: EpuSession,
  paths: ResolvedSessionPaths,
  file: string,
): Contribution {
  return contribution("acquisition", {
    uuid: context.acquisitionUuid,
    parents: [],
    identity: { uuid: context.acquisitionUuid },
    precedence: precedenceOf("metadata", "", file),
    fields: {
      name: session.name ?? UNNAMED,
      epu_session_id: session.id,
      status: "started",
      start_time: session.startDateTime,
      storage_path: paths.storagePath,
      atlas_path: paths.atlasPath,
      clustering_mode: session.clusteringMode,
      clustering_radius: session.clusteringRadiusM === null ? null : String(session.clusteringRadiusM),
    },
  });
}

/**
 * The instrument is named in images only; null where this one does not name it.
 *
 * @param path of the image within the session's folder
 */
export function acquisitionOfImage(context: SessionContext, image: MicroscopeImage, path: string): Contribution | null {
  if (image.instrumentModel === null && image.instrumentId === null && image.computerName === null) return null;
  return contribution("acquisition", {
    uuid: context.acquisitionUuid,
    parents: [],
    identity: { uuid: context.acquisitionUuid },
    asserts: false,
    precedence: precedenceOf("manifest", "", path),
    fields: {
      instrument_model: image.instrumentModel,
      instrument_id: image.instrumentId,
      computer_name: image.computerName,
    },
  });
}
