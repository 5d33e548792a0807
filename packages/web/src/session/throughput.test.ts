import { OVER_STATUSES } from "@smartem/common/states";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AcquisitionStatus } from "../api/additions.js";
import { hasEnded, throughput } from "./throughput.js";

const HOUR_MS = 3_600_000;

test("a session has ended where the server takes it for over, or its end is known", () => {
  const statuses: readonly (AcquisitionStatus | null)[] = [null, "planned", "started", "paused", ...OVER_STATUSES];
  expect(statuses.filter((status) => hasEnded({ status, end_time: null }))).toEqual([...OVER_STATUSES]);
  expect(statuses.every((status) => hasEnded({ status, end_time: "2026-03-02T08:00:00Z" }))).toBe(true);
});

test("nothing taken is nothing to show", () => {
  expect(throughput([], false).times).toEqual([]);
});

test("counts per hour, a pause as zeros, and leaves the unfinished interval out", () => {
  const start = Date.parse("2026-03-02T08:00:00Z");
  const taken = [0, 1, 2, 3].map((n) => ({ takenAt: start + n * 60_000, good: n % 2 === 0 }));
  const late = { takenAt: start + 2 * HOUR_MS, good: null };
  const { times, taken: rates, good, intervalMs } = throughput([...taken, late], false);
  expect(intervalMs).toBe(5 * 60_000);
  expect(times).toHaveLength(24);
  expect(rates[0]).toBe(48);
  expect(good[0]).toBe(24);
  expect(rates.slice(1)).toEqual(new Array(23).fill(0));
  expect(throughput([...taken, late], true).taken).toEqual([...rates, 12]);
});

test("no micrograph is lost or doubled, whatever the order, and there are never more than 60 intervals", () => {
  const micrographs = fc.array(
    fc.record({
      takenAt: fc.integer({ min: 1.7e12, max: 1.7e12 + 30 * 24 * HOUR_MS }),
      good: fc.constantFrom(true, false, null),
    }),
    { minLength: 1, maxLength: 200 },
  );
  fc.assert(
    fc.property(micrographs, fc.boolean(), (some, ended) => {
      const { times, taken, intervalMs } = throughput(some, ended);
      const end = (times.at(-1) ?? 0) * 1000 + intervalMs;
      const counted = taken.reduce((sum, rate) => sum + rate, 0) * (intervalMs / HOUR_MS);
      expect(counted).toBeCloseTo(some.filter(({ takenAt }) => takenAt < end).length, 6);
      if (ended) expect(some.filter(({ takenAt }) => takenAt >= end)).toEqual([]);
      expect(times.length).toBeLessThanOrEqual(61);
      expect(throughput(some.toReversed(), ended)).toEqual(throughput(some, ended));
    }),
  );
});
