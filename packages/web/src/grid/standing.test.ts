import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { GridSquare, OperatorChoice, PlannedSquare } from "../api/additions.js";
import { Standing } from "./standing.js";

const wordsOf = (
  planned: Partial<PlannedSquare> | undefined,
  micrographs: number,
  unusable = false,
  choice: OperatorChoice | null = null,
): string =>
  renderToStaticMarkup(
    createElement(Standing, {
      square: { unusable } as GridSquare,
      planned: planned as PlannedSquare | undefined,
      micrographs,
      choice,
    }),
  ).replaceAll(/<[^>]+>/g, "");

test("a square that was imaged and is not gone to again is not called skipped, or unusable", () => {
  expect(wordsOf({ rank: null, skipped: true }, 42)).toBe("✓imaged, 42");
  expect(wordsOf(undefined, 1)).toBe("✓imaged, 1");
  expect(wordsOf(undefined, 3, true)).toBe("✓imaged, 3");
});

test("one that has holes to come says its place, imaged or not; others what keeps them from having one", () => {
  expect(wordsOf({ rank: 1, skipped: false, value: 2 }, 42)).toBe("●next");
  expect(wordsOf({ rank: 7, skipped: false, value: 2 }, 0)).toBe("●number 7");
  expect(wordsOf({ rank: null, skipped: true }, 0)).toBe("╱skipped");
  expect(wordsOf(undefined, 0)).toBe("○not planned");
  expect(wordsOf(undefined, 0, true)).toBe("⊘unusable");
});

test("what somebody has chosen is said at once, also of one that the plan goes to, and for good", () => {
  expect(wordsOf({ rank: 1, skipped: false, value: 2 }, 0, false, "locked")).toBe("⊘locked out");
  expect(wordsOf({ rank: null, skipped: false }, 0, true, "locked")).toBe("⊘locked out");
  expect(wordsOf({ rank: null, skipped: false }, 42, false, "locked")).toBe("⊘locked out; 42 imaged");
  expect(wordsOf({ rank: null, skipped: true }, 0, false, "selected")).toBe("★first");
  expect(wordsOf({ rank: 3, skipped: false, value: 2 }, 0, false, "selected")).toBe("★first, number 3");
  expect(wordsOf({ rank: null, skipped: false }, 42, false, "selected")).toBe("✓imaged, 42");
});

test("one of which the plan takes no hole, though it does not skip it, is kept and has no place", () => {
  expect(wordsOf({ rank: 3, skipped: false, value: 0 }, 0)).toBe("○kept, not planned");
  expect(wordsOf({ rank: 3, skipped: false, value: 0 }, 9)).toBe("✓imaged, 9");
  expect(wordsOf({ rank: 3, skipped: false, value: 0 }, 0, false, "selected")).toBe("★first");
  expect(wordsOf({ rank: null, skipped: false, value: 0, foilhole_count: 0 }, 0)).toBe("○no holes yet");
});
