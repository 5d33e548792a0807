import { expect, onTestFinished, test, vi } from "vitest";
import type { Acquisition, DecisionSettings } from "../api/additions.js";
import { NO_LIMITS } from "../quality/metrics.js";
import { zoneName } from "../shared/format.js";
import { sessionReport } from "./session-report.js";

/** A report of a session without grids. */
const reportOf = (
  start_time: string,
  madeAt: string,
  changes: Partial<Acquisition> = {},
  limits: DecisionSettings["limits"] = NO_LIMITS,
): string =>
  sessionReport({
    acquisition: { name: "Apoferritin", status: "completed", start_time, ...changes } as Acquisition,
    settings: { mode: "observe", limits } as DecisionSettings,
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

test("the report says how long a session has lasted so far only while it goes on", () => {
  const duration = (changes: Partial<Acquisition>): string | undefined =>
    /<td>Duration<\/td><td>(.*?)<\/td>/.exec(reportOf("2026-07-10T10:00:00Z", "2026-07-10T12:00:00Z", changes))?.[1];
  expect(duration({ status: "started" })).toBe("2 h so far");
  expect(duration({ status: "started", end_time: "2026-07-10T11:00:00Z" })).toBe("1 h");
  for (const status of ["abandoned", "completed"] as const) expect(duration({ status })).toBe("–");
});

test("the report says limits to the digit by which micrographs were judged", () => {
  const limits = { ctfmaxresolution: 4.25, motioncorrection: null, numparticles: 50 };
  expect(reportOf("2026-07-10T10:00:00Z", "2026-07-10T12:00:00Z", {}, limits)).toContain(
    "<td>CTF max resolution at most 4.25 Å, Particles at least 50</td>",
  );
});
