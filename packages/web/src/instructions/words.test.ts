import { expect, test } from "vitest";
import { instructionDetail, instructionOutcome, instructionTitle, isSettled } from "./words.js";

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

test("more becomes known of what is on its way or was accepted, nothing of what was declined, withdrawn or seen", () => {
  const base = { ack_status: null, verification: null } as const;
  const settled = [
    ...(["pending", "sent", "expired", "failed", "cancelled"] as const).map((status) => isSettled({ ...base, status })),
    ...(["received", "processed", "declined", "failed"] as const).map((ack_status) =>
      isSettled({ ...base, status: "acknowledged", ack_status }),
    ),
    isSettled({
      status: "acknowledged",
      ack_status: "processed",
      verification: { outcome: "superseded", observed_at: "2026-01-01T00:00:00Z" },
    }),
  ];
  expect(settled).toEqual([false, false, true, true, true, false, false, true, true, true]);
});
