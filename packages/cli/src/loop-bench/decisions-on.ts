import { decisionInput } from "@smartem/backend/decisions/input";
import { imagedPeriod, type MicrographFacts } from "@smartem/backend/decisions/load";
import { type AcquisitionDecisionSettings, defaultSettings } from "@smartem/backend/decisions/settings";
import type { Policy } from "@smartem/decision/bench/microscope";
import { decide } from "@smartem/decision/decide";
import type { PreviousPlan } from "@smartem/decision/types";
import { type RandomStream, randomStream } from "@smartem/simulator/random";
import { micrographOf, type SimulatedGrid } from "./simulated-grid.js";

export interface DecisionsOnOptions {
  /** Changes to what an acquisition starts with. */
  readonly settings?: Partial<AcquisitionDecisionSettings>;
  /** False: results are ignored. */
  readonly learning?: boolean;
  readonly durationMin: number;
}

/** Share of the results that never come. */
const LOST_RESULTS = 0.03;

/**
 * The microscope under automatic decisions: at every exposure the backend's own input is made of what is known by then,
 * the engine decides, and EPU images the first hole that is not deselected. A few results never come.
 */
export function decisionsOn(grid: SimulatedGrid, options: DecisionsOnOptions): Policy {
  const settings = { ...defaultSettings("automatic"), ...options.settings };
  const lost = lostResults(grid, randomStream(grid.truth.options.seed, "lost results"));
  const taken: { readonly hole: number; readonly atMin: number }[] = [];
  let chosen = -1;
  let previousPlan: PreviousPlan | null = null;
  return ({ results, timeLeftMin }) => {
    if (chosen >= 0) taken.push({ hole: chosen, atMin: options.durationMin - timeLeftMin });
    const micrographs = taken.map(
      ({ hole, atMin }): MicrographFacts =>
        micrographOf(grid, hole, atMin, !lost[hole] && !Number.isNaN(results[hole] ?? Number.NaN)),
    );
    const facts = { ...grid.factsBefore, micrographs, imaged: imagedPeriod(micrographs) };
    const { input } = decisionInput(facts, settings, previousPlan, null);
    const output = decide({
      ...input,
      settings: { ...input.settings, learning: options.learning ?? input.settings.learning },
    });
    previousPlan = output.plan;
    const { skip } = output.holes;
    chosen = output.order.find((hole) => skip[hole] !== 1) ?? -1;
    return chosen;
  };
}

function lostResults({ holes }: SimulatedGrid, random: RandomStream): boolean[] {
  return holes.map(() => random.chance(LOST_RESULTS));
}
