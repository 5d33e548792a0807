import { messageOf } from "@smartem/common/errors";
import { err, ok, type Result } from "@smartem/common/result";
import { decodeJwt } from "jose";
import { request } from "undici";
import { steadyNow } from "../steady-clock.js";
import type { ClientCredentials } from "./agent-env.js";
import { clientAssertion } from "./client-assertion.js";

/** Gives access tokens for the API. */
export interface TokenSource {
  /** A token that is valid for a while yet, or why there is none. */
  token(): Promise<Result<string, string>>;
  /** The last token was not accepted: the next one is to be new. */
  discard(): void;
}

/** A token is replaced this long before it expires, one that is valid for less than twice that after half of its time. */
const REFRESH_BEFORE_MS = 30_000;
const TIMEOUT_MS = 10_000;
/** For a server that does not say how long its token is valid. */
const ASSUMED_VALIDITY_MS = 60_000;

/** Tokens of the OpenID Connect client-credentials grant, as Keycloak gives them; kept until shortly before they expire. */
export class ClientCredentialsTokens implements TokenSource {
  readonly #credentials: ClientCredentials;
  readonly #now: () => number;
  #held: { readonly token: string; readonly replaceAtMs: number } | null = null;
  #asking: Promise<Result<string, string>> | null = null;

  constructor(credentials: ClientCredentials, now: () => number = steadyNow) {
    this.#credentials = credentials;
    this.#now = now;
  }

  async token(): Promise<Result<string, string>> {
    if (this.#held !== null && this.#now() < this.#held.replaceAtMs) return ok(this.#held.token);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  discard(): void {
    this.#held = null;
  }

  async #ask(): Promise<Result<string, string>> {
    const { url, realm } = this.#credentials;
    const issuer = `${url.replace(/\/$/, "")}/realms/${encodeURIComponent(realm)}`;
    const endpoint = `${issuer}/protocol/openid-connect/token`;
    try {
      const answer = await request(endpoint, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
        body: new URLSearchParams({ grant_type: "client_credentials", ...(await this.#proof(issuer)) }).toString(),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) {
        return err(`The identity provider answers ${answer.statusCode}: ${errorOf(text)}`);
      }
      const { access_token: token, expires_in: seconds } = JSON.parse(text) as Record<string, unknown>;
      if (typeof token !== "string" || token === "") return err("The identity provider's answer has no access token.");
      const now = this.#now();
      const validMs = validityMs(token, seconds, now);
      this.#held = { token, replaceAtMs: now + Math.max(validMs - REFRESH_BEFORE_MS, validMs / 2) };
      return ok(token);
    } catch (thrown) {
      return err(`The identity provider can't be asked: ${messageOf(thrown)}`);
    }
  }

  async #proof(issuer: string): Promise<Record<string, string>> {
    const { clientId, proof } = this.#credentials;
    if ("secret" in proof) return { client_id: clientId, client_secret: proof.secret };
    return {
      client_id: clientId,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await clientAssertion(clientId, proof.key, issuer, Date.now()),
    };
  }
}

function validityMs(token: string, seconds: unknown, nowMs: number): number {
  if (typeof seconds === "number" && seconds > 0) return seconds * 1_000;
  try {
    const { exp } = decodeJwt(token);
    return exp === undefined ? ASSUMED_VALIDITY_MS : exp * 1_000 - nowMs;
  } catch {
    return ASSUMED_VALIDITY_MS;
  }
}

/** The provider's own words, never what was sent to it. */
function errorOf(text: string): string {
  try {
    const { error, error_description: description } = JSON.parse(text) as Record<string, unknown>;
    return [error, description].filter((part) => typeof part === "string").join(": ") || "no reason given";
  } catch {
    return "no reason given";
  }
}
