import fc from "fast-check";
import { expect, test } from "vitest";
import type { Decision, Result } from "../api/additions.js";
import { NO_LIMITS } from "../quality/metrics.js";
import { stateAt, timeSpan } from "./state-at.js";

const START = Date.parse("2026-03-02T08:00:00Z");
const MINUTE_MS = 60_000;

const result = (minute: number | null, good: boolean | null): Result => ({
  foilhole_uuid: `h${minute}`,
  gridsquare_uuid: "s",
  gridsquare_id: "1",
  taken_at_ms: minute === null ? null : START + minute * MINUTE_MS,
  total_motion: null,
  ctf_max_resolution_estimate: null,
  particles: null,
  good,
});
const decision = (id: number, results: number): Decision => ({ id, summary: { results } }) as Decision;

test("a moment knows what was taken until then, and the plan that rested on it", () => {
  const results = [result(0, true), result(30, false), result(60, true), result(90, null)];
  const decisions = [decision(3, 3), decision(2, 1), decision(1, 0)];
  expect(timeSpan(results, decisions.slice(0, 2))).toEqual([START, START + 90 * MINUTE_MS]);
  expect(stateAt(results, decisions, NO_LIMITS, START - 1)).toMatchObject({
    judged: 0,
    goodPerHour: null,
    decision: { id: 1 },
  });
  expect(stateAt(results, decisions, NO_LIMITS, START + 60 * MINUTE_MS)).toMatchObject({
    judged: 3,
    good: 2,
    goodPerHour: 2,
    decision: { id: 3 },
  });
});

test("the past is judged by the limits of then", () => {
  const measured = [0, 30, 60].map((minute) => ({ ...result(minute, true), ctf_max_resolution_estimate: 5 }));
  const strict = { ...NO_LIMITS, ctfmaxresolution: 4 };
  const decisions = [decision(2, 3), { id: 1, summary: { results: 0, limits: strict } } as Decision];
  const at = (minute: number) => stateAt(measured, decisions, NO_LIMITS, START + minute * MINUTE_MS);
  expect(at(30)).toMatchObject({ good: 0, judged: 2, limits: strict });
  expect(at(60)).toMatchObject({ good: 3, judged: 3, limits: NO_LIMITS });
});

test("limits that are changed later move no plan to another time", () => {
  // By today's limits fewer micrographs are judged than the plans rested on.
  const results = [0, 30, 60, 90].map((minute) => result(minute, minute < 60 ? null : true));
  const decided = (id: number, known: number, minute: number | null): Decision => {
    const imaged_until = minute === null ? null : new Date(START + minute * MINUTE_MS).toISOString();
    return { id, summary: { results: known, imaged_until } } as Decision;
  };
  const decisions = [decided(3, 3, 60), decided(2, 2, 30), decided(1, 0, null)];
  const at = (minute: number) => stateAt(results, decisions, NO_LIMITS, START + minute * MINUTE_MS).decision?.id;
  expect([-1, 29, 30, 59, 60, 90].map(at)).toEqual([1, 1, 2, 2, 3, 3]);
});

test("the plans of before the first micrograph are there from the first of them on, whatever the server's clock says", () => {
  const results = [result(0, true), result(30, true)];
  const decided = (id: number, made: number, until: number | null): Decision =>
    ({
      id,
      created_at: new Date(START + made * MINUTE_MS).toISOString(),
      summary: { results: 0, imaged_until: until === null ? null : new Date(START + until * MINUTE_MS).toISOString() },
    }) as Decision;
  const at = (decisions: Decision[], minute: number) =>
    stateAt(results, decisions, NO_LIMITS, START + minute * MINUTE_MS).decision?.id;
  const live = [decided(3, 1, 0), decided(2, -20, null), decided(1, -50, null)];
  expect(timeSpan(results, live)).toEqual([START - 50 * MINUTE_MS, START + 30 * MINUTE_MS]);
  expect([-51, -50, -21, -20, -1, 0, 30].map((minute) => at(live, minute))).toEqual([undefined, 1, 1, 2, 2, 3, 3]);
  // What was taken long ago and is read now.
  const read = [decided(3, 90_002, 30), decided(2, 90_001, null), decided(1, 90_000, null)];
  expect(timeSpan(results, read)).toEqual([START - MINUTE_MS, START + 30 * MINUTE_MS]);
  expect([-1, 0, 29, 30].map((minute) => at(read, minute))).toEqual([2, 2, 2, 3]);
  expect(timeSpan([], read)).toBe(null);
});

test("nothing that was taken is ever taken back, and a micrograph without a time is at no time", () => {
  const minute = fc.integer({ min: 0, max: 600 });
  const results = fc.array(
    fc.tuple(fc.option(minute), fc.constantFrom(true, false, null)).map(([at, good]) => result(at, good)),
  );
  fc.assert(
    fc.property(results, minute, minute, (some, a, b) => {
      const [earlier, later] = [Math.min(a, b), Math.max(a, b)].map((at) =>
        stateAt(some, [], NO_LIMITS, START + at * MINUTE_MS),
      );
      expect(earlier?.results.every((one) => later?.results.includes(one))).toBe(true);
      expect(earlier?.good).toBeLessThanOrEqual(later?.good ?? 0);
      expect(stateAt(some, [], NO_LIMITS, START + 600 * MINUTE_MS).results).toHaveLength(
        some.filter(({ taken_at_ms }) => taken_at_ms !== null).length,
      );
    }),
  );
});
