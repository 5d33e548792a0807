import { useEffect, useState } from "react";
import type { DecisionSettings, Result } from "../api/additions.js";
import type { Foreseen } from "../api/queries.js";
import { judge } from "../quality/metrics.js";
import { type Calibration, calibration, type Outcome } from "./calibration.js";

interface Judged {
  readonly result: Result;
  readonly good: boolean;
}

/** Calibrations by model. */
export interface Calibrations {
  readonly byModel: ReadonlyMap<string, Calibration>;
  /** Whether a model without one is known to have no outcome. */
  readonly complete: boolean;
}

const NOT_YET: Calibrations = { byModel: new Map(), complete: false };

/**
 * What each model had predicted of holes, held against the micrographs taken there. Made one model after another, in between what
 * people do: each takes half as long as a page may stand still.
 *
 * @param foreseen in the order of the names; undefined where it is not known
 */
export function useCalibrations(
  names: readonly string[],
  foreseen: readonly (Foreseen | undefined)[],
  results: readonly Result[] | undefined,
  limits: DecisionSettings["limits"],
): Calibrations {
  const [calibrations, setCalibrations] = useState(NOT_YET);
  useEffect(() => {
    if (results === undefined) return;
    let outdated = false;
    const make = async (): Promise<void> => {
      const judged = results.flatMap((result): Judged[] => {
        const good = judge(result, limits);
        return good === null ? [] : [{ result, good }];
      });
      const made = new Map<string, Calibration>();
      for (const [index, name] of names.entries()) {
        await new Promise((done) => setTimeout(done));
        if (outdated) return;
        const own = calibration(outcomesOf(foreseen[index], judged));
        if (own !== null) made.set(name, own);
      }
      setCalibrations({ byModel: made, complete: foreseen.every((own) => own !== undefined) });
    };
    void make();
    return () => {
      outdated = true;
    };
  }, [names, foreseen, results, limits]);
  return calibrations;
}

function outcomesOf(foreseen: Foreseen | undefined, judged: readonly Judged[]): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const { result, good } of foreseen === undefined ? [] : judged) {
    const predicted = foreseen?.ofHole.get(result.foilhole_uuid);
    if (predicted !== undefined) outcomes.push({ predicted, good, square: result.gridsquare_uuid });
  }
  return outcomes;
}
