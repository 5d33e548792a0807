import { FUZZ_INPUTS, fuzz } from "@smartem/common/testing/fuzzing";
import { mutated } from "@smartem/common/testing/mutations";
import { expect, it } from "vitest";
import { classifyPath } from "./classify.js";
import { fuzzRealFile } from "./testing/fuzzing.js";
import { describeWithRealData } from "./testing/real-data.js";
import { REAL } from "./testing/real-files.js";
import { XML_TOKENS } from "./testing/xml-tokens.js";
import { windowsPathCandidates } from "./windows-paths.js";

const TIMEOUT_MS = 300_000;
const OPTIONS = { watchFolder: "/data/watched", pathMaps: [{ from: "Z:\\nt32457-6", to: "/mapped" }] };

describeWithRealData("damaged metadata", () => {
  // Large files take longer: fewer of them.
  it.each([
    ["gridSquareImage", REAL.gridSquareImage, 0.3],
    ["session", REAL.session, 0.01],
    ["atlas", REAL.atlas, 0.001],
    ["gridSquareMetadata", REAL.gridSquareMetadata, 0.0005],
  ] as const)(
    "of kind %s give a record or an error, in time, and leave nothing behind",
    (kind, path, share) => fuzzRealFile(kind, path, share),
    TIMEOUT_MS,
  );

  it("names and paths are something or nothing, in time, and lead nowhere else", async () => {
    const paths = Object.values(REAL).map((path) => Buffer.from(path));
    await fuzz("paths", Math.ceil(FUZZ_INPUTS * 0.1), (dice) => {
      const text = mutated(paths[dice(paths.length)] ?? Buffer.alloc(0), dice, XML_TOKENS).toString("latin1");
      expect(typeof classifyPath(text).kind).toBe("string");
      for (const { path } of windowsPathCandidates(`Z:\\${text.replaceAll("/", "\\")}`, OPTIONS)) {
        expect(path).toMatch(/^(\/data\/|\/data$|\/mapped|\/cygdrive\/z)/);
      }
    });
  });
});
