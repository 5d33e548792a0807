import { type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Logger } from "@smartem/common/logging";
import type { FastifyInstance } from "fastify";

const TRACER = "smartem";

/**
 * Sends spans to an OpenTelemetry collector (`OTEL_EXPORTER_OTLP_ENDPOINT` and its relatives say where). The libraries, which cost
 * start-up time and memory, are loaded here and nowhere else; without this call spans are nothing.
 */
export async function startTracing(serviceName: string, logger: Logger): Promise<{ stop(): Promise<void> }> {
  const [{ NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }] = await Promise.all([
    import("@opentelemetry/sdk-trace-node"),
    import("@opentelemetry/exporter-trace-otlp-http"),
  ]);
  // Read by the SDK's default resource.
  process.env.OTEL_SERVICE_NAME ??= serviceName;
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
  provider.register();
  logger.info({ service: process.env.OTEL_SERVICE_NAME }, "tracing with OpenTelemetry");
  return {
    async stop() {
      await provider.shutdown().catch((error: unknown) => logger.warn({ err: error }, "the last spans were not sent"));
      trace.disable();
    },
  };
}

/** A span for each request, named by its route. */
export function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<object, Span>();
  app.addHook("onRequest", async (request) => {
    const route = request.routeOptions.url ?? "none";
    spans.set(
      request,
      trace.getTracer(TRACER).startSpan(`${request.method} ${route}`, {
        kind: SpanKind.SERVER,
        attributes: { "http.request.method": request.method, "http.route": route, "smartem.request_id": request.id },
      }),
    );
  });
  app.addHook("onResponse", async (request, { statusCode }) => {
    const span = spans.get(request);
    span?.setAttribute("http.response.status_code", statusCode);
    if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  });
}

/** Does `work` in a span of its own. */
export function traced<T>(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  work: () => Promise<T>,
): Promise<T> {
  return trace.getTracer(TRACER).startActiveSpan(name, { attributes: { ...attributes } }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
