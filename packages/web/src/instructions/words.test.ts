import { expect, test } from "vitest";
import { instructionDetail, instructionOutcome, instructionTitle } from "./words.js";

test("says how many of what an instruction is about", () => {
  expect(instructionTitle("microscope.control.reorder_foilholes")).toBe("Order of holes");
  expect(instructionDetail({ gridsquare_id: "12", foilhole_ids: ["1", "2"], skip_foilhole_ids: ["3"] })).toBe(
    "square 12, 2 holes, 1 skipped",
  );
  expect(instructionDetail({ gridsquare_ids: ["1"] })).toBe("1 square");
  expect(instructionTitle("microscope.control.open_valves")).toBe("open valves");
});

test("what was seen at the microscope counts more than what the agent answered, and that more than that it was sent", () => {
  const sent = { status: "sent", ack_status: null, verification: null } as const;
  const accepted = { status: "acknowledged", ack_status: "processed", verification: null } as const;
  const seen = { ...accepted, verification: { outcome: "not_followed", observed_at: "2026-01-01T00:00:00Z" } } as const;
  expect([sent, accepted, seen].map((one) => instructionOutcome(one).word)).toEqual([
    "sent",
    "accepted",
    "not followed",
  ]);
});

test("every end that an instruction can come to has a word and a sign of its own tone", () => {
  const base = { ack_status: null, verification: null } as const;
  const words = (["pending", "sent", "expired", "failed", "cancelled"] as const).map(
    (status) => instructionOutcome({ ...base, status }).word,
  );
  expect(new Set(words).size).toBe(5);
  expect(instructionOutcome({ ...base, status: "acknowledged", ack_status: "declined" })).toMatchObject({
    word: "declined",
    tone: "warn",
  });
});
