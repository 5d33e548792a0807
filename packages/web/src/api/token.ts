/*
 * The access token of servers that ask for one. It lives as long as the browser's tab, in no cookie, and goes out with every
 * request of this page, the event stream included.
 */

const KEY = "smartem.access-token";
const listeners = new Set<() => void>();

export function accessToken(): string | null {
  return sessionStorage.getItem(KEY);
}

/** Sets the token; null or an empty text forgets it. */
export function setAccessToken(token: string | null): void {
  if (token === null || token.trim() === "") sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token.trim());
  for (const listener of listeners) listener();
}

/** @returns a function that ends the subscription */
export function onAccessTokenChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The headers that a request to the API carries. */
export function authorization(): Record<string, string> {
  const token = accessToken();
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
