import { readFileSync } from "node:fs";
import type { Change } from "@smartem/athena-api/mock/state";

/** What an Athena was told, in turn: later things have higher places. */
export interface AthenaHistory {
  /** Of each session the areas that were begun or completed, with the place at which they first were. */
  readonly begun: ReadonlyMap<string, ReadonlyMap<number, number>>;
  readonly decisions: ReadonlyMap<string, { readonly sessionId: string; readonly place: number }>;
  /** Where the last run of a session stopped; none of sessions that have one under way. */
  readonly ended: ReadonlyMap<string, number>;
  /** The first place of which it is certain that it came after a time (ms since 1970). */
  placeAfter(timeMs: number): number;
  /** The last place of which it is certain that it came before a time (ms since 1970). */
  placeBefore(timeMs: number): number;
}

/** The longest time between two things that a microscope says one after the other. */
const BREATH_MS = 200;

/** Reads the journal in which the Athena of a soak run keeps what it is told. */
export function readAthenaHistory(file: string): AthenaHistory {
  const [, ...lines] = readFileSync(file, "utf8").split("\n");
  return athenaHistoryOf(lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Change));
}

export function athenaHistoryOf(changes: readonly Change[]): AthenaHistory {
  const begun = new Map<string, Map<number, number>>();
  const decisions = new Map<string, { sessionId: string; place: number }>();
  const ended = new Map<string, number>();
  /** States of areas bear the simulated time; what else there is was written down at these. */
  const times: { readonly place: number; readonly timeMs: number }[] = [];
  for (const [place, change] of changes.entries()) {
    const noteTime = (timestamp: string | null): void => {
      if (timestamp !== null) times.push({ place, timeMs: Date.parse(timestamp) });
    };
    if (change.kind === "area_states") {
      for (const { sessionId, areaId, state } of change.areaStates) {
        if (state !== "started" && state !== "completed") continue;
        const areas = begun.get(sessionId) ?? new Map<number, number>();
        begun.set(sessionId, areas);
        if (!areas.has(areaId)) areas.set(areaId, place);
      }
    } else if (change.kind === "decisions") {
      for (const { id, sessionId, timestamp } of change.decisions) {
        decisions.set(id, { sessionId, place });
        noteTime(timestamp);
      }
    } else if (change.kind === "run") {
      const { sessionId, startTime, stopTime } = change.run;
      if (stopTime === null) ended.delete(sessionId);
      else ended.set(sessionId, place);
      noteTime(stopTime ?? startTime);
    } else if (change.kind === "application_state") {
      const { timestamp } = change.applicationState;
      // The microscope says what it begins, and in the same breath that it works.
      if (changes[place - 1]?.kind === "area_states" && timestamp !== null) {
        times.push({ place: place - 1, timeMs: Date.parse(timestamp) - BREATH_MS });
      }
      noteTime(timestamp);
    }
  }
  return {
    begun,
    decisions,
    ended,
    placeAfter: (timeMs) => times.find((each) => each.timeMs > timeMs)?.place ?? changes.length,
    placeBefore: (timeMs) => times.findLast((each) => each.timeMs + BREATH_MS < timeMs)?.place ?? -1,
  };
}
