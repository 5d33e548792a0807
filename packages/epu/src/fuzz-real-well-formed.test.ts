import { it } from "vitest";
import { fuzzWellFormed } from "./testing/fuzzing.js";
import { describeWithRealData } from "./testing/real-data.js";
import { REAL } from "./testing/real-files.js";

const TIMEOUT_MS = 300_000;

describeWithRealData("well-formed files that are not as EPU writes them", () => {
  it.each([
    ["gridSquareMetadata", REAL.gridSquareMetadata, 0.1],
    ["atlas", REAL.atlas, 0.05],
    ["session", REAL.session, 0.05],
    ["gridSquareImage", REAL.gridSquareImage, 0.03],
    // Manifests of atlases and tiles are those of other images.
    ["atlasImage", REAL.gridSquareImage, 0.02],
    ["foilHoleImage", REAL.foilHoleImage, 0.03],
    ["micrograph", REAL.micrograph, 0.03],
  ] as const)(
    "of kind %s give a record or an error, in time, and leave nothing behind",
    (kind, path, share) => fuzzWellFormed(kind, path, share),
    TIMEOUT_MS,
  );
});
