import { encodeAcquisitionOrder, encodeFoilHoleSelection } from "@smartem/athena-api/decisions";
import type { DecisionDraft, DecisionRecord } from "@smartem/athena-api/schemas";
import { REORDER_FOILHOLES } from "@smartem/common/instructions";
import type { Result } from "@smartem/common/result";
import { emptyWritten } from "@smartem/simulator/epu-writer/written";
import { DEFAULT_GRID, gridTruth } from "@smartem/simulator/grid-truth";
import { expect, test } from "vitest";
import type { SoakedSession } from "./compare.js";
import { compareInstructions, type ToldInstruction } from "./compare-instructions.js";

const truth = gridTruth({ ...DEFAULT_GRID, seed: 1 });
const session: SoakedSession = { dir: "visit-1", agentId: "agent-1", truth, written: emptyWritten(), acquired: [] };
const [square] = truth.squares;
const [first = 0, second = 0, third = 0] = (square?.holes ?? []).map((hole) => hole.id);
const squareId = square?.id ?? 0;
const ORIGIN = { sessionId: "athena-1", decidedBy: "SmartEM Decisions", details: "" };

function told(more: Partial<ToldInstruction> = {}): ToldInstruction {
  return {
    id: "i1",
    type: REORDER_FOILHOLES,
    payload: {
      gridsquare_id: String(squareId),
      foilhole_ids: [String(first), String(second)],
      skip_foilhole_ids: [String(third)],
    },
    status: "acknowledged",
    outcome: "processed",
    result: "Athena holds the decision (d1, d2).",
    agent: "agent-1",
    session: String(truth.sessionId),
    createdAtMs: 0,
    answeredAtMs: 1,
    verification: null,
    ...more,
  };
}

function recordOf(id: string, draft: Result<DecisionDraft, unknown>): DecisionRecord {
  if (!draft.ok) throw new Error("no decision");
  const { sessionId, areaId, decisionType, decisionValue = null, decidedBy = null, details = null } = draft.value;
  const said = { sessionId, areaId, decisionType, decisionValue, decidedBy, details };
  return { id, ...said, pluginType: "custom", timestamp: "2025-06-02T08:00:00Z" };
}

const selection = recordOf("d1", encodeFoilHoleSelection(ORIGIN, squareId, new Map([[third, false]])));
const order = (id: string, holes: readonly number[]): DecisionRecord =>
  recordOf(id, encodeAcquisitionOrder(ORIGIN, squareId, holes));
const HELD = [selection, order("d2", [first, second])];

function fieldsThatDiffer(
  instructions: readonly ToldInstruction[],
  held: readonly DecisionRecord[] = HELD,
  { forgotten = [], forgetful = [] }: { forgotten?: readonly ToldInstruction[]; forgetful?: readonly string[] } = {},
): (string | null)[] {
  const truth = { told: instructions, forgotten, forgetful: new Set(forgetful), sessions: [session] };
  const all = compareInstructions({ ...truth, held: new Map([["agent-1", held]]), mustBeSome: true });
  return all.differences.map(({ entity, field }) => field ?? entity);
}

test("instructions that Athena holds as they were told are as they should be", () => {
  expect(fieldsThatDiffer([told()])).toEqual([]);
  // Said again, it changes nothing, and names what is there.
  expect(fieldsThatDiffer([told(), told({ id: "i2" })])).toEqual([]);
});

test("a run in which nothing was told, or nothing was carried out, is no good one", () => {
  expect(fieldsThatDiffer([], [])).toEqual(["instructions"]);
  expect(fieldsThatDiffer([told({ outcome: "declined", result: null })], [])).toEqual(["instructions"]);
  expect(fieldsThatDiffer([told({ status: "expired", outcome: null, result: null })], [])).toEqual(["instructions"]);
  const report = told({ type: "agent.status.request", payload: {}, result: "{}" });
  expect(fieldsThatDiffer([report], [])).toEqual(["instructions"]);
  const nothing = { told: [], forgotten: [], forgetful: new Set<string>(), sessions: [session], held: new Map() };
  expect(compareInstructions({ ...nothing, mustBeSome: false }).differences).toEqual([]);
});

test("an instruction that failed is a difference, whatever became of the others", () => {
  expect(fieldsThatDiffer([told(), told({ id: "i2", status: "failed", outcome: "failed", result: null })])).toEqual([
    "outcome",
  ]);
});

test("one that was withdrawn and not given is none, nor what an order has left out, as it says, or that it was given before", () => {
  const withdrawn = told({ id: "i2", status: "cancelled", outcome: "failed", result: null });
  expect(fieldsThatDiffer([told(), withdrawn])).toEqual([]);
  const result =
    "Athena holds the decision (d1, d2). That was before this: It was withdrawn before it could be carried out.";
  expect(fieldsThatDiffer([told({ result })])).toEqual([]);
  const fewer =
    "Athena holds the decision (d1, d2). Of what it names, 1 were left out: later orders say otherwise of them.";
  expect(fieldsThatDiffer([told({ result: fewer })], [selection, order("d2", [second])])).toEqual([]);
});

test("what was carried out is at Athena, as it was told", () => {
  expect(fieldsThatDiffer([told()], [])).toEqual(["decision", "decision", "order", "skipped"]);
  expect(fieldsThatDiffer([told({ result: null })])).toEqual(["result", "order", "skipped", "decision"]);
  expect(fieldsThatDiffer([told()], [selection, order("d2", [second, first])])).toEqual(["order"]);
  const nothingSkipped = recordOf("d1", encodeFoilHoleSelection(ORIGIN, squareId, new Map([[third, true]])));
  expect(fieldsThatDiffer([told()], [nothingSkipped, order("d2", [first, second])])).toEqual(["skipped"]);
});

test("an order that Athena holds twice, or that nobody gave, is a difference; one broken off is none", () => {
  expect(fieldsThatDiffer([told()], [...HELD, order("d3", [first, second])])).toEqual(["decision"]);
  expect(fieldsThatDiffer([told()], [...HELD, order("d3", [third])])).toEqual(["decision"]);
  const payload = { gridsquare_id: String(squareId), foilhole_ids: [String(third)] };
  const expired = told({ id: "i2", status: "expired", outcome: null, result: null, payload });
  expect(fieldsThatDiffer([told(), expired], [...HELD, order("d3", [third])])).toEqual([]);
});

test("an order that the database had been told before it was put back is not one that nobody gave", () => {
  const forgotten = told({ id: "i2", payload: { gridsquare_id: String(squareId), foilhole_ids: [String(third)] } });
  expect(fieldsThatDiffer([told()], [...HELD, order("d3", [third])], { forgotten: [forgotten] })).toEqual([]);
});

test("an agent that has lost its state folder may have given an order twice, but none that nobody gave", () => {
  const forgetful = ["agent-1"];
  expect(fieldsThatDiffer([told()], [...HELD, order("d3", [first, second])], { forgetful })).toEqual([]);
  expect(fieldsThatDiffer([told()], [...HELD, order("d3", [third])], { forgetful })).toEqual(["decision"]);
});

test("an instruction for another agent's session, and one that never came to an end, are differences", () => {
  expect(fieldsThatDiffer([told(), told({ id: "i2", agent: "agent-2" })])).toEqual(["agent"]);
  expect(fieldsThatDiffer([told(), told({ id: "i2", status: "sent", outcome: null, result: null })])).toEqual([
    "status",
  ]);
});
