import type { QualityMetric } from "@smartem/common/metrics";
import {
  combineVerdicts,
  hasFailed,
  holeOutcome,
  judgeMetric,
  METRIC_RULES,
  type MetricRule,
  type Spread,
  spreadOfRobust,
  type Verdict,
} from "@smartem/decision/quality";
import { robustSpread } from "@smartem/decision/robust";
import type { GridFacts, MicrographFacts } from "./load.js";
import type { AcquisitionDecisionSettings } from "./settings.js";

/** What the results of a grid say. */
export interface GridVerdicts {
  /** Micrograph → good or not; undecided ones are not in it. */
  readonly byMicrograph: ReadonlyMap<string, boolean>;
  /** Per hole: share of its judged micrographs that are good (NaN: none judged), and how many are judged. */
  readonly good: Float64Array;
  readonly weight: Float64Array;
}

function metricOf(micrograph: MicrographFacts, metric: string): number | undefined {
  const values: Record<QualityMetric, number | null> = {
    motioncorrection: micrograph.total_motion,
    ctfmaxresolution: micrograph.ctf_max_resolution,
    numparticles: micrograph.particles,
  };
  return values[metric as QualityMetric] ?? undefined;
}

/**
 * Judges the micrographs of a grid by the limits of its acquisition. Where at least one metric has a limit, the metrics that have one
 * make the rule; where none has, each metric that the grid has results of is judged against the grid's own results.
 */
export function judgeGrid(facts: GridFacts, settings: AcquisitionDecisionSettings): GridVerdicts {
  const rules = METRIC_RULES.map(
    (rule): MetricRule => ({ ...rule, limit: settings.limits[rule.metric as QualityMetric] ?? null }),
  );
  const limited = rules.filter((rule) => rule.limit !== null);
  const applied =
    limited.length > 0
      ? limited
      : rules.filter((rule) => facts.micrographs.some((one) => metricOf(one, rule.metric) !== undefined));
  const spreads = new Map<string, Spread | null>(
    applied.map((rule) => [rule.metric, rule.limit === null ? spreadOf(facts, rule) : null]),
  );

  const byMicrograph = new Map<string, boolean>();
  const verdictsOfHole = new Map<number, Verdict[]>();
  for (const micrograph of facts.micrographs) {
    const verdict = combineVerdicts(
      applied.map((rule) => judgeMetric(rule, metricOf(micrograph, rule.metric), spreads.get(rule.metric) ?? null)),
    );
    if (verdict !== "unknown") byMicrograph.set(micrograph.uuid, verdict === "good");
    const verdicts = verdictsOfHole.get(micrograph.hole);
    if (verdicts === undefined) verdictsOfHole.set(micrograph.hole, [verdict]);
    else verdicts.push(verdict);
  }
  const good = new Float64Array(facts.holes.length).fill(Number.NaN);
  const weight = new Float64Array(facts.holes.length);
  for (const [hole, verdicts] of verdictsOfHole) {
    const outcome = holeOutcome(verdicts);
    good[hole] = outcome.good;
    weight[hole] = outcome.weight;
  }
  return { byMicrograph, good, weight };
}

function spreadOf(facts: GridFacts, rule: MetricRule): Spread {
  const values = facts.micrographs.flatMap((micrograph) => {
    const value = metricOf(micrograph, rule.metric);
    return value === undefined || hasFailed(rule, value) ? [] : [value];
  });
  return spreadOfRobust(robustSpread(values));
}
