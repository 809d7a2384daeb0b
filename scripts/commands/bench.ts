import type { Command } from 'commander';
import { nativeDir } from './gallery-request.ts';
import { defineWork } from './shell.ts';

export function defineBench(program: Command): void {
  const command = program
    .command('bench')
    .description('measure the backends of this machine, as ratios to WebAssembly');
  defineWork(command, async ({ options, effects, signal, print }) => {
    const { runBench } = await import('../bench/index.ts');
    const { backend, cache, jobs, json } = options;
    const threads = jobs === undefined ? {} : { jobs };
    await runBench({ backend, cache, json, nativeDir, ...threads, effects, signal, print });
    return 0;
  });
}
