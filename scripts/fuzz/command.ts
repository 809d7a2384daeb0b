import { resolve } from 'node:path';
import type { Command } from 'commander';
import pLimit from 'p-limit';
import { UserError } from '../../src/errors.ts';
import { defineWork } from '../../src/cli/shell.ts';
import { positiveInteger } from '../../src/cli/shared-options.ts';

/** Each may take 1 GB. */
const AT_ONCE = 2;

export function defineFuzz(program: Command): void {
  const command = program
    // For those who work on this program, as docs/development.md says.
    .command('fuzz', { hidden: true })
    .argument(
      '<target>',
      'h5, keras, tfjs, tfjs-graph, onnx, pickle, safetensors, images, archives, yaml, narratives, or all',
    )
    .description('read damaged files and keep those that crash, hang or fill the memory')
    .option('--seconds <count>', 'duration per target', positiveInteger, 20)
    .option('--seed <number>', 'seed of the inputs', positiveInteger, 1)
    .option('--input <file>', 'read this file only')
    .option('--findings <folder>', 'folder of failing inputs', '.fuzz');
  defineWork(command, async ({ options, own, args, signal, print }) => {
    const { fuzz, fuzzFile } = await import('./fuzz.ts');
    const { targets } = await import('./targets/index.ts');
    const name = String(args[0]);
    const chosen = targets.filter((target) => name === 'all' || target.name === name);
    const input = own['input'] === undefined ? undefined : resolve(String(own['input']));
    if (chosen.length === 0 || (input !== undefined && chosen.length > 1)) {
      throw new UserError({
        what:
          chosen.length === 0
            ? `There is no fuzz target \`${name}\`.`
            : 'Name the target that reads the file of `--input`.',
        choices: [...targets.map((target) => target.name), ...(input === undefined ? ['all'] : [])],
      });
    }
    const settings = {
      seed: own['seed'] as number,
      seconds: own['seconds'] as number,
      findings: resolve(String(own['findings'])),
      cwd: process.cwd(),
      signal,
      print,
    };
    const limit = pLimit(options.jobs ?? AT_ONCE);
    const results = await Promise.all(
      chosen.map((target) =>
        limit(async () => {
          const result = await (input === undefined
            ? fuzz(target, settings)
            : fuzzFile(target, input, settings));
          const { executions, peak, findings } = result;
          const memory = `${Math.round(peak / 2 ** 20)} MB at most`;
          print(`${target.name}: ${executions.toLocaleString('en')} inputs, ${findings} findings, ${memory}`);
          return findings;
        }),
      ),
    );
    return results.some((findings) => findings > 0) ? 1 : 0;
  });
}
