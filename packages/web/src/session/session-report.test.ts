import { expect, onTestFinished, test, vi } from "vitest";
import type { Acquisition, DecisionSettings } from "../api/additions.js";
import { NO_LIMITS } from "../quality/metrics.js";
import { zoneName } from "../shared/format.js";
import { sessionReport } from "./session-report.js";

/** A report of a session without grids. */
const reportOf = (start_time: string, madeAt: string): string =>
  sessionReport({
    acquisition: { name: "Apoferritin", status: "completed", start_time } as Acquisition,
    settings: { mode: "observe", limits: NO_LIMITS } as DecisionSettings,
    grids: [],
    notes: [],
    instructions: [],
    madeAt: Date.parse(madeAt),
  });

test("the report names a zone that holds for all of its times, also where clocks were changed after the session", () => {
  vi.spyOn(Date.prototype, "getTimezoneOffset").mockImplementation(function (this: Date) {
    return this.getUTCMonth() > 2 && this.getUTCMonth() < 10 ? -120 : -60;
  });
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const zone = (report: string): string | undefined => /Times are in (.*?)\.</.exec(report)?.[1];
  expect(zone(reportOf("2026-07-10T10:00:00Z", "2026-07-12T10:00:00Z"))).toBe("UTC+02:00");
  expect(zone(reportOf("2026-12-10T10:00:00Z", "2026-12-12T10:00:00Z"))).toBe("UTC+01:00");
  expect(zone(reportOf("2026-07-10T10:00:00Z", "2026-12-12T10:00:00Z"))).toBe(
    `${zoneName()}: UTC+02:00 or UTC+01:00, by the date`,
  );
});
