import { expect, test } from "vitest";
import type { DecisionSettings } from "../api/additions.js";
import { changesOf, draftOf, FIELDS } from "./settings-draft.js";

const SETTINGS: DecisionSettings = {
  mode: "observe",
  limits: { motioncorrection: null, ctfmaxresolution: 6, numparticles: null },
  costs_min: { hole: 1, cluster: 2, square: 6, grid: 8 },
  session_duration_min: 1440,
  max_skip_share_of_square: 0.5,
  max_skip_share_of_grid: 0.7,
  min_results: 10,
  exploration: 0.1,
  hysteresis: 1,
  diversity: 0,
};

test("every number of the settings has a field, and every field its number", () => {
  const draft = draftOf(SETTINGS);
  expect(Object.keys(draft)).toEqual(FIELDS.map(({ key }) => key));
  expect(draft["limits.ctfmaxresolution"]).toBe(6);
  expect(draft["costs_min.grid"]).toBe(8);
  expect(draft.exploration).toBe(0.1);
  const { mode: _mode, ...numbers } = SETTINGS;
  expect(changesOf(draft)).toEqual(numbers);
});

test("only what was changed is sent, an emptied limit as none", () => {
  expect(changesOf({ "limits.ctfmaxresolution": null, "costs_min.hole": 0.5, diversity: 1 })).toEqual({
    limits: { ctfmaxresolution: null },
    costs_min: { hole: 0.5 },
    diversity: 1,
  });
});
