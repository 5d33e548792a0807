import type uPlot from "uplot";
import { expect, test } from "vitest";
import { formatLabels, formatTimes, parseLabels, parseTimes } from "./chart-look.js";
import { shownOf } from "./use-keys.js";

test.each([[["resnet|v2", "a%7Cb", "100 %"]], [["Taken", "Good"]], [[]]])(
  "series %j are read from the address as they were written",
  (labels) => {
    expect(parseLabels(formatLabels(labels))).toEqual(labels);
    if (labels[0] === "Taken") expect(formatLabels(labels)).toBe("Taken|Good");
  },
);

test("of a part of the time for which a chart has nothing, it shows all", () => {
  const chart = { data: [[100, 160, 400]] } as unknown as uPlot;
  const whole = { min: 100, max: 400 };
  expect(shownOf(chart, null)).toEqual(whole);
  expect(shownOf(chart, { min: 0, max: 99 })).toEqual(whole);
  expect(shownOf(chart, { min: 401, max: 500 })).toEqual(whole);
  expect(shownOf(chart, { min: 90, max: 110 })).toEqual({ min: 90, max: 110 });
});

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
