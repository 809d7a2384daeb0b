import type { TestProject } from 'vitest/node';
import { compile } from '../scripts/compile.mjs';

/**
 * Compiles the sources once, so that tests can start the real worker thread and the real command: `inject('compiled')`
 * in a test, FILTERSCOPE_BUILD in the code under test. Sources that don't compile fail the tests that need them only.
 */
export default async function setup(project: TestProject): Promise<void> {
  try {
    const folder = await compile();
    project.provide('compiled', folder);
    process.env['FILTERSCOPE_BUILD'] = folder;
  } catch (error) {
    process.stderr.write(`The sources do not compile: ${error instanceof Error ? error.message : error}\n`);
    project.provide('compiled', '');
  }
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** Absolute folder of the compiled sources: filterscope.js, worker.js. Empty where they don't compile. */
    compiled: string;
  }
}
