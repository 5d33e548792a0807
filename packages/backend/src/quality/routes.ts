import { nullable, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import type { DecisionMode } from "../config.js";
import type { Pool } from "../database/connection.js";
import { readSettings } from "../decisions/settings.js";
import { requireEntity } from "../entities/read.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { acquisitionMetrics } from "./metrics.js";

const MaybeNumber = nullable(Type.Number());
const Metric = Type.Object(
  {
    metric_name: Type.String(),
    unit: Type.String(),
    better: Type.Enum(["lower", "higher"]),
    limit: MaybeNumber,
    count: Type.Integer(),
    failed: Type.Integer(),
    within_limit: nullable(Type.Integer()),
    min: MaybeNumber,
    max: MaybeNumber,
    mean: MaybeNumber,
    sd: MaybeNumber,
    median: MaybeNumber,
    p10: MaybeNumber,
    p90: MaybeNumber,
  },
  { title: "AcquisitionMetric" },
);
const Answer = Type.Object(
  {
    acquisition_uuid: Type.String(),
    micrograph_count: Type.Integer(),
    metrics: Type.Array(ref(Metric)),
    predictions: Type.Unsafe({ $ref: "QualityMetricsResponse#" }),
  },
  { title: "AcquisitionQualityMetricsResponse" },
);
/** How good the micrographs of an acquisition are. */
export function qualityRoutes(app: FastifyInstance, pool: Pool, defaultMode: DecisionMode): void {
  register(app, Metric, Answer);
  const path = "/acquisitions/{acquisition_uuid}/quality_metrics";
  app.get(
    routePath(path),
    {
      schema: {
        operationId: operationId("get_acquisition_quality_metrics", path, "get"),
        summary:
          "The distribution of each quality metric over an acquisition's micrographs, and of the predictions made for it",
        tags: ["Predictions"],
        response: { 200: ref(Answer) },
      },
    },
    async (request) => {
      const { acquisition_uuid = "" } = request.params as Record<string, string>;
      const acquisition = await requireEntity(pool, "acquisition", acquisition_uuid);
      const { limits } = await readSettings(pool, acquisition, defaultMode);
      return acquisitionMetrics(pool, acquisition, limits);
    },
  );
}
