import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { coalesce } from "./coalesce.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("acts on the first call at once and on all that follow together, each key once", () => {
  const acts: string[][] = [];
  const call = coalesce(1_000, (keys) => acts.push([...keys]));
  call("a");
  expect(acts).toEqual([["a"]]);
  for (let n = 0; n < 100; n++) call(n % 2 === 0 ? "b" : "c");
  expect(acts).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  expect(acts).toEqual([["a"], ["b", "c"]]);
});

test("a call after a pause takes effect at once again", () => {
  const act = vi.fn();
  const call = coalesce(1_000, act);
  call("a");
  vi.advanceTimersByTime(5_000);
  expect(act).toHaveBeenCalledTimes(1);
  call("a");
  expect(act).toHaveBeenCalledTimes(2);
});
