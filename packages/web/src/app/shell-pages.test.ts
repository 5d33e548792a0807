import { expect, test } from "vitest";
import { addressOf, gridOf, PAGES } from "./shell-pages.js";

test("going to another page about a grid keeps the grid", () => {
  const quality = PAGES.find(({ label }) => label === "Quality");
  if (quality === undefined) throw new Error("no such page");
  expect(addressOf(quality, "/ui/grids/abc")).toBe("/ui/quality/abc");
  expect(addressOf(quality, "/ui/sessions/abc")).toBe("/ui/quality");
  expect(gridOf("/ui/models/g1")).toBe("g1");
  expect(gridOf("/ui/models")).toBe(null);
});
