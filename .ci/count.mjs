// node .ci/count.mjs <results of vitest's json reporter> <exit status>: prints "passed failed skipped"
import { readFileSync } from 'node:fs';

const [, , file, status] = process.argv;

function count() {
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [0, 1, 0];
  }
  // A file that cannot be loaded has no test that could fail.
  const unloaded = results.testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests = 0 } = results;
  let failed = numFailedTests + unloaded;
  // Errors outside of tests, or no test at all.
  if (failed === 0 && (status !== '0' || numPassedTests === 0)) failed = 1;
  return [numPassedTests, failed, numPendingTests + numTodoTests];
}

process.stdout.write(`${count().join(' ')}\n`);
