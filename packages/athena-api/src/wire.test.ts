import { expect, test } from "vitest";
import { Parameters, Session } from "./schemas.js";
import { fromText, withNulls } from "./wire.js";

test("fields that may be null are null where the service leaves them out", () => {
  const session = { sessionId: "x", timestamp: "t", gridType: "HoleyCarbon" };
  expect(withNulls(Session, session)).toEqual({ ...session, sessionName: null, athenaId: null });
});

test("fields that may not be null stay absent", () => {
  expect(withNulls(Session, {})).toEqual({ sessionName: null, athenaId: null });
});

test("decimal integers in text become numbers and one value becomes a list where a list is meant", () => {
  expect(fromText(Parameters.DecisionsFilter, { areaIds: "12", pluginType: "custom" })).toEqual({
    areaIds: [12],
    pluginType: "custom",
  });
  expect(fromText(Parameters.DecisionsFilter, { areaIds: ["1", "2"] })).toEqual({ areaIds: [1, 2] });
});

test.each(["12.5", "1e3", "0x10", " 12", "twelve", "99999999999"])("%j is not taken for an integer", (text) => {
  expect(fromText(Parameters.DecisionFilter, { areaId: text })).toEqual({ areaId: text });
});

test("an empty parameter counts as not given and an unknown one is passed over", () => {
  expect(fromText(Parameters.AreaFilter, { parentAreaId: "", other: "1" })).toEqual({});
});
