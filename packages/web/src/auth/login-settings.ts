import { answer, api } from "../api/client.js";

/** How to log in at the identity provider. */
export interface LoginSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
}

const KEY = "smartem.login";

/** Asks the server, which answers this to anybody. @returns null where it names no provider */
export async function askLoginSettings(): Promise<LoginSettings | null> {
  const { required, issuer, client_id, scope } = await answer(api.GET("/auth/configuration"));
  if (!required || issuer === null || client_id === null) return null;
  return { issuer, clientId: client_id, scope: scope ?? "openid" };
}

/** Keeps for this tab at which provider somebody logs in. */
export function rememberLogin(settings: LoginSettings | null): void {
  if (settings === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(settings));
}

/** The provider at which somebody has begun to log in, in this tab. */
export function rememberedLogin(): LoginSettings | null {
  const text = sessionStorage.getItem(KEY);
  return text === null ? null : (JSON.parse(text) as LoginSettings);
}
