import fastifyCors from "@fastify/cors";
import fastifySwagger from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import type { Logger } from "@smartem/common/logging";
import type { TSchema } from "@smartem/common/schema";
import { Type } from "@smartem/common/schema";
import { parseTime } from "@smartem/common/time";
import { Ajv } from "ajv";
import addFormatsModule from "ajv-formats";
import { type FastifyInstance, fastify, LogController } from "fastify";
import { handleErrors } from "./errors.js";

// The package's types describe a default export that its CommonJS build offers as a property.
const addFormats = addFormatsModule as unknown as (ajv: Ajv) => void;

/** The largest request body, in bytes. */
const BODY_LIMIT_BYTES = 32 * 1024 * 1024;

export interface ServerOptions {
  readonly logger: Logger;
  readonly version: string;
  readonly corsAllowedOrigins: readonly string[];
}

function newAjv(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({
    coerceTypes: coerceTypes ? "array" : false,
    allErrors: true,
    removeAdditional: false,
    useDefaults: false,
    strict: false,
  });
  addFormats(ajv);
  // Wider than RFC 3339: a time without an offset is UTC.
  ajv.addFormat("date-time", (text: string) => parseTime(text) !== null);
  return ajv;
}

/** A reference to a schema that was registered under its title, so that the OpenAPI document names it once. */
export function ref(schema: TSchema): TSchema {
  return Type.Unsafe({ $ref: `${(schema as { title?: string }).title}#` });
}

/** Names a schema for the OpenAPI document and for {@link ref}. Registering it twice is once. */
export function register(app: FastifyInstance, ...schemas: TSchema[]): void {
  for (const schema of schemas) {
    const { title } = schema as { title?: string };
    if (title !== undefined && app.getSchema(title) === undefined) app.addSchema({ ...schema, $id: title });
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

export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
    requestIdHeader: "x-request-id",
    forceCloseConnections: true,
    return503OnClosing: true,
  }) as unknown as FastifyInstance;

  const bodies = newAjv(false);
  const strings = newAjv(true);
  const known = new Set<string>();
  app.setValidatorCompiler(({ schema, httpPart }) => {
    for (const [id, shared] of Object.entries(app.getSchemas())) {
      if (known.has(id)) continue;
      known.add(id);
      bodies.addSchema(shared as object, id);
      strings.addSchema(shared as object, id);
    }
    return (httpPart === "body" ? bodies : strings).compile(schema);
  });
  // Answers are made by this program and by PostgreSQL's JSON functions: nothing has to be filtered out of them.
  app.setSerializerCompiler(() => JSON.stringify);
  handleErrors(app);

  await app.register(fastifyCors, {
    origin: options.corsAllowedOrigins.includes("*") ? true : [...options.corsAllowedOrigins],
    credentials: true,
    methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    exposedHeaders: ["X-Total-Count", "ETag"],
  });
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "SmartEM Decisions",
        version: options.version,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? json.title ?? `schema-${index}`),
    },
  });
  await app.register(fastifySwaggerUi, { routePrefix: "/docs" });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());

  app.addHook("onResponse", async (request, reply) => {
    request.log.debug(
      { method: request.method, url: request.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      "request",
    );
  });
  return app;
}
