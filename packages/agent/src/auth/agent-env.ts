import { readFileSync } from "node:fs";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { parse } from "dotenv";
import { type ClientKey, readClientKey } from "./client-assertion.js";

export interface ClientCredentials {
  /** Of Keycloak, e.g. `https://identity.example.org`. */
  readonly url: string;
  readonly realm: string;
  readonly clientId: string;
  /** How the client proves who it is: by a secret, or by a private key. */
  readonly proof: { readonly secret: string } | { readonly key: ClientKey };
}

const NEEDED = ["KEYCLOAK_URL", "KEYCLOAK_REALM", "KEYCLOAK_CLIENT_ID"] as const;
const NAMES = [...NEEDED, "KEYCLOAK_CLIENT_SECRET", "KEYCLOAK_CLIENT_KEY_FILE", "KEYCLOAK_CLIENT_KEY_ID"] as const;

/**
 * The agent's credentials from an `agent.env` file; what the environment says goes before what the file says.
 *
 * @returns null where `KEYCLOAK_URL` is set in neither: the API asks for no token
 * @throws SmartemError `agent_env_unreadable`, `agent_env_incomplete`, `client_key_unusable`
 */
export function readCredentials(
  file: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): ClientCredentials | null {
  const values = { ...(file === null ? {} : readEnvFile(file)), ...definedOf(environment) };
  if (values.KEYCLOAK_URL === undefined || values.KEYCLOAK_URL === "") return null;
  const given = (name: string): boolean => values[name] !== undefined && values[name] !== "";
  const missing: string[] = NEEDED.filter((name) => !given(name));
  const keyFile = given("KEYCLOAK_CLIENT_KEY_FILE") ? (values.KEYCLOAK_CLIENT_KEY_FILE ?? null) : null;
  if (keyFile === null && !given("KEYCLOAK_CLIENT_SECRET")) {
    missing.push("KEYCLOAK_CLIENT_SECRET or KEYCLOAK_CLIENT_KEY_FILE");
  }
  if (missing.length > 0) {
    throw new SmartemError("agent_env_incomplete", 400, `Not set: ${missing.join(", ")}.`, {
      hint: "Set them in agent.env, or leave out KEYCLOAK_URL when the API asks for no token.",
    });
  }
  return {
    url: values.KEYCLOAK_URL,
    realm: values.KEYCLOAK_REALM ?? "",
    clientId: values.KEYCLOAK_CLIENT_ID ?? "",
    // A key is the better proof: it never leaves this computer.
    proof:
      keyFile === null
        ? { secret: values.KEYCLOAK_CLIENT_SECRET ?? "" }
        : { key: readClientKey(keyFile, values.KEYCLOAK_CLIENT_KEY_ID || null) },
  };
}

function readEnvFile(file: string): Record<string, string> {
  try {
    return parse(readFileSync(file));
  } catch (thrown) {
    throw new SmartemError("agent_env_unreadable", 400, `${file} can't be read: ${messageOf(thrown)}`, {
      hint: "Name an existing file with --config.",
    });
  }
}

function definedOf(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
