import { nullable, oneOf, type Static, Type } from "@smartem/common/schema";
import type { DecisionMode } from "../config.js";
import type { Queryable } from "../database/connection.js";

const Minutes = Type.Number({ exclusiveMinimum: 0, maximum: 100_000 });
const Share = Type.Number({ minimum: 0, maximum: 1 });

/** How decisions are made for one acquisition. */
export const AcquisitionDecisionSettings = Type.Object(
  {
    /** observe: compute and show; advise: an operator approves each change; automatic: the microscope is told. */
    mode: oneOf(["observe", "advise", "automatic"]),
    /** What a good micrograph is. A metric without a limit is judged against the grid's own results. */
    limits: Type.Object({
      /** Largest total motion in Å. */
      motioncorrection: nullable(Type.Number({ exclusiveMinimum: 0 })),
      /** Largest CTF max resolution in Å. */
      ctfmaxresolution: nullable(Type.Number({ exclusiveMinimum: 0 })),
      /** Fewest particles. */
      numparticles: nullable(Type.Number({ minimum: 0 })),
    }),
    /** Minutes that holes and moves take, until enough of them have been seen to know better. */
    costs_min: Type.Object({ hole: Minutes, cluster: Minutes, square: Minutes, grid: Minutes }),
    /** How long the session lasts where no planned end is known. */
    session_duration_min: Minutes,
    max_skip_share_of_square: Share,
    max_skip_share_of_grid: Share,
    /** Results before which the shares above bind. */
    min_results: Type.Integer({ minimum: 0 }),
    exploration: Type.Number({ minimum: 0, maximum: 0.3 }),
    hysteresis: Share,
    diversity: Share,
  },
  { title: "AcquisitionDecisionSettings" },
);
export type AcquisitionDecisionSettings = Static<typeof AcquisitionDecisionSettings>;

export function defaultSettings(mode: DecisionMode): AcquisitionDecisionSettings {
  return {
    mode,
    limits: { motioncorrection: null, ctfmaxresolution: 6, numparticles: null },
    costs_min: { hole: 1, cluster: 2, square: 6, grid: 8 },
    session_duration_min: 24 * 60,
    max_skip_share_of_square: 0.5,
    max_skip_share_of_grid: 0.7,
    min_results: 10,
    exploration: 0.1,
    hysteresis: 1,
    diversity: 0,
  };
}

/** The settings of an acquisition: what was chosen for it, defaults for the rest. */
export async function readSettings(
  db: Queryable,
  acquisitionUuid: string,
  defaultMode: DecisionMode,
): Promise<AcquisitionDecisionSettings> {
  const { rows } = await db.query<{ settings: Partial<AcquisitionDecisionSettings> }>(
    "select settings from decision_settings where acquisition_uuid = $1",
    [acquisitionUuid],
  );
  return merged(defaultSettings(defaultMode), rows[0]?.settings ?? {});
}

/** Settings with some of them changed; limits and costs one by one. */
export function merged(
  base: AcquisitionDecisionSettings,
  changes: Partial<AcquisitionDecisionSettings>,
): AcquisitionDecisionSettings {
  return {
    ...base,
    ...changes,
    limits: { ...base.limits, ...changes.limits },
    costs_min: { ...base.costs_min, ...changes.costs_min },
  };
}
