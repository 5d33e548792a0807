import { authorization, onAccessTokenChange } from "../api/token.js";
import { type EventStreamOptions, followEvents } from "./event-stream.js";

/** A page that nobody looks at any more gives its connection back after so long: browsers allow few of them. */
const PAUSE_HIDDEN_AFTER_MS = 5_000;

/**
 * Follows the server's events for as long as somebody looks at the page, under the access token that there is. A page that is opened
 * in the background does not connect before it is looked at.
 *
 * @param eventTypes beside heartbeats, which come always
 * @returns a function that ends it
 */
export function followWhileSeen(
  eventTypes: readonly string[],
  options: Pick<EventStreamOptions, "onEvent" | "onState" | "fetch">,
): () => void {
  const stream = followEvents({
    url: `/frontend/events/stream?event_types=${[...eventTypes, "heartbeat"].join(",")}`,
    headers: authorization,
    ...options,
  });
  const hidden = (): boolean => document.visibilityState === "hidden";
  let paused = false;
  let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  const pause = (): void => {
    paused = true;
    stream.pause();
  };
  const look = (): void => {
    clearTimeout(hiddenTimer);
    if (hidden()) {
      hiddenTimer = setTimeout(pause, PAUSE_HIDDEN_AFTER_MS);
    } else {
      paused = false;
      stream.resume();
    }
  };
  if (hidden()) pause();
  document.addEventListener("visibilitychange", look);
  const unsubscribe = onAccessTokenChange(() => {
    stream.pause();
    if (!paused) stream.resume();
  });
  return () => {
    clearTimeout(hiddenTimer);
    document.removeEventListener("visibilitychange", look);
    unsubscribe();
    stream.stop();
  };
}
