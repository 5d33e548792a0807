import type { EpuSession } from "@smartem/epu/records";
import { acquisitionUuid, gridUuid } from "../identity.js";

/** The session that a file belongs to, as far as mapping needs it. */
export interface SessionContext {
  /** The session's folder. */
  readonly folder: string;
  readonly acquisitionUuid: string;
  readonly gridUuid: string;
}

export function sessionContext(folder: string, session: EpuSession): SessionContext {
  const acquisition = acquisitionUuid(session);
  return { folder, acquisitionUuid: acquisition, gridUuid: gridUuid(acquisition) };
}
