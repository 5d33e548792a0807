import { expect, test } from "vitest";
import { sharedReads } from "./shared-reads.js";

/** A reading that ends when it is told to. */
function controlled() {
  const endings: ((value: string | Error) => void)[] = [];
  const read = () =>
    new Promise<string>((resolve, reject) =>
      endings.push((value) => (typeof value === "string" ? resolve(value) : reject(value))),
    );
  return { read, endings };
}

test("those who ask while a reading is under way share the next one, which begins after they have asked", async () => {
  const shared = sharedReads<string>();
  const { read, endings } = controlled();
  const first = shared("list", read);
  const others = [shared("list", read), shared("list", read), shared("list", read)];
  expect(endings.length).toBe(1);
  endings[0]?.("before");
  expect(await first).toBe("before");
  await expect.poll(() => endings.length).toBe(2);
  const late = shared("list", read);
  endings[1]?.("after");
  expect(await Promise.all(others)).toEqual(["after", "after", "after"]);
  await expect.poll(() => endings.length).toBe(3);
  endings[2]?.("later");
  expect(await late).toBe("later");
});

test("what differs is read at the same time", async () => {
  const shared = sharedReads<string>();
  const { read, endings } = controlled();
  const both = [shared("a", read), shared("b", read)];
  expect(endings.length).toBe(2);
  endings[0]?.("a");
  endings[1]?.("b");
  expect(await Promise.all(both)).toEqual(["a", "b"]);
});

test("a reading that fails fails for those who share it, and the next one is a new one", async () => {
  const shared = sharedReads<string>();
  const { read, endings } = controlled();
  const first = shared("list", read);
  const second = shared("list", read);
  endings[0]?.(new Error("gone"));
  await expect(first).rejects.toThrow("gone");
  await expect.poll(() => endings.length).toBe(2);
  endings[1]?.("back");
  expect(await second).toBe("back");
  const third = shared("list", read);
  expect(endings.length).toBe(3);
  endings[2]?.("again");
  expect(await third).toBe("again");
});
