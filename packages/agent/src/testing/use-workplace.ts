import { afterEach, beforeEach } from "vitest";
import { Workplace } from "./harness.js";

/** A workplace for the tests of a file: before each it is opened anew, after each it is closed, last of all. */
export function useWorkplace(): Workplace {
  const workplace = new Workplace();
  beforeEach(() => workplace.open());
  afterEach(() => workplace.close());
  return workplace;
}
