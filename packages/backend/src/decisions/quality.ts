import type { QualityMetric } from "@smartem/common/metrics";
import { holeOutcome, type Judgement, judgeByLimits, type Verdict } from "@smartem/decision/quality";
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

const MEASURED: Readonly<Record<QualityMetric, keyof MicrographMetrics>> = {
  motioncorrection: "total_motion",
  ctfmaxresolution: "ctf_max_resolution",
  numparticles: "particles",
};

function metricOf(micrograph: MicrographMetrics, metric: QualityMetric): number | undefined {
  return micrograph[MEASURED[metric]] ?? undefined;
}

/**
 * Judges micrographs of a grid by the limits of its acquisition.
 *
 * @param micrographs taken one after the other. Those that come first are judged as the grid's first ones: `JUDGED_AFTER` before them make
 *   all others' verdicts what they are on the whole grid
 * @param grid all of the grid: what they are compared with where there are no limits
 * @returns a verdict for each, in their order
 */
export function judgeMicrographs(
  micrographs: readonly MicrographMetrics[],
  { limits }: Pick<AcquisitionDecisionSettings, "limits">,
  grid: readonly MicrographMetrics[] = micrographs,
): readonly Verdict[] {
  return judgeByLimits(micrographs, metricOf, limits, grid).verdicts;
}

/** Names the metrics that have a limit and that none of the newest micrographs has. */
function warningsOf(micrographs: readonly MicrographMetrics[], { rules, byRule }: Judgement): string[] {
  const newest = micrographs.slice(-SILENT_AFTER);
  if (newest.length < SILENT_AFTER) return [];
  return rules.flatMap(({ metric, limit }, own) => {
    if (limit === null || newest.some((micrograph) => metricOf(micrograph, metric) !== undefined)) return [];
    const others = byRule.filter((_, n) => n !== own).map((verdicts) => verdicts.slice(-SILENT_AFTER));
    const badByOthers = newest.filter((_, place) => others.some((verdicts) => verdicts[place] === "bad")).length;
    if (SILENT_AFTER - badByOthers < SILENT_ABOUT) return [];
    return [
      `${metric} has a limit, but none of the last ${SILENT_AFTER} micrographs has a value: nothing is learned from them before it has. See whether its pipeline runs and keeps up, or take the limit away.`,
    ];
  });
}

/** {@link judgeMicrographs} of all micrographs of a grid, and per hole, and what keeps them from being judged. */
export function judgeGrid(facts: GridFacts, settings: AcquisitionDecisionSettings): GridVerdicts {
  const judgement = judgeByLimits(facts.micrographs, metricOf, settings.limits);
  const byMicrograph = new Map<string, boolean>();
  const verdictsOfHole = new Map<number, Verdict[]>();
  for (const [index, { uuid, hole }] of facts.micrographs.entries()) {
    const verdict = judgement.verdicts[index] ?? "unknown";
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
  return { byMicrograph, good, weight, warnings: warningsOf(facts.micrographs, judgement) };
}
