import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { BackendConfig } from "@smartem/backend/config";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

const REALM = "facility";
const CLIENT = "smartem-web";
const TOKEN_LIFETIME_S = 3_600;

export interface IdentityProvider {
  readonly settings: NonNullable<BackendConfig["auth"]>;
  stop(): Promise<void>;
}

/** An OpenID Connect provider, as far as the authorisation code flow with PKCE goes, that lets everybody in as Ada, who may operate. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const challenges = new Map<string, string>();
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `${url}/realms/${REALM}`;

  const signed = (claims: Readonly<Record<string, unknown>>): Promise<string> =>
    new SignJWT({ name: "Ada", azp: CLIENT, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "key" })
      .setIssuer(issuer)
      .setSubject("ada")
      .setAudience(CLIENT)
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_LIFETIME_S}s`)
      .sign(privateKey);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", url);
    const json = (body: unknown, status = 200): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const page = (html: string): void => {
      response.writeHead(200, { "content-type": "text/html" }).end(html);
    };
    switch (pathname.slice(`/realms/${REALM}`.length)) {
      case "/.well-known/openid-configuration":
        return json({
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          end_session_endpoint: `${issuer}/logout`,
        });
      case "/protocol/openid-connect/certs":
        return json({ keys: [{ ...(await exportJWK(publicKey)), kid: "key", alg: "RS256", use: "sig" }] });
      case "/auth": {
        if (query.get("client_id") !== CLIENT || query.get("code_challenge_method") !== "S256") {
          return json({ error: "invalid_request" }, 400);
        }
        const code = randomBytes(8).toString("hex");
        challenges.set(code, query.get("code_challenge") ?? "");
        const back = new URL(query.get("redirect_uri") ?? "");
        back.searchParams.set("code", code);
        back.searchParams.set("state", query.get("state") ?? "");
        return page(`<a href="${back.href.replaceAll("&", "&amp;")}">Ada</a>`);
      }
      case "/token": {
        const form = new URLSearchParams(await text(request));
        const verifier = createHash("sha256").update(form.get("code_verifier") ?? "");
        const challenge = challenges.get(form.get("code") ?? "");
        challenges.delete(form.get("code") ?? "");
        if (challenge !== verifier.digest("base64url")) return json({ error: "invalid_grant" }, 400);
        return json({
          access_token: await signed({ typ: "Bearer" }),
          id_token: await signed({ typ: "ID" }),
          token_type: "Bearer",
          expires_in: TOKEN_LIFETIME_S,
        });
      }
      case "/logout":
        return page("Goodbye");
      default:
        return json({ error: "not_found" }, 404);
    }
  }

  return {
    settings: {
      url,
      realm: REALM,
      issuer,
      verifyIssuer: true,
      allowedClients: [CLIENT],
      webClientId: CLIENT,
      roles: { read: [], operate: [], administer: [] },
      operatingClients: [],
      permissionWithoutRole: "operate",
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
