import { readFile } from "node:fs/promises";
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

test("what can be entered is what the server takes", async () => {
  interface Range {
    readonly minimum?: number;
    readonly exclusiveMinimum?: number;
    readonly maximum?: number;
    readonly anyOf?: readonly Range[];
    readonly properties?: Readonly<Record<string, Range>>;
  }
  const document = JSON.parse(
    await readFile(new URL("../../../../docs/api/openapi.json", import.meta.url), "utf8"),
  ) as { readonly components: { readonly schemas: { readonly AcquisitionDecisionSettings: Range } } };
  for (const { key, min, max } of FIELDS) {
    let range: Range | undefined = document.components.schemas.AcquisitionDecisionSettings;
    for (const part of key.split(".")) range = range?.properties?.[part];
    const { minimum, exclusiveMinimum, maximum } = range?.anyOf?.[0] ?? range ?? {};
    expect(min, key).toBeGreaterThanOrEqual(minimum ?? Number.NEGATIVE_INFINITY);
    expect(min, key).toBeGreaterThan(exclusiveMinimum ?? Number.NEGATIVE_INFINITY);
    expect(max, key).toBeLessThanOrEqual(maximum ?? Number.POSITIVE_INFINITY);
  }
});
