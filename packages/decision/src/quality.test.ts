import fc from "fast-check";
import { expect, test } from "vitest";
import {
  combineVerdicts,
  FAILED_FIT_A,
  holeOutcome,
  judgeInOrder,
  judgeMetric,
  METRIC_RULES,
  type MetricRule,
  spreadOfRobust,
  spreadOfRunning,
  type Verdict,
} from "./quality.js";
import { median, robustSpread } from "./robust.js";
import { merged, NO_VALUES, standardDeviation, withValue } from "./running-distribution.js";

const ctf: MetricRule = { metric: "ctfmaxresolution", better: "lower", limit: 6, failedFrom: FAILED_FIT_A };
const particles: MetricRule = { metric: "numparticles", better: "higher", limit: 100, failedFrom: null };

test("a limit is absolute and inclusive, in the metric's own direction", () => {
  expect([5.9, 6, 6.1].map((value) => judgeMetric(ctf, value))).toEqual(["good", "good", "bad"]);
  expect([99, 100, 101].map((value) => judgeMetric(particles, value))).toEqual(["bad", "good", "good"]);
});

test("a failed fit is bad: missing, negative, not a number, infinite, or the sentinel", () => {
  for (const failed of [null, -1, Number.NaN, Number.POSITIVE_INFINITY, FAILED_FIT_A, FAILED_FIT_A + 1]) {
    expect(judgeMetric(ctf, failed)).toBe("bad");
    expect(judgeMetric({ ...ctf, limit: null }, failed, { centre: 5, sd: 1, count: 50 })).toBe("bad");
  }
});

test("a result that has not arrived is unknown, not bad", () => {
  expect(judgeMetric(ctf, undefined)).toBe("unknown");
});

test("without a limit a micrograph is judged against its grid, where a few values are enough to say", () => {
  const relative = { ...ctf, limit: null };
  const spread = spreadOfRobust(robustSpread([4, 4.5, 5, 5.5, 6, 40]));
  expect(judgeMetric(relative, 5, spread)).toBe("good");
  expect(judgeMetric(relative, 40, spread)).toBe("bad");
  expect(judgeMetric(relative, 5, null)).toBe("unknown");
  expect(judgeMetric(relative, 5, spreadOfRobust(robustSpread([5, 5])))).toBe("unknown");
  expect(judgeMetric({ ...particles, limit: null }, 300, { centre: 200, sd: 20, count: 9 })).toBe("good");
  expect(judgeMetric({ ...particles, limit: null }, 100, { centre: 200, sd: 20, count: 9 })).toBe("bad");
});

test("where nothing varies the common value is good and there is no NaN", () => {
  const relative = { ...ctf, limit: null };
  const robust = spreadOfRobust(robustSpread(new Array(10).fill(4)));
  const running = spreadOfRunning(new Array(10).fill(4).reduce(withValue, NO_VALUES));
  for (const spread of [robust, running]) {
    expect(spread.sd).toBe(0);
    expect(judgeMetric(relative, 4, spread)).toBe("good");
    expect(judgeMetric(relative, 4.1, spread)).toBe("bad");
  }
});

test("every rule of the contract's metrics judges every value without throwing", () => {
  const value = fc.oneof(fc.double(), fc.constantFrom(null, undefined));
  fc.assert(
    fc.property(fc.constantFrom(...METRIC_RULES), value, fc.array(fc.double()), (rule, measured, others) => {
      expect(["good", "bad", "unknown"]).toContain(judgeMetric(rule, measured, spreadOfRobust(robustSpread(others))));
    }),
  );
});

const anyVerdict = fc.constantFrom<Verdict>("good", "bad", "unknown");

test("one bad metric is final, however many are still to come, in whatever order they come", () => {
  fc.assert(
    fc.property(fc.array(anyVerdict, { maxLength: 5 }), (verdicts) => {
      const combined = combineVerdicts(verdicts);
      if (verdicts.includes("bad")) expect(combined).toBe("bad");
      else if (verdicts.includes("unknown") || verdicts.length === 0) expect(combined).toBe("unknown");
      else expect(combined).toBe("good");
      expect(combineVerdicts(verdicts.toReversed())).toBe(combined);
    }),
  );
});

/** What CTF and particles say of each: `G`ood by both, `B`ad by both, `g`ood and `b`ad by the one, while the other is not known. */
const judged = (micrographs: string): string => {
  const ctf = [...micrographs].map((one): Verdict => (one.toLowerCase() === "g" ? "good" : "bad"));
  const particles = ctf.map((verdict, n): Verdict => (/[a-z]/.test(micrographs[n]) ? "unknown" : verdict));
  return judgeInOrder([ctf, particles])
    .map((verdict) => (verdict === "unknown" ? "." : verdict === "good" ? "G" : "B"))
    .join("");
};

test("a bad micrograph that lacks metrics waits while its neighbours lack them", () => {
  // The slower pipeline is late, or has stopped: the first open ones may just as well be lost.
  expect(judged("GBGBGGBGbggbbgbggb")).toBe("GBGBGGBGB.........");
  // It takes a while until a good one is known to be lost; what is complete counts at once.
  expect(judged("GGGGGgbbGGGbGB")).toBe("GGGGG.BBGGGBGB");
  expect(judged("GGGgBgbbBB")).toBe("GGG.B...BB");
  // Of squares that are all bad nothing is picked: what was taken so long ago is no neighbour any more.
  expect(judged(`gg${"b".repeat(25)}`)).toBe(`..${".".repeat(20)}${"B".repeat(5)}`);
  // Bad ones are not picked, good ones are: nothing waits.
  expect(judged("GbbGbGGGbbbGb")).toBe("GBBGBGGGBBBGB");
});

test("a hole's outcome is the share of its judged micrographs that are good", () => {
  expect(holeOutcome(["good", "bad", "unknown", "good"])).toEqual({ good: 2 / 3, weight: 3 });
  expect(holeOutcome(["unknown"])).toEqual({ good: Number.NaN, weight: 0 });
  expect(holeOutcome([])).toEqual({ good: Number.NaN, weight: 0 });
});

test("the running distribution agrees with the values taken together, in one go or in two parts", () => {
  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 50 });
  fc.assert(
    fc.property(values, values, (a, b) => {
      const all = [...a, ...b];
      const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
      const sd = Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (all.length - 1));
      const parts = merged(a.reduce(withValue, NO_VALUES), b.reduce(withValue, NO_VALUES));
      for (const distribution of [all.reduce(withValue, NO_VALUES), parts]) {
        expect(distribution.count).toBe(all.length);
        expect(Math.abs(distribution.mean - mean)).toBeLessThan(1e-6 * (1 + Math.abs(mean)));
        expect(Math.abs(standardDeviation(distribution) - sd)).toBeLessThan(1e-5 * (1 + sd));
      }
    }),
  );
});

test("a value that is no number leaves the running distribution as it is", () => {
  const before = withValue(NO_VALUES, 3);
  expect(withValue(before, Number.NaN)).toEqual(before);
  expect(withValue(before, Number.POSITIVE_INFINITY)).toEqual(before);
  expect(standardDeviation(before)).toBe(0);
});

test("the median is the one of the sorted values, and the spread that of their distances from it", () => {
  const sortedMedian = (values: readonly number[]): number => {
    const sorted = values.toSorted((a, b) => a - b);
    const upper = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[upper] : (sorted[upper - 1] + sorted[upper]) / 2;
  };
  const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 3 }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (values) => {
      // Zero has a sign, which says nothing.
      const middle = sortedMedian(values) + 0;
      expect(median(values) + 0).toBe(middle);
      const spread = robustSpread(values);
      expect(spread.median + 0).toBe(middle);
      expect(spread.sd).toBe(1.4826 * sortedMedian(values.map((each) => Math.abs(each - middle))));
      expect(spread.count).toBe(values.length);
    }),
  );
  const rising = Array.from({ length: 100_001 }, (_, n) => n);
  expect(median(rising)).toBe(50_000);
  // The worst order for whoever looks at the middle first.
  expect(median([...rising, ...rising.toReversed()])).toBe(50_000);
});

test("median and spread ignore what is no number and one wild value", () => {
  expect(median([3, Number.NaN, 1, 2, Number.POSITIVE_INFINITY])).toBe(2);
  expect(median([])).toBeNaN();
  const spread = robustSpread([9, 10, 11, 10, 9, 11, 1e9]);
  expect(spread.median).toBe(10);
  expect(spread.sd).toBeCloseTo(1.4826, 4);
});
