import { SmartemError } from "@smartem/common/errors";
import { Type } from "@smartem/common/schema";
import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import type { CountRefusal } from "../http/protection.js";
import { type Access, includes } from "./permissions.js";
import { type Caller, invalid, type TokenVerifier } from "./token-verifier.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What a route asks of its callers, where it is not what its method says (see `accessOf`). */
    access?: Access;
  }
  interface FastifyRequest {
    /** Who sent the request; null where nobody has to say. */
    caller: Caller | null;
  }
}

/** The name of the security scheme in the OpenAPI document. */
const SCHEME = "bearer";
export const SECURITY_SCHEMES = {
  [SCHEME]: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "An access token of the facility's identity provider (see /auth/configuration), where the server asks for one. Each operation names the permission that the token's roles must give; administer includes operate, operate includes read.",
  },
} as const;

const REFUSAL = "Refusal";
/** Why a request is refused, and what to do about it. */
const Refusal = Type.Object(
  { detail: Type.String(), code: Type.String(), hint: Type.Optional(Type.String()) },
  { title: REFUSAL },
);

/** What every operation may answer that asks for a permission. */
const REFUSALS = {
  401: Type.Unsafe({
    $ref: `${REFUSAL}#`,
    description: "Without a valid access token, where the server asks for one",
  }),
  403: Type.Unsafe({
    $ref: `${REFUSAL}#`,
    description: "The token gives no role with the permission that this needs",
  }),
} as const;

/** What a route needs: what it declares in its `config`; else `read` to look, `operate` to change, `administer` to delete. */
function accessOf(route: { readonly method?: string | readonly string[]; readonly config?: unknown }): Access {
  const { access } = (route.config ?? {}) as { readonly access?: Access };
  if (access !== undefined) return access;
  const methods: readonly string[] = [route.method ?? []].flat();
  if (methods.includes("DELETE")) return "administer";
  return methods.every((method) => method === "GET" || method === "HEAD") ? "read" : "operate";
}

/**
 * Lets only those do something who may: each request needs a token that gives the permission its route asks for.
 * Has to come before the routes, whose descriptions it completes.
 *
 * @param verifier null: nobody has to say who they are
 * @param countRefusal is told of every request without a valid token, and throws what is to be answered instead
 */
export function guardRoutes(app: FastifyInstance, verifier: TokenVerifier | null, countRefusal: CountRefusal): void {
  app.decorateRequest("caller", null);
  app.addSchema({ ...Refusal, $id: REFUSAL });
  app.addHook("onRoute", (route: RouteOptions) => {
    const access = accessOf(route);
    if (access === "public") {
      route.schema = { ...route.schema, security: [] };
      return;
    }
    const { response } = (route.schema ?? {}) as { response?: object };
    route.schema = {
      ...route.schema,
      security: [{ [SCHEME]: [access] }],
      // What has no schema is sent as it is.
      response: { ...(response ?? { 200: { description: "Default Response" } }), ...REFUSALS },
    };
  });
  if (verifier === null) return;
  app.addHook("onRequest", async (request, reply) => {
    if (request.is404) return;
    const access = accessOf({ method: request.method, config: request.routeOptions.config });
    if (access === "public") return;
    try {
      request.caller = await verifier.verify(tokenOf(request));
      if (!includes(request.caller.permission, access)) throw forbidden(access);
    } catch (error) {
      if (error instanceof SmartemError && error.status === 401) await countRefusal(request, reply);
      if (error instanceof SmartemError) explain(error, access, (name, value) => reply.header(name, value));
      throw error;
    }
  });
}

/** Declares the access of all routes that are added to `app` from then on, and declare none themselves. */
export function declareAccess(app: FastifyInstance, access: Access): void {
  app.addHook("onRoute", (route) => {
    route.config = { access, ...route.config };
  });
}

function tokenOf({ headers: { authorization } }: FastifyRequest): string {
  if (authorization === undefined) {
    throw new SmartemError("token_missing", 401, "Not authenticated", {
      hint: "Send an access token as `Authorization: Bearer …`; /auth/configuration says who gives one.",
    });
  }
  const token = /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw invalid("The Authorization header holds no bearer token");
  return token;
}

function forbidden(needed: Access): SmartemError {
  return new SmartemError("permission_missing", 403, `This needs the permission to ${needed}.`, {
    hint: `Ask for a role that gives it in the identity provider (SMARTEM_ROLES_${needed.toUpperCase()} names them).`,
  });
}

/** The headers that say to clients what to do about it (RFC 6750). */
function explain(error: SmartemError, access: Access, header: (name: string, value: string) => void): void {
  if (error.status === 503) {
    header("retry-after", "5");
    return;
  }
  const parts = ['realm="smartem"'];
  if (error.status === 403) parts.push('error="insufficient_scope"', `scope="${access}"`);
  else if (error.code === "invalid_token") {
    parts.push('error="invalid_token"', `error_description="${error.message.replaceAll(/[^\x20-\x7e]|["\\]/g, "")}"`);
  }
  header("www-authenticate", `Bearer ${parts.join(", ")}`);
}
