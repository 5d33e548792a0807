import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type EventStream, followEvents, type LiveEvent, type LiveState } from "./event-stream.js";

interface Connection {
  readonly headers: Record<string, string>;
  send(content: string | Uint8Array): void;
  end(): void;
  readonly aborted: boolean;
}

/** A server of event streams whose connections the test holds in its hand. */
function fakeServer() {
  const connections: Connection[] = [];
  let refuse = false;
  const fetch_ = vi.fn(async (_url: unknown, init?: RequestInit) => {
    if (refuse) throw new TypeError("refused");
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(own) {
        controller = own;
      },
    });
    init?.signal?.addEventListener("abort", () => controller?.error(new DOMException("aborted", "AbortError")));
    connections.push({
      headers: init?.headers as Record<string, string>,
      send: (content) => controller?.enqueue(typeof content === "string" ? new TextEncoder().encode(content) : content),
      end: () => controller?.close(),
      get aborted() {
        return init?.signal?.aborted === true;
      },
    });
    return new Response(body, { status: 200 });
  });
  return {
    connections,
    fetch: fetch_ as unknown as typeof fetch,
    refuse: (value: boolean) => {
      refuse = value;
    },
  };
}

describe("followEvents", () => {
  let stream: EventStream | null = null;
  const events: LiveEvent[] = [];
  const states: LiveState[] = [];
  const heardAt: (number | null)[] = [];
  let server = fakeServer();

  const start = (): void => {
    stream = followEvents({
      url: "/stream",
      headers: () => ({ authorization: "Bearer secret" }),
      onEvent: (event) => events.push(event),
      onState: (state, at) => {
        states.push(state);
        heardAt.push(at);
      },
      fetch: server.fetch,
      staleAfterMs: 1_000,
      deadAfterMs: 2_000,
      retryMs: [100, 400],
    });
  };

  beforeEach(() => {
    vi.useFakeTimers();
    events.length = 0;
    states.length = 0;
    heardAt.length = 0;
    server = fakeServer();
  });
  afterEach(() => {
    stream?.stop();
    vi.useRealTimers();
  });

  test("is live as soon as the server answers, and gives events with their types", async () => {
    start();
    await vi.advanceTimersByTimeAsync(0);
    server.connections[0]?.send('id: 7\nevent: acquisition.progress\ndata: {"a":1}\n\n');
    await vi.advanceTimersByTimeAsync(0);
    expect(states).toEqual(["connecting", "live"]);
    expect(events).toEqual([{ type: "acquisition.progress", data: { a: 1 } }]);
    expect(server.connections[0]?.headers.authorization).toBe("Bearer secret");
  });

  test("says that it is stale when nothing arrives, and live again when something does", async () => {
    start();
    await vi.advanceTimersByTimeAsync(1_001);
    expect(states).toEqual(["connecting", "live", "stale"]);
    // A line that keeps proxies from cutting the stream off says nothing of how things stand.
    server.connections[0]?.send(": alive\n\n");
    await vi.advanceTimersByTimeAsync(0);
    expect(states.at(-1)).toBe("stale");
    server.connections[0]?.send("event: heartbeat\ndata: {}\n\n");
    await vi.advanceTimersByTimeAsync(0);
    expect(states.at(-1)).toBe("live");
  });

  test("says with each state when anything was last heard, however the state changes after that", async () => {
    const began = Date.now();
    start();
    await vi.advanceTimersByTimeAsync(600);
    server.connections[0]?.send("event: heartbeat\ndata: {}\n\n");
    await vi.advanceTimersByTimeAsync(0);
    server.refuse(true);
    await vi.advanceTimersByTimeAsync(600_000);
    stream?.pause();
    stream?.resume();
    await vi.advanceTimersByTimeAsync(0);
    expect(states).toEqual(["connecting", "live", "stale", "offline", "paused", "connecting", "offline"]);
    expect(heardAt).toEqual([null, began, ...Array.from({ length: 5 }, () => began + 600)]);
  });

  test("gives up a connection that stays silent and opens another", async () => {
    start();
    await vi.advanceTimersByTimeAsync(2_001);
    expect(server.connections[0]?.aborted).toBe(true);
    expect(states.at(-1)).toBe("offline");
    await vi.advanceTimersByTimeAsync(101);
    expect(server.connections).toHaveLength(2);
    expect(states.at(-1)).toBe("live");
  });

  test("resumes after the last event that carried an id", async () => {
    start();
    await vi.advanceTimersByTimeAsync(0);
    server.connections[0]?.send("id: 41\nevent: a\ndata: 1\n\nevent: heartbeat\ndata: {}\n\n");
    await vi.advanceTimersByTimeAsync(0);
    server.connections[0]?.end();
    await vi.advanceTimersByTimeAsync(150);
    expect(server.connections[1]?.headers["last-event-id"]).toBe("41");
  });

  test("waits longer between attempts that fail, and is offline meanwhile", async () => {
    server.refuse(true);
    start();
    await vi.advanceTimersByTimeAsync(0);
    expect(states).toEqual(["connecting", "offline"]);
    await vi.advanceTimersByTimeAsync(100 + 400 + 400 + 10);
    expect(server.fetch).toHaveBeenCalledTimes(4);
    server.refuse(false);
    await vi.advanceTimersByTimeAsync(400);
    expect(states.at(-1)).toBe("live");
  });

  test("rests while it is paused and connects again when resumed", async () => {
    start();
    await vi.advanceTimersByTimeAsync(0);
    stream?.pause();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(server.connections).toHaveLength(1);
    expect(states.at(-1)).toBe("paused");
    stream?.resume();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.connections).toHaveLength(2);
    expect(states.at(-1)).toBe("live");
  });

  test("does nothing any more once stopped", async () => {
    start();
    await vi.advanceTimersByTimeAsync(0);
    stream?.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.connections).toHaveLength(1);
    expect(states).toEqual(["connecting", "live"]);
  });

  test("gives the same events however the bytes are cut into chunks", async () => {
    vi.useRealTimers();
    const payloads = fc.array(
      fc.record({ name: fc.string({ unit: "grapheme" }), n: fc.integer() }, { noNullPrototype: true }),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(payloads, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async (sent, cuts) => {
        const own = fakeServer();
        const seen: unknown[] = [];
        const following = followEvents({
          url: "/stream",
          headers: () => ({}),
          onEvent: ({ data }) => seen.push(data),
          onState: () => {},
          fetch: own.fetch,
        });
        await vi.waitFor(() => expect(own.connections).toHaveLength(1));
        const text = sent.map((payload) => `event: x\ndata: ${JSON.stringify(payload)}\n\n`).join("");
        const bytes = new TextEncoder().encode(text);
        for (let start = 0, cut = 0; start < bytes.length; cut++) {
          const length = cuts[cut % cuts.length] ?? 1;
          own.connections[0]?.send(bytes.slice(start, start + length));
          start += length;
        }
        await vi.waitFor(() => expect(seen).toHaveLength(sent.length));
        following.stop();
        expect(seen).toEqual(sent);
      }),
      { numRuns: 20 },
    );
  });
});
