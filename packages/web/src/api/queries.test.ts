import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterAll, expect, test, vi } from "vitest";

vi.hoisted(() => {
  // The queries' client is made for the page's own origin.
  vi.stubGlobal("window", { location: { origin: "http://127.0.0.1" } });
});
const { effectQuery, imageQuery, replayQuery, settingsQuery } = await import("./queries.js");
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

test("what takes long to work out, and images, are not asked for again after a pause, as other things are", async () => {
  expect(await askedWithPause(settingsQuery("a"))).toBe(2);
  for (const question of [imageQuery("/grids/g/atlas_image"), effectQuery("g"), replayQuery("g", 1)])
    expect(await askedWithPause(question)).toBe(1);
});
