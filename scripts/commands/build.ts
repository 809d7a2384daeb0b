import type { Command } from 'commander';
import { defineWork } from './shell.ts';

export function defineBuild(program: Command): void {
  const command = program
    .command('build')
    .description('run what is out of date and write the gallery')
    .argument('[ids...]', 'experiments to build; all of them without');
  defineWork(
    command,
    async ({ args, options, effects, signal }) => {
      const { runBuild } = await import('../../src/pipeline/build.ts');
      await runBuild({ ids: args[0] as string[], options, effects, signal });
      return 0;
    },
    {
      consequence: 'nothing was built',
      interrupted:
        'Stopping after the unit in hand; run the same command again to go on. Ctrl-C once more stops at once.',
    },
  );
}
