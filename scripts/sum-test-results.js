/**
 * Adds up vitest's JSON reports and prints `N passed, N failed` alone on the last line; before it, one line for each
 * test that was skipped in all of the reports. A test file that could not be loaded counts as one failed test, and so
 * does a report that is not there.
 *
 *   node scripts/sum-test-results.js REPORT.json…
 */
import { readFileSync } from "node:fs";
import { relative } from "node:path";

let passed = 0;
let failed = 0;
const skipped = new Set();
const executed = new Set();

for (const path of process.argv.slice(2)) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    console.error(`no test report in ${path}: ${error.message}`);
    failed += 1;
    continue;
  }
  for (const file of report.testResults) {
    const failures = file.assertionResults.filter(({ status }) => status === "failed").length;
    failed += file.status === "failed" ? Math.max(failures, 1) : failures;
    for (const test of file.assertionResults) {
      const name = `${relative(process.cwd(), file.name)}: ${test.fullName}`;
      if (test.status === "passed") passed += 1;
      if (test.status === "passed" || test.status === "failed") executed.add(name);
      else skipped.add(name);
    }
  }
}

for (const name of skipped) {
  if (!executed.has(name)) console.log(`skipped: ${name}`);
}
console.log(`${passed} passed, ${failed} failed`);
