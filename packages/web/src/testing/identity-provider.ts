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

/** Who can log in, and the role of the realm that each has. */
const PEOPLE: Readonly<Record<string, string>> = {
  Ada: "smartem-operate",
  Rea: "smartem-read",
  Amir: "smartem-administer",
};

/** An OpenID Connect provider, as far as the authorisation code flow with PKCE goes, that asks everybody who they want to be. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const logins = new Map<string, { readonly challenge: string; readonly person: string }>();
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `${url}/realms/${REALM}`;

  const signed = (person: string, typ: "Bearer" | "ID"): Promise<string> =>
    new SignJWT({ name: person, azp: CLIENT, realm_access: { roles: [PEOPLE[person]] }, typ })
      .setProtectedHeader({ alg: "RS256", kid: "key" })
      .setIssuer(issuer)
      .setSubject(person.toLowerCase())
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
        const links = Object.keys(PEOPLE).map((person) => {
          const code = randomBytes(8).toString("hex");
          logins.set(code, { challenge: query.get("code_challenge") ?? "", person });
          const back = new URL(query.get("redirect_uri") ?? "");
          back.searchParams.set("code", code);
          back.searchParams.set("state", query.get("state") ?? "");
          return `<a href="${back.href.replaceAll("&", "&amp;")}">${person}</a>`;
        });
        return page(links.join(" "));
      }
      case "/token": {
        const form = new URLSearchParams(await text(request));
        const verifier = createHash("sha256").update(form.get("code_verifier") ?? "");
        const login = logins.get(form.get("code") ?? "");
        logins.delete(form.get("code") ?? "");
        if (login?.challenge !== verifier.digest("base64url")) return json({ error: "invalid_grant" }, 400);
        return json({
          access_token: await signed(login.person, "Bearer"),
          id_token: await signed(login.person, "ID"),
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
      roles: { read: ["smartem-read"], operate: ["smartem-operate"], administer: ["smartem-administer"] },
      operatingClients: [],
      permissionWithoutRole: null,
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
