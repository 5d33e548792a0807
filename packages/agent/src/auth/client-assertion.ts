import { createPrivateKey, type KeyObject, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { SignJWT } from "jose";

/** The key by which a client proves who it is, instead of a secret that the identity provider knows too. */
export interface ClientKey {
  readonly key: KeyObject;
  readonly algorithm: "RS256" | "ES256" | "EdDSA";
  /** Under which the provider knows the public key; null where it knows one only. */
  readonly keyId: string | null;
}

/** An assertion is used at once; that it is valid for longer serves clocks that differ. */
const VALID_S = 60;
const CLOCK_LEEWAY_S = 30;

/** @throws SmartemError `client_key_unusable` */
export function readClientKey(file: string, keyId: string | null): ClientKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(file));
  } catch (thrown) {
    throw unusable(file, messageOf(thrown));
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa") return { key, algorithm: "RS256", keyId };
  if (type === "ec" && details?.namedCurve === "prime256v1") return { key, algorithm: "ES256", keyId };
  if (type === "ed25519") return { key, algorithm: "EdDSA", keyId };
  throw unusable(file, `keys of type ${type ?? "unknown"} are not supported`);
}

function unusable(file: string, reason: string): SmartemError {
  return new SmartemError("client_key_unusable", 400, `The private key ${file} can't be used: ${reason}`, {
    hint: "KEYCLOAK_CLIENT_KEY_FILE has to name an unencrypted PEM file with an RSA, P-256 or Ed25519 private key.",
  });
}

/**
 * A signed statement of who the client is (RFC 7523, `private_key_jwt` of OpenID Connect).
 *
 * @param audience the realm's issuer
 */
export function clientAssertion(
  clientId: string,
  { key, algorithm, keyId }: ClientKey,
  audience: string,
  nowMs: number,
): Promise<string> {
  const nowS = Math.floor(nowMs / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: algorithm, typ: "JWT", ...(keyId === null ? {} : { kid: keyId }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(nowS)
    .setNotBefore(nowS - CLOCK_LEEWAY_S)
    .setExpirationTime(nowS + VALID_S)
    .sign(key);
}
