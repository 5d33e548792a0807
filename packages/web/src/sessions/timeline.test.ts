import fc from "fast-check";
import { expect, test } from "vitest";
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
    micrographs: null,
    good: null,
    goodPerHour: null,
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
