import { ENTITIES } from "@smartem/common/entities";
import { SmartemError } from "@smartem/common/errors";
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from "fastify";
import { databaseError } from "../database/connection.js";
import { methodsOfPaths } from "./methods-of-paths.js";

/** One mistake in a request, in the shape that clients of the wire contract know. */
interface ValidationDetail {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

const LOCATIONS: Readonly<Record<string, string>> = { params: "path", querystring: "query", headers: "header" };

function detailOf(error: FastifySchemaValidationError, context: string): ValidationDetail {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll("~1", "/").replaceAll("~0", "~")));
  const missing = error.params.missingProperty;
  const loc = [LOCATIONS[context] ?? context, ...path, ...(typeof missing === "string" ? [missing] : [])];
  const allowed = Array.isArray(error.params.allowedValues) ? `: ${error.params.allowedValues.join(", ")}` : "";
  return error.keyword === "required"
    ? { loc, msg: "Field required", type: "missing" }
    : { loc, msg: `${error.message ?? "is not valid"}${allowed}`, type: `${error.keyword}_error` };
}

/** A request that is understood but says something impossible, in the same shape as a failed validation. */
export function unprocessable(loc: readonly (string | number)[], msg: string, type = "value_error"): SmartemError {
  return new SmartemError("unprocessable", 422, msg, { facts: { detail: [{ loc, msg, type }] } });
}

export function notFound(schemaName: string, uuid: string): SmartemError {
  return new SmartemError("not_found", 404, `${schemaName} ${uuid} not found`);
}

/** Every error leaves as `{detail, code, hint?}`; failed validations as 422 with the list of mistakes. */
export function handleErrors(app: FastifyInstance): void {
  const methodsOf = methodsOfPaths(app);
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(request.url);
    if (methods.length > 0) {
      reply.header("allow", methods.join(", "));
      return reply.code(405).send({ detail: "Method Not Allowed", code: "method_not_allowed", path: request.url });
    }
    return reply.code(404).send({ detail: "Not Found", code: "no_such_path", path: request.url });
  });
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    // The connection that was lost is the client's: nobody reads the answer.
    if (request.raw.destroyed && !request.raw.complete)
      return reply.code(400).send({ detail: "The request ended before it was whole.", code: "request_cut_off" });
    const error = constraintError(thrown) ?? databaseError(thrown);
    if (error instanceof SmartemError) {
      if (error.status >= 500) request.log.warn({ err: error, cause: error.cause }, "request failed");
      const { detail } = (error.facts ?? {}) as { detail?: unknown };
      return reply.code(error.status).send({
        detail: detail ?? error.message,
        ...(detail === undefined ? { code: error.code } : {}),
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    }
    if (thrown.validation !== undefined) {
      const context = thrown.validationContext ?? "body";
      return reply.code(422).send({ detail: thrown.validation.map((mistake) => detailOf(mistake, context)) });
    }
    if (
      thrown.code === "FST_ERR_CTP_INVALID_JSON_BODY" ||
      (thrown instanceof SyntaxError && thrown.statusCode === 400)
    ) {
      return reply.code(422).send({ detail: [{ loc: ["body"], msg: "JSON decode error", type: "json_invalid" }] });
    }
    const status = thrown.statusCode ?? 500;
    if (status < 500) return reply.code(status).send({ detail: thrown.message, code: thrown.code ?? "bad_request" });
    request.log.error({ err: thrown }, "request failed unexpectedly");
    return reply.code(500).send({ detail: "Internal Server Error", code: "internal" });
  });
}

/** What the router refuses before there is a route: a path that is no text, or far too long. */
export function refuseRequest(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void reply.code(error.statusCode ?? 400).send({ detail: error.message, code: error.code, path: request.url });
}

const MISSING = /^Key \(\w+\)=\((.*)\) is not present in table "(\w+)"/s;
const SCHEMA_NAMES = new Map(Object.values(ENTITIES).map(({ table, schemaName }) => [table as string, schemaName]));

function parentMissing(detail = ""): SmartemError {
  const [, uuid, table = ""] = MISSING.exec(detail) ?? [];
  return new SmartemError(
    "parent_missing",
    404,
    uuid === undefined
      ? "What the request refers to does not exist (any more)."
      : `${SCHEMA_NAMES.get(table) ?? table} ${uuid} not found`,
  );
}

/** What PostgreSQL refused because of what was asked for, not because of how we asked. */
function constraintError(thrown: { code?: string; detail?: string }): SmartemError | null {
  switch (thrown.code) {
    case "23505":
      return new SmartemError("conflict", 409, "Another entity has the same natural key.");
    case "23503":
      return parentMissing(thrown.detail);
    // JSON may hold halves of characters, which PostgreSQL refuses as "invalid input syntax for type json".
    case "22P02":
    case "22P05":
    case "22021":
      return unprocessable(["body"], "A text holds a character that cannot be stored (U+0000 or a lone surrogate).");
    case "22003":
      return unprocessable(["body"], "A number is too large.");
    case "54000":
      return unprocessable(
        ["body"],
        "A name or an id is too long for an index: 2,600 bytes are the most that always fit.",
      );
    case "22007":
    case "22008":
    case "22009":
      return unprocessable(["body"], "A time does not exist, or lies beyond what can be stored.");
    default:
      return null;
  }
}
