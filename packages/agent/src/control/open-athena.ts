import type { MicroscopeControl } from "./microscope-control.js";

/** The way to a microscope whose Decision Service is at `url`; nothing of it is loaded where there is none. */
export async function openAthena(url: string): Promise<MicroscopeControl> {
  const { createAthenaClient } = await import("@smartem/athena-api/client");
  const { AthenaControl } = await import("./athena-control.js");
  return new AthenaControl(createAthenaClient({ baseUrl: url }));
}
