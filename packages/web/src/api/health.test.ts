import { QueryClient } from "@tanstack/react-query";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import type { Health } from "./additions.js";

const fetched = vi.hoisted(() => {
  const answers = vi.fn<() => Response>();
  // The client is made for the page's own origin, and keeps the `fetch` that it finds.
  vi.stubGlobal("window", { location: { origin: "http://127.0.0.1" } });
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("fetch", async () => answers());
  return answers;
});
const { healthQuery } = await import("./queries.js");

const client = new QueryClient();
afterEach(() => client.clear());
// Other tests of the same process have their own.
afterAll(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});
const ask = (): Promise<Health> => client.fetchQuery({ ...healthQuery, retry: false });
const page = (status: number): Response =>
  new Response("<html>Bad gateway</html>", { status, headers: { "content-type": "text/html" } });

test("a server that is not well says so with status 503, and how it is", async () => {
  const part = { status: "error", details: "no answer" };
  const detail = {
    status: "degraded",
    timestamp: "2026-03-02T08:00:00Z",
    version: "1",
    services: { database: part, event_broker: part, worker: part, log_aggregator: part },
  };
  fetched.mockImplementation(() => Response.json({ detail }, { status: 503 }));
  await expect(ask()).resolves.toEqual(detail);
});

test("the page of a proxy is no health of the server", async () => {
  fetched.mockImplementation(() => page(502));
  await expect(ask()).rejects.toThrow("The server answered with status 502.");
  fetched.mockImplementation(() => page(503));
  await expect(ask()).rejects.toThrow("The server answered with status 503.");
  fetched.mockImplementation(() => page(200));
  await expect(ask()).rejects.toThrow("Something else than the server answered.");
});

test("an answer that is refused is a problem in the server's words", async () => {
  fetched.mockImplementation(() => Response.json({ detail: "Too many requests" }, { status: 429 }));
  await expect(ask()).rejects.toThrow("Too many requests");
});
