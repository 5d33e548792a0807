import type { SettingsReader } from "../config.js";
import { PERMISSIONS, type Permission, type RolesByPermission } from "./permissions.js";

/** How callers prove who they are: bearer tokens of one realm of an OpenID Connect provider (Keycloak). */
export interface AuthSettings {
  /** Where this process reaches the provider, e.g. `https://identity.example.org`. */
  readonly url: string;
  readonly realm: string;
  /** What tokens name as their issuer, and where browsers find the provider. */
  readonly issuer: string;
  readonly verifyIssuer: boolean;
  /** The clients whose tokens are taken (`azp`); null: those of all clients of the realm. */
  readonly allowedClients: readonly string[] | null;
  /** The client as which the web UI lets people log in. */
  readonly webClientId: string;
  readonly roles: RolesByPermission;
  /** Clients (`azp`) whose tokens may operate also without a role: agents and pipelines from before there were roles. */
  readonly operatingClients: readonly string[];
  /** What a valid token with none of the roles may do; null: nothing. */
  readonly permissionWithoutRole: Permission | null;
}

/** Clocks may differ by this much. */
export const CLOCK_LEEWAY_S = 60;

/** Keycloak's address of a realm, which is also what its tokens name as their issuer. */
export function realmUrl(url: string, realm: string): string {
  return `${url.replace(/\/+$/, "")}/realms/${encodeURIComponent(realm)}`;
}

/** @returns null where `KEYCLOAK_URL` is not set */
export function readAuthSettings({ text, list, oneOf, flag, wrong }: SettingsReader): AuthSettings | null {
  // Mistakes are told before somebody switches authentication on.
  const verifyIssuer = flag("KEYCLOAK_VERIFY_ISS", true);
  const withoutRole = oneOf("SMARTEM_PERMISSION_WITHOUT_ROLE", ["none", ...PERMISSIONS], "read");
  const url = text("KEYCLOAK_URL");
  if (url === undefined) return null;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    wrong(`KEYCLOAK_URL is ${JSON.stringify(url)}; it has to be an address such as https://identity.example.org`);
  }
  const realm = text("KEYCLOAK_REALM");
  if (realm === undefined) wrong("KEYCLOAK_URL is set, but KEYCLOAK_REALM is not");
  return {
    url,
    realm: realm ?? "",
    issuer: text("KEYCLOAK_ISSUER") ?? realmUrl(url, realm ?? ""),
    verifyIssuer,
    allowedClients: list("KEYCLOAK_ALLOWED_AZP") ?? null,
    webClientId: text("KEYCLOAK_WEB_CLIENT_ID") ?? "smartem-web",
    roles: {
      read: list("SMARTEM_ROLES_READ") ?? ["smartem-read", "smartem:read"],
      operate: list("SMARTEM_ROLES_OPERATE") ?? ["smartem-operate", "smartem:operate"],
      administer: list("SMARTEM_ROLES_ADMINISTER") ?? ["smartem-administer", "smartem:administer"],
    },
    operatingClients: list("SMARTEM_CLIENTS_OPERATE") ?? [],
    permissionWithoutRole: withoutRole === "none" ? null : withoutRole,
  };
}
