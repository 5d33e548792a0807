import { parentPort } from "node:worker_threads";
import { messageOf } from "@smartem/common/errors";
import { silentLogger } from "@smartem/common/logging";
import {
  type Counterfactual,
  counterfactual,
  explainCounterfactual,
  type Interval,
} from "@smartem/decision/counterfactual";
import type { DecisionMode } from "../config.js";
import { type DatabaseConfig, openPool } from "../database/connection.js";
import { decisionInput } from "./input.js";
import { readLegacies } from "./legacy.js";
import { type GridFacts, loadGrid } from "./load.js";
import { type AcquisitionDecisionSettings, readSettings } from "./settings.js";

/** What the thread is asked for. */
export interface ReportQuestion {
  readonly database: DatabaseConfig;
  readonly gridUuid: string;
  readonly defaultMode: DecisionMode;
}

export type ReportAnswer =
  /** null: there is no such grid any more. */
  | { readonly kind: "report"; readonly report: ReturnType<typeof asJson> | null }
  | { readonly kind: "failed"; readonly message: string };

/** Holes times draws are held about here, so that a report on a very large grid takes no longer than a cup of coffee. */
const MOST_WORK = 200_000;
const MOST_DRAWS = 20;
const FEWEST_DRAWS = 3;

async function reportOn({ database, gridUuid, defaultMode }: ReportQuestion) {
  const pool = openPool({ ...database, maxConnections: 1 }, silentLogger);
  try {
    const facts = await loadGrid(pool, gridUuid);
    if (facts === null) return null;
    const settings = await readSettings(pool, facts.acquisition.uuid, defaultMode);
    const { carriedOver } = await readLegacies(pool, facts);
    // A deselection by the plan is no operator's choice: the plan may choose again.
    const { input } = decisionInput(facts, settings, null, carriedOver);
    const draws = Math.round(Math.min(MOST_DRAWS, Math.max(FEWEST_DRAWS, MOST_WORK / Math.max(1, facts.holes.length))));
    return asJson(gridUuid, counterfactual(input, imagedInOrder(facts), { draws }), settings.limits);
  } finally {
    await pool.end();
  }
}

function imagedInOrder({ micrographs }: GridFacts): number[] {
  return [...new Set(micrographs.map(({ hole }) => hole))];
}

function asJson(gridUuid: string, report: Counterfactual, limits: AcquisitionDecisionSettings["limits"]) {
  const interval = ({ mean, low, high }: Interval) => ({ mean, low, high });
  return {
    grid_uuid: gridUuid,
    minutes: report.minutes,
    costs_min: report.costsMin,
    imaged_holes: report.imagedHoles,
    holes_with_results: report.knownHoles,
    limits,
    candidate_holes: report.candidateHoles,
    draws: report.draws,
    collected: interval(report.collected),
    planned: interval(report.planned),
    in_listed_order: interval(report.inOrder),
    optimum: interval(report.optimum),
    planned_minus_collected: interval(report.plannedMinusCollected),
    collected_share_of_optimum: interval(report.collectedShare),
    planned_share_of_optimum: interval(report.plannedShare),
    explanation: explainCounterfactual(report),
  };
}

parentPort?.on("message", (question: ReportQuestion) => {
  reportOn(question).then(
    (report) => parentPort?.postMessage({ kind: "report", report } satisfies ReportAnswer),
    (error: unknown) => parentPort?.postMessage({ kind: "failed", message: messageOf(error) } satisfies ReportAnswer),
  );
});
