import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { PlannedHole, Result } from "../api/additions.js";
import { HoleStanding } from "./hole-standing.js";

const planned = (index: number, skipped = false) =>
  ({ suggested_acquisition_index: index, skipped }) as unknown as PlannedHole;
const imaged = (goodShare: number | null) => ({
  results: [{} as Result],
  judged: goodShare === null ? 0 : 1,
  goodShare,
});
const wordsOf = (inPlan?: PlannedHole, measured?: ReturnType<typeof imaged>, lockedOut = false): string =>
  renderToStaticMarkup(createElement(HoleStanding, { planned: inPlan, measured, lockedOut })).replaceAll(
    /<[^>]+>/g,
    "",
  );

test("a hole that was imaged says so until it is judged, whatever the plan or an operator had wanted", () => {
  for (const inPlan of [undefined, planned(0), planned(7), planned(0, true)]) {
    expect(wordsOf(inPlan, imaged(null))).toBe("○imaged, not judged yet");
    expect(wordsOf(inPlan, imaged(null), true)).toBe("○imaged, not judged yet");
  }
  expect(wordsOf(planned(0), imaged(1))).toBe("✓good");
  expect(wordsOf(planned(0), imaged(0))).toBe("✕bad");
});

test("one that was not says its place, or what keeps it from having one", () => {
  expect(wordsOf(planned(7))).toBe("●number 7");
  expect(wordsOf(planned(0, true))).toBe("╱skipped");
  expect(wordsOf(planned(0))).toBe("○not planned");
  expect(wordsOf()).toBe("○not planned");
  expect(wordsOf(planned(0), undefined, true)).toBe("⊘locked out");
  expect(wordsOf(planned(7), undefined, true)).toBe("⊘locked out");
});
