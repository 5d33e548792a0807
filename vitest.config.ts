import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "bench/**/*.test.ts"],
    globalSetup: ["packages/backend/src/testing/global-setup.ts"],
    pool: "forks",
    // One more than the cores of a small machine: much of a test's time is waiting for servers.
    maxWorkers: 3,
    // Loading the sources anew for each file would take longer than most files take. Tests leave nothing global behind.
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A machine that is busy with something else makes a test fail once; a defect makes it fail twice. The report names both.
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
