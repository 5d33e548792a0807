import { messageOf } from "@smartem/common/errors";
import { createParser } from "eventsource-parser";
import type { ApiClient } from "../api/api-client.js";

export interface StreamEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Why a stream ended. */
export type StreamEnd =
  /** The other side ended it properly. */
  | { readonly is: "closed" }
  /** The connection broke, or never came about. */
  | { readonly is: "ended"; readonly reason: string }
  /** Nothing came for too long: the connection may be half open. */
  | { readonly is: "silent" }
  /** The API does not take the session: it is to be registered again. */
  | { readonly is: "session_refused"; readonly reason: string };

const MAX_EVENT_CHARACTERS = 32 * 1024 * 1024;

/**
 * Follows one connection of a session's instruction stream until it ends.
 *
 * @param silenceMs after which a silent connection is taken for dead
 * @param onEvent called for each event in turn
 */
export async function followInstructions(
  api: ApiClient,
  path: string,
  times: { readonly connectMs: number; readonly silenceMs: number },
  signal: AbortSignal,
  onEvent: (event: StreamEvent) => void,
): Promise<StreamEnd> {
  const cut = new AbortController();
  const onAbort = () => cut.abort();
  signal.addEventListener("abort", onAbort, { once: true });
  let silent = false;
  let watchdog = setTimeout(() => undefined, 0);
  const alive = (): void => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      silent = true;
      cut.abort();
    }, times.silenceMs);
  };
  let refused: string | null = null;
  let pending = 0;
  const parser = createParser({
    onEvent: ({ event = "message", data }) => {
      pending = 0;
      const parsed = parseData(data);
      if (event === "error") {
        refused = String(parsed.message ?? parsed.error ?? "refused");
        cut.abort();
        return;
      }
      onEvent({ event, data: parsed });
    },
  });
  try {
    if (signal.aborted) return { is: "ended", reason: "stopping" };
    const opened = await api.stream(path, {}, times.connectMs, cut.signal);
    if (!opened.ok) {
      const { status, message } = opened.error;
      if (status === 404 || status === 403 || status === 400) return { is: "session_refused", reason: message };
      return { is: "ended", reason: message };
    }
    alive();
    const decoder = new TextDecoder();
    for await (const chunk of opened.value) {
      alive();
      pending += chunk.length;
      if (pending > MAX_EVENT_CHARACTERS) return { is: "ended", reason: "an event is larger than any instruction" };
      parser.feed(decoder.decode(chunk, { stream: true }));
    }
    return refused === null ? { is: "closed" } : { is: "session_refused", reason: refused };
  } catch (thrown) {
    if (refused !== null) return { is: "session_refused", reason: refused };
    return silent ? { is: "silent" } : { is: "ended", reason: messageOf(thrown) };
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener("abort", onAbort);
    cut.abort();
  }
}

function parseData(data: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(data);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
