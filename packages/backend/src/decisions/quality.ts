import type { QualityMetric } from "@smartem/common/metrics";
import {
  hasFailed,
  holeOutcome,
  judgeInOrder,
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
  /** What keeps micrographs from being judged, for operators. */
  readonly warnings: readonly string[];
}

/** So many micrographs without a metric are not its pipeline's delay any more… */
const SILENT_AFTER = 40;
/** …where so many of them are not bad by another one: what is bad a pipeline may leave alone. */
const SILENT_ABOUT = 10;

/** What a micrograph is judged by. */
export type MicrographMetrics = Pick<MicrographFacts, "total_motion" | "ctf_max_resolution" | "particles">;

function metricOf(micrograph: MicrographMetrics, metric: string): number | undefined {
  const values: Record<QualityMetric, number | null> = {
    motioncorrection: micrograph.total_motion,
    ctfmaxresolution: micrograph.ctf_max_resolution,
    numparticles: micrograph.particles,
  };
  return values[metric as QualityMetric] ?? undefined;
}

/**
 * Judges micrographs of a grid by the limits of its acquisition. Where at least one metric has a limit, the metrics that have one
 * make the rule; where none has, each metric that the grid has results of is judged against the grid's own results.
 *
 * @param micrographs taken one after the other. Those that come first are judged as the grid's first ones: `JUDGED_AFTER` before them make
 *   all others' verdicts what they are on the whole grid
 * @param grid all of the grid: what they are compared with where there are no limits
 * @returns a verdict for each, in their order
 */
export function judgeMicrographs(
  micrographs: readonly MicrographMetrics[],
  settings: Pick<AcquisitionDecisionSettings, "limits">,
  grid: readonly MicrographMetrics[] = micrographs,
): Verdict[] {
  return judgeInOrder(byMetric(micrographs, settings, grid).verdicts);
}

/** What each metric of the rule says of each micrograph. */
function byMetric(
  micrographs: readonly MicrographMetrics[],
  settings: Pick<AcquisitionDecisionSettings, "limits">,
  grid: readonly MicrographMetrics[] = micrographs,
): { readonly rules: readonly MetricRule[]; readonly verdicts: readonly (readonly Verdict[])[] } {
  const all = METRIC_RULES.map(
    (rule): MetricRule => ({ ...rule, limit: settings.limits[rule.metric as QualityMetric] ?? null }),
  );
  const limited = all.filter((rule) => rule.limit !== null);
  const rules =
    limited.length > 0 ? limited : all.filter((rule) => grid.some((one) => metricOf(one, rule.metric) !== undefined));
  const spreads = rules.map((rule) => (rule.limit === null ? spreadOf(grid, rule) : null));
  const verdicts = micrographs.map((micrograph) =>
    rules.map((rule, n) => judgeMetric(rule, metricOf(micrograph, rule.metric), spreads[n] ?? null)),
  );
  return { rules, verdicts };
}

/** Names the metrics that have a limit and that none of the newest micrographs has. */
function warningsOf(
  micrographs: readonly MicrographMetrics[],
  rules: readonly MetricRule[],
  verdicts: readonly (readonly Verdict[])[],
): string[] {
  const newest = micrographs.slice(-SILENT_AFTER);
  if (newest.length < SILENT_AFTER) return [];
  return rules.flatMap(({ metric, limit }, own) => {
    if (limit === null || newest.some((micrograph) => metricOf(micrograph, metric) !== undefined)) return [];
    const badByOthers = verdicts
      .slice(-SILENT_AFTER)
      .filter((ofEach) => ofEach.some((verdict, n) => n !== own && verdict === "bad")).length;
    if (SILENT_AFTER - badByOthers < SILENT_ABOUT) return [];
    return [
      `${metric} has a limit, but none of the last ${SILENT_AFTER} micrographs has a value: nothing is learned from them before it has. See whether its pipeline runs and keeps up, or take the limit away.`,
    ];
  });
}

/** {@link judgeMicrographs} of all micrographs of a grid, and per hole, and what keeps them from being judged. */
export function judgeGrid(facts: GridFacts, settings: AcquisitionDecisionSettings): GridVerdicts {
  const { rules, verdicts } = byMetric(facts.micrographs, settings);
  const judged = judgeInOrder(verdicts);
  const byMicrograph = new Map<string, boolean>();
  const verdictsOfHole = new Map<number, Verdict[]>();
  for (const [index, { uuid, hole }] of facts.micrographs.entries()) {
    const verdict = judged[index] ?? "unknown";
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
  return { byMicrograph, good, weight, warnings: warningsOf(facts.micrographs, rules, verdicts) };
}

function spreadOf(micrographs: readonly MicrographMetrics[], rule: MetricRule): Spread {
  const values = micrographs.flatMap((micrograph) => {
    const value = metricOf(micrograph, rule.metric);
    return value === undefined || hasFailed(rule, value) ? [] : [value];
  });
  return spreadOfRobust(robustSpread(values));
}
