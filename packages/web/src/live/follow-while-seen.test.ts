import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setAccessToken } from "../api/token.js";
import { followWhileSeen } from "./follow-while-seen.js";

/** Longer than a page that is hidden keeps its connection. */
const LONG_MS = 60_000;

class FakeDocument extends EventTarget {
  visibilityState: "visible" | "hidden" = "visible";

  become(state: "visible" | "hidden"): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

let page: FakeDocument;
const open = new Set<AbortSignal>();
let unfollow: (() => void) | null = null;

/** A server that says nothing and never ends a stream by itself. */
const quietServer: typeof fetch = async (_url, init) => {
  const signal = init?.signal;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (signal == null || signal.aborted) return;
      open.add(signal);
      signal.addEventListener("abort", () => {
        open.delete(signal);
        controller.error(new DOMException("aborted", "AbortError"));
      });
      controller.enqueue(new TextEncoder().encode(": here\n\n"));
    },
  });
  return new Response(body, { status: 200 });
};

function begin(): void {
  unfollow = followWhileSeen(["agent.log"], { onEvent: () => {}, onState: () => {}, fetch: quietServer });
}

beforeEach(() => {
  vi.useFakeTimers();
  page = new FakeDocument();
  const kept = new Map<string, string>();
  vi.stubGlobal("document", page);
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});
afterEach(() => {
  unfollow?.();
  open.clear();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a page that is hidden for long gives its connection back, and has it again when it is looked at", async () => {
  begin();
  expect(open.size).toBe(1);
  page.become("hidden");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(open.size).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(open.size).toBe(0);
  page.become("visible");
  expect(open.size).toBe(1);
  page.become("hidden");
  page.become("visible");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(open.size).toBe(1);
});

test("a page that is opened in the background holds no connection until it is looked at", async () => {
  page.visibilityState = "hidden";
  begin();
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(open.size).toBe(0);
  page.become("visible");
  await vi.advanceTimersByTimeAsync(0);
  expect(open.size).toBe(1);
});

test("a new access token takes a connection of its own, but none for a page that is hidden", async () => {
  begin();
  const [first] = open;
  setAccessToken("new");
  expect(first?.aborted).toBe(true);
  expect(open.size).toBe(1);
  page.become("hidden");
  await vi.advanceTimersByTimeAsync(10_000);
  setAccessToken("newer");
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(open.size).toBe(0);
  page.become("visible");
  expect(open.size).toBe(1);
});

test("nothing is followed any more once it is ended", async () => {
  begin();
  unfollow?.();
  expect(open.size).toBe(0);
  page.become("hidden");
  page.become("visible");
  setAccessToken("new");
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(open.size).toBe(0);
});
