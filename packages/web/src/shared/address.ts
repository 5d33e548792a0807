import { useSyncExternalStore } from "react";
import { useLocation, useNavigate } from "react-router";

/** What a page keeps in its address beside its path, so that it can be handed on, reloaded and come back to. */
export interface Address {
  get(name: string): string | null;
  /**
   * @param value null takes the name out of the address
   * @param step whether "back" undoes it; otherwise it belongs to the step that was taken last
   */
  put(name: string, value: string | null, step?: "back undoes it"): void;
}

/**
 * Browsers let an address change a hundred times in half a minute, or two hundred times in ten seconds, and then drop what more there is
 * or throw. A slider that is dragged and a key that is held change it faster: so many changes are written at once, then one in so long.
 */
const AT_ONCE = 20;
const INTERVAL_MS = 400;

/** The one address of this window: what was put last, which what the browser shows may be behind. */
const newest = {
  /** What is to be in the address. */
  query: "",
  /** The browser's address when it was written last: whatever has changed it since has also put what was to be out of date. */
  writtenTo: "",
  /** How many changes may still be written at once, as of a time. */
  left: AT_ONCE,
  asOf: 0,
  timer: undefined as ReturnType<typeof setTimeout> | undefined,
  listeners: new Set<() => void>(),
};

const shownAddress = (): string => window.location.pathname + window.location.search;

const newestQuery = (): string =>
  newest.writtenTo === shownAddress() ? newest.query : window.location.search.replace(/^\?/, "");

function listen(listener: () => void): () => void {
  newest.listeners.add(listener);
  return () => newest.listeners.delete(listener);
}

/** Puts what is to be in the address there, unless somebody has gone elsewhere. */
function write(navigate: (query: string) => void): void {
  clearTimeout(newest.timer);
  newest.timer = undefined;
  if (newest.writtenTo !== shownAddress()) return;
  newest.left -= 1;
  navigate(newest.query);
  newest.writtenTo = shownAddress();
}

export function useAddress(): Address {
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const put = useSyncExternalStore(listen, newestQuery);
  // A page that is being left keeps what it was drawn with.
  const query = new URLSearchParams(window.location.pathname === pathname ? put : search);
  return {
    get: (name) => query.get(name),
    put: (name, value, step) => {
      // What the page was drawn with may be older than what has been put into the address since.
      const after = new URLSearchParams(newestQuery());
      if (value === null) after.delete(name);
      else after.set(name, value);
      newest.query = after.toString();
      newest.writtenTo = shownAddress();
      const now = performance.now();
      newest.left = Math.min(AT_ONCE, newest.left + (now - newest.asOf) / INTERVAL_MS);
      newest.asOf = now;
      if (step !== undefined) write((to) => void navigate(`?${to}`));
      else if (newest.left >= 1) write((to) => void navigate(`?${to}`, { replace: true }));
      else newest.timer ??= setTimeout(() => write((to) => void navigate(`?${to}`, { replace: true })), INTERVAL_MS);
      for (const listener of newest.listeners) listener();
    },
  };
}
