import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import fastifyCors from "@fastify/cors";
import fastifySwagger from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import { type Logger, withLogFields } from "@smartem/common/logging";
import type { TSchema } from "@smartem/common/schema";
import { Type } from "@smartem/common/schema";
import { type FastifyInstance, fastify, LogController } from "fastify";
import { declareAccess, guardRoutes, SECURITY_SCHEMES } from "../auth/guard.js";
import type { AuthSettings } from "../auth/settings.js";
import { createTokenVerifier } from "../auth/token-verifier.js";
import type { BackendConfig } from "../config.js";
import type { Metrics } from "../observability/metrics.js";
import { traceRequests } from "../observability/tracing.js";
import { describeFailures } from "./described-failures.js";
import { handleErrors, refuseRequest } from "./errors.js";
import { ROUTER_OPTIONS } from "./methods-of-paths.js";
import { hoistNamedSchemas } from "./named-schemas.js";
import { compressAnswers, limitRates, secureHeaders } from "./protection.js";
import { readQueryBooleans } from "./query-booleans.js";
import { schemaCompilers } from "./schema-compilers.js";
import { keepEventStreams } from "./sse.js";

/** A request has to have come in completely by then; what it asks for may take longer. */
const REQUEST_TIMEOUT_MS = 120_000;
const MAX_HEADER_BYTES = 16 * 1024;

export interface ServerOptions {
  readonly logger: Logger;
  readonly version: string;
  readonly http: BackendConfig["http"];
  readonly auth: AuthSettings | null;
  readonly metrics?: Metrics;
  readonly tracing?: boolean;
}

/** The id that the client or a proxy gave the request, else a new one. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

/** How long requests under way are waited for when the server stops. */
const DRAIN_TIMEOUT_MS = 10_000;
const CLOSE_IDLE_INTERVAL_MS = 50;

/** Takes no new requests, ends event streams, and waits for the requests under way, but not for ever. */
export async function closeServer(app: FastifyInstance): Promise<void> {
  // A connection whose last answer has gone out would be kept alive for the next request.
  const sweep = setInterval(() => app.server.closeIdleConnections(), CLOSE_IDLE_INTERVAL_MS);
  const deadline = setTimeout(() => app.server.closeAllConnections(), DRAIN_TIMEOUT_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}

/** A reference to a schema that was registered under its title, so that the OpenAPI document names it once. */
export function ref(schema: TSchema): TSchema {
  return Type.Unsafe({ $ref: `${(schema as { title?: string }).title}#` });
}

/** Names schemas, and those with names inside them, for the OpenAPI document and for {@link ref}. Registering one twice is once. */
export function register(app: FastifyInstance, ...schemas: TSchema[]): void {
  for (const given of schemas) {
    const { schema, named } = hoistNamedSchemas(given);
    const { title } = given as { title?: string };
    const all = title === undefined ? named : new Map([...named, [title, schema] as const]);
    for (const [name, one] of all) if (app.getSchema(name) === undefined) app.addSchema({ ...one, $id: name });
  }
}

/** The id that FastAPI would give the operation, as the generated clients of the wire contract call it. */
export function operationId(name: string, path: string, method: string): string {
  return `${name}${path.replaceAll(/[^A-Za-z0-9]/g, "_")}_${method.toLowerCase()}`;
}

/** `/grids/{grid_uuid}` as the router wants it. */
export function routePath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

/** Clients that say of every request that it is JSON send nothing where nothing is asked for: then there is no body. */
function takeEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body.trim() === "") done(null, undefined);
    else void parse(request, body, done);
  });
}

export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    schemaController: { compilersFactory: schemaCompilers(() => app.getSchemas()) },
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.http.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    trustProxy: options.http.trustedProxies.length === 0 ? false : [...options.http.trustedProxies],
    routerOptions: ROUTER_OPTIONS,
    requestIdHeader: false,
    genReqId: requestIdOf,
    // Log lines carry the request's id by what is under way, so that those of the layers below do too.
    childLoggerFactory: (logger) => logger,
    forceCloseConnections: "idle",
    return503OnClosing: true,
    frameworkErrors: refuseRequest,
  }) as unknown as FastifyInstance;

  handleErrors(app);
  takeEmptyBodies(app);
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    withLogFields({ request_id: request.id }, done);
  });
  options.metrics?.observe(app);
  if (options.tracing === true) traceRequests(app);
  await secureHeaders(app, options.http, options.auth);
  await compressAnswers(app);

  await app.register(fastifyCors, {
    origin: options.http.corsAllowedOrigins.includes("*") ? true : [...options.http.corsAllowedOrigins],
    credentials: true,
    methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    exposedHeaders: ["X-Total-Count", "ETag", "X-Request-Id", "Retry-After", "X-Native-Width", "X-Native-Height"],
    maxAge: 600,
    // Others than browsers ask without saying what for.
    strictPreflight: false,
  });
  // After the answers to preflight requests, which carry no token.
  const countRefusal = await limitRates(app, options.http.requestsPerMinute);
  guardRoutes(app, options.auth === null ? null : createTokenVerifier(options.auth, options.logger), countRefusal);
  describeFailures(app);
  readQueryBooleans(app);
  keepEventStreams(app);
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "SmartEM Decisions",
        version: options.version,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? json.title ?? `schema-${index}`),
    },
  });
  await app.register((docs, _options, done) => {
    declareAccess(docs, "public");
    void docs.register(fastifySwaggerUi, { routePrefix: "/docs" });
    done();
  });
  app.get("/openapi.json", { config: { access: "public" }, schema: { hide: true } }, () => app.swagger());
  app.get("/redoc", { config: { access: "public" }, schema: { hide: true } }, (_request, reply) =>
    reply.redirect("/docs"),
  );

  app.addHook("onResponse", async (request, reply) => {
    const { method, url, caller } = request;
    request.log.debug(
      {
        // What was under way is over by now.
        request_id: request.id,
        method,
        // Without the query, in which clients of other systems are used to send tokens.
        path: url.split("?", 1)[0],
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        ...(caller === null ? {} : { subject: caller.subject, client: caller.client }),
      },
      "request",
    );
  });
  return app;
}
