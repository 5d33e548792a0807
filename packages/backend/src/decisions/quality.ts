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

/** What a micrograph is judged by. */
export type MicrographMetrics = Pick<MicrographFacts, "uuid" | "total_motion" | "ctf_max_resolution" | "particles">;

function metricOf(micrograph: MicrographMetrics, metric: string): number | undefined {
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
export function judgeMicrographs(
  micrographs: readonly MicrographMetrics[],
  settings: Pick<AcquisitionDecisionSettings, "limits">,
): ReadonlyMap<string, Verdict> {
  const rules = METRIC_RULES.map(
    (rule): MetricRule => ({ ...rule, limit: settings.limits[rule.metric as QualityMetric] ?? null }),
  );
  const limited = rules.filter((rule) => rule.limit !== null);
  const applied =
    limited.length > 0
      ? limited
      : rules.filter((rule) => micrographs.some((one) => metricOf(one, rule.metric) !== undefined));
  const spreads = new Map<string, Spread | null>(
    applied.map((rule) => [rule.metric, rule.limit === null ? spreadOf(micrographs, rule) : null]),
  );
  return new Map(
    micrographs.map((micrograph) => [
      micrograph.uuid,
      combineVerdicts(
        applied.map((rule) => judgeMetric(rule, metricOf(micrograph, rule.metric), spreads.get(rule.metric) ?? null)),
      ),
    ]),
  );
}

/** {@link judgeMicrographs} of all micrographs of a grid, and per hole. */
export function judgeGrid(facts: GridFacts, settings: AcquisitionDecisionSettings): GridVerdicts {
  const verdicts = judgeMicrographs(facts.micrographs, settings);
  const byMicrograph = new Map<string, boolean>();
  const verdictsOfHole = new Map<number, Verdict[]>();
  for (const { uuid, hole } of facts.micrographs) {
    const verdict = verdicts.get(uuid) ?? "unknown";
    if (verdict !== "unknown") byMicrograph.set(uuid, verdict === "good");
    const ofHole = verdictsOfHole.get(hole);
    if (ofHole === undefined) verdictsOfHole.set(hole, [verdict]);
    else ofHole.push(verdict);
  }
  const good = new Float64Array(facts.holes.length).fill(Number.NaN);
  const weight = new Float64Array(facts.holes.length);
  for (const [hole, ofHole] of verdictsOfHole) {
    const outcome = holeOutcome(ofHole);
    good[hole] = outcome.good;
    weight[hole] = outcome.weight;
  }
  return { byMicrograph, good, weight };
}

function spreadOf(micrographs: readonly MicrographMetrics[], rule: MetricRule): Spread {
  const values = micrographs.flatMap((micrograph) => {
    const value = metricOf(micrograph, rule.metric);
    return value === undefined || hasFailed(rule, value) ? [] : [value];
  });
  return spreadOfRobust(robustSpread(values));
}
