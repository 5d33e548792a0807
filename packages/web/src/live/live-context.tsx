import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { onAccessTokenChange } from "../api/token.js";
import type { LiveState } from "./event-stream.js";
import { followWhileSeen } from "./follow-while-seen.js";
import { askAgain, liveUpdates } from "./live-updates.js";

interface Live {
  readonly state: LiveState;
  /** When anything was last heard of the server before this state, in milliseconds since 1970; null: nothing yet. */
  readonly heardAt: number | null;
}

const LiveContext = createContext<Live>({ state: "connecting", heardAt: null });

export function useLive(): Live {
  return useContext(LiveContext);
}

/** Connects the page to the server's event stream for as long as it is looked at. */
export function LiveProvider({ children }: { children: ReactNode }): ReactNode {
  const client = useQueryClient();
  const [live, setLive] = useState<Live>({ state: "connecting", heardAt: null });
  const missedSome = useRef(false);

  useEffect(() => {
    const updates = liveUpdates(client);
    const unfollow = followWhileSeen(Object.keys(updates), {
      onEvent: ({ type, data }) => updates[type]?.(data as Record<string, unknown>),
      onState(next, heardAt) {
        setLive({ state: next, heardAt });
        if (next === "live" && missedSome.current) {
          missedSome.current = false;
          // Counts and lists have no history to resume: ask for all that is shown.
          void askAgain(client);
        }
        if (next === "offline" || next === "paused") missedSome.current = true;
      },
    });
    const unsubscribe = onAccessTokenChange(() => void askAgain(client));
    return () => {
      unsubscribe();
      unfollow();
    };
  }, [client]);

  return <LiveContext value={live}>{children}</LiveContext>;
}
