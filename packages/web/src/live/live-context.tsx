import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { authorization, onAccessTokenChange } from "../api/token.js";
import { followEvents, type LiveState } from "./event-stream.js";
import { liveUpdates } from "./live-updates.js";

interface Live {
  readonly state: LiveState;
  /** When anything was last heard of the server before this state, in milliseconds since 1970; null: nothing yet. */
  readonly heardAt: number | null;
}

const LiveContext = createContext<Live>({ state: "connecting", heardAt: null });

export function useLive(): Live {
  return useContext(LiveContext);
}

/** A page that nobody looks at gives its connection back after so long: browsers allow few of them. */
const PAUSE_HIDDEN_AFTER_MS = 5_000;

/** Connects the page to the server's event stream for as long as it is open. */
export function LiveProvider({ children }: { children: ReactNode }): ReactNode {
  const client = useQueryClient();
  const [live, setLive] = useState<Live>({ state: "connecting", heardAt: null });
  const missedSome = useRef(false);

  useEffect(() => {
    const updates = liveUpdates(client);
    const stream = followEvents({
      url: `/frontend/events/stream?event_types=${[...Object.keys(updates), "heartbeat"].join(",")}`,
      headers: authorization,
      onEvent: ({ type, data }) => updates[type]?.(data as Record<string, unknown>),
      onState(next, heardAt) {
        setLive({ state: next, heardAt });
        if (next === "live" && missedSome.current) {
          missedSome.current = false;
          // Counts and lists have no history to resume: ask for all that is shown.
          void client.invalidateQueries();
        }
        if (next === "offline" || next === "paused") missedSome.current = true;
      },
    });
    let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
    const onVisibility = (): void => {
      clearTimeout(hiddenTimer);
      if (document.visibilityState === "hidden") hiddenTimer = setTimeout(stream.pause, PAUSE_HIDDEN_AFTER_MS);
      else stream.resume();
    };
    document.addEventListener("visibilitychange", onVisibility);
    const unsubscribe = onAccessTokenChange(() => {
      stream.pause();
      stream.resume();
      void client.invalidateQueries();
    });
    return () => {
      clearTimeout(hiddenTimer);
      document.removeEventListener("visibilitychange", onVisibility);
      unsubscribe();
      stream.stop();
    };
  }, [client]);

  return <LiveContext value={live}>{children}</LiveContext>;
}
