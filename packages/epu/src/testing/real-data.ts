import { describe } from "vitest";
import { realDataExists } from "./real-files.js";

/** Tests on real data: skipped by name where there is none, except where CI demands it. */
export function describeWithRealData(name: string, tests: () => void): void {
  const available = realDataExists() || process.env.CI !== undefined;
  describe.skipIf(!available)(`${name} (real data)`, tests);
}
