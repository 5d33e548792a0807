import fc from "fast-check";
import { expect, test } from "vitest";
import type { Decision, Result } from "../api/additions.js";
import { countGood } from "../quality/metrics.js";
import {
  aroundDecisions,
  baselineOf,
  beforeAndAfter,
  changeWords,
  courseOf,
  momentOf,
  rateBetween,
} from "./before-after.js";

const START = Date.parse("2026-03-02T08:00:00Z");
const MINUTE_MS = 60_000;

const result = (minute: number, good: boolean | null): Result => ({
  foilhole_uuid: `h${minute}`,
  gridsquare_uuid: "s",
  gridsquare_id: "1",
  taken_at_ms: START + minute * MINUTE_MS,
  total_motion: null,
  ctf_max_resolution_estimate: null,
  particles: null,
  good,
});
const decision = (id: number, results: number, told = true): Decision =>
  ({
    id,
    summary: { results },
    instructions: told ? [{ ack_status: "processed", verification: null }] : [],
  }) as unknown as Decision;

const course = (results: readonly Result[]) => courseOf(results);

/** One micrograph a minute: every fourth good in the first hour, three of four in the second. */
const turned = Array.from({ length: 120 }, (_, minute) =>
  result(minute, minute < 60 ? minute % 4 === 0 : minute % 4 !== 0),
);

test("equal spans around a decision are compared, by the microscope's clock", () => {
  const moment = momentOf(decision(1, 60), course(turned));
  expect(moment).toBe(START + 59 * MINUTE_MS);
  const effect = beforeAndAfter(course(turned), moment ?? 0);
  expect(effect?.before).toMatchObject({ taken: 59, good: 14 });
  expect(effect?.after).toMatchObject({ taken: 59, good: 44 });
  expect(effect?.change).toBeCloseTo(30.5, 0);
  expect(effect?.interval?.[0]).toBeGreaterThan(10);
  expect(effect === null ? "" : changeWords(effect)).toBe("more");
});

test("limits that are changed later move no decision to another time", () => {
  const imaged_until = new Date(START + 60 * MINUTE_MS).toISOString();
  const at60 = { ...decision(1, 61), summary: { results: 61, imaged_until } } as Decision;
  const first = { ...decision(1, 0), summary: { results: 0, imaged_until: null } } as unknown as Decision;
  // By today's limits half as many are judged.
  const half = turned.map((one, minute) => (minute % 2 === 0 ? one : { ...one, good: null }));
  for (const results of [turned, half]) {
    expect(momentOf(at60, course(results))).toBe(START + 60 * MINUTE_MS);
    expect(momentOf(first, course(results))).toBe(null);
  }
});

test("micrographs that are not judged yet count as taken, and are as good as the others", () => {
  const open = turned.map((one, minute) => (minute % 2 === 0 ? one : { ...one, good: null }));
  const effect = beforeAndAfter(course(open), START + 60 * MINUTE_MS);
  // 14 of 30 that are judged, at 60 an hour.
  expect(effect?.before).toMatchObject({ taken: 59, judged: 30, good: 14 });
  expect(effect?.before.perHour).toBeCloseTo(28, 10);
});

test("where nothing has changed, or little was taken, nothing is said", () => {
  const same = Array.from({ length: 120 }, (_, minute) => result(minute, minute % 2 === 0));
  const effect = beforeAndAfter(course(same), START + 60 * MINUTE_MS);
  expect(effect === null ? "" : changeWords(effect)).toBe("can't be told from chance");
  expect(beforeAndAfter(course(same), START + 5 * MINUTE_MS)).toBe(null);
  expect(beforeAndAfter(course([]), START)).toBe(null);
  expect(momentOf(decision(1, 0), course(same))).toBe(null);
});

test("the baseline is what was collected before the microscope was told anything, where there was such a time", () => {
  const decisions = [decision(4, 90), decision(3, 40), decision(2, 20, false), decision(1, 0, false)];
  expect(baselineOf(course(turned), decisions)).toMatchObject({ from: START, taken: 40, good: 10 });
  expect(baselineOf(course(turned), [decision(2, 40, false)])).toBe(null);
  expect(baselineOf(course(turned), [decision(2, 2)])).toBe(null);
});

test("what EPU never took was not told: the baseline goes on, and nothing is compared around it", () => {
  const became = (id: number, results: number, ...instructions: Partial<Decision["instructions"][number]>[]) =>
    ({
      id,
      summary: { results },
      instructions: instructions.map((one) => ({ ack_status: null, verification: null, ...one })),
    }) as unknown as Decision;
  const never = [
    became(5, 50, { status: "sent" }, { status: "acknowledged", ack_status: "received" }),
    became(4, 45, { status: "failed", ack_status: "failed" }),
    became(3, 40, { status: "expired" }),
    became(2, 30, { status: "cancelled" }),
    became(1, 20, { status: "acknowledged", ack_status: "declined" }),
  ];
  expect(aroundDecisions(course(turned), never)).toEqual([]);
  expect(baselineOf(course(turned), never)).toBe(null);
  const taken = became(6, 60, { status: "expired" }, { status: "acknowledged", ack_status: "processed" });
  const observed = { outcome: "followed", observed_at: "2026-03-02T09:30:00Z" } as const;
  const followed = became(7, 70, { status: "sent", verification: observed });
  expect(aroundDecisions(course(turned), [followed, taken, ...never]).map(({ decision: { id } }) => id)).toEqual([
    7, 6,
  ]);
  expect(baselineOf(course(turned), [followed, taken, ...never])).toMatchObject({ from: START, taken: 60, good: 15 });
});

test("the intervals hold what they are of, and the spans are equally long", () => {
  const results = fc.array(fc.tuple(fc.integer({ min: 0, max: 600 }), fc.constantFrom(true, false, null)), {
    minLength: 2,
    maxLength: 80,
  });
  fc.assert(
    fc.property(results, fc.integer({ min: 0, max: 600 }), (some, minute) => {
      const taken = some.map(([at, good]) => result(at, good));
      const effect = beforeAndAfter(course(taken), START + minute * MINUTE_MS);
      fc.pre(effect !== null);
      for (const rate of [effect?.before, effect?.after]) {
        if (rate?.interval == null) continue;
        expect(rate.interval[0]).toBeLessThanOrEqual((rate.perHour ?? 0) + 1e-9);
        expect(rate.interval[1]).toBeGreaterThanOrEqual((rate.perHour ?? 0) - 1e-9);
      }
      if (effect?.interval != null) {
        expect(effect.interval[0]).toBeLessThanOrEqual((effect.change ?? 0) + 1e-9);
        expect(effect.interval[1]).toBeGreaterThanOrEqual((effect.change ?? 0) - 1e-9);
      }
      expect((effect?.after.to ?? 0) - (effect?.after.from ?? 0)).toBe(
        (effect?.before.to ?? 0) - (effect?.before.from ?? 0),
      );
    }),
  );
});

test("a span has what was taken in it, a moment the holes judged until then, in whatever order they are listed", () => {
  const minute = fc.integer({ min: 0, max: 40 });
  const some = fc.array(fc.tuple(minute, fc.constantFrom(true, false, null)), { maxLength: 60 });
  fc.assert(
    fc.property(some, minute, fc.integer({ min: 1, max: 40 }), (listed, start, length) => {
      const results = listed.map(([at, good]) => ({ ...result(at, good), foilhole_uuid: `h${at % 7}` }));
      const [from, to] = [START + start * MINUTE_MS, START + (start + length) * MINUTE_MS];
      const within = results.filter(({ taken_at_ms: at }) => at !== null && at >= from && at < to);
      const { good, judged } = countGood(within);
      expect(rateBetween(course(results), from, to)).toMatchObject({ taken: within.length, good, judged });
      const seen = new Map<string, number>();
      for (const { foilhole_uuid: hole, taken_at_ms: at, good: verdict } of results) {
        if (verdict !== null) seen.set(hole, Math.min(seen.get(hole) ?? Number.POSITIVE_INFINITY, at ?? 0));
      }
      const moments = [...seen.values()].sort((a, b) => a - b);
      for (const count of [0, 1, 2, 3, 8])
        expect(momentOf(decision(1, count), course(results))).toBe(moments[count - 1] ?? null);
    }),
  );
});

test("micrographs are gone through once, however many decisions the microscope was told", () => {
  let looks = 0;
  const watched = turned.map((one) =>
    Object.defineProperty({ ...one }, "taken_at_ms", {
      get() {
        looks += 1;
        return one.taken_at_ms;
      },
    }),
  );
  const decisions = Array.from({ length: 119 }, (_, index) => decision(119 - index, 119 - index));
  expect(aroundDecisions(course(watched), decisions)).toHaveLength(100);
  expect(looks).toBeLessThanOrEqual(3 * watched.length);
});
