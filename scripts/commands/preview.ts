import type { Command } from 'commander';
import { positiveInteger } from './shared-options.ts';
import { defineWork } from './shell.ts';

export function definePreview(program: Command): void {
  const command = program
    .command('preview')
    .description('serve the gallery as it was built')
    .option(
      '--port <number>',
      'port to serve at; the next free one is taken where it is in use',
      positiveInteger,
    )
    .option('--host [address]', 'serve to other machines too');
  defineWork(command, async ({ own, options, effects, signal }) => {
    const { runPreview } = await import('../../src/site/preview.ts');
    await runPreview({ options, effects, signal, port: own['port'], host: own['host'] });
    return 0;
  });
}
