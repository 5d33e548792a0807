import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { coalesce } from "./coalesce.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const resolved = () => vi.fn((_key: string): Promise<unknown> => Promise.resolve());

test("acts on the first call for a key at once and on all that follow together", async () => {
  const act = resolved();
  const call = coalesce(1_000, act);
  for (let n = 0; n < 100; n++) call(n % 2 === 0 ? "a" : "b");
  expect(act.mock.calls).toEqual([["a"], ["b"]]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(act.mock.calls).toEqual([["a"], ["b"], ["a"], ["b"]]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(act).toHaveBeenCalledTimes(4);
});

test("a call after a pause takes effect at once again", async () => {
  const act = resolved();
  const call = coalesce(1_000, act);
  call("a");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(act).toHaveBeenCalledTimes(1);
  call("a");
  expect(act).toHaveBeenCalledTimes(2);
});

test.each(["done", "failed"])(
  "what takes long is waited for until it is %s, other keys are not held up",
  async (how) => {
    let settle = (): void => {};
    const act = resolved().mockReturnValueOnce(
      new Promise<void>((resolve, reject) => {
        settle = how === "done" ? resolve : () => reject(new Error("away"));
      }),
    );
    const call = coalesce(1_000, act);
    for (let n = 0; n < 10; n++) {
      call("slow");
      await vi.advanceTimersByTimeAsync(1_000);
    }
    call("quick");
    expect(act.mock.calls).toEqual([["slow"], ["quick"]]);
    settle();
    await vi.advanceTimersByTimeAsync(999);
    expect(act).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(act.mock.calls).toEqual([["slow"], ["quick"], ["slow"]]);
  },
);
