import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longest. Begun last, one of them would go on alone when everything else is done. */
const LONGEST = [
  "backend/src/embedded-postgres/users",
  "cli/src/start/start",
  "agent/src/kill",
  "cli/src/administration/administration",
  "backend/src/embedded-postgres/end-with-application",
  "cli/src/demo/demo",
  "cli/src/faults",
  "backend/src/faults/faults",
  "backend/src/auth/auth",
  "backend/src/observability/operation",
  "backend/src/http/generated-requests",
].map((name) => `/packages/${name}.test.ts`);

/** Those first, and the others as Vitest would have them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts"],
    globalSetup: ["packages/backend/src/testing/global-setup.ts"],
    pool: "forks",
    // One more than the cores of a small machine: much of a test's time is waiting for servers.
    maxWorkers: 3,
    // Loading the sources anew for each file would take longer than most files take. Tests leave nothing global behind.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A machine that is busy with something else makes a test fail once; a defect makes it fail twice. The report names both.
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
