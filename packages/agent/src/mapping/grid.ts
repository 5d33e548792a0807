import type { EpuSession } from "@smartem/epu/records";
import { type Contribution, contribution, precedenceOf } from "./contribution.js";
import type { SessionContext } from "./session-context.js";

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
    identity: { uuid: context.gridUuid, acquisition_uuid: context.acquisitionUuid, name: session.name ?? "Unknown" },
    precedence: precedenceOf("metadata", "", file),
    fields: { data_dir: context.folder, atlas_dir: atlasFolder },
  });
}
