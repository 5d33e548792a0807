import { Type } from "@smartem/common/schema";
import type { FastifyInstance, RouteOptions } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether what a request names may be missing (404), where it is not as the path says: whatever has a parameter in it. */
    missing?: boolean;
  }
}

const MISTAKE = "ValidationError";
const MISTAKES = "HTTPValidationError";
const FAILURE = "Failure";

const Mistake = Type.Object(
  { loc: Type.Array(Type.Union([Type.String(), Type.Integer()])), msg: Type.String(), type: Type.String() },
  { title: MISTAKE, description: "One mistake in a request: where it is, what it is, and of which kind" },
);
const Mistakes = Type.Object(
  { detail: Type.Optional(Type.Array(Type.Unsafe({ $ref: `${MISTAKE}#` }))) },
  { title: MISTAKES },
);
/** Why a request failed, and what to do about it. */
const Failure = Type.Object(
  { detail: Type.String(), code: Type.String(), hint: Type.Optional(Type.String()) },
  { title: FAILURE },
);

const NOT_FOUND = Type.Unsafe({ $ref: `${FAILURE}#`, description: "What the request names does not exist" });
const UNPROCESSABLE = Type.Unsafe({ $ref: `${MISTAKES}#`, description: "Mistakes in the request" });

/**
 * Completes the descriptions of operations with how they fail: 422 where there is something in the request to be mistaken about, 404
 * where it names something. Has to come before the routes.
 */
export function describeFailures(app: FastifyInstance): void {
  app.addSchema({ ...Mistake, $id: MISTAKE });
  app.addSchema({ ...Mistakes, $id: MISTAKES });
  app.addSchema({ ...Failure, $id: FAILURE });
  app.addHook("onRoute", (route: RouteOptions) => {
    const { operationId, response, body, querystring } = (route.schema ?? {}) as Record<string, unknown>;
    if (operationId === undefined) return;
    const inPath = route.url.includes(":");
    const missing = route.config?.missing ?? inPath;
    route.schema = {
      ...route.schema,
      response: {
        ...(response ?? { 200: { description: "Default Response" } }),
        ...(missing && !(404 in ((response ?? {}) as object)) ? { 404: NOT_FOUND } : {}),
        ...(inPath || body !== undefined || querystring !== undefined ? { 422: UNPROCESSABLE } : {}),
      },
    };
  });
}
