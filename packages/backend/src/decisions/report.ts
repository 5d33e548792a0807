import { setImmediate } from "node:timers/promises";
import { SmartemError } from "@smartem/common/errors";
import {
  type Counterfactual,
  counterfactual,
  explainCounterfactual,
  type Interval,
} from "@smartem/decision/counterfactual";
import type { FastifyInstance } from "fastify";
import type { DecisionMode } from "../config.js";
import type { Pool } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { CounterfactualReport } from "./answers.js";
import { decisionInput } from "./input.js";
import { readLegacies } from "./legacy.js";
import { type GridFacts, loadGrid } from "./load.js";
import { readSettings } from "./settings.js";

/** Holes times draws are held about here, so that a report on a very large grid takes no longer than a cup of coffee. */
const MOST_WORK = 200_000;
const MOST_DRAWS = 20;
const FEWEST_DRAWS = 3;

/** What became of a session, what its plan would have made of it, and what was possible. */
export function reportRoutes(app: FastifyInstance, pool: Pool, defaultMode: DecisionMode): void {
  register(app, CounterfactualReport);
  const path = "/grids/{grid_uuid}/decisions/report";
  app.get(
    routePath(path),
    {
      schema: {
        operationId: operationId("get_counterfactual_report", path, "get"),
        summary:
          "What was collected, what the plan would have collected in the same time, and what no order of holes could have exceeded",
        tags: ["Decisions"],
        response: { 200: ref(CounterfactualReport) },
      },
    },
    async (request) => {
      const grid = await requireEntity(pool, "grid", (request.params as { grid_uuid: string }).grid_uuid);
      const facts = await loadGrid(pool, grid);
      if (facts === null) throw new SmartemError("not_found", 404, `Grid ${grid} not found`);
      const settings = await readSettings(pool, facts.acquisition.uuid, defaultMode);
      const { carriedOver } = await readLegacies(pool, facts);
      // A deselection by the plan is no operator's choice: the plan may choose again.
      const { input } = decisionInput(facts, settings, null, carriedOver);
      const draws = Math.round(
        Math.min(MOST_DRAWS, Math.max(FEWEST_DRAWS, MOST_WORK / Math.max(1, facts.holes.length))),
      );
      const steps = counterfactual(input, imagedInOrder(facts), { draws });
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) return asJson(grid, value);
        await setImmediate();
      }
    },
  );
}

function imagedInOrder({ micrographs }: GridFacts): number[] {
  return [...new Set(micrographs.map(({ hole }) => hole))];
}

function asJson(gridUuid: string, report: Counterfactual) {
  const interval = ({ mean, low, high }: Interval) => ({ mean, low, high });
  return {
    grid_uuid: gridUuid,
    minutes: report.minutes,
    costs_min: report.costsMin,
    imaged_holes: report.imagedHoles,
    holes_with_results: report.knownHoles,
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
