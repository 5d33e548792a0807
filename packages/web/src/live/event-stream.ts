import { createParser } from "eventsource-parser";

/*
 * Server-Sent Events over fetch: unlike EventSource it can carry an access token, and it says honestly how fresh what it
 * shows is.
 */

export type LiveState =
  /** The first attempt is under way. */
  | "connecting"
  /** Connected, and something has arrived lately. */
  | "live"
  /** Connected, but not even a heartbeat has arrived in time: the server says nothing while its database does not answer. */
  | "stale"
  /** Not connected; tried again until it works. */
  | "offline"
  /** Set aside while nobody looks. */
  | "paused";

export interface LiveEvent {
  readonly type: string;
  readonly data: unknown;
}

export interface EventStreamOptions {
  readonly url: string;
  /** Headers of each attempt, asked for anew each time. */
  readonly headers: () => Record<string, string>;
  readonly onEvent: (event: LiveEvent) => void;
  /** @param heardAt when anything was last heard of the server, in milliseconds since 1970; null: nothing yet */
  readonly onState: (state: LiveState, heardAt: number | null) => void;
  readonly fetch?: typeof fetch;
  /** Heartbeats come every 30 s: one may be missed. */
  readonly staleAfterMs?: number;
  /** A connection that has been silent for so long is dead, whatever the system says. */
  readonly deadAfterMs?: number;
  /** Waits before attempts: the first, then longer ones. */
  readonly retryMs?: readonly number[];
}

export interface EventStream {
  /** Closes the connection until {@link resume}. */
  pause(): void;
  resume(): void;
  stop(): void;
}

const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000];

/** Follows a stream until stopped: connects again after every end, from the last event that carried an id. */
export function followEvents(options: EventStreamOptions): EventStream {
  const { staleAfterMs = 45_000, deadAfterMs = 75_000, retryMs = RETRY_MS } = options;
  let state: LiveState | null = null;
  let heardAt: number | null = null;
  let lastEventId = "";
  let failures = 0;
  let attempt: AbortController | null = null;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let silenceTimer: ReturnType<typeof setTimeout> | undefined;

  const become = (next: LiveState): void => {
    if (next === state) return;
    state = next;
    options.onState(next, heardAt);
  };

  const heard = (): void => {
    heardAt = Date.now();
    become("live");
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(() => {
      become("stale");
      silenceTimer = setTimeout(() => attempt?.abort(), deadAfterMs - staleAfterMs);
    }, staleAfterMs);
  };

  const parser = createParser({
    onEvent(event) {
      heard();
      if (event.id !== undefined && event.id !== "") lastEventId = event.id;
      let data: unknown;
      try {
        data = JSON.parse(event.data);
      } catch {
        return;
      }
      options.onEvent({ type: event.event ?? "message", data });
    },
  });

  async function connect(own: AbortController): Promise<void> {
    try {
      const response = await (options.fetch ?? fetch)(options.url, {
        headers: {
          ...options.headers(),
          accept: "text/event-stream",
          ...(lastEventId === "" ? {} : { "last-event-id": lastEventId }),
        },
        cache: "no-store",
        signal: own.signal,
      });
      // An answer that was on its way when the stream was set aside changes nothing any more.
      own.signal.throwIfAborted();
      if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
      failures = 0;
      parser.reset();
      heard();
      const decoder = new TextDecoder();
      for (const reader = response.body.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        parser.feed(decoder.decode(value, { stream: true }));
      }
    } catch {
      // Whatever ended it, the answer is the same: say so and try again.
    }
    clearTimeout(silenceTimer);
    if (attempt !== own) return;
    attempt = null;
    become("offline");
    const wait = retryMs[Math.min(failures, retryMs.length - 1)] ?? 0;
    failures += 1;
    retryTimer = setTimeout(start, wait);
  }

  function start(): void {
    clearTimeout(retryTimer);
    attempt = new AbortController();
    void connect(attempt);
  }

  function end(): void {
    clearTimeout(retryTimer);
    clearTimeout(silenceTimer);
    const own = attempt;
    attempt = null;
    own?.abort();
  }

  become("connecting");
  start();
  return {
    pause() {
      if (state === "paused") return;
      end();
      become("paused");
    },
    resume() {
      if (state !== "paused") return;
      failures = 0;
      become("connecting");
      start();
    },
    stop: end,
  };
}
