import type { Command } from 'commander';
import { defineWork } from './shell.ts';

export function defineCheck(program: Command): void {
  const command = program
    .command('check')
    .description('validate everything, run nothing')
    .argument('[ids...]', 'experiments to check; all of them without')
    .option('--plan', 'print the units of work, which of them are kept from before, and the estimated time');
  defineWork(command, async ({ args, own, options, effects, signal }) => {
    const { checkExperiments } = await import('../../src/pipeline/build.ts');
    await checkExperiments({
      ids: args[0] as string[],
      plan: own['plan'] === true,
      options,
      effects,
      signal,
    });
    return 0;
  });
}
