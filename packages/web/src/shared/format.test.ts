import { expect, onTestFinished, test, vi } from "vitest";
import {
  formatAgo,
  formatCount,
  formatDuration,
  formatMoment,
  formatNumber,
  formatShare,
  parseTime,
  UNKNOWN,
  zoneName,
  zoneOf,
} from "./format.js";

test("what is not known is a dash, and never a zero", () => {
  for (const text of [formatCount(null), formatNumber(undefined), formatShare(Number.NaN), formatDuration(null)])
    expect(text).toBe(UNKNOWN);
  expect(formatCount(0)).toBe("0");
  expect(formatShare(0)).toBe("0 %");
});

test.each([
  [0, "0 s"],
  [59_000, "59 s"],
  [60_000, "1 min"],
  [3_600_000, "1 h"],
  [5_430_000, "1 h 30 min"],
  [3 * 86_400_000 + 7_200_000, "3 d 2 h"],
  [-5_000, "0 s"],
])("%d ms is %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

test("counts are grouped, numbers rounded and given their unit", () => {
  expect(formatCount(12_345)).toBe("12,345");
  expect(formatNumber(2.468, 2, "Å")).toBe("2.47 Å");
  expect(formatAgo(500)).toBe("just now");
  expect(formatAgo(42_000)).toBe("42 s ago");
});

test.each([
  [0, "UTC"],
  [-120, "UTC+02:00"],
  [330, "UTC−05:30"],
])("a clock that is %d minutes behind UTC is in %s", (behind, zone) => {
  vi.spyOn(Date.prototype, "getTimezoneOffset").mockReturnValue(behind);
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  expect(zoneOf(0)).toBe(zone);
});

test("a zone whose clocks were changed in between is called by its name, with both that it was at", () => {
  vi.spyOn(Date.prototype, "getTimezoneOffset").mockImplementation(function (this: Date) {
    return this.getUTCMonth() > 2 && this.getUTCMonth() < 10 ? -120 : -60;
  });
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const [january, july, august, december] = [0, 6, 7, 11].map((month) => Date.UTC(2026, month, 15));
  expect(zoneOf(july ?? 0, august)).toBe("UTC+02:00");
  expect(zoneOf(july ?? 0, december)).toBe(`${zoneName()}: UTC+02:00 or UTC+01:00, by the date`);
  expect(zoneOf(january ?? 0, december)).toBe(`${zoneName()}: UTC+01:00 or UTC+02:00, by the date`);
});

test("a time that is none is not known", () => {
  expect(parseTime("yesterday")).toBe(null);
  expect(parseTime("2026-03-02T08:00:00+00:00")).toBe(Date.UTC(2026, 2, 2, 8));
});

test("a moment of another day has its day", () => {
  const now = new Date(2026, 2, 4, 9).getTime();
  expect(formatMoment(new Date(2026, 2, 4, 8, 5, 9).toISOString(), now)).toBe("08:05:09");
  expect(formatMoment(new Date(2026, 2, 3, 14, 5, 9).toISOString(), now)).toBe("03 Mar, 14:05:09");
  expect(formatMoment(null, now)).toBe("–");
});
