import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { PlannedHole, Result } from "../api/additions.js";
import { HoleStanding } from "./hole-standing.js";

const planned = (index: number, skipped = false) =>
  ({ suggested_acquisition_index: index, skipped }) as unknown as PlannedHole;
const imaged = (goodShare: number | null, judged = goodShare === null ? 0 : 1) => ({
  results: Array.from({ length: Math.max(1, judged) }, () => ({}) as Result),
  judged,
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

test("one of several micrographs has the sign that the map draws for it, and how many of them are good", () => {
  expect(wordsOf(planned(0), imaged(1, 3))).toBe("✓3 of 3 good");
  expect(wordsOf(planned(0), imaged(1 / 2, 2))).toBe("∼1 of 2 good");
  expect(wordsOf(planned(0), imaged(2 / 5, 5))).toBe("∼2 of 5 good");
  expect(wordsOf(planned(0), imaged(1 / 5, 5))).toBe("✕1 of 5 good");
});

test("one that was not says its place, or what keeps it from having one", () => {
  expect(wordsOf(planned(7))).toBe("●number 7");
  expect(wordsOf(planned(0, true))).toBe("╱skipped");
  expect(wordsOf(planned(0))).toBe("○not planned");
  expect(wordsOf()).toBe("○not planned");
  expect(wordsOf(planned(0), undefined, true)).toBe("⊘locked out");
  expect(wordsOf(planned(7), undefined, true)).toBe("⊘locked out");
});
