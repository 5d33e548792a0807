import { AthenaControl } from "@smartem/agent/control/athena-control";
import type { MicroscopeControl } from "@smartem/agent/control/microscope-control";
import { createAthenaClient } from "@smartem/athena-api/client";

/** The agent's way to a microscope whose Decision Service is at `url`. */
export function athenaControl(url: string): MicroscopeControl {
  return new AthenaControl(createAthenaClient({ baseUrl: url }));
}
