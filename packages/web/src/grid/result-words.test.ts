import { expect, test } from "vitest";
import type { GridPlan } from "../api/additions.js";
import { resultWords } from "./result-words.js";
import { squareLayers } from "./square-layers.js";

test("what a plan rests on is said of holes, whose share of good is another one than that of micrographs", () => {
  // Two good holes of four exposures each, three bad ones of one: 8 of 11 micrographs are good, 40 % of the holes.
  expect(resultWords({ results: 5, good_share: 0.4 })).toBe("5 holes with results, on average 40 % good");
  expect(resultWords({ results: 1, good_share: 1 })).toBe("1 hole with results, on average 100 % good");
  expect(resultWords({ results: 0, good_share: null })).toBe("0 holes with results");
});

test("rates of a plan are of holes, as their names have it", () => {
  const planned = { gridsquare_uuid: "s", rank: 1, skipped: false, value: 3, rate_per_minute: 0.5 };
  const layers = squareLayers([], { squares: [planned] } as unknown as GridPlan, new Map());
  const [rate, value] = ["rate", "value"].map((id) => layers.find((layer) => layer.id === id)?.label);
  expect([rate, value]).toEqual(["Plan: good holes per hour", "Plan: good holes expected"]);
});
