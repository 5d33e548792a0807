import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import type { AgentLog } from "./additions.js";

const { server } = vi.hoisted(() => {
  const server = vi.fn<() => Response>();
  // The queries' client is made for the page's own origin.
  vi.stubGlobal("window", { location: { origin: "http://127.0.0.1" } });
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("fetch", async () => server());
  return { server };
});
const { agentLogsQuery, effectQuery, imageQuery, replayQuery, settingsQuery, statusQuery } = await import(
  "./queries.js"
);
// Other tests of the same process have their own.
afterAll(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

interface Question {
  readonly queryKey: readonly unknown[];
  readonly staleTime?: unknown;
}

/** How often a question that is on the page is asked when, after a pause, everything is asked for again. */
async function askedWithPause(question: Question): Promise<number> {
  const client = new QueryClient();
  const queryFn = vi.fn(async () => "an answer");
  const shown = new QueryObserver<string>(client, { ...(question as object), queryFn, queryKey: question.queryKey });
  const leave = shown.subscribe(() => {});
  await vi.waitFor(() => expect(shown.getCurrentResult().data).toBe("an answer"));
  await client.invalidateQueries();
  leave();
  client.clear();
  return queryFn.mock.calls.length;
}

test("what takes long to work out is not asked for again after a pause, as other things are", async () => {
  expect(await askedWithPause(settingsQuery("a"))).toBe(2);
  for (const question of [effectQuery("g"), replayQuery("g", 1)]) expect(await askedWithPause(question)).toBe(1);
});

test("an image that is asked for again is another one where the server says so, and else the same", async () => {
  const client = new QueryClient();
  const answers = async (etag: string) => {
    server.mockImplementationOnce(() => new Response("pixels", { headers: { etag } }));
    const question = imageQuery("/grids/g/atlas_image", 256);
    await client.fetchQuery({ ...question, staleTime: 0 });
    return client.getQueryData(question.queryKey);
  };
  const first = await answers("a");
  expect(await answers("a")).toBe(first);
  expect(await answers("b")).not.toBe(first);
  client.clear();
});

test("how long the server has been up is asked again by itself", async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const client = new QueryClient();
  const queryFn = vi.fn(async () => ({ version: "1", uptime_s: 1 }) as never);
  const leave = new QueryObserver(client, { ...statusQuery, queryFn }).subscribe(() => {});
  await vi.advanceTimersByTimeAsync(60_000);
  leave();
  client.clear();
  expect(queryFn.mock.calls.length).toBeGreaterThan(1);
});

test("log lines that were had stay with those that are asked for, unless there may be others between them", async () => {
  const line = (id: number): AgentLog => ({ id, message: String(id) }) as AgentLog;
  const lines = (from: number, to: number): AgentLog[] =>
    Array.from({ length: from - to + 1 }, (_, index) => line(from - index));
  /** Asks while `held` are there and `arriving` come before the answer. */
  const after = async (held: AgentLog[], newest: AgentLog[], arriving: AgentLog[] = []): Promise<number[]> => {
    const client = new QueryClient();
    const question = agentLogsQuery({ level: "INFO", text: "" });
    client.setQueryData(question.queryKey, { rows: held, total: 5_000 });
    server.mockImplementationOnce(() => {
      client.setQueryData(question.queryKey, { rows: [...arriving, ...held], total: 5_000 });
      return Response.json(newest, { headers: { "x-total-count": "9000" } });
    });
    const answered = await client.fetchQuery({ ...question, staleTime: 0 });
    client.clear();
    expect(answered.total).toBe(9_000 + arriving.length);
    return answered.rows.map(({ id }) => id);
  };
  const ids = (from: number, to: number): number[] => lines(from, to).map(({ id }) => id);
  expect(await after([], lines(3, 1))).toEqual(ids(3, 1));
  expect(await after(lines(900, 100), lines(1_000, 501))).toEqual(ids(1_000, 100));
  expect(await after(lines(900, 100), lines(1_000, 501), lines(1_002, 1_001))).toEqual(ids(1_002, 100));
  expect(await after(lines(400, 100), lines(1_000, 501))).toEqual(ids(1_000, 501));
  expect(await after(lines(400, 100), lines(1_000, 501), lines(1_002, 1_001))).toEqual(ids(1_002, 501));
});
