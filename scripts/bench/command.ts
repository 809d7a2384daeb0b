import { resolve } from 'node:path';
import type { Command } from 'commander';
import { nativeDir } from '../../src/cli/gallery-request.ts';
import { defineWork } from '../../src/cli/shell.ts';

export function defineBench(program: Command): void {
  const command = program
    .command('bench')
    .description('measure the backends of this machine, as ratios to WebAssembly')
    .option('--python <program>', 'Python with Keras and tf-keras-vis, to compare with', 'python3')
    .option('--weights <file>', "Keras' weight file of VGG16 without the top, to compare objectives as well");
  command.option(
    '--models <path>',
    'measure instead how long a model, or all of a folder from peers/make_models.py, take to load',
  );
  defineWork(command, async ({ options, own, effects, signal, print }) => {
    const { runBench } = await import('./index.ts');
    const { backend, cache, jobs, json } = options;
    if (own['models'] !== undefined) {
      const { runLoading } = await import('./loading.ts');
      const path = resolve(own['models'] as string);
      await runLoading({
        path,
        backend,
        nativeDir,
        json,
        effects,
        signal,
        print,
        ...(jobs !== undefined && { jobs }),
      });
      return 0;
    }
    const threads = jobs === undefined ? {} : { jobs };
    const python = own['python'] as string;
    const weights = own['weights'] === undefined ? {} : { weights: resolve(own['weights'] as string) };
    await runBench({
      backend,
      cache,
      json,
      nativeDir,
      python,
      ...threads,
      ...weights,
      effects,
      signal,
      print,
    });
    return 0;
  });
}
