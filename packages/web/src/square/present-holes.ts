import { REMOVED } from "@smartem/common/states";
import type { FoilHole } from "../api/additions.js";
import type { Measured } from "../map/layers.js";

/** The holes that there are. Those that EPU lists no longer were found again under other ids; what was imaged stays. */
export function presentHoles(holes: readonly FoilHole[], measured: ReadonlyMap<string, Measured>): readonly FoilHole[] {
  return holes.filter((hole) => hole.state !== REMOVED || measured.has(hole.uuid));
}
