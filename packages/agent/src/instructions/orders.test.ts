import { expect, test } from "vitest";
import { orderOf } from "./orders.js";

test("ids are strings of digits, in the order of the list, each once", () => {
  expect(
    orderOf("microscope.control.reorder_gridsquares", { gridsquare_ids: ["7", "5", "7", 6], reason: "thin ice" }),
  ).toEqual({ ok: true, value: { kind: "reorder_gridsquares", gridSquareIds: ["7", "5", "6"], reason: "thin ice" } });
});

test("foil holes are ordered within a square, others may be skipped", () => {
  expect(
    orderOf("microscope.control.reorder_foilholes", {
      gridsquare_id: "4590776",
      foilhole_ids: ["1", "2"],
      skip_foilhole_ids: ["3"],
    }),
  ).toEqual({
    ok: true,
    value: {
      kind: "reorder_foilholes",
      gridSquareId: "4590776",
      foilHoleIds: ["1", "2"],
      skipFoilHoleIds: ["3"],
      reason: "",
    },
  });
});

test("the second names are understood, in their own payload form", () => {
  expect(
    orderOf("athena.control.reorder_foilholes", {
      gridsquare_id: "9",
      foilhole_order: [
        // The order of the list counts, not the scores.
        { foilhole_id: "2", priority_score: 0.1 },
        { foilhole_id: "1", priority_score: 0.8 },
      ],
    }),
  ).toMatchObject({ ok: true, value: { kind: "reorder_foilholes", foilHoleIds: ["2", "1"] } });
  expect(
    orderOf("athena.control.reorder_gridsquares", { gridsquare_order: [{ gridsquare_id: "3", quality_score: 1 }] }),
  ).toMatchObject({ ok: true, value: { kind: "reorder_gridsquares", gridSquareIds: ["3"] } });
  expect(
    orderOf("athena.control.skip_gridsquares", {
      gridsquares_to_skip: [{ gridsquare_id: "4", skip_reason: "broken", quality_score: 0 }],
    }),
  ).toMatchObject({ ok: true, value: { kind: "skip_gridsquares", gridSquareIds: ["4"] } });
});

test.each([
  [{}, "gridsquare_ids is missing or not a list."],
  [{ gridsquare_ids: [] }, "gridsquare_ids is empty."],
  [{ gridsquare_ids: ["1", "GridSquare_2"] }, 'gridsquare_ids contains "GridSquare_2", which is no number in digits.'],
  [{ gridsquare_ids: [null] }, "gridsquare_ids contains null, which is no number in digits."],
  [{ gridsquare_ids: ["-1"] }, 'gridsquare_ids contains "-1", which is no number in digits.'],
])("%j is refused: %s", (payload, reason) => {
  expect(orderOf("microscope.control.skip_gridsquares", payload)).toEqual({ ok: false, error: reason });
});

test("a hole can't be both acquired and skipped", () => {
  const payload = { gridsquare_id: "1", foilhole_ids: ["5"], skip_foilhole_ids: ["5"] };
  expect(orderOf("microscope.control.reorder_foilholes", payload)).toEqual({
    ok: false,
    error: "Foil hole 5 is to be acquired and to be skipped.",
  });
});
