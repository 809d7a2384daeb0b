import { resolve } from 'node:path';
import type { Command } from 'commander';
import { defineWork } from '../../src/cli/shell.ts';

/** Runs the test cases of the `onnx` package. */
export function defineOnnxSuite(program: Command): void {
  const command = program
    // For those who work on this program, as docs/development.md says.
    .command('onnx-suite', { hidden: true })
    .argument(
      '<folder>',
      'test cases of the onnx package: a folder of light_*.onnx, or of folders with model.onnx',
    )
    .description('compare ONNX models with the outputs that the onnx package has for them')
    .option('--cases <pattern>', 'only cases whose names match this regular expression')
    .option('--results <file>', 'write the result of every case as JSON');
  defineWork(command, async ({ options, own, args, print }) => {
    const { chooseBackend } = await import('../../src/backend/choose.ts');
    const { nativeDir } = await import('../../src/cli/gallery-request.ts');
    const { runSuite } = await import('./suite.ts');
    await chooseBackend({ requested: options.backend, nativeDir });
    return runSuite(resolve(String(args[0])), {
      pattern: new RegExp(own['cases'] === undefined ? '' : String(own['cases'])),
      results: own['results'] === undefined ? undefined : resolve(String(own['results'])),
      print,
    });
  });
}
