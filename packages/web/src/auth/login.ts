import { type User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import { setAccessToken } from "../api/token.js";
import { type LoginSettings, rememberLogin } from "./login-settings.js";

/** Where the identity provider sends people back to. */
export const CALLBACK_PATH = "/ui/login";

/** The page that somebody wanted to see when they had to log in. */
interface ReturnState {
  readonly returnTo: string;
}

/** One person's login at the identity provider: authorisation code with PKCE; everything is kept in this tab alone. */
export interface Login {
  /** Leaves this page for the provider's. */
  begin(returnTo: string): Promise<void>;
  /** Takes what the provider sent back with; @returns the page that was asked for */
  complete(): Promise<string>;
  /** Takes up a login from before this page was loaded again. @returns false where there is none that still counts */
  resume(): Promise<boolean>;
  end(): Promise<void>;
}

/** @param onName given the person's name while they are logged in, null when they are not */
export function createLogin(settings: LoginSettings, onName: (name: string | null) => void): Login {
  const manager = new UserManager({
    authority: settings.issuer,
    client_id: settings.clientId,
    scope: settings.scope,
    redirect_uri: `${window.location.origin}${CALLBACK_PATH}`,
    post_logout_redirect_uri: `${window.location.origin}/ui/sessions`,
    response_type: "code",
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: true,
  });
  const use = ({ access_token, profile }: User): void => {
    setAccessToken(access_token);
    onName(profile.name ?? profile.preferred_username ?? profile.sub);
  };
  manager.events.addUserLoaded(use);
  // The next answer will be "401", and that asks again.
  manager.events.addAccessTokenExpired(() => setAccessToken(null));
  return {
    async begin(returnTo) {
      rememberLogin(settings);
      const state: ReturnState = { returnTo };
      await manager.signinRedirect({ state });
    },
    async complete() {
      const user = await manager.signinCallback();
      if (user === undefined) throw new Error("The identity provider sent no one back.");
      use(user);
      return (user.state as ReturnState | undefined)?.returnTo ?? "/ui/sessions";
    },
    async resume() {
      const user = await manager.getUser();
      if (user === null || user.expired === true) return false;
      use(user);
      return true;
    },
    async end() {
      rememberLogin(null);
      // Not before this page is left: answers that are refused meanwhile would begin another login.
      window.addEventListener("pagehide", () => setAccessToken(null), { once: true });
      try {
        await manager.signoutRedirect();
      } catch {
        // A provider that ends no sessions: forget them here at least.
        await manager.removeUser();
        setAccessToken(null);
        onName(null);
      }
    },
  };
}
