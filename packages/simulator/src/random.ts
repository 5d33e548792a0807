import { createHash } from "node:crypto";

/** Part of the path that names a stream of random numbers. */
export type PathPart = string | number;

/**
 * Reproducible random numbers (xoshiro128**). A stream is named by a path, e.g. `randomStream(7, "square", 4590776)`;
 * the same path gives the same numbers on every platform and whatever other streams were asked for in between.
 */
export interface RandomStream {
  /** An integer in [0, 2³²). */
  uint32(): number;
  /** A number in [0, 1), 53 bits. */
  uniform(): number;
  /** An integer in [0, `below`). */
  integer(below: number): number;
  /** True with probability `p`. */
  chance(p: number): boolean;
  normal(mean: number, sd: number): number;
  /** exp of a normal variate: `mu` and `sigma` are those of the logarithm. */
  lognormal(mu: number, sigma: number): number;
  /** Shape `shape` > 0, scale 1. */
  gamma(shape: number): number;
  beta(a: number, b: number): number;
  poisson(mean: number): number;
  /** A version 4 UUID in its usual spelling. */
  uuid(): string;
  /** A new array in random order. */
  shuffled<T>(items: readonly T[]): T[];
  /** The stream whose path is this one's, continued. */
  split(...path: readonly PathPart[]): RandomStream;
}

export function randomStream(seed: PathPart, ...path: readonly PathPart[]): RandomStream {
  return streamOf([seed, ...path]);
}

function streamOf(path: readonly PathPart[]): RandomStream {
  // A length before each part keeps ["1","23"] and ["12","3"] apart.
  const name = path.map((part) => `${String(part).length}:${part}`).join("/");
  const digest = createHash("sha256").update(name, "utf8").digest();
  let a = digest.readUInt32LE(0);
  let b = digest.readUInt32LE(4);
  let c = digest.readUInt32LE(8);
  let d = digest.readUInt32LE(12) | 1;
  let spareNormal: number | undefined;

  const uint32 = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const uniform = (): number => ((uint32() >>> 5) * 67_108_864 + (uint32() >>> 6)) / 9_007_199_254_740_992;
  const standardNormal = (): number => {
    if (spareNormal !== undefined) {
      const spare = spareNormal;
      spareNormal = undefined;
      return spare;
    }
    // Marsaglia's polar method.
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const s = x * x + y * y;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        spareNormal = y * scale;
        return x * scale;
      }
    }
  };
  const gamma = (shape: number): number => {
    // Marsaglia & Tsang, ACM TOMS 26 (2000) 363; shapes below 1 by the boost U^(1/shape).
    if (shape < 1) return gamma(shape + 1) * (1 - uniform()) ** (1 / shape);
    const m = shape - 1 / 3;
    const k = 1 / Math.sqrt(9 * m);
    for (;;) {
      const x = standardNormal();
      const v = (1 + k * x) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + m - m * v + m * Math.log(v)) return m * v;
    }
  };
  const integer = (below: number): number => Math.floor(uniform() * below);

  const stream: RandomStream = {
    uint32,
    uniform,
    integer,
    chance: (p) => uniform() < p,
    normal: (mean, sd) => mean + sd * standardNormal(),
    lognormal: (mu, sigma) => Math.exp(mu + sigma * standardNormal()),
    gamma,
    beta: (alpha, beta) => {
      const x = gamma(alpha);
      const y = gamma(beta);
      return x + y === 0 ? 0 : x / (x + y);
    },
    poisson: (mean) => {
      // Beyond 50 the normal approximation is good to a count.
      if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * standardNormal()));
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = uniform(); product > limit; product *= uniform()) count++;
      return count;
    },
    uuid: () => {
      const bytes = Buffer.alloc(16);
      for (let i = 0; i < 16; i += 4) bytes.writeUInt32BE(uint32(), i);
      bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
      bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
      return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    },
    shuffled: <T>(items: readonly T[]): T[] => {
      const left = [...items];
      const result: T[] = [];
      while (left.length > 0) result.push(...left.splice(integer(left.length), 1));
      return result;
    },
    split: (...more) => streamOf([...path, ...more]),
  };
  return stream;
}
