import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { Login } from "./login.js";
import { askLoginSettings, type LoginSettings, rememberedLogin } from "./login-settings.js";

interface LoginState {
  /** Who is logged in; null: nobody, or nobody has to. */
  readonly name: string | null;
  /** Leaves for the identity provider; @returns false where the server names none */
  begin(): Promise<boolean>;
  /** Takes what the provider sent back with; @returns the page that was asked for */
  complete(): Promise<string>;
  end(): Promise<void>;
}

const LoginContext = createContext<LoginState | null>(null);

export function useLogin(): LoginState {
  const login = useContext(LoginContext);
  if (login === null) throw new Error("useLogin needs a LoginProvider above it");
  return login;
}

/** Knows who is logged in. Nothing of it is loaded where nobody has to log in. */
export function LoginProvider({ children }: { children: ReactNode }): ReactNode {
  const [name, setName] = useState<string | null>(null);
  const login = useRef<Promise<Login> | null>(null);
  const loginAt = useCallback((settings: LoginSettings): Promise<Login> => {
    login.current ??= import("./login.js").then(({ createLogin }) => createLogin(settings, setName));
    return login.current;
  }, []);

  useEffect(() => {
    const settings = rememberedLogin();
    if (settings !== null) void loginAt(settings).then((held) => held.resume());
  }, [loginAt]);

  const state = useMemo(
    (): LoginState => ({
      name,
      async begin() {
        const settings = await askLoginSettings();
        if (settings === null) return false;
        const { pathname, search } = window.location;
        await (await loginAt(settings)).begin(pathname + search);
        return true;
      },
      async complete() {
        const settings = rememberedLogin();
        if (settings === null) throw new Error("This tab has not asked anybody to log in.");
        return (await loginAt(settings)).complete();
      },
      async end() {
        await (await login.current)?.end();
      },
    }),
    [name, loginAt],
  );
  return <LoginContext value={state}>{children}</LoginContext>;
}
