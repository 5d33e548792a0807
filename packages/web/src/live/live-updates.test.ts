import { QueryClient } from "@tanstack/react-query";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AcquisitionProgress } from "../api/additions.js";

vi.hoisted(() => {
  // The queries' client is made for the page's own origin.
  vi.stubGlobal("window", { location: { origin: "http://127.0.0.1" } });
});
const { acquisitionsQuery, progressQuery } = await import("../api/queries.js");
const { liveUpdates } = await import("./live-updates.js");
// Other tests of the same process have their own.
afterAll(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

const progress = (changes: Partial<AcquisitionProgress>): AcquisitionProgress => ({
  acquisition_uuid: "a",
  status: "started",
  grid_count: 1,
  gridsquare_count: 2,
  foilhole_count: 3,
  micrograph_count: 4,
  ...changes,
});

let client = new QueryClient();
beforeEach(() => {
  vi.useFakeTimers();
  client = new QueryClient();
});
afterEach(() => {
  client.clear();
  vi.useRealTimers();
});

const isStale = (queryKey: readonly unknown[]): boolean => client.getQueryState([...queryKey])?.isInvalidated === true;

test("progress is shown as it is told, without asking again", () => {
  client.setQueryData(progressQuery.queryKey, {});
  liveUpdates(client)({ type: "acquisition.progress", data: progress({}) });
  expect(client.getQueryData(progressQuery.queryKey)).toEqual({ a: progress({}) });
});

test("the progress of one session is not taken for that of all, where theirs is not known", () => {
  void client.prefetchQuery({ ...progressQuery, queryFn: () => Promise.reject(new Error("away")), retry: false });
  liveUpdates(client)({ type: "acquisition.progress", data: progress({}) });
  vi.advanceTimersByTime(2_000);
  expect(client.getQueryData(progressQuery.queryKey)).toBeUndefined();
  expect(isStale(progressQuery.queryKey)).toBe(true);
});

test("a session that is not listed, or whose status has changed, makes the list old; others don't", () => {
  client.setQueryData<unknown>(acquisitionsQuery.queryKey, [{ uuid: "a", status: "started" }]);
  const update = liveUpdates(client);
  update({ type: "acquisition.progress", data: progress({}) });
  expect(isStale(acquisitionsQuery.queryKey)).toBe(false);
  update({ type: "acquisition.progress", data: progress({ status: "completed" }) });
  vi.advanceTimersByTime(2_000);
  expect(isStale(acquisitionsQuery.queryKey)).toBe(true);
});

const GRIDS = ["g1", "g2"];
const PARTS = ["squares", "intensities", "results", "plan", "decisions", "weights", "proposal"];

/** What is asked for again of a grid that something happens on; nothing of another one ever is. */
function outdatedBy(type: string, data: Record<string, unknown>): string[] {
  for (const grid of GRIDS) {
    for (const part of PARTS) client.setQueryData([part, grid], []);
    client.setQueryData(["square", `${grid}-s`], { uuid: `${grid}-s`, grid_uuid: grid });
    client.setQueryData(["holes", `${grid}-s`], []);
    client.setQueryData(["plan", "square", `${grid}-s`], []);
    for (const model of ["m", "n"]) client.setQueryData(["predictions", grid, model, "raw"], []);
    client.setQueryData(["predictions", `${grid}-s`, "m"], []);
  }
  liveUpdates(client)({ type, data: { grid_uuid: "g1", acquisition_uuid: "a", ...data } });
  vi.advanceTimersByTime(2_000);
  const stale = client
    .getQueryCache()
    .getAll()
    .filter(({ state }) => state.isInvalidated)
    .map(({ queryKey }) => queryKey.join(" "));
  expect(stale.filter((key) => key.includes("g2"))).toEqual([]);
  return stale.map((key) => key.replace(" g1", "")).sort();
}

test.each([
  ["entities.changed", { entity: "micrograph" }, ["results"]],
  ["entities.changed", { entity: "foilhole" }, ["holes-s", "intensities"]],
  ["entities.changed", { entity: "gridsquare" }, ["square-s", "squares"]],
  ["processing.metric", {}, ["results"]],
  ["predictions.changed", { prediction_model_name: "m" }, ["predictions m raw", "predictions-s m"]],
  ["weights.changed", {}, ["weights"]],
  ["decision.made", {}, ["decisions", "plan", "plan square-s", "proposal"]],
])("%s %j makes old what it changes of its grid, and nothing else", (type, data, expected) => {
  expect(outdatedBy(type, data)).toEqual(expected);
});

test("progress alone makes nothing of a grid old", () => {
  expect(outdatedBy("acquisition.progress", { ...progress({}) })).toEqual([]);
});

test("a result makes its own grid's results old, not those of other grids", () => {
  client.setQueryData(["results", "g1"], []);
  client.setQueryData(["results", "g2"], []);
  liveUpdates(client)({ type: "processing.metric", data: { grid_uuid: "g1" } });
  expect(isStale(["results", "g1"])).toBe(true);
  expect(isStale(["results", "g2"])).toBe(false);
});

test("a decision makes plans, decisions and proposals old, at most once in two seconds", () => {
  const update = liveUpdates(client);
  const invalidated = vi.spyOn(client, "invalidateQueries");
  for (let n = 0; n < 50; n++) update({ type: "decision.made", data: { grid_uuid: "g1" } });
  const first = invalidated.mock.calls.length;
  vi.advanceTimersByTime(2_000);
  const parts = new Set(invalidated.mock.calls.map(([filter]) => String(filter?.queryKey?.[0])));
  expect(parts).toEqual(new Set(["plan", "decisions", "proposal"]));
  expect(first).toBeLessThanOrEqual(parts.size);
  expect(invalidated.mock.calls.length).toBeLessThanOrEqual(2 * parts.size);
});
