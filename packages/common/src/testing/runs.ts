/**
 * How many cases a generated test tries: all of them in CI, a fifth at a desk, where the test is run a hundred times as often.
 * `CI=true` in the environment asks for all of them.
 */
export function runs(inCi: number): number {
  return process.env.CI === undefined ? Math.ceil(inCi / 5) : inCi;
}
