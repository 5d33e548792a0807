import { SmartemError } from "@smartem/common/errors";
import type { FastifyInstance } from "fastify";
import type { DecisionMode } from "../config.js";
import type { DatabaseConfig, Pool } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { notFound } from "../http/errors.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { sharedReads } from "../http/shared-reads.js";
import { startThread } from "../thread.js";
import { CounterfactualReport } from "./answers.js";
import type { ReportAnswer, ReportQuestion } from "./report-thread.js";

/** A report on the largest grid takes a minute on a slow machine. */
const REPORT_TIMEOUT_MS = 180_000;
const MAX_WAITING = 8;

export interface ReportOptions {
  readonly pool: Pool;
  /** The thread has a connection of its own. */
  readonly database: DatabaseConfig;
  readonly defaultMode: DecisionMode;
}

function failed(reason: string): SmartemError {
  return new SmartemError("report_failed", 503, `The report could not be made: ${reason}`, {
    hint: "Ask again later.",
  });
}

/** What became of a session, what its plan would have made of it, and what was possible. */
export function reportRoutes(app: FastifyInstance, { pool, database, defaultMode }: ReportOptions): void {
  register(app, CounterfactualReport);
  // Seconds of computing, during which all other requests and streams go on.
  const thread = startThread<ReportQuestion, ReportAnswer>(new URL("./report-thread", import.meta.url), {
    timeoutMs: REPORT_TIMEOUT_MS,
    maxWaiting: MAX_WAITING,
    busy: (waiting) =>
      new SmartemError("reports_busy", 503, `${waiting} reports are being made.`, { hint: "Ask again later." }),
    failed,
  });
  app.addHook("preClose", () => thread.stop());
  const shared = sharedReads<ReportAnswer>();
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
      const gridUuid = await requireEntity(pool, "grid", (request.params as { grid_uuid: string }).grid_uuid);
      // Its getters, of an embedded database that was restarted, have to be asked now.
      const { host, port, database: name, user, password } = database;
      const question = { database: { host, port, database: name, user, password }, gridUuid, defaultMode };
      const answer = await shared(gridUuid, () => thread.ask(question));
      if (answer.kind === "failed") throw failed(answer.message);
      if (answer.report === null) throw notFound("Grid", gridUuid);
      return answer.report;
    },
  );
}
