import type { Change } from "@smartem/athena-api/mock/state";
import { REORDER_FOILHOLES } from "@smartem/common/instructions";
import { DEFAULT_GRID, gridTruth, type HoleTruth } from "@smartem/simulator/grid-truth";
import type { Acquired } from "@smartem/simulator/microscope";
import { expect, test } from "vitest";
import { athenaHistoryOf } from "./athena-history.js";
import type { ToldInstruction } from "./compare-instructions.js";
import { compareVerifications, type SoakedControl } from "./compare-verifications.js";

const [square] = gridTruth({ ...DEFAULT_GRID, seed: 1 }).squares;
if (square === undefined) throw new Error("no square");
const [one, two, three] = square.holes as [HoleTruth, HoleTruth, HoleTruth];
const SESSION = "athena-1";

function timeOf(place: number): string {
  return new Date(place * 1_000).toISOString();
}

/** Something is written down at each place, a second after the last. */
function decided(place: number, id: string): Change {
  const said = { id, sessionId: SESSION, areaId: square?.id ?? 0, decisionType: "acquisitionOrder" as const };
  const record = { ...said, decisionValue: null, decidedBy: null, details: null, pluginType: "custom" as const };
  return { kind: "decisions", decisions: [{ ...record, timestamp: timeOf(place) }] };
}

function took(place: number, hole: HoleTruth): Change[] {
  return [
    {
      kind: "area_states",
      areaStates: [{ id: place, sessionId: SESSION, areaId: hole.id, state: "started", timestamp: null }],
    },
    {
      kind: "application_state",
      applicationState: {
        id: String(place),
        state: "running",
        sessionId: SESSION,
        areaId: hole.id,
        details: null,
        timestamp: timeOf(place + 1),
      },
    },
  ];
}

function stopped(place: number): Change {
  const run = { sessionId: SESSION, runNumber: 1, startTime: timeOf(0), stopTime: timeOf(place), stopReason: null };
  return { kind: "run", run };
}

/** Two is ordered before one, between places 1 and 3; the microscope then takes holes. */
function differencesOf(
  taken: readonly [HoleTruth, HoleTruth],
  outcome: string | null,
  more: { readonly stateLostAtMs?: number; readonly forgotten?: readonly string[]; readonly details?: string } = {},
): unknown[] {
  const history = athenaHistoryOf([
    ...took(0, three),
    decided(2, "d1"),
    ...took(3, taken[0]),
    ...took(5, taken[1]),
    stopped(7),
  ]);
  const instruction: ToldInstruction = {
    id: "i1",
    type: REORDER_FOILHOLES,
    payload: { gridsquare_id: String(square?.id), foilhole_ids: [String(two.id), String(one.id)] },
    status: "acknowledged",
    outcome: "processed",
    result: "Athena holds the decision (d1).",
    agent: "agent-1",
    session: "1",
    createdAtMs: 1_500,
    answeredAtMs: 2_500,
    verification: outcome === null ? null : { outcome, details: more.details ?? "" },
  };
  const acquired = [three, ...taken].map((hole) => ({ square, hole, startedAtMs: 0, endedAtMs: 0 }) as Acquired);
  const control: SoakedControl = {
    agentId: "agent-1",
    athena: history,
    acquired: new Map([["1", acquired]]),
    stateLostAtMs: more.stateLostAtMs ?? null,
  };
  const mustBeSome = outcome === "followed";
  const forgotten = (more.forgotten ?? []).map((id) => ({ ...instruction, id, createdAtMs: 500 }));
  return compareVerifications([instruction], forgotten, [control], mustBeSome).differences.map(({ stored }) => stored);
}

test("an order that the microscope followed is verified as followed, and as nothing else", () => {
  expect(differencesOf([two, one], "followed")).toEqual([]);
  expect(differencesOf([two, one], "not_followed")).toEqual(["not_followed: "]);
  expect(differencesOf([two, one], "superseded")).toEqual(["superseded: "]);
});

test("an order that the microscope did not follow is verified as that", () => {
  expect(differencesOf([one, two], "not_followed")).toEqual([]);
  expect(differencesOf([one, two], "followed")).toEqual(["followed: "]);
  expect(differencesOf([one, two], "superseded")).toEqual(["superseded: "]);
});

test("an order that is not verified is a difference, unless its agent or the database has forgotten it", () => {
  expect(differencesOf([two, one], null)).toEqual([null]);
  expect(differencesOf([two, one], null, { stateLostAtMs: 3_000 })).toEqual([]);
  expect(differencesOf([two, one], null, { stateLostAtMs: 2_000 })).toEqual([null]);
  expect(differencesOf([two, one], null, { forgotten: ["i1"] })).toEqual([]);
});

test("an order that the database has forgotten, and an agent has not, may take the place of another", () => {
  expect(differencesOf([two, one], "superseded", { forgotten: ["i0"] })).toEqual([]);
  expect(differencesOf([one, two], "followed", { forgotten: ["i0"] })).toEqual(["followed: "]);
});

test("that Athena has no record of an order is a difference: it forgets nothing", () => {
  const details = "Athena has no record of it any more: not found";
  expect(differencesOf([two, one], "superseded", { details })).toEqual([`superseded: ${details}`, details]);
});

test("a run in which no order was followed is no good one", () => {
  const nothing = compareVerifications([], [], [], true);
  expect(nothing.differences.map(({ entity, id }) => [entity, id])).toEqual([["verifications", "followed"]]);
  expect(compareVerifications([], [], [], false).differences).toEqual([]);
});
