import { nullable, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import { operationId, ref, register } from "../http/server.js";
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

/** Tells clients, who can't know it yet, how to log in. */
export function authRoutes(app: FastifyInstance, settings: AuthSettings | null): void {
  register(app, Configuration);
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
}
