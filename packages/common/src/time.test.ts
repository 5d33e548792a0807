import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { delay, parseTime, untilAborted } from "./time.js";

test.each([
  ["2024-04-05T11:51:13", "2024-04-05T11:51:13.000Z"],
  ["2024-04-05 11:51:13", "2024-04-05T11:51:13.000Z"],
  ["2025-01-08T13:57:26.2789462Z", "2025-01-08T13:57:26.278Z"],
  ["2025-01-08T14:57:26.27894+01:00", "2025-01-08T13:57:26.278Z"],
  ["2025-01-08T14:57:26+0100", "2025-01-08T13:57:26.000Z"],
  ["2025-01-08", "2025-01-08T00:00:00.000Z"],
  ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ["2025-01-08T00:00:00-15:59", "2025-01-08T15:59:00.000Z"],
])("%s is %s", (text, utc) => {
  expect(parseTime(text)?.toISOString()).toBe(utc);
});

test.each([
  ...["", "yesterday", "2025-13-01T00:00:00Z", "2025-01-08T25:00:00Z", "20250108", "1736341046"],
  ...["2026-02-30", "2026-02-29T00:00:00Z", "2026-04-31T10:00:00", "0000-01-01T00:00:00Z"],
  ...["2026-01-01T00:00:00+16:00", "2026-01-01T00:00:00-2300"],
  ...["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"],
])("%j is not a time", (text) => {
  expect(parseTime(text)).toBeNull();
});

test("a delay ends early when it is aborted", async () => {
  const abort = new AbortController();
  const waiting = delay(60_000, abort.signal);
  abort.abort();
  await waiting;
  await delay(60_000, abort.signal);
});

test("work that is waited for until a signal is aborted leaves nothing behind at a signal that lasts", async () => {
  const lasting = new AbortController();
  for (let n = 0; n < 10; n++) expect(await untilAborted(Promise.resolve(n), lasting.signal, -1)).toBe(n);
  await expect(untilAborted(Promise.reject(new Error("no")), lasting.signal, -1)).rejects.toThrow("no");
  expect(getEventListeners(lasting.signal, "abort")).toEqual([]);
  const hangs = untilAborted(new Promise<number>(() => undefined), lasting.signal, -1);
  lasting.abort();
  expect(await hangs).toBe(-1);
  expect(await untilAborted(new Promise<number>(() => undefined), lasting.signal, -1)).toBe(-1);
});
