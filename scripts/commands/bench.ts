import type { Command } from 'commander';
import { defineWork } from './shell.ts';

export function defineBench(program: Command): void {
  const command = program.command('bench').description('measure the backends of this machine, as ratios');
  defineWork(command, async ({ options, effects, signal, print }) => {
    const { runBench } = await import('../bench/index.ts');
    await runBench({ options, effects, signal, print });
    return 0;
  });
}
