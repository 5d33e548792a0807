import { it } from "vitest";
import { fuzzRealFile } from "./testing/fuzzing.js";
import { describeWithRealData } from "./testing/real-data.js";
import { REAL } from "./testing/real-files.js";

const TIMEOUT_MS = 300_000;

describeWithRealData("damaged manifests", () => {
  it.each([
    ["micrograph", REAL.micrograph, 0.2],
    ["foilHoleImage", REAL.foilHoleImage, 0.18],
  ] as const)(
    "of kind %s give a record or an error, in time, and leave nothing behind",
    (kind, path, share) => fuzzRealFile(kind, path, share),
    TIMEOUT_MS,
  );
});
