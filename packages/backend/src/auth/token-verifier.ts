import { messageOf, SmartemError } from "@smartem/common/errors";
import type { Logger } from "@smartem/common/logging";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { includes, type Permission, permissionOf } from "./permissions.js";
import { type AuthSettings, CLOCK_LEEWAY_S, realmUrl } from "./settings.js";

/** Who sent a request. */
export interface Caller {
  /** The provider's id of the person or the service. */
  readonly subject: string;
  /** What people call it; the subject where the token has no name. */
  readonly name: string;
  /** The client for which the token was made. */
  readonly client: string | null;
  readonly permission: Permission | null;
  /** From then on the token is not accepted any more. */
  readonly expiresAtMs: number;
}

export interface TokenVerifier {
  /**
   * @throws SmartemError `invalid_token` (401) with what is wrong with it; `identity_provider_unavailable` (503) when keys are
   * needed and can't be fetched
   */
  verify(token: string): Promise<Caller>;
}

const FETCH_TIMEOUT_MS = 5_000;
/** Keys are fetched anew after this long. */
const KEYS_MAX_AGE_MS = 600_000;
/** Tokens with key ids that nobody knows make the keys be fetched at most this often. */
const KEYS_COOLDOWN_MS = 2_000;
/** A provider that does not answer is not asked again for this long; meanwhile the keys that are known go on. */
const AWAY_COOLDOWN_MS = 10_000;

/** Checks bearer tokens against the realm's published keys, which are fetched when they are first needed. */
export function createTokenVerifier(settings: AuthSettings, logger: Logger): TokenVerifier {
  const keys = realmKeys(settings, logger);
  return {
    async verify(token) {
      const payload = await verified(token, keys, settings);
      // Keycloak's ID, refresh and logout tokens are signed with the same keys, and are no keys to an API.
      if (typeof payload.typ === "string" && payload.typ !== "Bearer") {
        throw invalid(`This is no access token but one of type ${payload.typ}`);
      }
      const client = clientOf(payload);
      if (settings.allowedClients !== null && (client === null || !settings.allowedClients.includes(client))) {
        throw invalid(`Tokens made for the client ${client ?? "(none)"} are not accepted here`, {
          hint: "KEYCLOAK_ALLOWED_AZP lists the clients whose tokens are.",
        });
      }
      const held = permissionOf(payload, settings.roles, settings.permissionWithoutRole);
      const isOperating = client !== null && settings.operatingClients.includes(client);
      const subject = payload.sub ?? client ?? "unknown";
      return {
        subject,
        name: textIn(payload.name, payload.preferred_username) ?? subject,
        client,
        permission: isOperating && !includes(held, "operate") ? "operate" : held,
        expiresAtMs: ((payload.exp ?? 0) + CLOCK_LEEWAY_S) * 1_000,
      };
    },
  };
}

/** The authorised party; services' tokens of some providers only have `client_id`. */
function clientOf(payload: JWTPayload): string | null {
  return textIn(payload.azp, payload.client_id);
}

/** The first of some claims that is a text. */
function textIn(...claims: readonly unknown[]): string | null {
  return claims.find((claim) => typeof claim === "string") ?? null;
}

async function verified(token: string, keys: JWTVerifyGetKey, settings: AuthSettings): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      // Alone: a token signed with the public key as an HMAC secret, or not at all, is no token.
      algorithms: ["RS256"],
      clockTolerance: CLOCK_LEEWAY_S,
      requiredClaims: ["exp"],
      ...(settings.verifyIssuer ? { issuer: settings.issuer } : {}),
    });
    return payload;
  } catch (error) {
    if (error instanceof SmartemError) throw error;
    throw invalid(reasonOf(error, settings));
  }
}

function reasonOf(error: unknown, settings: AuthSettings): string {
  if (error instanceof errors.JWTExpired) return "The token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iss") return `The token is not from ${settings.issuer}`;
    if (error.claim === "nbf") return "The token is not valid yet";
    return `The token's claim ${error.claim} is ${error.reason === "missing" ? "missing" : "not valid"}`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "The token is not signed with RS256";
  if (error instanceof errors.JWKSNoMatchingKey) return "The token is signed with a key that is not the realm's";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The token's signature is wrong";
  return "This is no token that can be read";
}

export function invalid(message: string, options: { readonly hint?: string } = {}): SmartemError {
  return new SmartemError("invalid_token", 401, message, options);
}

/** The realm's keys: cached, fetched again for an unknown key id, and kept while the provider is away. */
function realmKeys({ url, realm }: AuthSettings, logger: Logger): JWTVerifyGetKey {
  const address = `${realmUrl(url, realm)}/protocol/openid-connect/certs`;
  const remote = createRemoteJWKSet(new URL(address), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
  });
  let awayUntilMs = 0;

  const withHeldKeys = async (header: JWSHeaderParameters, token: FlattenedJWSInput, cause: unknown) => {
    const held = remote.jwks();
    if (held !== undefined) {
      try {
        return await createLocalJWKSet(held)(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
    }
    throw new SmartemError("identity_provider_unavailable", 503, "The identity provider can't be asked for its keys.", {
      hint: "Send the request again in a few seconds.",
      cause,
    });
  };

  return async (header, token) => {
    if (Date.now() < awayUntilMs) return withHeldKeys(header, token, undefined);
    try {
      return await remote(header, token);
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      awayUntilMs = Date.now() + AWAY_COOLDOWN_MS;
      logger.warn({ address, reason: messageOf(error) }, "the identity provider's keys can't be fetched");
      return withHeldKeys(header, token, error);
    }
  };
}

function isAboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWSInvalid
  );
}
