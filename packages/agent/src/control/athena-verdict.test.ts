import fc from "fast-check";
import { expect, test } from "vitest";
import { type AthenaWatch, type SeenState, type Verdict, verdictOf } from "./athena-verdict.js";

const WATCH: AthenaWatch = {
  kind: "reorder_foilholes",
  athenaSessionId: "session",
  parentAreaId: 1,
  ordered: [11, 12, 13],
  skipped: [],
  lastStateId: 100,
  runNumber: 1,
};
const SKIP: AthenaWatch = { ...WATCH, kind: "skip_gridsquares", ordered: [], skipped: [21, 22] };
const OVER = [{ runNumber: 1, stopTime: "2024-04-06T12:00:00Z" }];
const RUNNING = [{ runNumber: 1, stopTime: null }];

function states(...list: readonly [id: number, areaId: number, state: string][]): SeenState[] {
  return list.map(([id, areaId, state]) => ({ id, areaId, state, timestamp: `2024-04-06T10:00:00.${id}Z` }));
}

const outcome = (
  watch: AthenaWatch,
  seen: SeenState[],
  runs = RUNNING as typeof OVER | typeof RUNNING,
  later: AthenaWatch[] = [],
) => verdictOf(watch, seen, runs, later)?.outcome ?? null;

test("an order is followed when the first area acquired after it is the first of its list", () => {
  expect(outcome(WATCH, [])).toBeNull();
  expect(outcome(WATCH, states([101, 11, "queued"]))).toBeNull();
  expect(outcome(WATCH, states([101, 11, "queued"], [102, 11, "started"]))).toBe("followed");
  expect(outcome(WATCH, states([101, 12, "started"], [102, 11, "started"]))).toBe("not_followed");
  expect(outcome(WATCH, states([101, 99, "started"], [102, 11, "started"]))).toBe("not_followed");
});

test("an area that was being acquired when the decision was made tells nothing, also when it is completed later", () => {
  expect(outcome(WATCH, states([90, 99, "started"], [101, 99, "completed"]))).toBeNull();
  expect(outcome(WATCH, states([90, 99, "started"], [101, 99, "completed"], [102, 11, "started"]))).toBe("followed");
});

test("areas of the list that had been acquired before are passed over", () => {
  expect(outcome(WATCH, states([50, 11, "started"], [51, 11, "completed"], [101, 12, "started"]))).toBe("followed");
  expect(outcome(WATCH, states([50, 11, "completed"], [60, 12, "completed"], [70, 13, "completed"]))).toBe(
    "superseded",
  );
});

test("an area that the microscope itself passes over does not hold up the order", () => {
  expect(outcome(WATCH, states([101, 11, "skipped"], [102, 12, "started"]))).toBe("followed");
  expect(outcome(WATCH, states([101, 11, "ignore"], [102, 13, "started"]))).toBe("not_followed");
});

test("a skipped hole that is acquired after all is not followed", () => {
  const watch = { ...WATCH, skipped: [14] };
  expect(outcome(watch, states([101, 11, "started"], [102, 14, "started"]))).toBe("not_followed");
  expect(outcome(watch, states([90, 14, "started"], [101, 14, "completed"], [102, 11, "started"]))).toBe("followed");
});

test("that a skip is followed holds only so far, until a later order or the end, or what is skipped is acquired", () => {
  const watch = { ...WATCH, skipped: [14, 15] };
  const seen = (...more: [id: number, areaId: number, state: string][]) => states([101, 11, "started"], ...more);
  const verdict = (...args: Parameters<typeof verdictOf>) => {
    const { outcome, isSoFar } = verdictOf(...args) ?? {};
    return [outcome, isSoFar === true];
  };
  expect(verdict(watch, seen(), RUNNING, [])).toEqual(["followed", true]);
  expect(verdict(watch, seen([102, 15, "started"]), RUNNING, [])).toEqual(["not_followed", false]);
  expect(verdict(watch, seen(), OVER, [])).toEqual(["followed", false]);
  const later = { ...WATCH, ordered: [15], lastStateId: 110 };
  expect(verdict(watch, seen([111, 15, "started"]), RUNNING, [later])).toEqual(["followed", false]);
  expect(verdict(watch, seen([109, 15, "started"]), RUNNING, [later])).toEqual(["not_followed", false]);
  expect(verdict({ ...watch, skipped: [] }, seen(), RUNNING, [])).toEqual(["followed", false]);
  expect(verdict(SKIP, states([101, 21, "skipped"], [102, 22, "skipped"]), RUNNING, [])).toEqual(["followed", true]);
});

test("a skip is followed when all its areas are skipped or ignored", () => {
  expect(outcome(SKIP, states([101, 21, "skipped"]))).toBeNull();
  expect(outcome(SKIP, states([101, 21, "skipped"], [102, 22, "ignore"]))).toBe("followed");
  expect(outcome(SKIP, states([101, 21, "skipped"], [102, 22, "started"]))).toBe("not_followed");
  expect(outcome(SKIP, states([101, 23, "started"], [102, 24, "completed"]))).toBeNull();
});

test("a skip is followed when the session ends without its areas being acquired, an order is then superseded", () => {
  expect(outcome(SKIP, states([101, 21, "skipped"]), OVER)).toBe("followed");
  expect(outcome(SKIP, states([101, 21, "completed"]), OVER)).toBe("not_followed");
  expect(outcome(WATCH, [], OVER)).toBe("superseded");
});

test("a run that had stopped before the decision ends nothing", () => {
  expect(outcome({ ...SKIP, runNumber: 2 }, [], OVER)).toBeNull();
});

test("an order is superseded by a later one for the same areas that came before anything was seen", () => {
  const later = { ...WATCH, ordered: [13, 12], lastStateId: 110 };
  expect(outcome(WATCH, [], RUNNING, [later])).toBe("superseded");
  expect(outcome(WATCH, states([111, 13, "started"]), RUNNING, [later])).toBe("superseded");
  expect(outcome(WATCH, states([105, 11, "started"], [111, 13, "started"]), RUNNING, [later])).toBe("followed");
  expect(outcome(WATCH, states([105, 12, "started"]), RUNNING, [later])).toBe("not_followed");
  expect(outcome(WATCH, [], RUNNING, [{ ...later, parentAreaId: 2 }])).toBeNull();
});

test("an area that a later skip takes out of an order does not count against it, whatever is written of it", () => {
  const order: AthenaWatch = { ...WATCH, kind: "reorder_gridsquares" };
  const skip: AthenaWatch = { ...order, kind: "skip_gridsquares", ordered: [], skipped: [11], lastStateId: 110 };
  expect(outcome(order, states([111, 12, "started"]), RUNNING, [skip])).toBe("followed");
  expect(outcome(order, states([111, 13, "started"]), RUNNING, [skip])).toBe("not_followed");
  // Before the skip it was to be the next.
  expect(outcome(order, states([105, 12, "started"]), RUNNING, [skip])).toBe("not_followed");
  expect(outcome(order, states([111, 12, "started"]), RUNNING, [{ ...skip, parentAreaId: 2 }])).toBe("not_followed");
  expect(outcome(order, states([111, 99, "started"]), RUNNING, [{ ...skip, skipped: [11, 12, 13] }])).toBe(
    "superseded",
  );
});

test("a run that EPU left open when it crashed does not keep a later one from having ended", () => {
  const crashed = [{ runNumber: 1, stopTime: null }, ...OVER.map((run) => ({ ...run, runNumber: 2 }))];
  for (const runNumber of [1, 2]) {
    expect(verdictOf({ ...SKIP, runNumber }, [], crashed, [])?.outcome).toBe("followed");
  }
  expect(verdictOf({ ...SKIP, runNumber: 3 }, [], crashed, [])).toBeNull();
});

test("a skip is superseded only by what speaks of its own squares", () => {
  const reorder: AthenaWatch = { ...SKIP, kind: "reorder_gridsquares", skipped: [], lastStateId: 110 };
  expect(outcome(SKIP, [], RUNNING, [{ ...reorder, ordered: [30, 31] }])).toBeNull();
  expect(outcome(SKIP, [], RUNNING, [{ ...reorder, ordered: [30, 21] }])).toBe("superseded");
});

test("a verdict is not changed by what happens later, except that what was skipped may be acquired after all", () => {
  const state = fc.tuple(
    fc.constantFrom(11, 12, 13, 14, 99),
    fc.constantFrom("queued", "started", "completed", "skipped"),
  );
  fc.assert(
    fc.property(fc.array(state, { maxLength: 12 }), fc.subarray([13, 14]), (list, skipped) => {
      const watch = { ...WATCH, ordered: WATCH.ordered.filter((areaId) => !skipped.includes(areaId)), skipped };
      const all = states(...list.map(([areaId, is], index): [number, number, string] => [101 + index, areaId, is]));
      let verdict: Verdict | null = null;
      for (let end = 0; end <= all.length; end++) {
        const now = verdictOf(watch, all.slice(0, end), RUNNING, []);
        if (verdict !== null && !(verdict.isSoFar === true && now?.outcome === "not_followed")) {
          expect(now?.outcome).toBe(verdict.outcome);
        }
        verdict = now;
      }
    }),
  );
});
