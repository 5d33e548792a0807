import { expect, test } from "vitest";
import { formatTimes, parseTimes } from "./chart-look.js";

test("times are written in whole seconds around what is shown, and read as they were written", () => {
  const text = formatTimes({ min: 1_772_439_000.7, max: 1_772_440_199.2 });
  expect(text).toBe("2026-03-02T08:10:00Z_2026-03-02T08:30:00Z");
  expect(parseTimes(text)).toEqual({ min: 1_772_439_000, max: 1_772_440_200 });
});

test.each([
  null,
  "",
  "2026-03-02T08:10:00Z",
  "2026-03-02T08:10:00Z_",
  "2026-03-02T08:30:00Z_2026-03-02T08:10:00Z",
  "2026-03-02T08:10:00Z_2026-03-02T08:10:00Z",
  "2026-13-02T08:10:00Z_2026-14-02T08:30:00Z",
  "1_2",
  "2026-03-02T08:10:00Z_2026-03-02T08:20:00Z_2026-03-02T08:30:00Z",
])("%s is no part of the time", (text) => {
  expect(parseTimes(text)).toBeNull();
});
