import { useEffect, useState } from "react";
import type { DecisionSettings, Result } from "../api/additions.js";
import type { Foreseen } from "../api/queries.js";
import { METRICS, passes } from "../quality/metrics.js";
import { type Calibration, calibration, type Outcome } from "./calibration.js";

interface Judged {
  readonly result: Result;
  readonly good: boolean;
}

/** What is weighed by itself: a model, or what it says of one metric. */
export interface Predictor {
  readonly model: string;
  readonly metric: string | null;
}

export interface PredictorCalibration extends Predictor {
  readonly calibration: Calibration;
}

export interface Calibrations {
  readonly made: readonly PredictorCalibration[];
  /** Whether what has none is known to have no outcome. */
  readonly complete: boolean;
}

const NOT_YET: Calibrations = { made: [], complete: false };

export function isOf(one: Predictor, other: Predictor): boolean {
  return one.model === other.model && one.metric === other.metric;
}

/**
 * What each had predicted of holes, held against the micrographs taken there. Made one after another, in between what
 * people do: each takes half as long as a page may stand still.
 *
 * @param foreseen in the order of the predictors; undefined where it is not known
 */
export function useCalibrations(
  predictors: readonly Predictor[],
  foreseen: readonly (Foreseen | undefined)[],
  results: readonly Result[] | undefined,
  limits: DecisionSettings["limits"],
): Calibrations {
  const [calibrations, setCalibrations] = useState(NOT_YET);
  useEffect(() => {
    if (results === undefined) return;
    let outdated = false;
    const make = async (): Promise<void> => {
      const made: PredictorCalibration[] = [];
      for (const [index, predictor] of predictors.entries()) {
        await new Promise((done) => setTimeout(done));
        if (outdated) return;
        const judged = results.flatMap((result): Judged[] => {
          const good = judgeBy(predictor.metric, result, limits);
          return good === null ? [] : [{ result, good }];
        });
        const own = calibration(outcomesOf(foreseen[index], judged));
        if (own !== null) made.push({ ...predictor, calibration: own });
      }
      setCalibrations({ made, complete: foreseen.every((own) => own !== undefined) });
    };
    void make();
    return () => {
      outdated = true;
    };
  }, [predictors, foreseen, results, limits]);
  return calibrations;
}

/** Whether a micrograph is good by a metric that has a limit, or else as a whole. */
function judgeBy(name: string | null, result: Result, limits: DecisionSettings["limits"]): boolean | null {
  const metric = METRICS.find((each) => each.name === name);
  if (metric === undefined || limits[metric.name] === null) return result.good;
  return passes(metric, metric.of(result), limits[metric.name]);
}

function outcomesOf(foreseen: Foreseen | undefined, judged: readonly Judged[]): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const { result, good } of foreseen === undefined ? [] : judged) {
    const predicted = foreseen?.ofHole.get(result.foilhole_uuid);
    if (predicted !== undefined) outcomes.push({ predicted, good, square: result.gridsquare_uuid });
  }
  return outcomes;
}
