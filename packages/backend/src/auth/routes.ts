import { nullable, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import { operationId, ref, register } from "../http/server.js";
import { PERMISSIONS, type Permission, upTo } from "./permissions.js";
import type { AuthSettings } from "./settings.js";

const Configuration = Type.Object(
  {
    required: Type.Boolean({ description: "Whether requests need an access token." }),
    issuer: nullable(Type.String({ description: "The OpenID Connect issuer; its discovery document is below it." })),
    client_id: nullable(Type.String({ description: "The public client for the authorisation code flow with PKCE." })),
    scope: nullable(Type.String()),
  },
  { title: "AuthConfiguration" },
);

const CallerAnswer = Type.Object(
  {
    name: nullable(Type.String({ description: "What to call the caller; null where nobody has to say who they are." })),
    permissions: Type.Array(Type.Unsafe<Permission>({ type: "string", enum: [...PERMISSIONS] }), {
      description: "All that the caller may do: everything where nobody has to say who they are.",
    }),
  },
  { title: "AuthCaller" },
);

/** Tells clients how to log in, which they can't know yet, and then what they may do. */
export function authRoutes(app: FastifyInstance, settings: AuthSettings | null): void {
  register(app, Configuration, CallerAnswer);
  const path = "/auth/configuration";
  app.get(
    path,
    {
      config: { access: "public" },
      schema: {
        operationId: operationId("get_auth_configuration", path, "get"),
        summary: "How to log in, or that nobody has to",
        tags: ["Authentication"],
        response: { 200: ref(Configuration) },
      },
    },
    () => ({
      required: settings !== null,
      issuer: settings?.issuer ?? null,
      client_id: settings?.webClientId ?? null,
      scope: settings === null ? null : "openid profile",
    }),
  );

  const callerPath = "/auth/caller";
  app.get(
    callerPath,
    {
      schema: {
        operationId: operationId("get_auth_caller", callerPath, "get"),
        summary: "Who asks, and what they may do",
        tags: ["Authentication"],
        response: { 200: ref(CallerAnswer) },
      },
    },
    ({ caller }) => ({
      name: caller?.name ?? null,
      permissions: caller === null ? [...PERMISSIONS] : upTo(caller.permission),
    }),
  );
}
