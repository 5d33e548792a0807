import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "./random.js";
import { mean } from "./statistics.js";

function drawn(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

function sdOf(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

describe("random streams", () => {
  it("gives these numbers for this path, on every platform and for ever", () => {
    const random = randomStream(7, "square", 4590776);
    expect([random.uint32(), random.uint32(), random.uint32()]).toEqual([2996868780, 365558223, 488719657]);
  });

  it("gives a stream the same numbers whatever other streams were asked for in between", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.oneof(fc.string(), fc.integer())), fc.string(), (seed, path, other) => {
        const alone = drawn(5, randomStream(seed, ...path).uniform);
        const parent = randomStream(seed);
        parent.uniform();
        const child = parent.split(...path);
        const stranger = parent.split(other, "x", "y");
        const mixed = drawn(5, () => {
          stranger.normal(0, 1);
          return child.uniform();
        });
        expect(mixed).toEqual(alone);
      }),
    );
  });

  it("keeps paths apart that spell the same text", () => {
    expect(randomStream("a", "bc").uint32()).not.toBe(randomStream("ab", "c").uint32());
  });

  it("draws beta, gamma, normal, lognormal and Poisson variates with the right mean and spread", () => {
    const random = randomStream(11);
    const beta = drawn(40_000, () => random.beta(1.1, 2.3));
    expect(mean(beta)).toBeCloseTo(1.1 / 3.4, 2);
    expect(sdOf(beta) ** 2).toBeCloseTo((1.1 * 2.3) / (3.4 ** 2 * 4.4), 2);
    const small = drawn(40_000, () => random.beta(0.65, 1));
    expect(mean(small)).toBeCloseTo(0.65 / 1.65, 2);
    expect(Math.max(...small)).toBeLessThanOrEqual(1);
    expect(mean(drawn(40_000, () => random.gamma(0.4)))).toBeCloseTo(0.4, 1);
    const normal = drawn(40_000, () => random.normal(3, 2));
    expect(mean(normal)).toBeCloseTo(3, 1);
    expect(sdOf(normal)).toBeCloseTo(2, 1);
    expect(mean(drawn(40_000, () => Math.log(random.lognormal(1.42, 0.19))))).toBeCloseTo(1.42, 2);
    expect(mean(drawn(40_000, () => random.poisson(4)))).toBeCloseTo(4, 1);
    expect(mean(drawn(40_000, () => random.poisson(300)))).toBeCloseTo(300, 0);
  });

  it("shuffles without losing or inventing anything", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer()), (seed, items) => {
        const shuffled = randomStream(seed).shuffled(items);
        expect([...shuffled].sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
      }),
    );
  });
});
