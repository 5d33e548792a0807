import { goodByLimits } from "@smartem/backend/overview/good-on-grid";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Result } from "../api/additions.js";
import {
  distribution,
  histogramAxis,
  isFailedFit,
  judgedBy,
  limitWords,
  METRICS,
  type Metric,
  NO_LIMITS,
  passes,
  quantile,
  summarise,
} from "./metrics.js";

const result = (changes: Partial<Result>): Result => ({
  foilhole_uuid: "h",
  gridsquare_uuid: "s",
  gridsquare_id: "1",
  taken_at_ms: null,
  total_motion: null,
  ctf_max_resolution_estimate: null,
  particles: null,
  good: null,
  ...changes,
});

const metric = (name: Metric["name"]): Metric => METRICS.find((one) => one.name === name) as Metric;

describe("judged by other limits", () => {
  const good = (results: readonly Result[], limits: typeof NO_LIMITS) =>
    judgedBy(limits, results).map((one) => one.good);

  test("micrographs are what the server would say of them", () => {
    const value = (max: number) =>
      fc.option(fc.oneof(fc.double({ min: 0, max, noNaN: true }), fc.constant(-1)), { freq: 2 });
    const results = fc.array(
      fc
        .record({ total_motion: value(40), ctf_max_resolution_estimate: value(12), particles: value(400) })
        .map((values) => result(values)),
      { maxLength: 60 },
    );
    const limit = (max: number) => fc.option(fc.double({ min: 0, max, noNaN: true }));
    const limits = fc.record({ ctfmaxresolution: limit(12), motioncorrection: limit(40), numparticles: limit(400) });
    fc.assert(
      fc.property(results, limits, (some, those) => {
        const facts = some.map(({ total_motion, ctf_max_resolution_estimate, particles }, n) => ({
          ...{ uuid: String(n), total_motion, ctf_max_resolution: ctf_max_resolution_estimate, particles },
        }));
        expect(good(some, those)).toEqual(goodByLimits(facts, those));
      }),
    );
  });

  test("a bad one waits for what its neighbours wait for, too", () => {
    const limits = { ...NO_LIMITS, ctfmaxresolution: 6, motioncorrection: 20 };
    const [fine, poor] = [4, 9].map((ctf) => result({ ctf_max_resolution_estimate: ctf, total_motion: 5 }));
    const [fineSoFar, poorSoFar] = [4, 9].map((ctf) => result({ ctf_max_resolution_estimate: ctf }));
    const taken = [fine, poor, fineSoFar, poorSoFar].flatMap((one) => one ?? []);
    expect(good(taken, limits)).toEqual([true, false, null, null]);
  });

  test("without limits they are compared with each other", () => {
    const taken = [4, 4.5, 5, 5.5, 6, 40].map((ctf) => result({ ctf_max_resolution_estimate: ctf, good: false }));
    expect(good(taken, NO_LIMITS)).toEqual([true, true, true, true, true, false]);
  });
});

describe("one metric", () => {
  test.each([-1, 100_000, Number.NaN])("a resolution of %s is a failed fit, and bad", (value) => {
    expect(isFailedFit("ctfmaxresolution", value)).toBe(true);
    expect(passes(metric("ctfmaxresolution"), value, 1e9)).toBe(false);
  });

  test("no particles is a measurement, and particles have a lower limit", () => {
    expect(isFailedFit("numparticles", 0)).toBe(false);
    expect(passes(metric("numparticles"), 100, 100)).toBe(true);
    expect(passes(metric("numparticles"), 99, 100)).toBe(false);
  });
});

test("failed fits count as measured and not passed, and don't move the median", () => {
  const results = [4, 5, 6, -1, 100_000].map((value) => result({ ctf_max_resolution_estimate: value }));
  const summary = summarise([...results, result({})], metric("ctfmaxresolution"), 5);
  expect(summary).toMatchObject({ count: 5, failed: 2, median: 5, passShare: 0.4 });
});

test("a distribution has what can be believed, in order, and counts the rest", () => {
  const results = [7, 4, -1, 5, 100_000].map((value) => result({ ctf_max_resolution_estimate: value }));
  expect(distribution([...results, result({})], metric("ctfmaxresolution"))).toEqual({
    sorted: Float64Array.of(4, 5, 7),
    failed: 2,
  });
});

test("quantiles lie between the extremes, rise with the share, and hit both ends", () => {
  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(
      values,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (some, a, b) => {
        const sorted = some.toSorted((x, y) => x - y);
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((share) => quantile(sorted, share) as number);
        expect(low as number).toBeLessThanOrEqual((high as number) + 1e-6);
        // Adding zero makes a negative zero a plain one, as interpolating does.
        expect(quantile(sorted, 0)).toBe((sorted[0] ?? Number.NaN) + 0);
        expect(quantile(sorted, 1)).toBe((sorted.at(-1) ?? Number.NaN) + 0);
      },
    ),
  );
  expect(quantile([], 0.5)).toBe(null);
});

test("a histogram says that its last bar holds what lies above it, where something does", () => {
  expect(histogramAxis(metric("motioncorrection"), 20, 19)).toBe("Total motion (Å)");
  expect(histogramAxis(metric("motioncorrection"), 20, 400)).toBe("Total motion (Å); in the last bar, all above");
  expect(histogramAxis(metric("numparticles"), 20, undefined)).toBe("Particles");
});

test("limits are said to the digit by which micrographs are judged", () => {
  expect(limitWords({ ctfmaxresolution: 4.25, motioncorrection: 30, numparticles: 50.5 })).toBe(
    "CTF max resolution ≤ 4.25 Å, Total motion ≤ 30 Å, Particles ≥ 50.5",
  );
});
