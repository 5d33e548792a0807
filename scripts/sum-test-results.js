/**
 * Adds up vitest's JSON reports and prints `N passed, N failed` alone on the last line; before it, one line for each
 * test that was skipped in all of the reports, and each that failed with the first line of why. A test file that could
 * not be loaded counts as one failed test, and so does a report that is not there.
 *
 *   node scripts/sum-test-results.js REPORT.json…
 */
import { readFileSync } from "node:fs";
import { relative } from "node:path";

let passed = 0;
const skipped = new Set();
const executed = new Set();
const failures = [];

for (const reportPath of process.argv.slice(2)) {
  let report;
  try {
    report = JSON.parse(readFileSync(reportPath, "utf8"));
  } catch (error) {
    failures.push(`no test report in ${reportPath}: ${error.message}`);
    continue;
  }
  for (const file of report.testResults) {
    const path = relative(process.cwd(), file.name);
    const before = failures.length;
    for (const test of file.assertionResults) {
      const name = `${path}: ${test.fullName}`;
      if (test.status === "failed") failures.push(`${name}: ${firstLine(test.failureMessages[0])}`);
      if (test.status === "passed") passed += 1;
      if (test.status === "passed" || test.status === "failed") executed.add(name);
      else skipped.add(name);
    }
    if (file.status === "failed" && failures.length === before) failures.push(`${path}: ${firstLine(file.message)}`);
  }
}

for (const name of skipped) {
  if (!executed.has(name)) console.log(`skipped: ${name}`);
}
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);

function firstLine(text = "") {
  return text.split("\n", 1)[0];
}
