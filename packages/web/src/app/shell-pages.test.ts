import { expect, test } from "vitest";
import { addressOf, PAGES, subjectOf } from "./shell-pages.js";

test("going to another page about a grid keeps the grid", () => {
  const [sessions, quality] = PAGES;
  if (sessions === undefined || quality === undefined) throw new Error("no such page");
  expect(addressOf(quality, "abc")).toBe("/ui/quality/abc");
  expect(addressOf(quality, null)).toBe("/ui/quality");
  expect(addressOf(sessions, "abc")).toBe("/ui/sessions");
});

test("an address says which grid, square or session it is about", () => {
  for (const page of ["grids", "quality", "decisions", "models"])
    expect(subjectOf(`/ui/${page}/g1`)).toEqual({ kind: "grid", uuid: "g1" });
  expect(subjectOf("/ui/squares/s1")).toEqual({ kind: "square", uuid: "s1" });
  expect(subjectOf("/ui/sessions/a1")).toEqual({ kind: "session", uuid: "a1" });
  for (const path of ["/ui/models", "/ui/agents", "/ui/sessions"]) expect(subjectOf(path)).toBeNull();
});
