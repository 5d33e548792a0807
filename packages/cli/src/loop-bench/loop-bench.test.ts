import { expect, test } from "vitest";
import { compareLoops, DECISIONS_OFF, DECISIONS_ON, type LoopOptions, type LoopRow } from "./compare.js";
import { render, together } from "./report.js";

const OPTIONS: LoopOptions = { seeds: 2, firstSeed: 3, durationsMin: [30], grid: { squares: 4, holesPerSquare: 12 } };

function row(rows: readonly LoopRow[], policy: string): LoopRow {
  const found = rows.find((candidate) => candidate.policy === policy);
  if (found === undefined) throw new Error(`There is no ${policy}.`);
  return found;
}

test("all policies play the same truth, none beats the optimum, and gains are paired", () => {
  const rows = compareLoops(OPTIONS);
  for (const { share, goodPerHour } of rows) {
    expect(share.mean).toBeGreaterThanOrEqual(0);
    expect(share.mean).toBeLessThanOrEqual(1);
    expect(goodPerHour.mean).toBeLessThanOrEqual(60);
  }
  const on = row(rows, DECISIONS_ON);
  const off = row(rows, DECISIONS_OFF);
  expect(on.gainPerHour.mean).toBe(0);
  expect(off.gainPerHour.mean).toBeCloseTo(on.goodPerHour.mean - off.goodPerHour.mean, 9);
  expect(off.moreEqualFewer.reduce((sum, n) => sum + n, 0)).toBe(2);
});

test("sessions played apart make the same report as sessions played together", () => {
  const report = (firstSeed: number, seeds: number) => {
    const options = { ...OPTIONS, firstSeed, seeds };
    return { options, rows: compareLoops(options), seconds: 1 };
  };
  const whole = report(3, 3);
  const parts = together([report(3, 1), report(4, 2)]);
  expect(parts.options).toEqual(whole.options);
  parts.rows.forEach((part, i) => {
    const own = whole.rows[i];
    expect(part.moreEqualFewer).toEqual(own?.moreEqualFewer);
    expect(part.goodPerHour.mean).toBeCloseTo(own?.goodPerHour.mean ?? Number.NaN, 9);
    expect(part.gainPerHour.standardError).toBeCloseTo(own?.gainPerHour.standardError ?? Number.NaN, 9);
  });
  expect(render(parts)).toContain("3 simulated sessions (seeds 3–5)");
  expect(() => together([whole, whole])).toThrow("not about the same");
});
