// Prints the one line of figures that ends a CI run, from vitest's JSON report, and fails when it should.
import { readFileSync } from "node:fs";

const [reportFile = ""] = process.argv.slice(2);
const report = readReport();
const suitesFailed = report.testResults.filter(
  (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
    // A file that could not even be loaded has no tests to count, and must not vanish from the figures.
    file.status === "failed" && file.assertionResults.length === 0,
).length;
const passed = report.numPassedTests;
const failed = report.numFailedTests + suitesFailed;

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function readReport() {
  try {
    return JSON.parse(readFileSync(reportFile, "utf8"));
  } catch {
    return { testResults: [], numPassedTests: 0, numFailedTests: 0 };
  }
}
