import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterAll, afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { AcquisitionProgress } from "../api/additions.js";

vi.hoisted(() => {
  // The queries' client is made for the page's own origin.
  vi.stubGlobal("window", { location: { origin: "http://127.0.0.1" } });
});
const { acquisitionsQuery, atlasImage, modelsQuery, progressQuery, resultsQuery, squareImage } = await import(
  "../api/queries.js"
);
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
  imaged_foilhole_count: 3,
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

/** Tells of one event. */
type Tell = (type: string, payload: Readonly<Record<string, unknown>>) => void;

function liveClient(): Tell {
  const updates = liveUpdates(client);
  return (type, payload) => updates[type]?.(payload);
}

const isStale = (queryKey: readonly unknown[]): boolean => client.getQueryState([...queryKey])?.isInvalidated === true;

test("progress is shown as it is told, without asking again", () => {
  client.setQueryData(progressQuery.queryKey, {});
  liveClient()("acquisition.progress", { ...progress({}) });
  expect(client.getQueryData(progressQuery.queryKey)).toEqual({ a: progress({}) });
});

test("the progress of one session is not taken for that of all, where theirs is not known", () => {
  void client.prefetchQuery({ ...progressQuery, queryFn: () => Promise.reject(new Error("away")), retry: false });
  liveClient()("acquisition.progress", { ...progress({}) });
  expect(client.getQueryData(progressQuery.queryKey)).toBeUndefined();
  expect(isStale(progressQuery.queryKey)).toBe(true);
});

test("a session that is not listed, or whose status has changed, makes the list old; others don't", () => {
  client.setQueryData<unknown>(acquisitionsQuery.queryKey, [{ uuid: "a", status: "started" }]);
  const tell = liveClient();
  tell("acquisition.progress", { ...progress({}) });
  expect(isStale(acquisitionsQuery.queryKey)).toBe(false);
  tell("acquisition.progress", { ...progress({ status: "completed" }) });
  expect(isStale(acquisitionsQuery.queryKey)).toBe(true);
});

const GRIDS = ["g1", "g2"];
const PARTS = ["grid", "squares", "intensities", "results", "plan", "decisions", "weights", "proposal"];
/** What is not of one grid. */
const OTHERS = ["acquisitions", "acquisitions grids", "acquisitions grid-counts", "acquisition a", "acquisition b"];

/** What is asked for again when something happens on a grid; nothing of another grid or session ever is. */
function outdatedBy(type: string, data: Record<string, unknown>): string[] {
  for (const grid of GRIDS) {
    for (const part of PARTS) client.setQueryData([part, grid], []);
    client.setQueryData(["squares", grid], [{ uuid: `${grid}-t` }]);
    client.setQueryData(["square", `${grid}-s`], { uuid: `${grid}-s`, grid_uuid: grid });
    client.setQueryData(["holes", `${grid}-s`], []);
    client.setQueryData(["plan", "square", `${grid}-s`], []);
    client.setQueryData(["image", atlasImage(grid), 256], null);
    client.setQueryData(["image", squareImage(`${grid}-s`), 256], null);
    client.setQueryData(["image", squareImage(`${grid}-t`), 512], null);
    for (const model of ["m", "n"]) client.setQueryData(["predictions", grid, model, "raw"], []);
    client.setQueryData(["predictions", `${grid}-s`, "m"], []);
    client.setQueryData(["predictions", "square", grid, `${grid}-s`], {});
  }
  for (const key of [...OTHERS, "agents sessions", "agents logs"]) client.setQueryData(key.split(" "), []);
  client.setQueryData<unknown>(modelsQuery.queryKey, [{ name: "m" }]);
  liveClient()(type, { grid_uuid: "g1", acquisition_uuid: "a", ...data });
  const stale = client
    .getQueryCache()
    .getAll()
    .filter(({ state }) => state.isInvalidated)
    .map(({ queryKey }) => queryKey.join(" "));
  // What is about a session is about all its grids.
  const isOther = (key: string): boolean => (key.includes("g2") && data.grid_uuid !== null) || key === "acquisition b";
  expect(stale.filter(isOther)).toEqual([]);
  return stale.map((key) => key.replace(" g1", "")).sort();
}

const CASES: readonly [type: string, data: Readonly<Record<string, unknown>>, expected: string[]][] = [
  [
    "entities.changed",
    { entity: "acquisition", grid_uuid: null },
    ["acquisition a", "acquisitions", "acquisitions grid-counts", "acquisitions grids", "proposal", "proposal g2"],
  ],
  [
    "entities.changed",
    { entity: "grid" },
    ["acquisition a", "acquisitions grid-counts", "acquisitions grids", "grid", "image /grids/g1/atlas_image 256"],
  ],
  [
    "entities.changed",
    { entity: "atlas" },
    ["acquisition a", "acquisitions grids", "grid", "image /grids/g1/atlas_image 256"],
  ],
  ["entities.changed", { entity: "micrograph" }, ["results"]],
  ["entities.changed", { entity: "foilhole" }, ["holes-s", "intensities"]],
  [
    "entities.changed",
    { entity: "gridsquare" },
    [
      "image /gridsquares/g1-s/gridsquare_image 256",
      "image /gridsquares/g1-t/gridsquare_image 512",
      "square-s",
      "squares",
    ],
  ],
  [
    "predictions.changed",
    { prediction_model_name: "m" },
    ["predictions m raw", "predictions square g1-s", "predictions-s m"],
  ],
  [
    "predictions.changed",
    { prediction_model_name: "unknown" },
    ["models", "predictions square g1-s", "predictions-s m"],
  ],
  ["weights.changed", {}, ["weights"]],
  ["decision.made", {}, ["decisions", "plan", "plan square-s", "proposal"]],
  ["acquisition.progress", { ...progress({}) }, ["acquisitions", "acquisitions grid-counts", "acquisitions grids"]],
  ["agent.status", { agent_id: "k" }, ["agents sessions"]],
  // It names no grid; `entities.changed` tells of its micrograph as well.
  ["processing.metric", { grid_uuid: undefined, micrograph_uuid: "u" }, []],
];

test.each(CASES)("%s %j makes old what it changes, and nothing else", (type, data, expected) => {
  expect(outdatedBy(type, data)).toEqual(expected);
});

test("a decision makes plans, decisions and proposals old, at most once in two seconds", async () => {
  const tell = liveClient();
  const invalidated = vi.spyOn(client, "invalidateQueries");
  for (let n = 0; n < 50; n++) tell("decision.made", { grid_uuid: "g1" });
  const parts = invalidated.mock.calls.map(([filter]) => String(filter?.queryKey?.[0]));
  expect(parts.sort()).toEqual(["decisions", "plan", "proposal"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(invalidated).toHaveBeenCalledTimes(2 * parts.length);
});

test("an answer that takes longer than events keep coming is had all the same", async () => {
  const query = resultsQuery("g1");
  client.setQueryData(query.queryKey, []);
  let asked = 0;
  const observer = new QueryObserver(client, {
    ...query,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      return [];
    },
  });
  const unsubscribe = observer.subscribe(() => {});
  const tell = liveClient();
  for (let n = 0; n < 20; n++) {
    tell("entities.changed", { entity: "micrograph", grid_uuid: "g1" });
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(client.getQueryState(query.queryKey)?.dataUpdateCount).toBe(2);
  expect(asked).toBe(2);
  // What came while it was asked for the second time is asked for once more.
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBe(3);
  unsubscribe();
});

test("what changes while it is asked for the first time is asked for once more", async () => {
  let onServer = "as it was before";
  const queryFn = vi.fn(async () => {
    const read = onServer;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return read;
  });
  const shown = new QueryObserver<string>(client, {
    ...{ queryKey: resultsQuery("g1").queryKey, queryFn, staleTime: Number.POSITIVE_INFINITY },
  });
  onTestFinished(shown.subscribe(() => {}));
  onServer = "as it is";
  liveClient()("entities.changed", { entity: "micrograph", grid_uuid: "g1" });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(shown.getCurrentResult().data).toBe("as it is");
  expect(queryFn).toHaveBeenCalledTimes(2);
});

test("what models had said of a grid's holes is asked for anew at once, and then seldom", async () => {
  const asked = { foreseen: 0, results: 0 };
  const observe = (queryKey: readonly string[], what: keyof typeof asked) =>
    new QueryObserver(client, {
      queryKey,
      queryFn: () => {
        asked[what] += 1;
        return asked[what];
      },
    }).subscribe(() => undefined);
  const unsubscribe = [observe(["foreseen", "g", "m"], "foreseen"), observe(["results", "g"], "results")];
  await vi.advanceTimersByTimeAsync(0);
  const tell = liveClient();
  for (let second = 0; second < 31; second++) {
    tell("entities.changed", { entity: "micrograph", grid_uuid: "g" });
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(asked.results).toBeGreaterThan(10);
  expect(asked.foreseen).toBe(3);
  for (const end of unsubscribe) end();
});
