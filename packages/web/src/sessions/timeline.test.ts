import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import type { SessionRow } from "./session-row.js";
import { timelineOf } from "./timeline.js";

const HOUR_MS = 3_600_000;
const START = Date.parse("2026-03-02T08:00:00Z");

function session(changes: Partial<SessionRow>): SessionRow {
  return {
    uuid: "s",
    name: "Apoferritin",
    status: "completed",
    instrument: "Krios 1",
    computer: null,
    startedAt: START,
    endedAt: START + HOUR_MS,
    plannedEndAt: null,
    gridsDone: null,
    grids: null,
    squares: null,
    holes: null,
    imagedHoles: null,
    micrographs: null,
    good: null,
    judged: null,
    goodPerHour: null,
    lastSignAt: null,
    ...changes,
  };
}

test("a session that is on lasts until now, one without a start is nowhere", () => {
  const timeline = timelineOf(
    [session({ status: "started", endedAt: null }), session({ uuid: "p", status: "planned", startedAt: null })],
    START + 4 * HOUR_MS,
  );
  expect(timeline?.to).toBe(START + 4 * HOUR_MS);
  expect(timeline?.lanes).toMatchObject([
    { instrument: "Krios 1", used: 1, bars: [{ start: 0, length: 1, track: 0 }], tracks: 1 },
  ]);
  expect(timelineOf([session({ startedAt: null })], START)).toBeNull();
});

test.each(["started", "paused"] as const)(
  "one that is %s and was forgotten is in use until its last sign of life",
  (status) => {
    const timeline = timelineOf(
      [
        session({ status, endedAt: null, lastSignAt: START + 6 * HOUR_MS }),
        session({ uuid: "n", startedAt: START + 14 * 24 * HOUR_MS, endedAt: START + 14 * 24 * HOUR_MS + 6 * HOUR_MS }),
      ],
      START + 15 * 24 * HOUR_MS,
      undefined,
      { from: START, to: START + 15 * 24 * HOUR_MS },
    );
    // 6 h of each in 15 days, not all of them.
    expect(timeline?.lanes[0]?.used).toBeCloseTo(12 / (15 * 24), 12);
    expect(timeline?.lanes[0]).toMatchObject({ tracks: 1, bars: [{ start: 0 }, {}] });
    expect(timeline?.lanes[0]?.bars[0]?.length).toBeCloseTo(6 / (15 * 24), 12);
  },
);

test("how much an instrument was used is said of the days that are asked for, by all sessions, shown or not", () => {
  const day = 24 * HOUR_MS;
  const shown = session({ startedAt: START + 6 * HOUR_MS, endedAt: START + 12 * HOUR_MS });
  const all = [
    shown,
    session({ uuid: "before", startedAt: START - 12 * HOUR_MS, endedAt: START + 3 * HOUR_MS }),
    session({ uuid: "overlaps", startedAt: START + 10 * HOUR_MS, endedAt: START + 15 * HOUR_MS }),
    session({ uuid: "other", instrument: "Krios 2", startedAt: START, endedAt: START + day }),
  ];
  const asked = { from: START, to: START + day };
  const timeline = timelineOf([shown], START + 2 * day, all, asked);
  expect(timeline).toMatchObject(asked);
  // 3 h of the one before, and 9 h of the two that overlap.
  expect(timeline?.lanes).toMatchObject([
    { instrument: "Krios 1", used: 12 / 24, bars: [{ start: 0.25, length: 0.25 }] },
  ]);
  expect(timelineOf([shown], START, all)?.from).toBe(START - 12 * HOUR_MS);
  // Of a day that is not over, what has passed.
  expect(timelineOf([shown], START + 24 * HOUR_MS, all, { from: START, to: START + 3 * day })?.to).toBe(START + day);
});

test("lines stand at full hours and days of the reader's own clock", () => {
  vi.spyOn(Date.prototype, "getTimezoneOffset").mockReturnValue(-60);
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const timeline = timelineOf([session({ endedAt: START + 10 * 24 * HOUR_MS })], START);
  const hours = new Set(timeline?.ticks.map(({ time }) => new Date(time).getUTCHours()));
  expect(hours).toEqual(new Set([23]));
});

test("every session is there once, within what is shown, and none covers another of its instrument", () => {
  const rows = fc.array(
    fc
      .record({
        start: fc.integer({ min: 0, max: 30 * 24 }),
        hours: fc.integer({ min: 0, max: 72 }),
        instrument: fc.constantFrom("Krios 1", "Krios 2", null),
      })
      .map(({ start, hours, instrument }) =>
        session({ startedAt: START + start * HOUR_MS, endedAt: START + (start + hours) * HOUR_MS, instrument }),
      ),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(rows, (some) => {
      const timeline = timelineOf(some, START);
      if (timeline === null) throw new Error("there are sessions");
      const bars = timeline.lanes.flatMap(({ bars: own }) => own);
      expect(new Set(bars.map(({ row }) => row))).toEqual(new Set(some));
      expect(timeline.ticks.length).toBeLessThanOrEqual(13);
      for (const lane of timeline.lanes) {
        expect(lane.used).toBeGreaterThanOrEqual(0);
        expect(lane.used).toBeLessThanOrEqual(1 + 1e-9);
        for (const [index, bar] of lane.bars.entries()) {
          expect(bar.start + bar.length).toBeLessThanOrEqual(1 + 1e-9);
          for (const other of lane.bars.slice(index + 1)) {
            if (other.track === bar.track) expect(other.start).toBeGreaterThanOrEqual(bar.start + bar.length - 1e-9);
          }
        }
      }
    }),
  );
});
