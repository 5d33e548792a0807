import { expect, test } from "vitest";
import { allTried, formatTried, parseTried } from "./tried-limits.js";

test("limits that are tried are in the address as they are", () => {
  const tried = { ctfmaxresolution: 4.25, numparticles: null };
  expect(formatTried(tried)).toBe("ctfmaxresolution:4.25_numparticles:none");
  expect(parseTried(formatTried(tried))).toEqual(tried);
  expect(formatTried({})).toBeNull();
  expect(allTried(formatTried(tried))).toBe(true);
  expect(allTried("ctfmaxresolution:4.25_beauty:3")).toBe(false);
  expect(parseTried("ctfmaxresolution:4.25_beauty:3")).toEqual({ ctfmaxresolution: 4.25 });
});

test.each([null, "", "ctfmaxresolution", "ctfmaxresolution:", "ctfmaxresolution:high", "beauty:3", "__:_"])(
  "%j tries nothing",
  (text) => expect(parseTried(text)).toEqual({}),
);
