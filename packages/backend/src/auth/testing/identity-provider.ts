import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { type Configuration, Provider } from "oidc-provider";

const REALM = "microscopy";
const LIFETIME_S = 300;

/** A client that logs in with its secret, as agents and pipelines do. */
export interface ServiceAccount {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Of the realm, as Keycloak puts them into tokens. */
  readonly roles?: readonly string[];
}

/** A real OpenID Connect provider whose addresses and tokens are those of a realm of Keycloak. */
export interface IdentityProviderForTests {
  /** `KEYCLOAK_URL` */
  readonly url: string;
  /** `KEYCLOAK_REALM` */
  readonly realm: string;
  readonly issuer: string;
  /** How often its keys have been asked for. */
  readonly keyRequests: number;
  /** A token that the provider gives a service account. */
  tokenOf(account: ServiceAccount): Promise<string>;
  /** A token signed with the provider's current key; claims are those of a valid one, changed by `changes`. */
  sign(
    changes?: Readonly<Record<string, unknown>>,
    header?: { readonly alg?: string; readonly kid?: string },
  ): Promise<string>;
  /** The public key that is published for checking tokens. */
  publicKeyPem(): Promise<string>;
  /** From now on other keys sign, and only those are published. */
  rotateKeys(): Promise<void>;
  /** While away, it lets nobody connect. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

export async function startIdentityProvider(
  accounts: readonly ServiceAccount[] = [],
): Promise<IdentityProviderForTests> {
  let handler: RequestListener = (_request, response) => response.writeHead(503).end();
  let keyRequests = 0;
  const server = createServer((request, response) => {
    const prefix = `/realms/${REALM}`;
    if (request.url?.startsWith(prefix) !== true) return response.writeHead(404).end();
    request.url = request.url.slice(prefix.length);
    if (request.url === "/protocol/openid-connect/certs") keyRequests += 1;
    return handler(request, response);
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, "127.0.0.1", resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const issuer = `${url}/realms/${REALM}`;
  let generation = 0;
  let keys = await generateKeyPair("RS256", { extractable: true });

  const publish = async (): Promise<void> => {
    generation += 1;
    keys = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(keys.privateKey)), kid: `key-${generation}`, alg: "RS256", use: "sig" };
    const provider = new Provider(issuer, configuration(accounts, jwk));
    handler = provider.callback();
  };
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  await publish();

  return {
    url,
    realm: REALM,
    issuer,
    get keyRequests() {
      return keyRequests;
    },
    async tokenOf({ clientId, clientSecret }) {
      const response = await fetch(`${issuer}/protocol/openid-connect/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "client_credentials",
          client_id: clientId,
          client_secret: clientSecret,
        }),
      });
      const { access_token } = (await response.json()) as { access_token?: string };
      if (access_token === undefined) throw new Error(`no token: ${response.status}`);
      return access_token;
    },
    sign(changes = {}, header = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const claims = { iss: issuer, sub: "somebody", azp: "web", typ: "Bearer", iat: now, exp: now + LIFETIME_S };
      return new SignJWT({ ...claims, ...changes })
        .setProtectedHeader({ alg: "RS256", kid: `key-${generation}`, ...header })
        .sign(keys.privateKey);
    },
    publicKeyPem: () => exportSPKI(keys.publicKey),
    rotateKeys: publish,
    goAway: close,
    comeBack: () => listen(port),
    stop: close,
  };
}

function configuration(accounts: readonly ServiceAccount[], jwk: Record<string, unknown>): Configuration {
  const rolesOf = new Map(accounts.map(({ clientId, roles }) => [clientId, roles ?? []]));
  return {
    jwks: { keys: [jwk as never] },
    clients: accounts.map(({ clientId, clientSecret }) => ({
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: "client_secret_post",
    })),
    routes: { token: "/protocol/openid-connect/token", jwks: "/protocol/openid-connect/certs" },
    ttl: { ClientCredentials: LIFETIME_S },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "urn:smartem",
        getResourceServerInfo: () => ({
          scope: "",
          audience: "smartem",
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    extraTokenClaims: (_context, token) => {
      const clientId = String((token as { clientId?: string }).clientId);
      return { azp: clientId, realm_access: { roles: rolesOf.get(clientId) ?? [] } };
    },
  };
}
