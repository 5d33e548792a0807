import { Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import { operationId } from "../http/server.js";
import type { Metrics } from "./metrics.js";

export function metricsRoutes(app: FastifyInstance, metrics: Metrics): void {
  app.get(
    "/metrics",
    {
      config: { rateLimit: false },
      schema: {
        operationId: operationId("get_metrics", "/metrics", "get"),
        summary: "This process in Prometheus' terms",
        tags: ["Health"],
        response: { 200: { content: { "text/plain": { schema: Type.String() } } } },
      },
    },
    async (_request, reply) => {
      const { contentType, text } = await metrics.read();
      return reply
        .type(contentType)
        .serializer((body: string) => body)
        .send(text);
    },
  );
}
