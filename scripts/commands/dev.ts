import type { Command } from 'commander';
import { positiveInteger } from './shared-options.ts';
import { defineWork } from './shell.ts';

export function defineDev(program: Command): void {
  const command = program
    .command('dev')
    .description('build and serve; save an experiment and the open page follows')
    .option(
      '--port <number>',
      'port to serve at; the next free one is taken where it is in use',
      positiveInteger,
    )
    .option('--host [address]', 'serve to other machines too');
  defineWork(command, async ({ own, options, effects, signal }) => {
    const { runDev } = await import('../../src/site/dev.ts');
    await runDev({ options, effects, signal, port: own['port'], host: own['host'] });
    return 0;
  });
}
